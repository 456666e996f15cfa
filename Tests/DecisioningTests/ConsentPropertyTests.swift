import Decisioning
import Foundation
import Model
import Ruleset
import TestSupport
import Testing

/// Whatever is not agreed to may have any value, or none: nothing that is said differs.
@Suite("Nothing tells of what is not agreed to")
struct ConsentPropertyTests {
    /// In CI four thousand; set the variable for more.
    private static let draws = ProcessInfo.processInfo.environment["BESPOKE_PROPERTY_DRAWS"].flatMap(Int.init) ?? 4_000
    private static let suites = 8
    private static let peopleOfASet = 50
    /// An explanation takes many times as long as a decision, one with nearest misses some thousand times: one of so many people, one
    /// person of so many rule sets.
    private static let explained = 10
    private static let searched = 8

    /// What one person must not be read of.
    private struct Hidden {
        var attributes: [Attribute] = []
        var hasEvents = false

        /// - Parameter denied: Purposes that are not agreed to.
        init(_ ruleSet: RuleSet, denied: Set<String>) {
            let covered = Set(ruleSet.policies.consent.filter { denied.contains($0.purpose) }.flatMap(\.covers))
            attributes = ruleSet.attributes.filter { attribute in
                attribute.purpose.map(denied.contains) == true || covered.contains(attribute.entity.name)
            }
            hasEvents =
                covered.contains("events")
                || ruleSet.events.contains { $0.purpose.map(denied.contains) == true }
        }
    }

    /// The same person, of whom what is hidden is otherwise, or not there.
    private static func twin(_ person: Harness.Inputs, _ hidden: Hidden, _ writer: inout RuleWriter) -> Harness.Inputs {
        let other = writer.person()
        var twin = person
        for attribute in hidden.attributes {
            // What a caller withholds is withheld from both.
            guard person.withheld["\(attribute.entity.name).\(attribute.name)"] == nil else { continue }
            switch attribute.entity {
            case .visitor: twin.visitor[attribute.name] = other.visitor[attribute.name]
            case .account: twin.account[attribute.name] = other.account[attribute.name]
            case .request: continue
            }
        }
        if hidden.hasEvents { twin.events = other.events }
        return twin
    }

    /// A rule set whose pages say values too.
    private static func source(_ writer: inout RuleWriter, _ index: Int) -> String {
        let texts = ["{{ visitor.name }}", "{{ visitor.income }}!", "a {{ account.plan }}", "t"]
        let parts = writer.ruleSet(campaigns: index % 4 == 0 ? 60 : 12).components(separatedBy: "fields: {text: t}")
        return parts.dropFirst().reduce(parts[0]) { $0 + "fields: {text: \"\(writer.pick(texts))\"}" + $1 }
    }

    @Test("W2: decisions and explanations are alike for twins who differ in that", arguments: 0..<suites as Range<Int>)
    func alike(_ seed: Int) throws {
        var writer = RuleWriter(random: SeededGenerator(seed: UInt64(seed)))
        var (differing, telling) = (0, 0)
        let sets = max(1, Self.draws / (Self.suites * Self.peopleOfASet))
        for index in 0..<sets {
            let source = Self.source(&writer, index)
            let harness = try Harness(source)
            for number in 0..<Self.peopleOfASet {
                var person = writer.person()
                let denied = writer.pick([["ads"], ["money"], ["ads", "money"]])
                person.granted.removeAll { denied.contains($0) }
                person.denied = denied + person.denied.filter { !denied.contains($0) }
                let hidden = Hidden(harness.ruleSet, denied: Set(person.denied))
                let twin = Self.twin(person, hidden, &writer)
                guard "\(person)" != "\(twin)" else { continue }
                differing += 1
                let (answer, other) = (try harness.decide(person), try harness.decide(twin))
                guard answer == other else {
                    Issue.record("\(answer)\n\n\(other)\n\(source)\n\(person)\n\(twin)")
                    return
                }
                if number % Self.explained == 0 {
                    let searches = number == 0 && index % Self.searched == 1
                    let one = try harness.explain(person, searchesNearestMisses: searches).explanation
                    let another = try harness.explain(twin, searchesNearestMisses: searches).explanation
                    guard "\(one)" == "\(another)" else {
                        Issue.record("\(one)\n\n\(another)\n\(source)\n\(person)\n\(twin)")
                        return
                    }
                }
                // The same two agree to all: now they may differ, and often do.
                var (open, openTwin) = (person, twin)
                (open.granted, openTwin.granted) = (["ads", "money"], ["ads", "money"])
                (open.denied, openTwin.denied) = ([], [])
                if try harness.decide(open) != harness.decide(openTwin) { telling += 1 }
            }
        }
        #expect(differing > sets * 20 && telling > differing / 10, "\(differing) \(telling)")
    }
}
