package import Model
package import Store

/// Changes that are written together: after a crash all are there or none. Each gets a number of its own, in their order.
package struct Changes: Sendable {
    /// The rows that they stand for.
    private(set) var rows = StoreBatch()
    private(set) var count: UInt64 = 0
    /// What readers want to be kept: its place among these changes, and its form.
    private(set) var kept: [(place: UInt64, form: [UInt8])] = []
    /// Wanted, but not to be had in a form that readers are told.
    private(set) var untold: UInt64 = 0
    private let wanted: Change.Kinds

    /// No change yet.
    package init(for ledger: Ledger) { wanted = ledger.wanted }

    /// Rows that no change stands for: what the ledger keeps for itself, and what tests put there.
    package init(rows: StoreBatch) { (self.rows, wanted) = (rows, []) }

    /// Whether nothing has changed.
    package var isEmpty: Bool { count == 0 && rows.isEmpty }

    /// Adds one.
    package mutating func append(_ change: Change) {
        change.write(into: &rows)
        keep(change)
    }

    /// Adds an import, with its rows as they stand.
    package mutating func append(
        importOf entity: Entity, count: Int, byteCount: Int, rows body: (inout StoreBatch, StoreFamily) -> Void
    ) {
        rows.reserve(count: count, byteCount: byteCount)
        body(&rows, entity == .account ? .accounts : .visitors)
        keep(.imported(entity, profiles: UInt64(count)))
    }

    private mutating func keep(_ change: Change) {
        if wanted.contains(change.kind) {
            if change.record?.isEmpty == true { untold += 1 } else { kept.append((count, change.encoded())) }
        }
        count += 1
    }

    /// Adds an import whose rows are a run that is written with these.
    mutating func append(runOf entity: Entity, count: Int) { keep(.imported(entity, profiles: UInt64(count))) }
}
