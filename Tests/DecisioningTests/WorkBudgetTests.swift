import Decisioning
import Model
import Testing

@Suite("What one decision may work")
struct WorkBudgetTests {
    private static let long = String(repeating: "ab", count: 2_048)

    /// As many campaigns as asked for, each with a condition of its own.
    private func rules(_ count: Int, _ condition: (Int) -> String) throws -> Harness {
        let campaigns = (0..<count).map { number in
            "  c\(number): {priority: 1, when: '\(condition(number))', pages: {slot: {v: {fields: {text: Shown}}}}}\n"
        }
        return try Harness(
            """
            attributes: {visitor: {title: {type: string}, other: {type: string}, tags: {type: strings}}}
            placements: {slot: {kind: page, fields: {text: {max_length: 30}}}}
            campaigns:
            \(campaigns.joined())
            """)
    }

    private func inputs(_ title: String) -> Harness.Inputs {
        var inputs = Harness.Inputs()
        inputs.visitor["title"] = .string(title)
        inputs.visitor["other"] = .string(title)
        inputs.visitor["tags"] = .strings((0..<500).map { "tag\($0)" })
        return inputs
    }

    @Test(
        "is enough for thousands of conditions over texts as people send them",
        arguments: [
            { (number: Int) in "visitor.title.contains(\"x\(number)\")" },
            { (number: Int) in "visitor.title.matches(\"x\(number)|y+\")" },
            { (number: Int) in "\"t\(number)\" in visitor.tags" },
        ] as [@Sendable (Int) -> String])
    func enough(condition: @Sendable (Int) -> String) throws {
        let harness = try rules(2_000, condition)
        _ = try harness.decide(inputs("Head of purchasing and logistics"))
        #expect(!harness.workspace.isOverBudget)
    }

    @Test("ends what a hostile request would take, and the next decision has all of it again")
    func isEnded() throws {
        let harness = try rules(6_000) { "visitor.title.matches(\"x\($0)|(a|b)*z\")" }
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try harness.decide(inputs(Self.long)) }
        #expect(harness.workspace.isOverBudget)
        // 6,000 patterns over 4 KB would be 24 MB; so are 4,096 of them. Generous, for builds without optimisation.
        #expect(time < .seconds(2))
        _ = try harness.decide(inputs("short"))
        #expect(!harness.workspace.isOverBudget)
    }

    @Test("covers comprehensions within each other")
    func comprehensions() throws {
        let harness = try rules(20) { "visitor.tags.exists(x, visitor.tags.exists(y, x + y == \"none\($0)\"))" }
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try harness.decide(inputs("a")) }
        #expect(harness.workspace.isOverBudget)
        #expect(time < .seconds(10))
    }

    @Test("finds a part wherever it stands")
    func parts() throws {
        let harness = try Harness(
            """
            attributes: {visitor: {title: {type: string}, other: {type: string}}}
            placements: {slot: {kind: page, fields: {text: {max_length: 30}}}}
            campaigns:
              has: {priority: 1, when: visitor.title.contains(visitor.other), pages: {slot: {v: {fields: {text: Shown}}}}}
            """)
        for (title, other, isThere) in [
            (Self.long, "ba", true), (Self.long, "bb", false), (Self.long + "c", "abc", true),
            (Self.long, Self.long, true),
            ("abab", "abab", true), ("abab", "ababa", false),
            (String(repeating: "a", count: 4_096), String(repeating: "a", count: 2_000) + "b", false),
        ] {
            var inputs = Harness.Inputs()
            inputs.visitor["title"] = .string(title)
            inputs.visitor["other"] = .string(other)
            let campaign = try harness.decide(inputs).placements[0].campaign
            #expect((campaign == "has") == isThere, "\(other.prefix(9)) in \(title.prefix(9))")
        }
    }
}
