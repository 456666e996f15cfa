import Decisioning
import Foundation
import Ruleset
import Testing

/// Rule sets of other trades than the examples', written from docs/rules.md and docs/reference.md alone.
@Suite("Rule sets of other trades")
struct RuleSetsTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "RuleSets")

    private func check(_ name: String) throws -> RuleCheck {
        RuleCheck(try RuleFolder.read(Self.folder.appending(path: name).path()), today: "2026-11-20")
    }

    @Test("load without an error and pass their own tests", arguments: ["charity", "bank", "software"])
    func ownTests(_ name: String) throws {
        let check = try check(name)
        #expect(!check.diagnostics.contains { $0.severity == .error }, "\(check.diagnostics)")
        #expect(check.testFailures.isEmpty, "\(check.testFailures)")
        #expect(try #require(check.ruleSet).tests.count >= 2)
    }

    @Test("use every section that there is")
    func sections() throws {
        func optional<Section>(_ section: Section?) -> Int { section == nil ? 0 : 1 }
        let ruleSet = try #require(try check("charity").ruleSet)
        let counts: [Int] = [
            ruleSet.attributes.count, ruleSet.events.count, ruleSet.lists.count, ruleSet.segments.count,
            ruleSet.icps.count, ruleSet.engagement.count, optional(ruleSet.grades), ruleSet.roles.count,
            ruleSet.personas.count, ruleSet.stages.count, ruleSet.placements.count, ruleSet.campaigns.count,
            ruleSet.layers.count, optional(ruleSet.holdout), ruleSet.experiments.count,
            ruleSet.policies.consent.count, ruleSet.policies.blocked.count, ruleSet.policies.caps.count,
            ruleSet.routes.count, ruleSet.tests.count,
        ]
        #expect(!counts.contains(0), "\(counts)")
    }

    @Test("say what their lint finds, where it stands")
    func lint() throws {
        let found = try check("charity").diagnostics.map { "\($0.position.line) \($0.code)" }
        #expect(
            found == [
                "5 unused-attribute", "8 unused-attribute", "13 unused-attribute", "34 unused-segment", "64 icp-count",
                "120 constant-condition", "130 missing-default", "151 unreachable", "179 unreachable",
                "202 growthbook-weights", "217 block-unknown",
            ])
    }

    @Test("A condition that YAML cut at a comma is told so")
    func comma() {
        func messages(_ excluded: String) -> [String] {
            let text = """
                attributes: {visitor: {age: {type: int}}}
                placements: {hero: {kind: page, fields: {text: {}}, default: {text: Hi}}}
                campaigns: {one: {excluded: \(excluded), pages: {hero: {a: {fields: {text: x}}}}}}
                """
            return RuleSetLoader.load([RuleFile(path: "a.yaml", content: Array(text.utf8))]).diagnostics.map(\.message)
        }
        let cut = messages("[between(visitor.age, 1, 2)]")
        #expect(cut.first?.contains("a comma ends a text that has no quotes") == true)
        #expect(messages("['between(visitor.age, 1, 2)']").isEmpty)
        #expect(!messages("['between(visitor.age, 1']").contains { $0.contains("comma") })
    }
}
