import Decisioning
import Ruleset
import Testing

@Suite struct RuleTestEventTests {
    private static let rules = """
        events:
          demo_signup: {points: 40, half_life: 10d}
        stages:
          task: events.demo_signup.count > 0
        engagement: {cold: 0, hot: 30}
        placements:
          hero: {kind: page, fields: {text: {type: text}}}
        tests:
          - name: a sign-up makes ready at once
            now: 2026-11-20T10:00:00Z
            events: {demo_signup: {count: 1, last: 2026-11-20T09:00:00Z}}
            expect: {stage: task, engagement_level: hot}
          - name: after a half-life half is left
            now: 2026-11-20T10:00:00Z
            events: {demo_signup: {count: 1, last: 2026-11-10T10:00:00Z}}
            expect: {stage: task, engagement_level: cold}
          - {name: nothing has happened, expect: {stage: none, engagement_level: cold}}
        """

    private func check(_ yaml: String) -> RuleCheck {
        RuleCheck([RuleFile(path: "rules.yaml", content: Array(yaml.utf8))])
    }

    @Test func `R9: a test says what the visitor did, and when`() {
        let check = check(Self.rules)
        #expect(check.isAccepted, "\(check.diagnostics) \(check.testFailures)")
        let late = Self.rules.replacing("last: 2026-11-20T09:00:00Z", with: "last: 2026-11-01T09:00:00Z")
        #expect(self.check(late).testFailures.map(\.path) == ["engagement_level"])
    }

    @Test func `An event that is not declared is an error where it stands`() throws {
        let wrong = Self.rules.replacing(
            "events: {demo_signup: {count: 1, last: 2026-11-20", with: "events: {demo: {count: 1, last: 2026-11-20")
        let error = try #require(check(wrong).diagnostics.first { $0.severity == .error })
        #expect(error.position.line == 11 && error.message.contains("demo"))
    }
}
