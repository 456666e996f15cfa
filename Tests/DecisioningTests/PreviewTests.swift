import Decisioning
import Model
import Testing

@Suite struct PreviewTests {
    private static let rules = """
        attributes:
          visitor: {size: {type: int}}
          request: {country_closed: {type: bool}}
        segments:
          large: visitor.size > 100
        placements:
          hero: {kind: page, fields: {headline: {type: text}, button: {type: text}}, default: {headline: Hello}}
        campaigns:
          big:
            when: in_segment('large')
            ends: 2026-01-01T00:00:00Z
            pages: {hero: {speed: {fields: {headline: Fast, button: Try}}}}
          giants:
            priority: 5
            when: in_segment('large')
            pages: {hero: {size: {fields: {headline: Huge}}}}
        holdout: {share: 1, salt: everybody}
        layers:
          landing: {unit: visitor}
        experiments:
          other: {layer: landing, slots: [0, 999999], placement: hero, arms: {a: {weight: 1, fields: {button: Other}}}}
          late:
            layer: landing
            slots: [999999, 1000000]
            placement: hero
            starts: 2030-01-01T00:00:00Z
            arms: {control: {weight: 1}, start: {weight: 0, fields: {button: Start}}}
        policies:
          blocked: [{when: request.country_closed, because: closed here}]
        """

    private func decide(
        _ forced: Harness.Forced?, visitor: [String: AttributeValue] = [:], closed: Bool = false
    ) throws -> Answer {
        var inputs = Harness.Inputs()
        (inputs.visitorID, inputs.visitor, inputs.forced) = ("v1", visitor, forced)
        inputs.request = ["country_closed": .bool(closed)]
        return try Harness(Self.rules).decide(inputs)
    }

    @Test func `R56: a forced variant is shown to anybody, even when its campaign is over`() throws {
        let answer = try decide(.init(variants: ["big/hero/speed"]))
        let hero = try #require(answer["hero"])
        #expect(answer.isPreview && hero.reason == .forced && hero.campaign == "big" && hero.variant == "speed")
        #expect(hero.fields == ["headline": "Fast", "button": "Other"])
    }

    @Test func `R56: a forced segment holds for whoever asks for it`() throws {
        let answer = try decide(.init(segments: ["large"]), visitor: ["size": .int(3)])
        #expect(answer.segments == ["large"] && answer["hero"]?.campaign == "giants")
        #expect(answer["hero"]?.reason == .campaign && answer.isPreview)
    }

    @Test func `R56: a forced arm wins over dates, weights, slots and other experiments of its placement`() throws {
        let answer = try decide(.init(arms: ["late": "start"]))
        #expect(answer["hero"]?.experiment == "late" && answer["hero"]?.fields["button"] == "Start")
        #expect(answer["hero"]?.reason == .forced)
        let assignment = try #require(answer.assignments.first { $0.experiment == "late" })
        #expect(assignment.isForced && assignment.propensity == 0)
        #expect(answer.assignments.first { $0.experiment == "other" }.map { !$0.isForced } ?? true)
    }

    @Test func `R16: a legal block holds for previews too`() throws {
        let answer = try decide(.init(arms: ["late": "start"], variants: ["big/hero/speed"]), closed: true)
        #expect(
            answer["hero"]?.reason == .blocked && answer["hero"]?.campaign == "" && answer["hero"]?.experiment == "")
    }

    @Test func `What a preview forced is forgotten with the next decision`() throws {
        let harness = try Harness(Self.rules)
        var inputs = Harness.Inputs()
        inputs.visitorID = "v1"
        inputs.request = ["country_closed": .bool(false)]
        let before = try harness.decide(inputs)
        inputs.forced = .init(arms: ["late": "start"], variants: ["big/hero/speed"], segments: ["large"])
        #expect(try harness.decide(inputs) != before)
        inputs.forced = nil
        #expect(try harness.decide(inputs) == before)
        #expect(!before.isPreview && before.assignments.isEmpty && before["hero"]?.reason == .default)
    }
}
