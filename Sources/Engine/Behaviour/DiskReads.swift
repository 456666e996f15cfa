internal import Dispatch
internal import Ledger
internal import Store
internal import Synchronization

/// What a change needs to know of the disk, so that nobody reads it with a lock held: whoever applies the change asks here. What has not
/// been read is noted as missing and taken for absent; the change is then given up, what is missing is read with everybody else writing,
/// and the change begins anew. What came in meanwhile is in line, or kept there by a mark, and is newer.
struct DiskReads {
    private struct Place: Hashable {
        let family: StoreFamily
        let key: [UInt8]
    }

    private let ledger: Ledger
    private var values: [Place: [UInt8]?] = [:]
    private var ranges: [Place: [(key: [UInt8], value: [UInt8])]] = [:]
    private var missingValues: Set<Place> = []
    private var missingRanges: Set<Place> = []

    init(_ ledger: Ledger) { self.ledger = ledger }

    /// Whether everything that was asked for was known.
    var isWhole: Bool { missingValues.isEmpty && missingRanges.isEmpty }

    /// The value under a key.
    mutating func value(_ family: StoreFamily, _ key: [UInt8]) -> [UInt8]? {
        if let change = ledger.change(family, key) { return change }
        let place = Place(family: family, key: key)
        if let known = values[place] { return known }
        missingValues.insert(place)
        return nil
    }

    /// Whether something stands under a key that can only have been written a moment ago: the disk need not be asked.
    func isInLine(_ family: StoreFamily, _ key: [UInt8]) -> Bool {
        if case .some(.some) = ledger.change(family, key) { return true }
        return false
    }

    /// What stands under a prefix, in the order of keys.
    mutating func entries(_ family: StoreFamily, under prefix: [UInt8]) -> [(key: [UInt8], value: [UInt8])] {
        let place = Place(family: family, key: prefix)
        guard let known = ranges[place] else {
            missingRanges.insert(place)
            return []
        }
        let changes = ledger.changes(family, under: prefix)
        guard !changes.isEmpty else { return known }
        var entries = Dictionary(known.map { ($0.key, $0.value) }) { first, _ in first }
        for (key, value) in changes { entries[key] = value }
        return entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    /// Reads what is missing. Blocks the thread, and nobody else.
    ///
    /// - Precondition: The ledger has been marked for this before the first call.
    mutating func fetch() throws(StoreError) {
        for place in missingValues { values[place] = .some(try ledger.store.get(place.family, key: place.key)) }
        for place in missingRanges {
            var found: [(key: [UInt8], value: [UInt8])] = []
            try ledger.store.scan(place.family, from: place.key) { key, value in
                guard key.starts(with: place.key) else { return false }
                found.append((Array(key), Array(value)))
                return true
            }
            ranges[place] = found
        }
        (missingValues, missingRanges) = ([], [])
    }
}

/// What has to be read from disk before something can be recorded, by whoever may wait: no event loop, and nobody who holds a lock.
package final class AwaitedReads: Sendable {
    private let ledger: Ledger
    private let mark: ReadMark
    private let reads: Mutex<DiskReads>

    /// - Parameter reads: What is missing among them is what is awaited.
    init(_ reads: DiskReads, in ledger: Ledger) {
        self.ledger = ledger
        self.reads = Mutex(reads)
        mark = ledger.markRead()
    }

    deinit { ledger.release(mark) }

    /// What is known now.
    var known: DiskReads { reads.withLock { $0 } }

    /// Takes note of what else turned out to be missing.
    func note(_ missing: DiskReads) { reads.withLock { $0 = missing } }

    /// Reads what is missing. Blocks the thread, and nobody else.
    package func fetch() throws(BehaviourError) {
        var known = known
        do throws(StoreError) { try known.fetch() } catch { throw BehaviourError(error) }
        reads.withLock { $0 = known }
    }

    /// The same for whoever can be suspended: neither an actor nor one of Swift's own threads waits for the disk.
    nonisolated(nonsending) func fetched() async throws(BehaviourError) {
        let outcome: Result<Void, BehaviourError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(BehaviourError) in try self.fetch() })
            }
        }
        try outcome.get()
    }
}

/// What came of an attempt to record something.
enum RecordAttempt<Result: Sendable>: Sendable {
    case recorded(Result)
    /// Nothing has changed: these are to be fetched, then it is to be attempted with them.
    case awaits(AwaitedReads)
}
