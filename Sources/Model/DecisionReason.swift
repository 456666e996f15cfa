/// Why a placement got what it got. The raw values are those of `bespoke.v1.Reason` on the wire.
package enum DecisionReason: UInt8, BitwiseCopyable, Sendable, CaseIterable, Hashable {
    /// The campaign that won by priority, fit and name.
    case campaign = 1
    /// The page that keeps the promise of the clicked ad.
    case promise = 2
    /// No campaign applied: the placement's default.
    case `default` = 3
    /// A legal block holds: the placement's default, whatever else applied.
    case blocked = 4
    /// The unit is in the holdout: the placement's default.
    case holdout = 5
    /// Forced by an authorised preview.
    case forced = 6
    /// Campaigns applied, but each had reached a cap: the placement's default.
    case capped = 7
    /// Campaigns applied, but each was excluded: the placement's default.
    case excluded = 8
    /// Campaigns applied, but none had a variant open for this placement now: the placement's default.
    case noVariant = 9
    /// Campaigns applied, but each had delivered what its goal asks for by now: the placement's default.
    case paced = 10

    /// The word that rule tests and printed decisions use.
    package var name: String {
        switch self {
        case .campaign: "campaign"
        case .promise: "promise"
        case .default: "default"
        case .blocked: "blocked"
        case .holdout: "holdout"
        case .forced: "forced"
        case .capped: "capped"
        case .excluded: "excluded"
        case .noVariant: "no_variant"
        case .paced: "paced"
        }
    }
}
