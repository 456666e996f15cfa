internal import Model

/// Takes records of the journal into a table, one loader for each thread that reads them.
///
/// Checking, unpacking and packing happen here without the table's lock; rows enter the table many at a time.
package final class ProfileLoader: @unchecked Sendable {
    // Sendable: `batch` and `count` are touched by one thread at a time, as `load` and `finish` ask of their caller.
    private let table: ProfileTable
    /// A place of its own, so that no access to it is checked at run time, once for each record.
    private let batch: UnsafeMutablePointer<RowBatch>
    /// Records taken in.
    package private(set) var count = 0

    /// - Parameter table: Has taken over the schema of what is to be loaded.
    package init(_ table: ProfileTable) {
        self.table = table
        batch = .allocate(capacity: 1)
        batch.initialize(to: RowBatch(types: table.attributes.map(\.type), seed: table.seed))
    }

    deinit {
        batch.deinitialize(count: 1)
        batch.deallocate()
    }

    /// Takes in a record as `ProfileTable.put` returned it, version included; it is found after `finish` at the latest.
    ///
    /// - Throws: `ProfileError.corrupt` for damage, for a newer format, and for attributes that the schema lacks.
    /// - Precondition: No other thread uses this loader meanwhile.
    package func load(_ record: UnsafeRawBufferPointer) throws(ProfileError) {
        try batch.pointee.add(record, to: table)
        count += 1
    }

    /// Puts what still waits into the table.
    ///
    /// - Precondition: No other thread uses this loader meanwhile.
    package func finish() {
        batch.pointee.flush(into: table)
    }
}
