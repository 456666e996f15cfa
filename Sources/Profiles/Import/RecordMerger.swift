internal import Model

/// Writes one record of two profiles of the same id: what the newer says, and what the older says beyond that.
struct RecordMerger: ~Copyable {
    private var record = PackedWriter(capacity: ProfileLimits.recordBytesMax)
    private var cells: [PackedCell] = []

    init() {}

    /// - Parameters:
    ///   - former: Attributes of former types, each with the one declared now: where the newer has that one, the older's value of
    ///     the former is left out, so that it does not come back.
    ///   - directory: Of the dictionaries whose codes the older's values hold; nil when their texts are spelt out. The newer's
    ///     are.
    /// - Returns: The record; its version counts the writes of both. Good until the next call.
    /// - Throws: `ProfileError.tooManyMembersInProfile`, `profileTooLarge`.
    mutating func merge(
        _ newer: PackedProfile, over older: PackedProfile, forgetting former: [UInt16: UInt16] = [:],
        directory: TextDictionaries.Directory? = nil
    ) throws(ProfileError) -> UnsafeBufferPointer<UInt8> {
        cells.removeAll(keepingCapacity: true)
        var next = 0
        for old in older.cells {
            while next < newer.cells.count, newer.cells[next].attribute < old.attribute {
                cells.append(newer.cells[next])
                next += 1
            }
            if next < newer.cells.count, newer.cells[next].attribute == old.attribute { continue }
            if let successor = former[old.attribute], newer.cells.contains(where: { $0.attribute == successor }) {
                continue
            }
            cells.append(old)
        }
        cells += newer.cells[next...]
        try Self.checkMembers(cells)
        record.reset()
        let merged = PackedProfile(
            id: newer.id, version: older.version &+ newer.version,
            account: newer.account.isEmpty ? older.account : newer.account, writtenAtSeconds: newer.writtenAtSeconds,
            cells: cells)
        RecordFormat.write(merged, to: &record) { cell, writer in
            if let directory {
                ValuePacker.expand(cell, in: directory, to: &writer)
            } else {
                writer.bytes(cell.start, count: cell.count)
            }
        }
        guard !record.overflowed else { throw .profileTooLarge }
        return record.contents
    }

    /// - Throws: `ProfileError.tooManyMembersInProfile`.
    static func checkMembers(_ cells: [PackedCell]) throws(ProfileError) {
        var members = 0
        for cell in cells {
            guard case .strings = cell.type else { continue }
            var cursor = PackedCursor(cell.start)
            members += Int(cursor.varint())
        }
        guard members <= ProfileLimits.profileMembersMax else { throw .tooManyMembersInProfile(count: members) }
    }
}

extension PackedProfile {
    /// A stored profile, without copying; its texts may be codes.
    init(_ row: ProfileRow) {
        self.init(
            id: row.id.bytes, version: row.version, account: row.account.bytes,
            writtenAtSeconds: row.writtenAtSeconds, cells: [])
        var stored = RowValues(row)
        while let next = stored.next() {
            let start = stored.cursor.next
            PackedValue.skip(next.type, &stored.cursor)
            cells.append(
                PackedCell(
                    attribute: next.attribute, type: next.type, observedAtSeconds: next.observedAtSeconds, start: start,
                    count: stored.cursor.next - start))
        }
    }
}
