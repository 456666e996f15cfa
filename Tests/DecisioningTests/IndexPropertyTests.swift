import Decisioning
import Foundation
import Model
import Ruleset
import TestSupport
import Testing

/// What an index answers is what testing each condition answers: the decision whole, with what was lacking and what was not read,
/// and its explanation.
@Suite("An index decides as a scan does")
struct IndexPropertyTests {
    /// In CI twenty thousand; set the variable for more.
    private static let draws = ProcessInfo.processInfo.environment["BESPOKE_PROPERTY_DRAWS"].flatMap(Int.init) ?? 20_000
    private static let suites = 8
    private static let peopleOfASet = 100
    /// An explanation takes many times as long as a decision, one with nearest misses some thousand times: one of so many people, one
    /// person of so many rule sets.
    private static let explained = 20
    private static let searched = 8

    @Test("every decision and explanation is the same", arguments: 0..<suites as Range<Int>)
    func same(_ seed: Int) throws {
        var writer = RuleWriter(random: SeededGenerator(seed: UInt64(seed)))
        var reasons: [DecisionReason: Int] = [:]
        var (lackedData, lackedConsent, unread) = (0, 0, 0)
        let sets = max(1, Self.draws / (Self.suites * Self.peopleOfASet))
        for set in 0..<sets {
            let source = writer.ruleSet(campaigns: set % 4 == 0 ? 60 : 12)
            let scanned = try Harness(source, indexing: .none)
            let indexed = Harness(
                ruleSet: scanned.ruleSet, table: DecisionTable(scanned.ruleSet, indexing: .all))
            for person in 0..<Self.peopleOfASet {
                let inputs = writer.person()
                let expected = try scanned.decide(inputs)
                let answer = try indexed.decide(inputs)
                guard expected == answer else {
                    Issue.record("\(expected)\nis not\n\(answer)\n\(source)\n\(inputs)")
                    return
                }
                if person % Self.explained == 0 {
                    let searches = person == 0 && set % Self.searched == 1
                    let one = try scanned.explain(inputs, searchesNearestMisses: searches)
                    let other = try indexed.explain(inputs, searchesNearestMisses: searches)
                    guard one.answer == other.answer, "\(one.explanation)" == "\(other.explanation)" else {
                        Issue.record("\(one)\nis not\n\(other)\n\(source)\n\(inputs)")
                        return
                    }
                }
                for placement in answer.placements {
                    reasons[placement.reason, default: 0] += 1
                    lackedData += placement.lackedData ? 1 : 0
                    lackedConsent += placement.lackedConsent ? 1 : 0
                }
                unread += answer.unreadPurposes.isEmpty ? 0 : 1
            }
        }
        // All of it must have been at stake.
        guard sets > Self.searched else { return }
        for reason in [DecisionReason.campaign, .default, .blocked] { #expect(reasons[reason, default: 0] > sets) }
        #expect(lackedData > sets && lackedConsent > sets && unread > sets)
    }
}
