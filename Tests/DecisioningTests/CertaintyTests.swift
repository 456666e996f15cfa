import Model
import Testing

@Suite("What conditions see of who somebody is")
struct CertaintyTests {
    private static func rules(_ condition: String) -> String {
        """
        attributes:
          visitor: {duty: {type: string}, level: {type: int}, rude: {type: bool}}
          account: {size: {type: int}, domain: {type: string}}
        events: {visit: {points: 10, max_points: 30, purpose: watching}}
        segments: {firms: account.size > 0}
        icps:
          mary:
            segment: firms
            excluded: ['account.domain == "rival"']
            criteria:
              - {when: visitor.level > 1, points: 60, category: able}
              - {when: visitor.level > 2, points: 40, category: able}
              - {when: visitor.rude, points: -20, category: able}
            tiers: {a: 60}
          small: {negative: true, segment: firms, required: [account.size < 5], criteria: [{when: account.size < 5, points: 1, category: able}], tiers: {a: 0}}
        engagement: {cold: 0}
        roles: {boss: visitor.duty == "boss", user: visitor.level > 0}
        stages: {late: visitor.duty == "old", early: visitor.level < 9}
        personas: {ann: {icp: mary, when: role == "user"}}
        placements: {hero: {kind: page, fields: {text: {}}, default: {text: no}}}
        policies: {consent: {watching: {covers: [events], default: granted}}}
        grades: {fit: {a: 60, b: 0}, engagement: {1: 10, 2: 0}, mql: '\(condition)'}
        """
    }

    private func truth(_ condition: String, _ change: (inout Harness.Inputs) -> Void = { _ in }) throws -> Truth? {
        var inputs = Harness.Inputs()
        change(&inputs)
        return try Harness(Self.rules(condition)).decide(inputs).isMQL
    }

    @Test(
        "of a stranger nothing is settled that more would turn",
        arguments: [
            #"role == "none""#, #"role != "boss""#, #"persona == "none""#, #"persona in ["none", "x"]"#,
            #"stage == "early""#,
            #"stage != "late""#, #"is_icp("mary")"#, #"!is_icp("small")"#, #"fit("mary") < 50.0"#,
            #"fit("mary") >= 60.0"#,
            #"between(fit("mary"), 0.0, 50.0)"#, #"role.startsWith("n")"#, #"fit("mary") + 1.0 < 50.0"#,
            #"fit("mary") in [0.0]"#, #"role.matches("^n")"#,
        ])
    func stranger(_ condition: String) throws {
        #expect(try truth(condition) == .unknown)
    }

    @Test(
        "what comes out alike for everything that may be is settled",
        arguments: [
            (#"role == "other""#, false), (#"role != "other""#, true), (#"role in ["boss", "user", "none"]"#, true),
            (#""x" < role"#, false), (#"stage < "x""#, true), (#"persona.contains("n")"#, true),
            (#"fit("mary") <= 100.0"#, true), (#"fit("mary") < 0.0"#, false), (#"100 >= fit("mary")"#, true),
            (#"between(fit("mary"), 0.0, 100.0)"#, true), (#"between(fit("mary"), 101.0, 102.0)"#, false),
            (#"fit("mary") == 101.0"#, false), (#"fit("mary") != 101.0"#, true), (#"role.endsWith("x")"#, false),
            (#"grade == "C9""#, false),
        ])
    func stays(_ condition: String, _ holds: Bool) throws {
        #expect(try truth(condition) == Truth(holds))
    }

    private static func mary(_ inputs: inout Harness.Inputs) {
        inputs.visitor = ["level": .int(2), "rude": .bool(false), "duty": .string("clerk")]
        inputs.account = ["size": .int(9), "domain": .string("mary.example")]
    }

    @Test(
        "once all that counts is known, conditions see what the answer reports",
        arguments: [
            #"is_icp("mary")"#, #"fit("mary") == 60.0"#, #"role == "user""#, #"persona == "ann""#, #"stage == "early""#,
            #"grade == "A2""#, "engagement == 0.0",
        ])
    func known(_ condition: String) throws {
        #expect(try truth(condition, Self.mary) == .yes)
    }

    @Test(
        "each thing that could turn it makes it unknown, and the answer still reports the best guess",
        arguments: [
            (#"is_icp("mary")"#, "domain"), (#"is_icp("mary")"#, "rude"), (#"fit("mary") == 60.0"#, "rude"),
            (#"role == "user""#, "duty"), (#"persona == "ann""#, "domain"), (#"stage == "early""#, "duty"),
            (#"grade == "A2""#, "rude"),
        ])
    func missing(_ condition: String, _ attribute: String) throws {
        var inputs = Harness.Inputs()
        Self.mary(&inputs)
        inputs.visitor[attribute] = nil
        inputs.account[attribute] = nil
        let answer = try Harness(Self.rules(condition)).decide(inputs)
        #expect(answer.isMQL == .unknown)
        #expect(answer.icp?.name == "mary" && answer.icp?.fit == 60 && answer.grade == "A2")
        #expect(answer.role == "user" && answer.stage == "early")
        #expect(answer.persona == (attribute == "duty" ? nil : "ann"))
    }

    @Test("a veto that is unknown leaves a match unknown; one that is known, no")
    func veto() throws {
        let small = #"is_icp("mary")"#
        #expect(
            try truth(small) {
                Self.mary(&$0); $0.account["size"] = .int(4)
            } == .no)
        // In the segment by what is known, and nobody knows how small.
        let rules = Self.rules(small).replacing(
            "required: [account.size < 5]", with: "required: [visitor.level < account.size - 9]")
        var inputs = Harness.Inputs()
        Self.mary(&inputs)
        #expect(try Harness(rules).decide(inputs).isMQL == .yes)
        inputs.visitor["level"] = nil
        #expect(try Harness(rules).decide(inputs).isMQL == .unknown)
    }

    @Test("engagement that may not be read settles what no event could change")
    func engagement() throws {
        func truth(_ condition: String) throws -> Truth? { try self.truth(condition) { $0.denied = ["watching"] } }
        #expect(try truth("engagement < 10.0") == .unknown)
        #expect(try truth("engagement <= 30.0") == .yes && truth("engagement > 30.0") == .no)
        #expect(try truth("engagement + 0.0 < 10.0") == .unknown)
        #expect(try self.truth("engagement < 10.0") == .yes)
    }

    @Test("what is lacking is said by the conditions behind it, not by the words made of it")
    func lacking() throws {
        let rules =
            Self.rules("true") + "\ncampaigns: {c: {when: role == \"user\", pages: {hero: {v: {fields: {text: t}}}}}}"
        var inputs = Harness.Inputs()
        Self.mary(&inputs)
        inputs.visitor["duty"] = nil
        let (answer, explanation) = try Harness(rules).explain(inputs)
        #expect(answer["hero"]?.reason == .default && answer["hero"]?.lackedData == true)
        #expect(explanation.lacking.map(\.path) == ["visitor.duty"])
    }
}
