package import Conditions
package import Model

/// What the names in conditions stand for, and what slots hold.
package struct MatchNames {
    /// The node of each segment.
    let segments: [Row<Node>]
    /// For each ideal customer profile the nodes that all have to hold for it to match.
    let icps: [[Row<Node>]]
    /// What a known value of each slot is; nil for what is not known before it is computed.
    let kinds: [Scalar.Kind?]

    /// - Parameters:
    ///   - segments: By segment; likewise `icps`.
    ///   - kinds: By slot.
    package init(segments: [Row<Node>], icps: [[Row<Node>]], kinds: [Scalar.Kind?]) {
        (self.segments, self.icps, self.kinds) = (segments, icps, kinds)
    }
}

/// A row whose condition an index answers for.
package struct MatchRow {
    /// The condition, if any.
    let node: Row<Node>
    /// When it is open at all: from the first to before the last.
    let starts: Int64
    let ends: Int64
    /// Whether something that the condition does not name may be unknown too, such as the time zone of its schedule.
    let asksForMore: Bool
    /// The sets of purposes of all values that deciding it may read, one bit each.
    let purposeSets: UInt64

    package init(
        node: Row<Node>, starts: Int64 = .min, ends: Int64 = .max, asksForMore: Bool = false, purposeSets: UInt64
    ) {
        (self.node, self.starts, self.ends) = (node, starts, ends)
        (self.asksForMore, self.purposeSets) = (asksForMore, purposeSets)
    }
}
