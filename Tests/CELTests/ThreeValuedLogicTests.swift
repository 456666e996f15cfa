import CEL
import Testing

/// Kleene's logic with errors: what is decided is decided, else unknown wins over an error.
@Suite struct ThreeValuedLogicTests {
    /// `u` is unknown, `e` fails, `visitor` has one known field, `unsure` is a function without an answer.
    struct Partial: Activation {
        func variable(_ name: String) -> Outcome? {
            switch name {
            case "u": .unknown
            case "e": .failure("broken")
            case "t": .value(.bool(true))
            case "f": .value(.bool(false))
            case "visitor": .value(.object(["visitor"]))
            default: nil
            }
        }

        func field(_ path: [String]) -> Outcome { path.last == "known" ? .value(.int(7)) : .unknown }
        func isPresent(_ path: [String]) -> Bool { path.last == "known" }
        func call(_ function: String, _ arguments: [Value]) -> Outcome? { function == "unsure" ? .unknown : nil }
    }

    private func verdict(_ source: String) throws -> Verdict {
        Verdict(Program(try Parser.parse(source)).evaluate(Partial()))
    }

    /// The oracle: the decisive value, then unknown, then error, then the other value.
    private func joined(_ names: [Character], decisive: Character) -> Verdict {
        if names.contains(decisive) { return .value(.bool(decisive == "t")) }
        if names.contains("u") { return .unknown }
        if names.contains("e") { return .failure }
        return .value(.bool(decisive == "f"))
    }

    @Test func `Every pair and triple of true, false, unknown and error joins as the rules say`() throws {
        let names: [Character] = ["t", "f", "u", "e"]
        let pairs = names.flatMap { first in names.map { [first, $0] } }
        for operands in pairs + pairs.flatMap({ pair in names.map { pair + [$0] } }) {
            let any = operands.map(String.init).joined(separator: " || ")
            let all = operands.map(String.init).joined(separator: " && ")
            #expect(try verdict(any) == joined(operands, decisive: "t"), "\(any)")
            #expect(try verdict(all) == joined(operands, decisive: "f"), "\(all)")
        }
    }

    @Test(arguments: [
        ("unsure() || true", Verdict.value(.bool(true))), ("unsure() && false", .value(.bool(false))),
        ("unsure() && true", .unknown), ("visitor.title == 'x' || true", .value(.bool(true))),
        ("visitor.title == 'x'", .unknown), ("visitor.known == 7", .value(.bool(true))),
        ("has(visitor.known)", .value(.bool(true))), ("has(visitor.title)", .value(.bool(false))), ("!u", .unknown),
        ("!e", .failure), ("u ? 1 : 2", .unknown), ("e ? 1 : 2", .failure), ("t ? 1 : u", .value(.int(1))),
        ("f ? e : 2", .value(.int(2))), ("t ? u : 1", .unknown),
    ])
    func `Functions, fields and choices keep to it`(_ source: String, _ expected: Verdict) throws {
        #expect(try verdict(source) == expected)
    }

    @Test(arguments: [
        "u + e", "e + u", "[u, e]", "[e, u]", "{'a': e, 'b': u}", "size(e) + size(u)", "e == u", "u == e", "u in [e]",
        "1 / 0 + visitor.n", "visitor.n + 1 / 0", "(1 / 0 == 1) || u", "u || (1 / 0 == 1)",
    ])
    func `An unknown wins over an error`(_ source: String) throws {
        #expect(try verdict(source) == .unknown)
    }

    @Test(arguments: [
        ("[1, 2, 3].exists(x, x == 2 || u)", Verdict.value(.bool(true))), ("[1, 2].exists(x, x == 9 || u)", .unknown),
        ("[1, 2].all(x, x == 1 && u)", .value(.bool(false))), ("[1, 2].all(x, x > 0 && u)", .unknown),
        ("[1, 2].exists(x, 1 / 0 == x || u)", .unknown), ("[2, 0].exists(x, 4 / x == 2)", .value(.bool(true))),
        ("[0, 2].exists(x, 4 / x == 2)", .value(.bool(true))), ("[0, 2].all(x, 4 / x == 2)", .failure),
        ("[0, 2].all(x, 4 / x == 9)", .value(.bool(false))), ("visitor.list.all(x, x > 1)", .unknown),
        ("[1].filter(x, u)", .unknown), ("[1].map(x, u)", .unknown), ("[1].map(x, e)", .failure),
    ])
    func `Macros keep to it`(_ source: String, _ expected: Verdict) throws {
        #expect(try verdict(source) == expected)
    }
}
