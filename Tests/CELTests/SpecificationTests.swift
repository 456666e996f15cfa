import CEL
import Testing

/// What the language definition says, sentence by sentence. Each condition must hold; each failure must be one.
///
/// Source: google/cel-spec, doc/langdef.md; google/cel-go, ext/README.md for the extensions.
@Suite struct SpecificationTests {
    private func check(_ source: String) throws {
        #expect(Verdict(try Sample.evaluate(source)) == .value(.bool(true)))
        #expect(Sample.issues(source).isEmpty, "\(Sample.issues(source).map(\.message))")
    }

    private func checkFails(_ source: String) throws {
        let outcome = try Sample.evaluate(source)
        #expect(Verdict(outcome) == .failure, "\(outcome)")
    }

    @Test(arguments: [
        "type(1) == int", "type('a') != bytes", "type(type(1)) == type", "type(int) == type(string)",
        "type(null) == null_type", "type([]) == list", "type({}) == map", "type(1u) == uint", "type(1.0) == double",
        "type(b'') == bytes", "type(timestamp(0)) == google.protobuf.Timestamp",
        "type(duration('1s')) == google.protobuf.Duration", "type(type) == type", "type(dyn(1)) == int",
        "type([1][0]) == type({'a': 2}['a'])", "[int, string, type(1)] == [int, string, int]",
        "type(ip('::1')) == net.IP", "type(cidr('::/0')) == net.CIDR", "int in [int, bool]",
    ])
    func `Types are values`(_ source: String) throws { try check(source) }

    @Test(arguments: [
        "1 < 1.5", "1u < 2", "-1 < 0u", "18446744073709551615u > 9223372036854775807",
        "9007199254740993 > 9007199254740992.0",
        "9223372036854775807 < 9223372036854775808.0", "18446744073709551615u < 18446744073709551616.0",
        "-9223372036854775808 <= -9223372036854775808.0", "dyn(1) == 1.0", "dyn(1u) == 1", "dyn(1.0) == dyn(1u)",
        "dyn(9007199254740993) != 9007199254740992.0", "!(0.0 / 0.0 < 1)", "!(1 < 0.0 / 0.0)", "!(dyn(1) == 0.0 / 0.0)",
        "1u <= 1", "2.0 >= 2u", "1 < 1.0 / 0.0", "0u > -1.0 / 0.0", "dyn([1, 2u]) == dyn([1.0, 2])",
        "dyn({1: 1u}) == dyn({1u: 1.0})", "1.0 in dyn([1])", "{1: 'a'}[dyn(1.0)] == 'a'", "{1u: 'a'}[dyn(1)] == 'a'",
        "dyn(1) != '1'", "dyn(null) != 0", "dyn(true) != 1", "dyn([]) != dyn({})", "0.0 == -0.0",
    ])
    func `Numbers compare across types by their exact values`(_ source: String) throws { try check(source) }

    @Test(
        "W44: an integer is never rounded to the double that it is compared with",
        arguments: [
            "dyn(9223372036854775807) < 9223372036854775808.0", "dyn(9223372036854775807) <= 9223372036854775808.0",
            "!(dyn(9223372036854775807) >= 9223372036854775808.0)", "dyn(9223372036854775808.0) > 9223372036854775807",
            "dyn(9223372036854775807) != 9223372036854775808.0", "dyn(18446744073709551615u) < 18446744073709551616.0",
            "dyn(18446744073709551616.0) > 18446744073709551615u",
            "dyn(-9223372036854775808) == -9223372036854775808.0",
            "dyn(9223372036854775808u) == 9223372036854775808.0", "dyn(9007199254740993u) > 9007199254740992.0",
            "!(9007199254740992.0 in dyn([9007199254740993]))", "dyn([9007199254740993]) != dyn([9007199254740992.0])",
            "math.greatest(9007199254740992.0, 9007199254740993) == 9007199254740993",
            "!(dyn(9007199254740992.0) in {9007199254740993: 1})",
        ])
    func exactness(_ source: String) throws { try check(source) }

    @Test(arguments: [
        "'a' < 'b'", "'' < 'a'", "'Z' < 'a'", "'\u{ffff}' < '\u{10000}'", "b'\\x01' < b'\\xff'", "b'' < b'\\x00'",
        "b'a' < b'ab'", "false < true", "'e\\u0301' != '\\u00e9'", "!('ab' < 'a')", "[1, 2] != [2, 1]",
        "{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "[[1], [2]] == [[1], [2]]", "{'a': [1]} != {'a': [2]}",
        "timestamp('2026-01-01T00:00:00Z') == timestamp('2026-01-01T02:00:00+02:00')",
        "duration('90s') == duration('1m30s')", "duration('-1s') < duration('0s')", "null == null",
        "[0.0 / 0.0] != [0.0 / 0.0]", "{'a': dyn(1)} != {'b': dyn(1)}",
    ])
    func `Equality and order are those of the values`(_ source: String) throws { try check(source) }

