import Model
import Testing

@Suite("Campaigns")
struct CampaignTests {
    private static let head = """
        attributes:
          visitor:
            x: {type: int}
            y: {type: int}
            z: {type: int, purpose: ads}
          account: {e: {type: int}, f: {type: int}}
        segments: {all: "true"}
        icps:
          big:
            segment: all
            required: [account.e > 0]
            criteria:
              - {when: account.e > 0, points: 1, category: able}
              - {when: account.e > 10, points: 1, category: able}
            tiers: {a: 0}
          small:
            segment: all
            required: [account.f > 0]
            criteria:
              - {when: account.f > 0, points: 1, category: able}
              - {when: account.f > 10, points: 1, category: able}
            tiers: {a: 0}
        policies:
          consent: {ads: {covers: [], default: denied}}
        placements:
          slot:
            kind: page
            fields: {text: {max_length: 40}, button: {max_length: 10}}
            default: {text: default, button: Go}
          bare: {kind: page, fields: {text: {max_length: 40}}}

        """

    private func decide(
        _ campaigns: String, _ change: (inout Harness.Inputs) -> Void = { _ in }
    ) throws -> Answer.Placement {
        var inputs = Harness.Inputs()
        change(&inputs)
        let indented = campaigns.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let answer = try Harness(CampaignTests.head + "campaigns:\n" + indented).decide(inputs)
        return try #require(answer["slot"])
    }

    private func campaign(_ name: String, _ keys: String) -> String {
        "\(name): {\(keys), pages: {slot: {\(name)_v: {fields: {text: \(name)}}}}}\n"
    }

    @Test("the highest priority wins, whatever the order in the file")
    func priority() throws {
        let rules = campaign("low", "priority: 1") + campaign("high", "priority: 2") + campaign("mid", "priority: 1")
        let slot = try decide(rules)
        #expect(slot.campaign == "high")
        #expect(slot.variant == "high_v")
        #expect(slot.reason == .campaign)
    }

    @Test("among equals the better fit wins, then the name")
    func fitAndName() throws {
        let rules =
            campaign("zed", "priority: 1, when: is_icp('big')") + campaign("amy", "priority: 1, when: is_icp('small')")
            + campaign("bob", "priority: 1")
        #expect(try decide(rules) { $0.account = ["e": .int(11), "f": .int(1)] }.campaign == "zed")
        #expect(try decide(rules) { $0.account = ["e": .int(1), "f": .int(11)] }.campaign == "amy")
        #expect(try decide(rules) { $0.account = ["e": .int(11), "f": .int(11)] }.campaign == "amy")
        #expect(try decide(rules).campaign == "bob")
    }

    @Test("one that is not known to apply is passed over, and the lack shows")
    func lack() throws {
        let rules = campaign("first", "priority: 2, when: visitor.x > 0") + campaign("second", "priority: 1")
        let passed = try decide(rules)
        #expect(passed.campaign == "second")
        #expect(passed.lackedData)
        #expect(!passed.lackedConsent)
        #expect(try decide(rules) { $0.visitor["x"] = .int(0) }.lackedData == false)
        #expect(try decide(rules) { $0.visitor["x"] = .int(1) }.campaign == "first")
        let personal = campaign("first", "priority: 2, when: visitor.z > 0")
        let withheld = try decide(personal) { $0.visitor["z"] = .int(1) }
        #expect(withheld.reason == .default)
        #expect(withheld.lackedConsent)
        #expect(!withheld.lackedData)
    }

    @Test("a lack below the winner does not show")
    func lackBelow() throws {
        let rules = campaign("first", "priority: 2") + campaign("second", "priority: 1, when: visitor.x > 0")
        #expect(try decide(rules).lackedData == false)
    }

