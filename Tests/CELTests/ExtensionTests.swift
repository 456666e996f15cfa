import CEL
import Testing

/// The ends of the ranges of the extensions, which the published cases hardly touch.
@Suite struct ExtensionTests {
    @Test(arguments: [
        "'abc'.charAt(4)", "'abc'.charAt(-1)", "'abc'.charAt(-9223372036854775808)",
        "'abc'.charAt(9223372036854775807)", "'abc'.substring(2, 1)", "'abc'.substring(0, 4)",
        "'abc'.substring(-9223372036854775808, 9223372036854775807)", "'abc'.substring(9223372036854775807)",
        "'abc'.indexOf('b', -1)", "'abc'.lastIndexOf('b', 9223372036854775807)", "['a', dyn(1)].join()",
        "'%d'.format(['x'])", "'%'.format([])", "'%q'.format([1])", "'%s'.format([])", "'%.f'.format([1.0])",
        "'%.999999999f'.format([1.0])", "'%.99999999999999999999f'.format([1.0])",
        "'%.9223372036854775807e'.format([1.0])", "math.bitShiftLeft(1, -1)", "math.bitShiftRight(1u, -1)",
        "math.bitShiftLeft(1, -9223372036854775808)", "math.greatest([])", "math.least([])",
        "math.abs(-9223372036854775807 - 1)", "ip('1.2.3.256')", "ip('01.2.3.4')", "ip('1.2.3')", "ip(':::')",
        "ip('1::2::3')", "ip('')", "cidr('10.0.0.0/33')", "cidr('::/129')", "cidr('10.0.0.0/')", "cidr('10.0.0.0/-1')",
        "cidr('10.0.0.0/08')", "cidr('10.0.0.0')", "cidr('10.0.0.0/99999999999999999999')",
    ])
    func `Arguments beyond the range are errors`(_ source: String) throws {
        let outcome = try Sample.evaluate(source)
        #expect(Verdict(outcome) == .failure, "\(outcome)")
    }

    @Test(arguments: [
        ("'abc'.charAt(3)", Value.string("")), ("''.charAt(0)", .string("")), ("'😬é'.charAt(1)", .string("é")),
        ("'abc'.substring(3)", .string("")), ("''.substring(0, 0)", .string("")), ("''.indexOf('')", .int(0)),
        ("'abc'.lastIndexOf('')", .int(3)), ("''.lastIndexOf('a')", .int(-1)), ("'aaa'.indexOf('aa', 1)", .int(1)),
        ("'abc'.replace('', '-')", .string("-a-b-c-")), ("'aaa'.replace('a', 'b', 2)", .string("bba")),
        ("'aaa'.replace('a', 'b', 0)", .string("aaa")), ("'aaa'.replace('a', 'b', -1)", .string("bbb")),
        ("'abc'.split('')", .list([.string("a"), .string("b"), .string("c")])),
        ("''.split(',')", .list([.string("")])), ("'a,b,c'.split(',', 2)", .list([.string("a"), .string("b,c")])),
        ("'a,b'.split(',', 1)", .list([.string("a,b")])), ("['a', 'b'].join('')", .string("ab")),
        ("['a'].join(',')", .string("a")), ("['a', 'b', 'c'].join(', ')", .string("a, b, c")),
        ("'abc'.reverse()", .string("cba")), ("''.reverse()", .string("")), ("'   '.trim()", .string("")),
        ("'ÀZ[@`{az'.lowerAscii()", .string("Àz[@`{az")), ("'àZ[@`{az'.upperAscii()", .string("àZ[@`{AZ")),
    ])
    func `Texts are cut and joined by code points`(_ source: String, _ expected: Value) throws {
        #expect(Verdict(try Sample.evaluate(source)) == .value(expected))
        #expect(Sample.issues(source).isEmpty)
    }

