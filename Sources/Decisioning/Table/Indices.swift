internal import Conditions
package import Model
package import Ruleset

/// A declared attribute of one decision table.
package struct AttributeIndex: Hashable, Sendable {
    /// Position in file order.
    package let rawValue: UInt16

    /// - Parameter rawValue: Position in file order.
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A placement of one decision table.
package struct PlacementIndex: Hashable, Sendable {
    /// Position in file order.
    package let rawValue: UInt16

    /// - Parameter rawValue: Position in file order.
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A consent purpose of one decision table.
package struct PurposeIndex: Hashable, Sendable {
    /// Position in file order.
    package let rawValue: UInt16

    /// - Parameter rawValue: Position in file order.
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// Consent purposes that something needs together, of one decision table.
package struct PurposeSetIndex: Hashable, Sendable {
    let rawValue: UInt16
}

/// An event of one decision table.
package struct EventIndex: Hashable, Sendable {
    /// Position in file order.
    package let rawValue: UInt16

    /// - Parameter rawValue: Position in file order.
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A variant of a campaign in a placement, of one decision table.
package struct CreativeIndex: Hashable, Sendable {
    /// Position in `DecisionTable.creativeNames`.
    package let rawValue: UInt32

    /// - Parameter rawValue: Position in `DecisionTable.creativeNames`.
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// A segment of one decision table.
package struct SegmentIndex: Hashable, Sendable {
    /// Position in file order.
    package let rawValue: UInt32

    /// - Parameter rawValue: Position in file order.
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// An arm of an experiment, of one decision table.
package struct ArmIndex: Hashable, Sendable {
    let experiment: Row<ExperimentRow>
    let row: Row<ArmRow>
}

/// What the rule set declares about an attribute.
package struct AttributeInfo: Sendable {
    /// Entity and name.
    package let key: AttributeKey
    /// What values it takes.
    package let type: AttributeType
    /// Said in messages after the type, such as `people`.
    package let unit: String?
    /// Allowed values of a string or of the members of strings; empty means any.
    package let values: [String]
    /// The purpose that the attribute itself names; its entity may need more.
    package let purpose: PurposeIndex?
    /// After this many seconds a value counts as unknown; nil is never.
    package let maximumAgeSeconds: Int64?
}

/// A route of one decision table.
package struct RouteIndex: Hashable, Sendable {
    /// Position in file order.
    package let rawValue: UInt16

    /// - Parameter rawValue: Position in file order.
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}
