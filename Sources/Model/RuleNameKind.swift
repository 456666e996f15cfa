/// What a rule set gives a name to; the raw values are the words that ListNames takes, in the order of its answers.
package enum RuleNameKind: String, CaseIterable, Sendable, Hashable {
    case attribute, event, list, segment, icp, grade, role, persona, stage, placement, campaign, layer, experiment
    case policy, route

    /// Several of them, such as `policies`.
    package var plural: String { self == .policy ? "policies" : rawValue + "s" }
}
