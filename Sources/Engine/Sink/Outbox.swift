package import Ledger
package import Model
package import Store
internal import Synchronization

/// Records on their way to the sink: the tail of what has changed, from the moment that a change is acknowledged until the sink has taken
/// its record.
///
/// Bounded: what exceeds the spool is dropped and counted, nobody waits for a sink.
package final class Outbox: Sendable {
    /// What is known of the spool.
    package struct Figures: Sendable {
        /// Waiting.
        package var records: UInt64 = 0
        package var bytes: UInt64 = 0
        /// Since the start.
        package var delivered: UInt64 = 0
        package var dropped: UInt64 = 0
        /// Attempts that the sink did not take.
        package var failures: UInt64 = 0
    }

    /// Some records in their order.
    package struct Batch: Sendable {
        /// What is delivered.
        package var records: [EventRecord] = []
        /// Of all changes that are done with once these records are delivered.
        fileprivate(set) var numbers: [UInt64] = []
        /// Changes that cannot be read, and why. They stay where they are.
        package fileprivate(set) var unreadable: [(number: UInt64, reason: String)] = []
        /// Number of the last change that was looked at; nil when there is none.
        package fileprivate(set) var last: UInt64?
        fileprivate var bytes = 0
    }

    /// Whether there is a sink.
    package let isOn: Bool
    private let ledger: Ledger
    /// How records stand in the ledger.
    private let form: StoredForm<EventRecord>
    private let bytesMax: Int
    private let state = Mutex(Figures())
    /// Of removals: what one has taken, another does not count again.
    private let turns = Turns()
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    /// Under which the ledger keeps how far the sink is.
    private static let reader = "sink"
    private static let kinds = Change.Kinds([.event, .exposure, .decision])
    private static let batchRecordsMax = 500
    private static let batchBytesMax = 512 * 1_024

    /// - Parameters:
    ///   - form: How records stand on disk.
    ///   - bytesMax: Size of the spool; nil when there is no sink.
    package init(ledger: Ledger, form: StoredForm<EventRecord>, bytesMax: Int?) {
        (self.ledger, self.form) = (ledger, form)
        isOn = bytesMax != nil
        self.bytesMax = bytesMax ?? 0
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// From now on what happens is kept for the sink. To be called before anything is recorded.
    ///
    /// - Returns: How far the sink had come.
    package func follow() throws(StoreError) -> UInt64 {
        try ledger.follow(as: Self.reader, Self.kinds, bytesMax: bytesMax) { [arrival] in arrival.yield() }
    }

    /// For metrics.
    package var figures: Figures {
        let tail = ledger.tailFigures
        var figures = state.withLock { $0 }
        (figures.records, figures.bytes) = (tail.records, tail.bytes)
        figures.dropped += tail.dropped
        return figures
    }

    /// Keeps answers that were given.
    func keep(_ decisions: [EventRecord]) async throws(StoreError) {
        var changes = Changes(for: ledger)
        for decision in decisions { changes.append(.decision(record: encoded(decision))) }
        try await ledger.submit(changes)
    }

    /// A record as it stands on disk; nothing for one that cannot be told, which is counted as such.
    func encoded(_ record: EventRecord) -> [UInt8] { (try? form.encode(record)) ?? [] }

    // MARK: Taking out

    /// Ends when the task is cancelled, or when something may have arrived since the last time.
    package func waitForArrival() async {
        for await _ in arrivals { return }
    }

    /// - Parameter position: Number of the last change that was looked at.
    /// - Returns: What waits behind it, as much as one delivery takes.
    package func batch(after position: UInt64) throws(StoreError) -> Batch {
        var batch = Batch()
        try ledger.tail(from: position + 1) { entry in
            batch.last = entry.number
            do {
                if let bytes = try entry.change.get().record {
                    batch.records.append(try bytes.withUnsafeBytes { try form.decode($0) })
                }
                batch.numbers.append(entry.number)
            } catch {
                batch.unreadable.append((entry.number, "\(error)"))
            }
            batch.bytes += entry.byteCount
            return batch.numbers.count < Self.batchRecordsMax && batch.bytes < Self.batchBytesMax
        }
        return batch
    }

    /// Forgets what the sink has taken.
    package func remove(_ batch: Batch) async throws(StoreError) {
        await turns.take()
        defer { turns.end() }
        try await ledger.take(batch.numbers, as: Self.reader)
        state.withLock { $0.delivered += UInt64(batch.records.count) }
    }

    /// Counts what was dropped before it came here.
    package func countDropped(_ count: UInt64) { state.withLock { $0.dropped += count } }

    /// Counts an attempt that failed.
    package func countFailure() { state.withLock { $0.failures += 1 } }

    // MARK: Erasure

    /// Removes what waits of a visitor or account.
    ///
    /// - Returns: Where bytes of what was delivered or removed may still stand on disk.
    func erase(_ entity: Entity, _ id: String) async throws(StoreError) -> StoreRange {
        await turns.take()
        defer { turns.end() }
        try await ledger.forget { change in
            guard let bytes = change.record,
                let record = try? bytes.withUnsafeBytes({ try form.decode($0) })
            else { return false }
            return (entity == .account ? record.accountID : record.visitorID) == id
        }
        return StoreRange(.outbox, from: UInt64.min.bigEndianBytes, through: UInt64.max.bigEndianBytes)
    }
}

extension UInt64 {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian, Array.init) }
}
