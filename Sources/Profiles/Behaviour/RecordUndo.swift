/// What stood in tables of records before some changes: takes them back.
///
/// A change counts in memory from the moment that it is in line for the disk: what a cap must see cannot wait. When the disk refuses it,
/// this makes memory what it was. Whoever writes to the tables does so alone, then and when it is taken back.
package struct RecordUndo: Sendable {
    private var former: [(table: RecordTable, id: [UInt8], payload: [UInt8]?)] = []

    /// Nothing to take back.
    package init() {}

    /// Puts a record in the place of the one that the id has, if any.
    package mutating func put(_ id: [UInt8], _ payload: [UInt8], in table: RecordTable) {
        id.withUnsafeBufferPointer { id in
            former.append((table, Array(id), table.find(id).map { Array($0.payload) }))
            payload.withUnsafeBytes { table.put(id, $0) }
        }
    }

    /// - Returns: Whether there was a record.
    package mutating func remove(_ id: [UInt8], from table: RecordTable) -> Bool {
        id.withUnsafeBufferPointer { bytes in
            guard let found = table.find(bytes) else { return false }
            former.append((table, id, Array(found.payload)))
            return table.remove(bytes)
        }
    }

    /// Makes the tables what they were before the changes.
    package func run() {
        for (table, id, payload) in former.reversed() {
            id.withUnsafeBufferPointer { id in
                if let payload {
                    payload.withUnsafeBytes { table.put(id, $0) }
                } else {
                    _ = table.remove(id)
                }
            }
        }
    }
}
