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

    @Test func `W7: a rule reads what the account's visitors did, and a test says it`() {
        let check = check(
            """
            events:
              demo: {points: 40, half_life: 10d}
            stages:
              bought: account.events.demo.count > 1 && now - account.events.demo.last < duration("48h")
              looked: account.events.demo.score >= 40.0 && events.demo.count == 0
            placements:
              hero: {kind: page, fields: {text: {type: text}}}
            tests:
              - name: colleagues
                now: 2026-11-20T10:00:00Z
                account_events: {demo: {count: 2, last: 2026-11-20T09:00:00Z}}
                expect: {stage: bought}
              - name: one of them
                now: 2026-11-20T10:00:00Z
                account_events: {demo: {count: 1, last: 2026-11-20T10:00:00Z}}
                expect: {stage: looked}
              - {name: the visitor alone, events: {demo: {count: 5}}, expect: {stage: none}}
              - {name: nobody, expect: {stage: none}}
            """)
        #expect(check.isAccepted, "\(check.diagnostics) \(check.testFailures)")
    }

    @Test func `W7: an attribute of that name wins over the account's events`() {
        let check = check(
            """
            attributes: {account: {events: {type: int}}}
            stages: {known: account.events > 3}
            placements: {hero: {kind: page, fields: {text: {type: text}}}}
            tests: [{name: it is known, account: {events: 4}, expect: {stage: known}}]
            """)
        #expect(check.isAccepted, "\(check.diagnostics) \(check.testFailures)")
    }
}
