package import Store

/// What is kept for readers.
package struct TailFigures: Sendable, Equatable {
    /// Waiting.
    package var records: UInt64 = 0
    package var bytes: UInt64 = 0
    /// Since the start: what readers will never get.
    package var dropped: UInt64 = 0

    /// Nothing waits by default.
    package init(records: UInt64 = 0, bytes: UInt64 = 0, dropped: UInt64 = 0) {
        (self.records, self.bytes, self.dropped) = (records, bytes, dropped)
    }

    mutating func add(_ more: TailFigures) {
        records += more.records
        bytes += more.bytes
        dropped += more.dropped
    }

    mutating func subtract(_ less: TailFigures) {
        records -= less.records
        bytes -= less.bytes
        dropped -= less.dropped
    }
}

/// A change that is kept, with its number.
package struct TailEntry: Sendable {
    package let number: UInt64
    /// Or why it cannot be read.
    package let change: Result<Change, ChangeError>
    /// Of its form.
    package let byteCount: Int
}

/// Numbers of changes, and who reads them; lives inside the ledger's lock.
struct TailState {
    /// The last that was given out.
    private(set) var last: UInt64 = 0
    /// The last that is on disk.
    var durable: UInt64 = 0
    var figures = TailFigures()
    var bytesMax = 0
    /// By reader: the last that it has taken.
    var cursors: [String: UInt64] = [:]
    var arrivals: [@Sendable () -> Void] = []

    init() {}

    /// Goes on where a store has come to.
    init(in store: any Store) throws(StoreError) {
        var (figures, waiting) = (TailFigures(), UInt64(0))
        try store.scan(.outbox, from: nil) { key, value in
            figures.records += 1
            figures.bytes += UInt64(value.count)
            waiting = UInt64(bigEndian: key) ?? waiting
            return true
        }
        let stored = try store.get(.meta, key: MetaKey.sequence).flatMap { UInt64(bigEndian: $0) } ?? 0
        // A spool of version 0.1.0 has numbers of its own, and nothing else has any.
        last = max(stored, waiting)
        (durable, self.figures) = (last, figures)
    }

    /// Gives changes their numbers, and puts what is kept of them into a batch as far as there is room.
    ///
    /// - Returns: What is in it.
    mutating func number(_ changes: Changes, into batch: inout StoreBatch) -> TailFigures {
        var kept = TailFigures(dropped: changes.untold)
        for (place, form) in changes.kept {
            guard Int(figures.bytes + kept.bytes) + form.count <= bytesMax else {
                kept.dropped += 1
                continue
            }
            batch.put(.outbox, key: (last + 1 + place).bigEndianBytes, value: form)
            kept.records += 1
            kept.bytes += UInt64(form.count)
        }
        last += changes.count
        figures.add(kept)
        return kept
    }
}

/// Reading what has changed, in order and by number.
extension Ledger {
    /// Changes that are on disk and kept for readers, from a number on. Blocks the thread.
    ///
    /// Numbers ascend, with gaps where nobody wants a change, or it is not to be told any more.
    /// - Parameter body: Returns whether to go on.
    /// - Throws: `StoreError.unreadable`, `closed`.
    package func tail(from number: UInt64, _ body: (TailEntry) -> Bool) throws(StoreError) {
        // What stands in line may still be refused: a reader that had been told could not be told otherwise.
        let end = durable
        try scan(.outbox, from: number.bigEndianBytes) { key, value in
            guard let number = UInt64(bigEndian: key), number <= end else { return false }
            return body(Self.entry(number, value))
        }
    }

    private static func entry(_ number: UInt64, _ form: UnsafeRawBufferPointer) -> TailEntry {
        let change = Result { () throws(ChangeError) in try Change(decoding: form) }
        return TailEntry(number: number, change: change, byteCount: form.count)
    }

    /// Puts a reader's cursor behind what it has taken, and forgets that once every reader has. One call after the other.
    ///
    /// - Parameter numbers: What it has taken, ascending.
    nonisolated(nonsending) package func take(_ numbers: [UInt64], as reader: String) async throws(StoreError) {
        guard let last = numbers.last else { return }
        let end = advance(reader, to: last)
        var batch = StoreBatch()
        batch.put(.meta, key: MetaKey.cursor + Array(reader.utf8), value: last.bigEndianBytes)
        try await remove(numbers.filter { $0 <= end }, &batch)
    }

    /// Forgets changes that readers have not taken, such as those of somebody who is erased, in line as well as on disk. One call after
    /// the other, `take` among them.
    nonisolated(nonsending) package func forget(
        where isGone: (Change) -> Bool
    ) async throws(StoreError) {
        var numbers: [UInt64] = []
        try scan(.outbox) { key, value in
            guard let number = UInt64(bigEndian: key), case .success(let change) = Self.entry(number, value).change,
                isGone(change)
            else { return true }
            numbers.append(number)
            return true
        }
        var batch = StoreBatch()
        try await remove(numbers, &batch)
    }

    nonisolated(nonsending) private func remove(
        _ numbers: [UInt64], _ batch: inout StoreBatch
    ) async throws(StoreError) {
        var gone = TailFigures()
        for number in numbers {
            // Forgotten meanwhile, or taken.
            guard let form = try get(.outbox, key: number.bigEndianBytes) else { continue }
            batch.delete(.outbox, key: number.bigEndianBytes)
            gone.records += 1
            gone.bytes += UInt64(form.count)
        }
        if !batch.isEmpty { try await submit(Changes(rows: batch)) }
        release(gone)
    }
}
