import Decisioning
import Model
import Testing

/// Deciding and explaining walk one list: the reason of a default is the furthest gate that a campaign came to, and the explanation names the
/// gate at which each was kept out.
@Suite struct GateTests {
    private static let now = Timestamp(microseconds: 1_794_000_000_000_000)  // 2026-11-06T21:20:00Z

    private static let rules = """
        attributes:
          visitor: {member: {type: bool}, customer: {type: bool}, odd: {type: bool}}
        placements: {slot: {kind: page, fields: {text: {}}, default: {text: d}}}
        campaigns:
          gated:
            when: visitor.member
            excluded: visitor.customer
            starts: 2026-11-01
            ends: 2026-12-01
            caps: [{per: visitor, shows: 1, within: 1d}]
            goal: {shows: 1000}
            pages: {slot: {v: {when: visitor.odd, fields: {text: shown}}}}
        """

    /// Which gates are closed.
    private struct Closed {
        var eligibility = false
        var exclusion = false
        var cap = false
        var pacing = false
        var variant = false
    }

    private func ask(_ closed: Closed) throws -> (reason: DecisionReason, fate: Explanation.Fate) {
        let harness = try Harness(Self.rules)
        let workspace = harness.workspace
        workspace.begin(harness.table, now: Self.now)
        let values = [!closed.eligibility, closed.exclusion, !closed.variant]
        for (index, value) in values.enumerated() {
            workspace.set(AttributeIndex(rawValue: UInt16(index)), Scalar(value))
        }
        if closed.cap { workspace.addShow(to: .visitor, CreativeIndex(rawValue: 0), at: Self.now) }
        _ = workspace.setDelivered(closed.pacing ? 1_000 : 0, ofGoal: 0)
        let (decision, explanation) = workspace.explain(harness.ruleSet, searchesNearestMisses: false)
        let fate = try #require(explanation.placements.first?.candidates.first?.fate)
        return (decision.placements[0].reason, fate)
    }

    @Test func `Who passes every gate is shown`() throws {
        #expect(try ask(Closed()) == (.campaign, .chosen))
    }

    @Test func `The first closed gate keeps a campaign out, whatever stands behind it`() throws {
        var closed = Closed(variant: true)
        #expect(try ask(closed) == (.noVariant, .noVariant))
        closed.pacing = true
        #expect(try ask(closed) == (.paced, .paced))
        closed.cap = true
        #expect(try ask(closed) == (.capped, .capped))
        closed.exclusion = true
        #expect(try ask(closed) == (.excluded, .excluded))
        closed.eligibility = true
        #expect(try ask(closed) == (.default, .notEligible))
    }

    @Test func `A cap of the only open variant is a cap, though it is met at the last gate`() throws {
        let rules = """
            placements: {slot: {kind: page, fields: {text: {}}, default: {text: d}}}
            campaigns:
              one: {pages: {slot: {v: {caps: [{per: visitor, shows: 1, within: 1d}], fields: {text: shown}}}}}
            """
        let harness = try Harness(rules)
        harness.workspace.begin(harness.table, now: Self.now)
        harness.workspace.addShow(to: .visitor, CreativeIndex(rawValue: 0), at: Self.now)
        let (decision, explanation) = harness.workspace.explain(harness.ruleSet, searchesNearestMisses: false)
        #expect(decision.placements[0].reason == .capped)
        #expect(explanation.placements.first?.candidates.first?.fate == .capped)
    }

    @Test func `A placement without a campaign says how far the one came that came furthest`() throws {
        let rules = """
            attributes: {visitor: {x: {type: int}}}
            placements: {slot: {kind: page, fields: {text: {}}, default: {text: d}}}
            campaigns:
              first: {priority: 3, excluded: visitor.x > 0, pages: {slot: {v: {fields: {text: a}}}}}
              second: {priority: 2, pages: {slot: {w: {when: visitor.x > 9, fields: {text: b}}}}}
              third: {priority: 1, when: visitor.x > 9, pages: {slot: {u: {fields: {text: c}}}}}
            """
        let harness = try Harness(rules)
        let slot = try #require(try harness.decide(.init(visitor: ["x": .int(1)]))["slot"])
        #expect(slot.reason == .noVariant)
    }
}
