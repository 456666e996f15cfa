import Model
import Testing

@Suite("Who somebody is")
struct PersonTests {
    private static let rules = """
        attributes:
          visitor:
            level: {type: int}
            flag: {type: bool}
          account:
            a: {type: int}
            b: {type: int}
            c: {type: int}
            d: {type: int}
            out: {type: bool}
          request:
            product: {type: string, values: [one, two]}
        events:
          visit: {points: 10, half_life: 1d, max_points: 30}
          refund: {points: -20, half_life: 1d, max_points: 50}
          note: {points: 0}
        segments:
          firms: account.a > 0
        icps:
          fit_one:
            title: The first
            product: one
            segment: firms
            required: [account.a > 0]
            excluded: [account.out]
            criteria:
              - {when: account.b > 0, points: 30, category: able}
              - {when: account.c > 0, points: 10, category: ready}
              - {when: account.d > 0, points: -15, category: success}
            tiers: {a: 75, b: 25}
          fit_two:
            segment: firms
            required: [account.a > 100]
            criteria:
              - {when: account.b > 0, points: 1, category: advocacy}
            tiers: {a: 0}
          not_us:
            negative: true
            segment: firms
            required: [account.a == 7]
            criteria:
              - {when: account.b > 0, points: 1, category: able}
            tiers: {a: 0}
        engagement: {hot: 25, warm: 10, cold: 0}
        grades:
          fit: {a: 75, b: 25, c: 0}
          engagement: {1: 25, 2: 10, 3: 0}
          mql: fit('fit_one') >= 70.0 && engagement >= 10.0
        roles:
          boss: visitor.level > 5
          worker: visitor.level > 1
        personas:
          pat: {icp: fit_one, when: role == "boss"}
          kim: {icp: fit_one, when: visitor.level > 0}
        stages:
          early: visitor.level < 3
          late: visitor.flag
        placements:
          slot: {kind: page, fields: {text: {max_length: 40}}}
        """

    private func decide(_ account: [String: Int64], _ change: (inout Harness.Inputs) -> Void = { _ in }) throws
        -> Answer
    {
        var inputs = Harness.Inputs()
        inputs.account = account.mapValues { .int($0) }
        change(&inputs)
        return try Harness(PersonTests.rules).decide(inputs)
    }

    @Test("fit is the share of points that hold, by category, within 0 and 100")
    func fit() throws {
        #expect(try decide(["a": 1, "b": 1, "c": 1, "d": 0]).icp?.fit == 100)
        let mixed = try decide(["a": 1, "b": 1, "c": 0, "d": 1]).icp
        #expect(mixed?.fit == 37.5)
        #expect(mixed?.tier == "b")
        #expect(mixed?.subscores == [0, 0, 75, -37.5, 0, 0, 0])
        #expect(mixed?.title == "The first")
        // 10 − 15 points clamp to 0, which reaches no tier.
        #expect(try decide(["a": 1, "b": 0, "c": 1, "d": 1]).icp == nil)
    }

    @Test(
        "a tier begins at its bound",
        arguments: [(["a": 1, "b": 1] as [String: Int64], "a"), (["a": 1, "c": 1], "b"), (["a": 1], "")])
    func tiers(_ account: [String: Int64], _ tier: String) throws {
        #expect((try decide(account).icp?.tier ?? "") == tier)
    }

    @Test("an exclusion that holds refuses, one that is unknown does not")
    func excluded() throws {
        #expect(try decide(["a": 1, "b": 1]) { $0.account["out"] = .bool(true) }.icp == nil)
        #expect(try decide(["a": 1, "b": 1]) { $0.account["out"] = .bool(false) }.icp?.name == "fit_one")
        #expect(try decide(["a": 1, "b": 1]).icp?.name == "fit_one")
    }

    @Test("without what is required nobody matches")
    func required() throws {
        #expect(try decide(["b": 1, "c": 1]).icp == nil)
        #expect(try decide(["a": 0, "b": 1]).icp == nil)
    }

    @Test("another product rules an ICP out, an unknown product does not")
    func product() throws {
        #expect(try decide(["a": 1, "b": 1]) { $0.request["product"] = .string("two") }.icp == nil)
        #expect(try decide(["a": 1, "b": 1]) { $0.request["product"] = .string("one") }.icp?.name == "fit_one")
    }

