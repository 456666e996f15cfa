import CEL
import Testing

/// Times, texts, numbers, addresses and macros as the language definition and the extensions describe them.
///
/// Source: google/cel-spec, doc/langdef.md; google/cel-go, ext/README.md.
@Suite struct SpecificationLibraryTests {
    private func check(_ source: String) throws {
        #expect(Verdict(try Sample.evaluate(source)) == .value(.bool(true)))
        #expect(Sample.issues(source).isEmpty, "\(Sample.issues(source).map(\.message))")
    }

    private func checkFails(_ source: String) throws {
        let outcome = try Sample.evaluate(source)
        #expect(Verdict(outcome) == .failure, "\(outcome)")
    }

    @Test(arguments: [
        "@.getFullYear() == 2024", "@.getMonth() == 1", "@.getDate() == 29", "@.getDayOfMonth() == 28",
        "@.getDayOfYear() == 59",
        "@.getDayOfWeek() == 4", "@.getHours() == 23", "@.getMinutes() == 30", "@.getSeconds() == 15",
        "@.getMilliseconds() == 250",
        "@.getDate('Europe/Kyiv') == 1", "@.getMonth('Europe/Kyiv') == 2", "@.getDayOfYear('Europe/Kyiv') == 60",
        "@.getDayOfWeek('Europe/Kyiv') == 5", "@.getHours('America/St_Johns') == 20",
        "@.getMinutes('America/St_Johns') == 0",
        "@.getHours('+05:45') == 5", "@.getMinutes('+05:45') == 15", "@.getHours('-02:30') == 21",
        "@.getHours('UTC') == 23",
        "@.getHours('02:00') == 1", "timestamp('2026-07-01T12:00:00Z').getHours('Europe/Paris') == 14",
        "timestamp('2026-12-01T12:00:00Z').getHours('Europe/Paris') == 13",
        "timestamp('2026-03-29T00:59:59Z').getHours('Europe/Paris') == 1",
        "timestamp('2026-03-29T01:00:00Z').getHours('Europe/Paris') == 3",
        "timestamp('1969-12-31T23:59:59.999Z').getMilliseconds() == 999",
        "@ - @ == duration('0s')", "@ + duration('24h') - @ == duration('86400s')",
        "duration('1h') + @ > @", "@ - duration('1ms') < @", "duration('90m').getHours() == 1",
        "duration('90m').getMinutes() == 90", "duration('90.5s').getSeconds() == 90",
        "duration('1.25s').getMilliseconds() == 250",
        "duration('-90m').getHours() == -1", "duration('1h') - duration('1m') == duration('59m')",
        "duration('1.5h') == duration('5400s')", "duration('1us') == duration('1000ns')",
        "duration('-.5s') < duration('0s')",
        "timestamp('2024-02-29T23:30:15.250000001Z') > @", "string(duration('-1.5s')) == '-1.5s'",
    ])
    func `Times have parts in UTC and in zones`(_ source: String) throws {
        let parts = source.split(separator: "@", omittingEmptySubsequences: false)
        try check(parts.joined(separator: "timestamp('2024-02-29T23:30:15.25Z')"))
    }