    @Test(arguments: [
        ("'%d%%'.format([-9223372036854775808])", "-9223372036854775808%"), ("'%x'.format([-255])", "-ff"),
        ("'%X'.format([18446744073709551615u])", "FFFFFFFFFFFFFFFF"), ("'%b'.format([-5])", "-101"),
        ("'%b'.format([true])", "1"), ("'%o'.format([-9223372036854775808])", "-1000000000000000000000"),
        ("'%x'.format(['é'])", "c3a9"), ("'%.0f'.format([2.5])", "2"), ("'%.2e'.format([-1234.5])", "-1.23e+03"),
        ("'%e'.format([0.0])", "0.000000e+00"), ("'%s %s'.format([1.0, -0.5])", "1 -0.5"),
        ("'%s'.format([type(1)])", "int"), ("'%s'.format([[]])", "[]"), ("'%s'.format([{}])", "{}"),
        ("'%f'.format([-1.0 / 0.0])", "-Infinity"), ("''.format([1])", ""),
    ])
    func `Values are formatted`(_ source: String, _ expected: String) throws {
        #expect(Verdict(try Sample.evaluate(source)) == .value(.string(expected)))
    }

    @Test(arguments: [
        ("math.greatest(9007199254740993, 9007199254740992.0)", Value.int(9_007_199_254_740_993)),
        ("math.least(18446744073709551615u, -1)", .int(-1)), ("math.round(0.49999999999999994)", .double(0)),
        ("math.round(-0.5)", .double(-1)), ("math.round(1e300)", .double(1e300)),
        ("math.trunc(-1.0 / 0.0)", .double(-.infinity)), ("math.sign(-9223372036854775808)", .int(-1)),
        ("math.bitShiftLeft(1, 63)", .int(.min)), ("math.bitShiftLeft(1, 64)", .int(0)),
        ("math.bitShiftLeft(1u, 9223372036854775807)", .uint(0)), ("math.bitNot(-9223372036854775808)", .int(.max)),
        ("math.bitShiftRight(-1, 1)", .int(.max)), ("math.isInf(-1.0 / 0.0)", .bool(true)),
    ])
    func `Numbers keep their exact values`(_ source: String, _ expected: Value) throws {
        #expect(Verdict(try Sample.evaluate(source)) == .value(expected))
        #expect(Sample.issues(source).isEmpty)
    }

    @Test(arguments: [
        ("string(ip('2001:0db8:0:0:1:0:0:1'))", Value.string("2001:db8::1:0:0:1")),
        ("string(ip('0:0:0:0:0:0:0:0'))", .string("::")), ("string(ip('1:0:0:2:0:0:0:3'))", .string("1:0:0:2::3")),
        ("string(ip('2001:db8:0:1:1:1:1:1'))", .string("2001:db8:0:1:1:1:1:1")),
        ("ip.isCanonical('2001:db8:0:0::1')", .bool(false)), ("isIP('1.2.3.4')", .bool(true)),
        ("isIP('::1%eth0')", .bool(false)), ("ip('10.0.0.1').family()", .int(4)),
        ("cidr('0.0.0.0/0').containsIP('255.255.255.255')", .bool(true)),
        ("cidr('::/0').containsIP('1.2.3.4')", .bool(false)), ("cidr('10.1.2.3/0').prefixLength()", .int(0)),
        ("string(cidr('10.255.255.255/9').masked())", .string("10.128.0.0/9")),
        ("string(cidr('2001:db8:ffff::/33').masked())", .string("2001:db8:8000::/33")),
        ("cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", .bool(false)),
        ("cidr('10.0.0.0/32').containsIP('10.0.0.0')", .bool(true)),
    ])
    func `Addresses and networks are read, written and compared`(_ source: String, _ expected: Value) throws {
        #expect(Verdict(try Sample.evaluate(source)) == .value(expected))
        #expect(Sample.issues(source).isEmpty, "\(Sample.issues(source))")
    }

    @Test(arguments: [
        "'aaaaaaaaaa'.replace('a', 'aaaaaaaaaa').replace('a', 'aaaaaaaaaa').replace('a', 'aaaaaaaaaa')",
        "'aaaaaaaaaa'.replace('', 'aaaaaaaaaa').replace('', 'aaaaaaaaaaaaaa').replace('', 'aaaaaaaaaaaaaa')",
        "['aaaaaaaaaaaa', 'a', 'a', 'a', 'a', 'a', 'a'].map(x, ['a', 'a', 'a'].join(x)).join('aaaaaaaaaaaaaaaaaaaaa"
            + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
    ])
    func `Texts that would grow beyond the limit are errors`(_ source: String) throws {
        var limits = Limits()
        limits.sizeMax = 500
        #expect(Verdict(try Sample.evaluate(source, [:], limits)) == .failure)
        #expect(Verdict(try Sample.evaluate(source)) != .failure)
    }
}
