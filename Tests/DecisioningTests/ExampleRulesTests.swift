import Decisioning
import Foundation
import Model
import Ruleset
import Testing

@Suite("The example rule set")
struct ExampleRulesTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/examples/rules")

    private func load() throws -> Harness {
        try Harness(try RuleFolder.read(ExampleRulesTests.folder.path()))
    }

    @Test("passes the five tests that it carries")
    func carriedTests() throws {
        let example = try load()
        #expect(example.ruleSet.tests.count == 5)
        #expect(RuleTestRunner.run(example.ruleSet, table: example.table) == [])
    }

    @Test("gives Mary the page for her working hours, and another outside them")
    func workingHours() throws {
        let example = try load()
        var inputs = AudienceRequirementTests.mary(employees: 1000)
        // A Friday; Kyiv is two hours ahead in winter.
        for (now, variant) in [
            ("2026-11-20T06:59:59Z", "landing_speed_off_hours"), ("2026-11-20T07:00:00Z", "landing_speed"),
            ("2026-11-20T15:59:59Z", "landing_speed"), ("2026-11-20T16:00:00Z", "landing_speed_off_hours"),
            ("2026-11-21T10:00:00Z", "landing_speed_off_hours"),
        ] {
            inputs.now = now
            let answer = try example.decide(inputs)
            #expect(answer["landing_hero"]?.variant == variant, "\(now)")
            #expect(answer.icp?.fit == 55)
            #expect(answer["search_ad"]?.variant == "demo_speed")
            #expect(
                answer["search_ad"]?.landingURL
                    == "?utm_source=google&utm_medium=cpc&utm_campaign=demo_q4&utm_content=demo_speed")
        }
    }

    @Test("serves nobody in a blocked region")
    func blocked() throws {
        let example = try load()
        var inputs = Harness.Inputs()
        inputs.account = ["country": .string("KP")]
        let answer = try example.decide(inputs)
        for placement in answer.placements {
            #expect(placement.reason == .blocked)
            #expect(placement.because == "We do not serve this region for legal reasons")
        }
        #expect(answer["landing_hero"]?.fields["button"] == "Learn more")
    }

    @Test("does not read what the visitor has not agreed to, and says so")
    func consent() throws {
        let example = try load()
        var inputs = Harness.Inputs()
        inputs.visitor = ["typology": .string("deal")]
        let withheld = try example.decide(inputs)
        #expect(withheld["side_offer"]?.reason == .default)
        #expect(withheld["side_offer"]?.lackedConsent == true)
        #expect(withheld.unreadPurposes == ["personalisation"])
        inputs.granted = ["personalisation"]
        let granted = try example.decide(inputs)
        #expect(granted["side_offer"]?.variant == "instalments")
        #expect(granted.unreadPurposes == [])
    }
}
