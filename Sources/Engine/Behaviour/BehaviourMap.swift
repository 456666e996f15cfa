package import Decisioning
internal import Model
package import Profiles
package import Ruleset

/// Where the names of stored behaviour stand in a decision table; by number.
package struct BehaviourMap: Sendable {
    static let unmapped = UInt32.max

    /// Index of the event, creative or purpose.
    private(set) var indices: [UInt32]
    /// Arms that stay with whoever was first exposed to them, and those of the other experiments.
    private(set) var arms: [UInt32: ArmIndex] = [:]
    private(set) var otherArms: [UInt32: ArmIndex] = [:]
    /// Whether rules ask what an account's visitors did.
    let readsAccountEvents: Bool

    /// - Parameter book: Has a number for each name of the table.
    package init(_ table: DecisionTable, _ ruleSet: RuleSet, _ book: NameBook) {
        readsAccountEvents = ruleSet.readsAccountEvents
        indices = [UInt32](repeating: Self.unmapped, count: book.count)
        func put(_ names: [String], _ kind: NameBook.Kind) {
            for (index, name) in names.enumerated() {
                if let number = book.known(kind, name) { indices[Int(number)] = UInt32(index) }
            }
        }
        put(table.eventNames, .event)
        put(table.creativeNames.map(\.text), .creative)
        put(table.purposeNames, .purpose)
        for (experiment, indices) in zip(ruleSet.experiments, table.arms) {
            for (arm, index) in zip(experiment.arms, indices) {
                guard let number = book.known(.arm, "\(experiment.name)/\(arm.name)") else { continue }
                if experiment.isSticky { arms[number] = index } else { otherArms[number] = index }
            }
        }
    }

    func event(_ number: UInt32) -> EventIndex? {
        index(number).map { EventIndex(rawValue: UInt16($0)) }
    }

    func creative(_ number: UInt32) -> CreativeIndex? {
        index(number).map { CreativeIndex(rawValue: $0) }
    }

    func purpose(_ number: UInt32) -> PurposeIndex? {
        index(number).map { PurposeIndex(rawValue: UInt16($0)) }
    }

    private func index(_ number: UInt32) -> UInt32? {
        guard number < indices.count, indices[Int(number)] != Self.unmapped else { return nil }
        return indices[Int(number)]
    }
}
