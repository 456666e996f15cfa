internal import Model

/// Rows on their way from the journal into a table, composed without its lock.
struct RowBatch: ~Copyable {
    /// A row that waits to enter the table.
    struct Row {
        let offset: Int
        let count: Int
        /// Of the id, under the table's seed.
        let hash: UInt64
    }

    /// Rows that enter the table together: few enough to stay in a core's cache. When another thread writes just then, more are
    /// gathered rather than waited.
    private static let rowsWanted = 256
    private static let rowsMax = 1_024
    private static let bytesMax = 128 * 1_024
    /// Of one row.
    private static let rowBytesMax = 2 * ProfileLimits.recordBytesMax

    private var translator: RecordTranslator
    private var rows = PackedWriter(capacity: bytesMax + rowBytesMax)
    private var waiting: [Row] = []

    /// - Parameter types: Of the schema's attributes, by id.
    init(types: [AttributeType], seed: UInt64) {
        translator = RecordTranslator(types: types, seed: seed)
        waiting.reserveCapacity(Self.rowsMax)
    }

    mutating func add(_ record: UnsafeRawBufferPointer, to table: ProfileTable) throws(ProfileError) {
        let offset = rows.count
        let hash = try translator.translate(record, for: table, to: &rows)
        let count = rows.count - offset
        precondition(!rows.overflowed && count <= UInt16.max, "a row is hardly larger than its record, which fits")
        waiting.append(Row(offset: offset, count: count, hash: hash))
        if waiting.count == Self.rowsMax || rows.count >= Self.bytesMax {
            flush(into: table)
        } else if waiting.count % Self.rowsWanted == 0, table.insertUnlessBusy(waiting, from: rows.pointer(at: 0)) {
            clear()
        }
    }

    mutating func flush(into table: ProfileTable) {
        guard !waiting.isEmpty else { return }
        table.insert(waiting, from: rows.pointer(at: 0))
        clear()
    }

    private mutating func clear() {
        waiting.removeAll(keepingCapacity: true)
        rows.reset()
    }
}