    @Test(arguments: [
        "'tacocat'.substring(0, 4) == 'taco'", "'a\u{1f600}b'.charAt(1) == '\u{1f600}'",
        "'hello mellow'.indexOf('ello', 2) == 7",
        "'hello mellow'.lastIndexOf('ello', 6) == 1", "'hello mellow'.lastIndexOf('') == 12",
        "'TacoCÆt'.lowerAscii() == 'tacocÆt'",
        "' \\t\\u3000x\\u00a0'.trim() == 'x'", "'a-b-c'.split('-', 0) == []",
        "'a-b-c'.split('-', -1) == ['a', 'b', 'c']",
        "['x'].join('-') == 'x'", "[].join() == ''", "'gums'.reverse() == 'smug'", "'aa'.replace('a', 'aa') == 'aaaa'",
        "strings.quote('a\\n\"') == '\"a\\\\n\\\\\"\"'",
        "'%s|%d|%x|%.1f|%e|%%'.format(['a', 1, 255, 1.25, 1200.0]) == 'a|1|ff|1.2|1.200000e+03|%'",
        "'%s'.format([[1, 'a', null]]) == '[1, a, null]'", "'%s'.format([{'b': 1, 'a': 2}]) == '{a: 2, b: 1}'",
        "'%s'.format([duration('1h')]) == '3600s'", "'%s'.format([timestamp(0)]) == '1970-01-01T00:00:00Z'",
        "'%x'.format([b'az']) == '617a'", "'%o'.format([8]) == '10'", "'%b'.format([5]) == '101'",
        "'%s'.format([b'abc']) == 'abc'",
        "'abc'.matches('^a.c$')", "!'abc'.matches('^b')", "'abc'.matches('b')", "matches('\u{1f600}', '^.$')",
        "'A'.matches('(?i)a')",
        "'\u{1f600}'.size() == 1", "size(bytes('\u{1f600}')) == 4", "base64.encode(b'hello') == 'aGVsbG8='",
        "base64.decode('aGVsbG8=') == b'hello'", "base64.decode('aGVsbG8') == b'hello'",
        "'a\\x41\\101\\u0041' == 'aAAA'",
        "r'\\n' == '\\\\n'", "'''a'b''' == \"a'b\"", "b'\\303\\277' == bytes('ÿ')",
    ])
    func `Texts`(_ source: String) throws { try check(source) }

    @Test(arguments: [
        "math.greatest(1, 2.5, 2u) == 2.5", "math.least([3, 1, 2]) == 1", "math.greatest([1.5]) == 1.5",
        "math.ceil(1.2) == 2.0",
        "math.floor(-1.2) == -2.0", "math.round(1.5) == 2.0", "math.round(-1.5) == -2.0", "math.trunc(-1.9) == -1.0",
        "math.abs(-5) == 5", "math.abs(5u) == 5u", "math.sign(-0.5) == -1.0", "math.sign(0u) == 0u",
        "math.sqrt(49) == 7.0",
        "math.isNaN(math.sqrt(-1.0))", "math.isFinite(1.0) && !math.isFinite(1.0 / 0.0)", "math.bitAnd(12, 10) == 8",
        "math.bitOr(12u, 10u) == 14u", "math.bitXor(12, 10) == 6", "math.bitNot(0) == -1",
        "math.bitNot(0u) == 18446744073709551615u",
        "math.bitShiftLeft(1, 62) == 4611686018427387904", "math.bitShiftRight(1024u, 3) == 128u",
        "math.isNaN(math.sign(0.0 / 0.0))",
        "ip('192.168.0.1').isGlobalUnicast()", "ip('127.0.0.1').isLoopback()", "ip('::').isUnspecified()",
        "ip('fe80::1').isLinkLocalUnicast()",
        "ip('224.0.0.1').isLinkLocalMulticast()", "!isIP('::ffff:1.2.3.4')",
        "cidr('192.168.1.5/24').ip() == ip('192.168.1.5')", "cidr('192.168.0.0/16').containsIP(ip('192.168.255.1'))",
        "cidr('192.168.0.0/16').containsCIDR(cidr('192.168.1.0/24'))",
        "cidr('192.168.0.5/24').masked() == cidr('192.168.0.0/24')",
        "ip('2001:DB8::1') == ip('2001:db8:0::1')", "!isCIDR('10.0.0.0/8x')", "ip.isCanonical('127.0.0.1')",
        "isCIDR('2001:db8::/32')",
    ])
    func `Numbers and addresses`(_ source: String) throws { try check(source) }

