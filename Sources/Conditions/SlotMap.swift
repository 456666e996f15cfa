package import Model

/// A place of a workspace for one value that conditions name; names the table of `Row<Slot>`, and is none of its values.
public enum Slot {}

/// Which slot of a workspace holds which value that conditions name, in the order in which they were appended; the query parameters
/// that conditions name come behind.
package struct SlotMap {
    /// What stands in each slot when nothing is told.
    package private(set) var defaults: [Scalar] = []
    /// The set of purposes that each slot needs.
    package private(set) var purposeSets: [UInt16] = []
    /// Query parameters, with their slots.
    package private(set) var queryKeys: [(name: String, slot: Row<Slot>)] = []
    /// By path, such as `visitor`, `age`.
    package private(set) var slots: [[String]: Row<Slot>] = [:]

    /// No slots yet.
    package init() {}

    package var count: Int { defaults.count }

    /// The slot of `visitor.age`, `events.refund.count`, `request.utm.term`, `now` or the like, or nil.
    ///
    /// `request.query.NAME` gets a slot when it is first asked for.
    package mutating func slot(_ path: [String]) -> Row<Slot>? {
        if let slot = slots[path] { return slot }
        guard path.count == 3, path[0] == "request", path[1] == "query" else { return nil }
        let slot = Row<Slot>(count)
        append(.missing, purposes: 0, at: path)
        queryKeys.append((path[2], slot))
        return slot
    }

    /// Gives a value the next slot. Of two under one path the first is found: a declared attribute wins over a built-in of the
    /// same name.
    ///
    /// - Parameters:
    ///   - value: What stands there when nothing is told.
    ///   - purposes: The set of purposes that it needs.
    package mutating func append(_ value: Scalar, purposes: UInt16, at path: [String]) {
        if slots[path] == nil { slots[path] = Row(count) }
        defaults.append(value)
        purposeSets.append(purposes)
    }
}
