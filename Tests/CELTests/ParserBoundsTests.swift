import CEL
import Testing

@Suite struct ParserBoundsTests {
    @Test func `A source up to the limit is read, one byte more is refused with both numbers`() {
        let limit = Limits.default.sourceBytesMax
        let longest = "1" + String(repeating: " ", count: limit - 1)
        #expect(Sample.syntaxIssue(longest) == nil)
        let message = Sample.syntaxIssue(longest + " ")?.message ?? ""
        #expect(message.contains("\(limit + 1)") && message.contains("\(limit)"), "\(message)")
    }

    @Test func `The length is counted in bytes, not in characters`() {
        var limits = Limits()
        limits.sourceBytesMax = 6
        #expect(Sample.syntaxIssue("'éé'", limits) == nil)
        #expect(Sample.syntaxIssue("'éé' ", limits) != nil)
    }

    @Test(arguments: [("(", ")"), ("[", "]"), ("f(", ")"), ("{1: ", "}"), ("true ? true : (", ")")])
    func `Nesting is bounded for every bracket`(_ open: String, _ close: String) {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(Sample.syntaxIssue(nested(20)) == nil)
        let message = Sample.syntaxIssue(nested(150))?.message ?? ""
        #expect(message.contains("nested") || message.contains("deep"), "\(message)")
    }

    @Test(arguments: ["(", "[", "!", "-", "f(", "{1:", "1?", "a.", "a[", "1+(", "[].map(x,", "\"", "'''", "b'", "0x"])
    func `A long row of openings ends in an issue, not in a crash`(_ part: String) {
        let source = String(repeating: part, count: Limits.default.sourceBytesMax / part.utf8.count)
        #expect(Sample.syntaxIssue(source) != nil)
    }

    @Test(arguments: ["+", "-", "*", "/", "%", "<", "==", "in", "?1:"])
    func `A chain that grows a deep tree is refused or evaluated, never too deep to walk`(_ symbol: String) throws {
        let source = "1" + String(repeating: " \(symbol) 1", count: 4_000)
        guard Sample.syntaxIssue(source) == nil else { return }
        _ = Sample.issues(source)
        _ = try Sample.evaluate(source)
    }

    @Test(arguments: [".a", "[0]", ".f()", ".map(x, x)"])
    func `A long chain of selections is refused or evaluated, never too deep to walk`(_ link: String) throws {
        let source = "a" + String(repeating: link, count: 3_000)
        guard Sample.syntaxIssue(source) == nil else { return }
        _ = Sample.issues(source)
        _ = try Sample.evaluate(source)
    }

    @Test func `Chains of 5,000 operands are checked and evaluated`() throws {
        let all = Array(repeating: "true", count: 5_000).joined(separator: "&&")
        let none = Array(repeating: "false", count: 4_500).joined(separator: "||")
        #expect(Sample.issues(all).isEmpty)
        #expect(Verdict(try Sample.evaluate(all)) == .value(.bool(true)))
        #expect(Verdict(try Sample.evaluate(all.dropLast(4) + "1<0")) == .value(.bool(false)))
        #expect(Verdict(try Sample.evaluate("false&&" + all)) == .value(.bool(false)))
        #expect(Sample.issues(none).isEmpty)
        #expect(Verdict(try Sample.evaluate(none)) == .value(.bool(false)))
        #expect(Verdict(try Sample.evaluate(none + "||true")) == .value(.bool(true)))
    }

    @Test func `A long chain keeps the order of its operands for issues`() {
        let source = Array(repeating: "true", count: 2_000).joined(separator: "&&") + "&&bad_one"
        let issues = Sample.issues(source)
        #expect(issues.map(\.offset) == [2_000 * 6])
    }

    @Test func `The number of parts is bounded`() {
        var limits = Limits()
        limits.nodesMax = 50
        #expect(Sample.syntaxIssue("[" + Array(repeating: "1", count: 49).joined(separator: ",") + "]", limits) == nil)
        let issue = Sample.syntaxIssue("[" + Array(repeating: "1", count: 60).joined(separator: ",") + "]", limits)
        #expect(issue?.message.contains("50") == true)
    }

    @Test(arguments: [
        ("9223372036854775807", Value.int(.max)), ("-9223372036854775808", .int(.min)),
        ("18446744073709551615u", .uint(.max)), ("0x7fffffffffffffff", .int(.max)),
        ("-0x8000000000000000", .int(.min)), ("0xffffffffffffffffu", .uint(.max)), ("0xFFu", .uint(255)),
        ("1e308", .double(1e308)), ("-0.0", .double(-0.0)), (".5", .double(0.5)), ("1.5e-3", .double(0.0015)),
    ])
    func `Numbers at the ends of their ranges are read`(_ source: String, _ value: Value) throws {
        #expect(Verdict(try Sample.evaluate(source)) == .value(value))
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "18446744073709551616u", "0x8000000000000000",
        "-0x8000000000000001", "0x10000000000000000u", "99999999999999999999999999", "1e309", "-1e400", "0x", "1__0",
        "1.", "08u8", "1 2", "0b1", "1e+",
    ])
    func `Numbers beyond their ranges or forms are refused`(_ source: String) {
        #expect(Sample.syntaxIssue(source) != nil)
    }

    @Test func `Work and size of an evaluation are bounded`() throws {
        var limits = Limits()
        limits.stepsMax = 1_000
        limits.sizeMax = 1_000
        let list = "[" + Array(repeating: "1", count: 20).joined(separator: ",") + "]"
        let loops = "\(list).all(a, \(list).all(b, \(list).all(c, a + b + c == 3)))"
        #expect(Verdict(try Sample.evaluate(loops, [:], limits)) == .failure)
        #expect(Verdict(try Sample.evaluate("\(loops) || true", [:], limits)) == .failure)
        // What was not finished is an error even beside an unknown, which wins over every other error.
        #expect(Verdict(try Sample.evaluate("u || \(loops)", ["u": .unknown], limits)) == .failure)
        let doubled = (0..<12).reduce("'aaaaaaaa'") { text, _ in "[\(text)].map(x, x + x)[0]" }
        #expect(Verdict(try Sample.evaluate(doubled, [:], limits)) == .failure)
    }
}