    @Test(arguments: [
        "9223372036854775807 + 1", "-9223372036854775808 - 1", "9223372036854775807 * 2", "-(-9223372036854775808)",
        "-9223372036854775808 / -1", "-9223372036854775808 % -1", "1 / 0", "1 % 0", "0u - 1u",
        "18446744073709551615u + 1u", "18446744073709551615u * 2u", "1u / 0u", "1u % 0u", "int(1e19)", "int(-1e19)",
        "int(18446744073709551615u)", "int(0.0 / 0.0)", "uint(-1)", "uint(-1.0)", "uint(1.8446744073709552e19)",
        "uint(1.0 / 0.0)", "int('9223372036854775808')", "uint('-1')", "int('1.0')", "int('')", "uint('1u')",
        "double('x')",
        "bool('yes')", "bool('TrUe')", "string(b'\\xff')", "timestamp('2026-13-01T00:00:00Z')",
        "timestamp('2026-02-29T00:00:00Z')", "timestamp('2026-01-01')", "timestamp('2026-01-01T24:00:00Z')",
        "timestamp('0000-01-01T00:00:00Z')", "timestamp('10000-01-01T00:00:00Z')", "duration('1')", "duration('')",
        "duration('1y')", "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
        "timestamp('0001-01-01T00:00:00Z') - duration('1s')", "duration('320000000000s')",
        "timestamp('2026-01-01T00:00:00Z').getHours('Mars/Base')", "timestamp('2026-01-01T00:00:00Z').getHours('+25')",
    ])
    func `What exceeds a range is an error`(_ source: String) throws { try checkFails(source) }

    @Test(arguments: [
        "-9223372036854775807 - 1 == -9223372036854775808", "9223372036854775806 + 1 == 9223372036854775807",
        "7 / 2 == 3", "-7 / 2 == -3", "7 % -2 == 1", "-7 % 2 == -1", "7u / 2u == 3u",
        "0x7fffffffffffffff == 9223372036854775807",
        "-0x8000000000000000 == -9223372036854775808", "0xFFu == 255u", "1e3 == 1000.0", ".5 == 0.5",
        "1.0 / 0.0 > 1e308",
        "-1.0 / 0.0 < -1e308", "2.0 * 3.5 == 7.0", "1e308 * 10.0 == 1.0 / 0.0", "-(1.5) == -1.5", "--1 == 1", "!!true",
    ])
    func `Arithmetic truncates towards zero and doubles do not overflow`(_ source: String) throws { try check(source) }

    @Test(arguments: [
        "int(1.9) == 1", "int(-1.9) == -1", "int('-42') == -42", "int('+7') == 7", "uint(1.9) == 1u",
        "uint('42') == 42u", "double('1e3') == 1000.0",
        "double('-0.5') == -0.5", "double('Infinity') == 1.0 / 0.0", "double('NaN') != double('NaN')",
        "double(9007199254740993) == 9007199254740992.0",
        "string(1) == '1'", "string(1u) == '1'", "string(-1.5) == '-1.5'", "string(1e21) == '1e+21'",
        "string(1e-7) == '1e-07'",
        "string(true) == 'true'", "string(b'\\xc3\\xa9') == '\u{e9}'", "bytes('\u{e9}') == b'\\xc3\\xa9'",
        "bool('1') && bool('t') && bool('TRUE') && bool('True')",
        "!bool('0') && !bool('f') && !bool('FALSE') && !bool('False')", "string(duration('1h1.5s')) == '3601.5s'",
        "string(timestamp('2026-01-01T02:00:00.25+02:00')) == '2026-01-01T00:00:00.25Z'",
        "int(timestamp('1969-12-31T23:59:59Z')) == -1", "timestamp(1) == timestamp('1970-01-01T00:00:01Z')",
        "int(1u) == 1 && uint(1) == 1u && double(1u) == 1.0", "dyn(1) + 1 == 2", "string('a') + 'b' == 'ab'",
        "timestamp(timestamp(5)) == timestamp(5)", "duration(duration('5s')) == duration('5s')",
    ])
    func `Values convert`(_ source: String) throws { try check(source) }
}
