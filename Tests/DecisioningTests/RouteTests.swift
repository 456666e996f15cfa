import Decisioning
import Model
import Ruleset
import Testing

@Suite struct RouteTests {
    private static let rules = """
        attributes:
          account: {country: {type: string}}
        placements:
          hero: {kind: page, fields: {text: {type: text}}}
        routes:
          demo_request:
            - {to: team_americas, when: 'account.country in ["US", "CA"]', schedule: {timezone: America/New_York, days: [mon, tue, wed, thu, fri], hours: "09:00-18:00"}}
            - {to: team_europe, schedule: {timezone: Europe/Kyiv, days: [mon, tue, wed, thu, fri], hours: "09:00-18:00"}}
            - {to: callback_form}
          callers:
            - {to: phone, when: account.country == "DE"}
        tests:
          - {name: europe in the morning, now: 2026-11-20T10:00:00Z, expect: {routes: {demo_request: team_europe, callers: none}}}
        """

    @Test(
        arguments: [
            ("US", "2026-11-20T15:00:00Z", "team_americas"), ("US", "2026-11-20T10:00:00Z", "team_europe"),
            ("US", "2026-11-20T22:59:59Z", "team_americas"), ("US", "2026-11-20T23:00:00Z", "callback_form"),
            ("US", "2026-11-21T15:00:00Z", "callback_form"), ("UA", "2026-11-20T15:59:59Z", "team_europe"),
            ("UA", "2026-11-20T16:00:00Z", "callback_form"), (nil, "2026-11-20T15:00:00Z", "team_europe"),
        ] as [(String?, String, String)])
    func `R55: the first target whose hours are open gets the lead, and out of hours the fallback`(
        country: String?, now: String, expected: String
    ) throws {
        var inputs = Harness.Inputs()
        (inputs.now, inputs.routes) = (now, ["demo_request"])
        inputs.account = country.map { ["country": .string($0)] } ?? [:]
        #expect(try Harness(Self.rules).decide(inputs).routes == ["demo_request": expected])
    }

    @Test func `A route is answered when it is asked for, with nothing when nobody gets the lead`() throws {
        let harness = try Harness(Self.rules)
        #expect(try harness.decide().routes == [:])
        var inputs = Harness.Inputs()
        inputs.routes = ["callers", "callers"]
        #expect(try harness.decide(inputs).routes == ["callers": ""])
        inputs.account = ["country": .string("DE")]
        #expect(try harness.decide(inputs).routes == ["callers": "phone"])
    }

    @Test func `A rule set's own tests say who gets the lead`() {
        let check = RuleCheck([RuleFile(path: "rules.yaml", content: Array(Self.rules.utf8))])
        #expect(check.isAccepted, "\(check.diagnostics) \(check.testFailures)")
        let wrong = Self.rules.replacing("demo_request: team_europe", with: "demo_request: callback_form")
        let failure = RuleCheck([RuleFile(path: "rules.yaml", content: Array(wrong.utf8))]).testFailures.first
        #expect(failure?.path == "routes.demo_request" && failure?.actual == "team_europe")
    }
}
