import TestSupport
import Decisioning
import Model
import Testing

/// Campaigns with a goal, and visitors of every hour of some days who come, see, and are heard of later.
@Suite("Pacing to a goal")
struct PacingTests {
    private static let hour: Int64 = 3_600_000_000
    private static let start = Timestamp(microseconds: 1_793_491_200_000_000)  // 2026-11-01T00:00:00Z
    private static let days = 14

    private static func rules(_ goal: String) -> String {
        """
        attributes: {visitor: {x: {type: int}}}
        placements: {slot: {kind: page, fields: {text: {}}, default: {text: d}}}
        campaigns:
          paced:
            priority: 2
            starts: 2026-11-01
            ends: 2026-11-15
            goal: {\(goal)}
            pages: {slot: {paced_v: {fields: {text: paced}}}}
          filler: {when: visitor.x > 4, pages: {slot: {filler_v: {fields: {text: filler}}}}}
        """
    }

    /// How many page views an hour has: few at night, more by day, half on two days of seven.
    private func views(_ hour: Int, _ draws: inout SeededGenerator) -> Int {
        let byHour: [Double] = [2, 1, 1, 1, 2, 4, 9, 16, 25, 32, 36, 38, 40, 38, 36, 36, 38, 40, 36, 30, 24, 16, 9, 4]
        let isWeekend = hour / 24 % 7 >= 5
        return Int(byHour[hour % 24] * (isWeekend ? 3 : 6) * (0.6 + 0.8 * draws.share()))
    }

    /// What is delivered at the end of each day.
    ///
    /// - Parameters:
    ///   - rate: The share of decisions of which a delivery is heard.
    ///   - lag: When, at the latest, in microseconds.
    private func deliver(_ goal: String, rate: Double, lag: Int64) throws -> [Double] {
        let harness = try Harness(Self.rules(goal))
        var draws = SeededGenerator(seed: 7)
        var delivered = 0
        var onTheWay: [Int64] = []
        var byDay: [Double] = []
        for hour in 0..<(24 * Self.days) {
            let count = views(hour, &draws)
            for view in 0..<count {
                let now = Self.start.microseconds + Int64(hour) * Self.hour + Int64(view) * Self.hour / Int64(count)
                delivered += onTheWay.count { $0 <= now }
                onTheWay.removeAll { $0 <= now }
                harness.workspace.begin(harness.table, now: Timestamp(microseconds: now))
                _ = harness.workspace.setDelivered(UInt64(delivered), ofGoal: 0)
                let isShown = harness.workspace.decide().pointee.placements[0].reason == .campaign
                if isShown, draws.share() < rate { onTheWay.append(now + Int64(draws.share() * Double(lag))) }
            }
            if hour % 24 == 23 { byDay.append(Double(delivered + onTheWay.count)) }
        }
        return byDay
    }

    @Test(
        "R59: shows and clicks reach their goal to within 5%, evenly by day",
        arguments: [
            ("shows: 10000", 10_000.0, 0.9, 30_000_000), ("shows: 400", 400, 0.9, 30_000_000),
            ("clicks: 500", 500, 0.05, 120_000_000), ("shows: 3000", 3_000, 0.5, 300_000_000),
        ])
    func goal(_ goal: String, _ count: Double, _ rate: Double, _ lag: Int64) throws {
        let byDay = try deliver(goal, rate: rate, lag: lag)
        for (day, delivered) in byDay.enumerated() {
            let due = count * Double(day + 1) / Double(Self.days)
            #expect(abs(delivered - due) <= 0.05 * count, "day \(day + 1): \(delivered) of \(due)")
        }
        #expect(abs(try #require(byDay.last) - count) <= 0.05 * count)
    }

    @Test("a goal that is out of reach is served to everybody who comes")
    func outOfReach() throws {
        let views = try deliver("shows: 1000000", rate: 1, lag: 0)
        let ungoverned = try deliver("shows: 900000", rate: 1, lag: 0)
        #expect(views == ungoverned)
    }

    private func ask(
        _ harness: Harness, delivered: UInt64, at day: Int, x: Int64? = nil
    ) throws -> (reason: DecisionReason, variant: String, isAhead: Bool) {
        harness.workspace.begin(
            harness.table, now: Timestamp(microseconds: Self.start.microseconds + Int64(day) * 24 * Self.hour))
        if let x { harness.workspace.set(AttributeIndex(rawValue: 0), Scalar(x)) }
        let isAhead = harness.workspace.setDelivered(delivered, ofGoal: 0)
        let slot = try #require(Answer(harness.workspace.decide().pointee)["slot"])
        return (slot.reason, slot.variant, isAhead)
    }

    @Test("who has delivered what is due waits, and the next campaign has its turn")
    func waits() throws {
        let harness = try Harness(Self.rules("shows: 1400"))
        #expect(try ask(harness, delivered: 99, at: 1) == (.campaign, "paced_v", false))
        #expect(try ask(harness, delivered: 100, at: 1) == (.paced, "", true))
        #expect(try ask(harness, delivered: 100, at: 1, x: 5) == (.campaign, "filler_v", true))
        #expect(try ask(harness, delivered: 100, at: 2) == (.campaign, "paced_v", false))
        // One is due at once; before and after its time a campaign shows nothing whatever is due.
        #expect(try ask(harness, delivered: 0, at: 0) == (.campaign, "paced_v", false))
        #expect(try ask(harness, delivered: 1, at: 0) == (.paced, "", true))
        #expect(try ask(harness, delivered: 0, at: -1).reason == .default)
        #expect(try ask(harness, delivered: 0, at: 14).reason == .default)
        // What one decision was told, the next does not know.
        #expect(try harness.decide(Harness.Inputs(now: "2026-11-02T00:00:00Z"))["slot"]?.reason == .campaign)
    }

    @Test("a goal of one placement leaves the others alone")
    func placement() throws {
        let harness = try Harness(
            """
            placements:
              one: {kind: page, fields: {text: {}}}
              two: {kind: page, fields: {text: {}}}
            campaigns:
              paced:
                starts: 2026-11-01
                ends: 2026-11-15
                goal: {shows: 14, placement: two}
                pages: {one: {a: {fields: {text: a}}}, two: {b: {fields: {text: b}}}}
            """)
        harness.workspace.begin(harness.table, now: Timestamp(microseconds: Self.start.microseconds + 24 * Self.hour))
        _ = harness.workspace.setDelivered(1, ofGoal: 0)
        let placements = harness.workspace.decide().pointee.placements
        #expect(placements.map(\.reason) == [.campaign, .paced])
    }

    @Test("an explanation says that a campaign waits")
    func explained() throws {
        let harness = try Harness(Self.rules("shows: 14"))
        harness.workspace.begin(harness.table, now: Timestamp(microseconds: Self.start.microseconds + 24 * Self.hour))
        _ = harness.workspace.setDelivered(1, ofGoal: 0)
        let (_, explanation) = harness.workspace.explain(harness.ruleSet, searchesNearestMisses: true)
        #expect(explanation.placements[0].candidates[0].fate == .paced)
        let changes = explanation.nearestMisses.flatMap(\.changes).map { "\($0)" }
        #expect(changes.contains { $0.contains("visitor.x") || $0.contains("\"x\"") }, "\(explanation.nearestMisses)")
    }
}
