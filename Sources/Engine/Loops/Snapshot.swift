package import Decisioning
internal import Model
package import Ruleset

/// A rule set as the loops serve it. Immutable; it dies when the last loop has let go.
package final class Snapshot: Sendable {
    package let table: DecisionTable
    /// What the table was compiled from, for explanations.
    package let ruleSet: RuleSet
    /// Attribute of the table by attribute of the stored profiles; `unmapped` where the rule set has none.
    let visitorAttributes: [UInt16]
    let accountAttributes: [UInt16]
    /// The stored attribute that is the visitor's `email`, if any.
    let emailAttribute: UInt16?
    /// What it needs to read an e-mail address of the visitor, wherever it stands.
    let emailPurposes: PurposeSetIndex
    /// Where the names of stored behaviour stand in the table.
    let behaviour: BehaviourMap
    /// By goal of the table.
    package let goals: [GoalCounter]
    /// Mixed into decision ids.
    let revisionHash: UInt64

    /// Stands for an attribute that the rule set does not have.
    package static let unmapped = UInt16.max

    /// A rule set with where its names stand in what is kept.
    package init(
        table: DecisionTable, ruleSet: RuleSet, visitorAttributes: [UInt16], accountAttributes: [UInt16],
        behaviour: BehaviourMap, goals: [GoalCounter], revisionHash: UInt64
    ) {
        self.behaviour = behaviour
        self.goals = goals
        self.table = table
        self.ruleSet = ruleSet
        self.visitorAttributes = visitorAttributes
        let email = Array("email".utf8).withUnsafeBufferPointer { table.attribute(.visitor, $0) }
        emailPurposes = email.map { table.purposes(of: $0) } ?? table.visitorPurposes
        emailAttribute = email.flatMap { email in
            visitorAttributes.firstIndex(of: email.rawValue).map { UInt16($0) }
        }
        self.accountAttributes = accountAttributes
        self.revisionHash = revisionHash
    }
}
