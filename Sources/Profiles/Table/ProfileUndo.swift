/// What stood in tables of profiles before some changes: takes them back.
///
/// A profile counts in memory from the moment that it is in line for the disk. When the disk refuses it, this makes memory what it was.
/// Whoever changes profiles does so alone, then and when it is taken back.
package struct ProfileUndo: Sendable {
    private var former: [(table: ProfileTable, id: String, record: [UInt8]?)] = []

    /// Nothing to take back.
    package init() {}

    /// As `ProfileTable.put`.
    package mutating func put(_ change: ProfileChange, in table: ProfileTable) throws(ProfileError) -> ProfileWrite {
        let before = Self.record(change.id, in: table)
        let done = try table.put(change)
        former.append((table, change.id, before))
        return done
    }

    /// As `ProfileTable.delete`.
    package mutating func delete(
        _ id: String, from table: ProfileTable, atSeconds now: Int64 = 0
    ) throws(ProfileError) -> Bool {
        let before = Self.record(id, in: table)
        guard try table.delete(id: id, atSeconds: now) else { return false }
        former.append((table, id, before))
        return true
    }

    /// As `ProfileTable.replace`.
    package mutating func replace(_ id: String, with record: [UInt8], in table: ProfileTable) throws(ProfileError) {
        let before = Self.record(id, in: table)
        try table.replace(with: record)
        former.append((table, id, before))
    }

    /// Ids that no profile can have have none.
    private static func record(_ id: String, in table: ProfileTable) -> [UInt8]? {
        (1...ProfileLimits.idBytesMax).contains(id.utf8.count) ? table.journalRecord(of: id, atSeconds: 0) : nil
    }

    /// Makes the tables what they were before the changes.
    package func run() {
        for (table, id, record) in former.reversed() {
            do throws(ProfileError) {
                if let record {
                    try table.replace(with: record)
                } else {
                    _ = try table.delete(id: id)
                }
            } catch {
                preconditionFailure("what was read of a profile can be written: \(error)")
            }
        }
    }
}