    @Test("exclusions win over priority")
    func excluded() throws {
        let rules = campaign("top", "priority: 9, excluded: visitor.x > 0") + campaign("next", "priority: 1")
        #expect(try decide(rules) { $0.visitor["x"] = .int(1) }.campaign == "next")
        #expect(try decide(rules) { $0.visitor["x"] = .int(0) }.campaign == "top")
        #expect(try decide(rules).campaign == "top")
        let alone = campaign("top", "priority: 9, excluded: visitor.x > 0")
        let slot = try decide(alone) { $0.visitor["x"] = .int(1) }
        #expect(slot.reason == .excluded)
        #expect(slot.fields == ["text": "default", "button": "Go"])
    }

    @Test("a campaign runs from its start, until before its end")
    func window() throws {
        let rules = campaign("run", "priority: 1, starts: 2026-11-20T10:00:00Z, ends: 2026-11-20T11:00:00Z")
        for (now, reason) in [
            ("2026-11-20T09:59:59Z", DecisionReason.default), ("2026-11-20T10:00:00Z", .campaign),
            ("2026-11-20T10:59:59Z", .campaign), ("2026-11-20T11:00:00Z", .default),
        ] {
            #expect(try decide(rules) { $0.now = now }.reason == reason, "\(now)")
        }
    }

    @Test("the first variant that is open is shown, then the next campaign, then the default")
    func variants() throws {
        let rules = """
            main:
              priority: 2
              pages:
                slot:
                  one: {when: visitor.x == 1, fields: {text: one}}
                  two: {when: visitor.y == 1, fields: {text: two}}
            rest:
              priority: 1
              when: visitor.x != 9
              pages: {slot: {any: {fields: {text: any}}}}
            """
        #expect(try decide(rules) { $0.visitor = ["x": .int(1), "y": .int(1)] }.variant == "one")
        #expect(try decide(rules) { $0.visitor = ["x": .int(2), "y": .int(1)] }.variant == "two")
        #expect(try decide(rules) { $0.visitor = ["y": .int(1)] }.variant == "two")
        #expect(try decide(rules) { $0.visitor = ["x": .int(2), "y": .int(2)] }.variant == "any")
        let none = try decide(rules) { $0.visitor = ["x": .int(9), "y": .int(2)] }
        #expect(none.reason == .noVariant)
        #expect(none.campaign == "")
    }

    @Test("a field that the variant leaves out shows the placement's default")
    func fieldDefaults() throws {
        #expect(try decide(campaign("run", "priority: 1")).fields == ["text": "run", "button": "Go"])
    }

    @Test("without campaigns a placement shows its default, or nothing")
    func defaults() throws {
        let answer = try Harness(CampaignTests.head).decide()
        #expect(answer["slot"]?.fields == ["text": "default", "button": "Go"])
        #expect(answer["bare"]?.fields == [:])
        #expect(answer["bare"]?.reason == .default)
    }

    @Test("only what is asked for is decided, in the order asked, each once")
    func asked() throws {
        var inputs = Harness.Inputs()
        let harness = try Harness(CampaignTests.head)
        #expect(try harness.decide(inputs).placements.map(\.name) == ["slot", "bare"])
        inputs.ask = ["bare", "slot", "bare"]
        #expect(try harness.decide(inputs).placements.map(\.name) == ["bare", "slot"])
        inputs.ask = ["bare"]
        #expect(try harness.decide(inputs).placements.map(\.name) == ["bare"])
        inputs.ask = []
        #expect(try harness.decide(inputs).placements.map(\.name) == ["slot", "bare"])
    }

    @Test("a legal block wins over everything; an unknown one does not block")
    func blocked() throws {
        let rules = CampaignTests.head.replacing(
            "policies:\n", with: "policies:\n  blocked: [{when: visitor.x == 1, because: law}]\n")
        let harness = try Harness(rules + "campaigns:\n  " + campaign("run", "priority: 1"))
        var inputs = Harness.Inputs()
        #expect(try harness.decide(inputs)["slot"]?.reason == .campaign)
        inputs.visitor["x"] = .int(1)
        let slot = try harness.decide(inputs)["slot"]
        #expect(slot?.reason == .blocked)
        #expect(slot?.because == "law")
        #expect(slot?.fields["text"] == "default")
    }
}