    @Test(arguments: [
        "[1, 2, 3].all(i, v, i < v)", "{'a': 1}.all(k, v, k == 'a' && v == 1)", "[5, 6].exists(i, v, i == 1 && v == 6)",
        "[1, 1, 2].existsOne(i, v, v == 2)", "[1, 2].transformList(i, v, i + v) == [1, 3]",
        "[1, 2, 3].transformList(i, v, i > 0, v * 2) == [4, 6]",
        "{'a': 1, 'b': 2}.transformMap(k, v, v * 10) == {'a': 10, 'b': 20}",
        "{'a': 1, 'b': 2}.transformMap(k, v, v > 1, k) == {'b': 'b'}",
        "['x', 'y'].transformMap(i, v, v) == {0: 'x', 1: 'y'}",
        "{'a': 'b'}.transformMapEntry(k, v, {v: k}) == {'b': 'a'}",
        "['x', 'y'].transformMapEntry(i, v, {v: i}) == {'x': 0, 'y': 1}", "[1, 2, 3].map(x, x > 1, x * x) == [4, 9]",
        "{'a': 1, 'b': 2}.map(k, k).size() == 2",
        "{'a': 1}.exists(k, k == 'a')", "[].all(x, false)", "![].exists(x, true)",
        "[[1, 2], [3]].map(l, l.filter(x, x > 1)) == [[2], [3]]",
        "[1, 2].exists(x, x == 1 || x / 0 == 1)", "![1, 2].all(x, x != 1 && x / 0 == 1)", "cel.bind(x, 5, x * x) == 25",
        "cel.bind(a, [1, 2], a.exists(x, cel.bind(y, x + 1, y == 3)))", "has({'a': null}.a)", "!has({'a': 1}.b)",
        "'a' in {'a': 1}",
        "true || 1 / 0 == 1", "1 / 0 == 1 || true", "!(false && 1 / 0 == 1)", "!(1 / 0 == 1 && false)",
        "true ? true : 1 / 0 == 1",
        "[1, 2, 3][1] == 2", "{'a.b': 1}['a.b'] == 1", "[1] + [2] == [1, 2]", "{'`x': 1} != {'x': 1}",
        "{'a-b': 1}.`a-b` == 1",
    ])
    func `Macros and logic`(_ source: String) throws { try check(source) }

    @Test(arguments: [
        "[1].transformMapEntry(i, v, {'a': 1, 'b': i / 0}) == {}", "[1, 2].transformMapEntry(i, v, {'a': v}) == {}",
        "{'a': 1, 'a': 2} == {}", "[1, 2][2] == 1",
        "[1][-1] == 1", "{'a': 1}['b'] == 1", "{'a': 1}.b == 1", "1 / 0 == 1 || false", "true && 1 / 0 == 1",
        "[1, 2].exists_one(x, 1 / (x - 1) == 1)", "[1].all(x, 1 / 0 == 1)", "'a'.matches('(')", "base64.decode('%')",
        "ip('300.0.0.1') == ip('::')",
        "math.bitShiftLeft(1, -1) == 1", "'ab'.charAt(3) == ''", "'%s'.format([])",
        "[dyn('a'), dyn(1)].join() == ''", "missing == 1",
    ])
    func `What cannot be evaluated is an error`(_ source: String) throws { try checkFails(source) }

    @Test(arguments: [
        "1 + 1.0", "1 + 1u", "'a' + 1", "true < 1", "1 == 'a'", "!1", "-1u", "1 ? 2 : 3", "[1] == ['a']", "'a' in [1]",
        "null < null", "[1] < [2]", "1 && true",
        "size(1)", "'a'.startsWith(1)", "timestamp(0) + timestamp(0)", "math.abs('a')", "{'a': 1}.exists(k, v, v)",
        "[1].map(1, 2)", "unknown_function(1)",
        "duration('1s') < timestamp(0)", "b'a' + 'a'", "1.5 % 1.0",
    ])
    func `Types that do not fit are refused before anything is evaluated`(_ source: String) {
        #expect(!Sample.issues(source).isEmpty)
    }
}
