internal import Foundation
internal import Ruleset
internal import Testing

@Suite("What changed between two rule sets")
struct CompareTests {
    private func compare(_ old: String, _ new: String) throws -> RuleSetDifference {
        try RuleSetDifference(from: [Fixtures.file("a.yaml", old)], to: [Fixtures.file("a.yaml", new)])
    }

    @Test("A set does not differ from itself, however it is split over files and whatever its comments")
    func same() throws {
        let files = try RuleFolder.read(Fixtures.examples)
        #expect(try RuleSetDifference(from: files, to: files).entries == [])
        let old = "segments: {a: x, b: y}\npolicies: {consent: {p: {}}, caps: []}\n"
        let split = [
            Fixtures.file("1.yaml", "# c\nsegments: {b: y}\npolicies: {consent: {p: {}}}"),
            Fixtures.file("2.yaml", "segments:\n  a: 'x'\npolicies: {caps: []}"),
        ]
        #expect(try RuleSetDifference(from: [Fixtures.file("a.yaml", old)], to: split).entries == [])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let text: String

        var testDescription: String { text }
    }

    static let cases = [
        Case(
            old: "campaigns: {c: {priority: 10}}", new: "campaigns: {c: {priority: 20}}",
            text: "campaigns\n  ~ c changed\n      priority: 10 → 20\n"),
        Case(
            old: "campaigns: {c: {title: x}}", new: "campaigns: {c: {title: x, priority: 20}}",
            text: "campaigns\n  ~ c changed\n      priority: 0 → 20\n"),
        Case(
            old: "campaigns: {c: {when: x}, d: {}}", new: "campaigns: {c: {when: y}, e: {}}",
            text: "campaigns\n  ~ c changed\n      when: x → y\n  - d removed\n  + e added\n"),
        Case(
            old: "icps: {i: {criteria: [{when: a, points: 5, category: able}, {when: b, points: 1}]}}",
            new: "icps: {i: {criteria: [{when: a, points: 8, category: able}, {when: c, points: 1}]}}",
            text:
                "icps\n  ~ i changed\n      criteria[a].points: 5 → 8\n      criteria[b]: {when: b, points: 1} (removed)\n      criteria[c]: {when: c, points: 1} (new)\n"
        ),
        Case(
            old: "segments: {s: a}", new: "segments: {s: b}",
            text: "segments\n  ~ s changed\n      condition: a → b\n"),
        Case(
            old: "roles: {a: x, b: y}", new: "roles: {b: y, a: x}",
            text: "roles\n      order: a, b → b, a\n"),
        Case(
            old: "attributes: {visitor: {age: {type: int}}}",
            new: "attributes: {visitor: {age: {type: double}}, account: {age: {type: int}}}",
            text: "attributes\n  + account.age added\n  ~ visitor.age changed\n      type: int → double\n"),
        Case(
            old: "experiments: {e: {arms: {a: {weight: 1}, b: {weight: 1}}}}",
            new: "experiments: {e: {arms: {a: {weight: 1.0}, b: {weight: 3}}}}",
            text: "experiments\n  ~ e changed\n      arms.b.weight: 1 → 3\n"),
        Case(
            old: "lists: {l: {values: [a, b]}}", new: "lists: {l: {values: [b, c, d]}}",
            text: "lists\n  ~ l changed\n      values: c, d (new)\n      values: a (removed)\n"),
        Case(
            old: "policies: {consent: {p: {}}}\ngrades: {mql: x}", new: "policies: {consent: {p: {default: granted}}}",
            text:
                "grades\n      mql: x (removed)\n\npolicies\n      consent.p.default: denied → granted\n"),
        Case(
            old: "campaigns: {c: {pages: {h: {a: {}, b: {}}}}}", new: "campaigns: {c: {pages: {h: {b: {}, a: {}}}}}",
            text: "campaigns\n  ~ c changed\n      pages.h.order: a, b → b, a\n"),
        Case(
            old: "tests: [{name: one, now: x}]", new: "tests: [{name: two}, {name: one, now: y}]",
            text: "tests\n  ~ one changed\n      now: x → y\n  + two added\n"),
    ]

    @Test("Each change is said in words", arguments: cases)
    func words(_ example: Case) throws {
        #expect(try compare(example.old, example.new).text() == example.text)
    }

    @Test("The other way round, what was added is removed and what was before is after", arguments: cases)
    func reverse(_ example: Case) throws {
        let forth = try compare(example.old, example.new).entries
        let back = try compare(example.new, example.old).entries
        #expect(forth.map(\.name) == back.map(\.name))
        #expect(
            Set(
                forth.flatMap { entry in entry.details.map { [entry.name, $0.path, $0.before ?? "", $0.after ?? ""] } })
                == Set(
                    back.flatMap { entry in
                        entry.details.map { [entry.name, $0.path, $0.after ?? "", $0.before ?? ""] }
                    }))
    }

    @Test("The members of a list in a file of its own are compared")
    func listFile() throws {
        let rules = Fixtures.file("a.yaml", "lists: {l: {file: l.txt}}")
        let old = [rules, Fixtures.file("l.txt", "# c\na\n b \n")]
        let new = [rules, Fixtures.file("l.txt", "b\nc\n")]
        #expect(
            try RuleSetDifference(from: old, to: new).text() == "lists\n  ~ l changed\n      values: a → c\n")
    }

    @Test("The share of units that moves stands with its experiment")
    func share() throws {
        var difference = try compare("experiments: {e: {salt: a}}", "experiments: {e: {salt: b}}")
        difference.entries[0].movedShare = 0.0525
        #expect(difference.text().hasSuffix("      5.25 % of units get another arm\n"))
    }

    @Test("What is not YAML, and aliases that stand for too much, are refused with their place")
    func refused() {
        let broken = #expect(throws: Diagnostic.self) { try compare("a: [", "") }
        #expect(broken?.code == "not-yaml")
        let bomb = (1...9).reduce("a0: &a0 [x]\n") { text, level in
            text + "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        let large = #expect(throws: Diagnostic.self) { try compare("", bomb) }
        #expect(large?.code == "too-large")
    }

    @Test("Aliases of aliases, however many, are refused and harm nobody", arguments: [99, 100, 60_000])
    func chain(_ length: Int) {
        let text = (1...length).reduce(into: "a0: &a0 [x]\n") { $0 += "a\($1): &a\($1) [[[*a\($1 - 1)]]]\n" }
        let error = #expect(throws: Diagnostic.self) { try compare("", text) }
        #expect(error?.code == "too-large")
        let code = length < 100 ? "unknown-key" : "too-large"
        #expect(Fixtures.load(text).diagnostics.first?.code == code)
    }
}