    @Test("the highest fit is reported, ties by name, and a negative ICP before all")
    func reported() throws {
        #expect(try decide(["a": 101, "b": 1, "c": 0]).icp?.name == "fit_two")
        #expect(try decide(["a": 101, "b": 1, "c": 1]).icp?.name == "fit_one")
        let negative = try decide(["a": 7, "b": 0, "c": 1]).icp
        #expect(negative?.name == "not_us")
        #expect(negative?.isNegative == true)
        #expect(try decide(["a": 7, "b": 1, "c": 1]).grade == "")
    }

    @Test("engagement fades by half-life, within each event's cap")
    func engagement() throws {
        func engagement(_ events: [String: (count: Int64, last: String?, score: Double?)]) throws -> Double {
            try decide([:]) { $0.events = events }.engagement
        }
        #expect(try engagement([:]) == 0)
        #expect(try engagement(["visit": (1, "2026-11-20T10:00:00Z", nil)]) == 10)
        #expect(try engagement(["visit": (1, "2026-11-19T10:00:00Z", nil)]) == 5)
        #expect(try engagement(["visit": (1, "2026-11-18T10:00:00Z", nil)]) == 2.5)
        #expect(try engagement(["visit": (1, "2026-11-21T10:00:00Z", nil)]) == 10)
        #expect(try engagement(["visit": (3, "2026-11-20T10:00:00Z", nil)]) == 30)
        #expect(try engagement(["visit": (4, "2026-11-20T10:00:00Z", nil)]) == 30)
        #expect(try engagement(["visit": (4, nil, 17.5)]) == 17.5)
        #expect(try engagement(["visit": (4, nil, 99)]) == 30)
        #expect(try engagement(["refund": (9, "2026-11-20T10:00:00Z", nil)]) == -50)
        #expect(
            try engagement(["visit": (1, "2026-11-20T10:00:00Z", nil), "refund": (1, "2026-11-19T10:00:00Z", nil)]) == 0
        )
    }

    @Test(
        "the grade joins fit and engagement",
        arguments: [
            (["a": 1, "b": 1, "c": 1, "d": 0] as [String: Int64], 25.0, "A1", "hot", Truth.yes),
            (["a": 1, "b": 1, "c": 1, "d": 0], 24.9, "A2", "warm", .yes),
            // The grade is of what is known; whether the fit reaches 70 hangs on `d`.
            (["a": 1, "b": 1, "c": 1], 25, "A1", "hot", .unknown),
            (["a": 1, "b": 0, "c": 1], 10, "B2", "warm", .no), (["a": 1, "c": 1], 10, "B2", "warm", .unknown),
            (["a": 1, "c": 1], 9.9, "B3", "cold", .no), (["a": 1, "b": 1], 0, "A3", "cold", .no),
        ])
    func grade(_ account: [String: Int64], _ score: Double, _ grade: String, _ level: String, _ isMQL: Truth) throws {
        let answer = try decide(account) { $0.events["visit"] = (1, nil, score) }
        #expect(answer.grade == grade)
        #expect(answer.engagementLevel == level)
        #expect(answer.isMQL == isMQL)
    }

    @Test("there is no grade without an ICP")
    func noGrade() throws {
        #expect(try decide([:]).grade == "")
    }

    @Test(
        "the first role, stage and persona that hold are taken",
        arguments: [
            (6, "boss", "none", "pat"), (5, "worker", "none", "kim"), (2, "worker", "early", "kim"),
            (1, "none", "early", "kim"), (0, "none", "early", nil),
        ] as [(Int64, String, String, String?)])
    func firsts(_ level: Int64, _ role: String, _ stage: String, _ persona: String?) throws {
        let answer = try decide(["a": 1, "b": 1]) { $0.visitor["level"] = .int(level) }
        #expect(answer.role == role)
        #expect(answer.stage == stage)
        #expect(answer.persona == persona)
    }

    @Test("what is unknown is passed over for what holds")
    func unknownFirst() throws {
        let answer = try decide([:]) { $0.visitor["flag"] = .bool(true) }
        #expect(answer.stage == "late")
        #expect(answer.role == "none")
    }

    @Test("W4: a persona belongs to its ICP: only for those who are known to be it")
    func personaWithinICP() throws {
        #expect(try decide(["a": 0, "b": 1]) { $0.visitor["level"] = .int(6) }.persona == nil)
        #expect(try decide(["b": 1]) { $0.visitor["level"] = .int(6) }.persona == nil)
        #expect(try decide(["a": 1]) { $0.visitor["level"] = .int(6) }.persona == nil)
        #expect(try decide(["a": 1, "b": 1]) { $0.visitor["level"] = .int(6) }.persona == "pat")
    }
}
