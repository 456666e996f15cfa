package import Model

/// Which ids are one person's: from each other id to the one under which everything is kept, and back.
///
/// One level deep, however often people were merged. Event loops look ids up without waiting; while nobody has two ids, that costs
/// them one load. Writers take their turn: `BehaviourStore` holds its lock. Retired memory is given back as for `RecordTable`.
package final class AliasTable: Sendable {
    private let canonicals = RecordTable()
    /// By the id under which a person is kept: the others, each with its length before it.
    private let others = RecordTable()

    /// Ids of one person at most, so that nobody becomes everybody, and a look-up under each of them stays cheap.
    package static let idsMax = 32

    /// Nobody has two ids.
    package init() {}

    // MARK: For readers

    /// The id under which a person is kept whose other id this is; nil for everybody else.
    ///
    /// - Returns: Valid during the task of an event loop, or for whoever holds the writers' lock.
    package func find(_ id: UnsafeBufferPointer<UInt8>) -> BorrowedText? {
        canonicals.find(id).map { record in
            BorrowedText(
                start: record.payload.baseAddress?.assumingMemoryBound(to: UInt8.self), count: record.payload.count)
        }
    }

    /// Whether an id is somebody's other id; from any thread.
    package func contains(_ id: UnsafeBufferPointer<UInt8>) -> Bool {
        !canonicals.isEmpty && canonicals.payload(of: String(decoding: id, as: UTF8.self)) != nil
    }

    /// The id under which a person is kept: that same id for whoever has no other.
    package func canonical(_ id: String) -> String {
        guard !canonicals.isEmpty else { return id }
        return canonicals.payload(of: id).map { String(decoding: $0, as: UTF8.self) } ?? id
    }

    /// The other ids of a person, in the order in which they came.
    ///
    /// - Parameter id: The one under which the person is kept.
    package func others(of id: String) -> [String] {
        guard !others.isEmpty, let bytes = others.payload(of: id) else { return [] }
        var ids: [String] = []
        var offset = 0
        while offset + 2 <= bytes.count {
            let count = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            ids.append(String(decoding: bytes[(offset + 2)..<(offset + 2 + count)], as: UTF8.self))
            offset += 2 + count
        }
        return ids
    }

    /// All ids of the person who has this one, first the one under which they are kept.
    package func ids(_ id: String) -> [String] {
        let canonical = canonical(id)
        return [canonical] + others(of: canonical)
    }

    /// Ids that are somebody's other id.
    package var count: Int { canonicals.count }

    // MARK: For writers

    /// Makes an id, and those that were other ids of it, other ids of a person.
    ///
    /// - Precondition: Neither is somebody's other id, and they are two.
    package func merge(_ id: String, into canonical: String, _ undo: inout RecordUndo) {
        precondition(id != canonical, "nobody's id is their own other one")
        let moved = [id] + others(of: id)
        setOthers([], of: id, &undo)
        setOthers(others(of: canonical) + moved, of: canonical, &undo)
        for id in moved { undo.put(Array(id.utf8), Array(canonical.utf8), in: canonicals) }
    }

    /// The same for what is there to stay, such as at the start.
    package func merge(_ id: String, into canonical: String) {
        var undo = RecordUndo()
        merge(id, into: canonical, &undo)
    }

    /// Makes an id a person's own again, with some of the other ids.
    package func separate(_ id: String, with others: [String], from canonical: String, _ undo: inout RecordUndo) {
        setOthers(self.others(of: canonical).filter { $0 != id && !others.contains($0) }, of: canonical, &undo)
        setOthers(others, of: id, &undo)
        for other in others { undo.put(Array(other.utf8), Array(id.utf8), in: canonicals) }
        _ = undo.remove(Array(id.utf8), from: canonicals)
    }

    /// Forgets the other ids of a person.
    package func forget(_ canonical: String, _ undo: inout RecordUndo) {
        for id in others(of: canonical) { _ = undo.remove(Array(id.utf8), from: canonicals) }
        setOthers([], of: canonical, &undo)
    }

    private func setOthers(_ ids: [String], of canonical: String, _ undo: inout RecordUndo) {
        guard !ids.isEmpty else {
            _ = undo.remove(Array(canonical.utf8), from: others)
            return
        }
        var bytes: [UInt8] = []
        for id in ids.map({ Array($0.utf8) }) {
            bytes += [UInt8(truncatingIfNeeded: id.count >> 8), UInt8(truncatingIfNeeded: id.count)] + id
        }
        undo.put(Array(canonical.utf8), bytes, in: others)
    }

    // MARK: Retired memory

    /// The tables that it consists of, for giving back what is retired.
    package var tables: [RecordTable] { [canonicals, others] }
}
