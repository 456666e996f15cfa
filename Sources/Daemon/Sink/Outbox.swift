internal import Ledger
internal import Messages
internal import Model
internal import Store
internal import Synchronization

/// Records on their way to the sink: in the journal from the moment that they are acknowledged until the sink has taken them.
///
/// Bounded: what exceeds the spool is dropped and counted, nobody waits for a sink.
final class Outbox: Sendable {
    /// What is known of the spool.
    struct Figures: Sendable {
        /// Waiting.
        var records: UInt64 = 0
        var bytes: UInt64 = 0
        /// Since the start.
        var delivered: UInt64 = 0
        var dropped: UInt64 = 0
        /// Attempts that the sink did not take.
        var failures: UInt64 = 0
    }

    /// Some records in their order.
    struct Batch: Sendable {
        var records: [EventRecord] = []
        fileprivate(set) var keys: [[UInt8]] = []
        fileprivate(set) var bytes = 0

        /// Number of the last; nil when there is none.
        var last: UInt64? { keys.last.map { UInt64(bigEndian: $0) } }
    }

    /// Whether there is a sink.
    let isOn: Bool
    private let ledger: Ledger
    private let bytesMax: Int
    private let state = Mutex(State())
    /// Of removals: what one has taken, another does not count again.
    private let turns = Turns()
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    private struct State {
        var next: UInt64 = 1
        var figures = Figures()
    }

    private static let batchRecordsMax = 500
    private static let batchBytesMax = 512 * 1_024

    /// - Parameters:
    ///   - bytesMax: Size of the spool; nil when there is no sink.
    init(ledger: Ledger, bytesMax: Int?) {
        self.ledger = ledger
        isOn = bytesMax != nil
        self.bytesMax = bytesMax ?? 0
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes in what waits from before. Blocks the thread.
    func load() throws(StoreError) {
        var figures = Figures()
        var next: UInt64 = 1
        try ledger.scan(.outbox) { key, value in
            figures.records += 1
            figures.bytes += UInt64(value.count)
            next = UInt64(bigEndian: Array(key)) + 1
            return true
        }
        state.withLock { $0 = State(next: next, figures: figures) }
    }

    var figures: Figures { state.withLock { $0.figures } }

    /// Puts a batch in line for the journal, and the records with it: both are on disk, or neither.
    ///
    /// - Parameter done: As of `Journal.enqueue`.
    func enqueue(
        _ records: [EventRecord], with batch: StoreBatch, takeBack: (@Sendable () -> Void)? = nil,
        done: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) throws(StoreError) {
        guard isOn, !records.isEmpty else { return try ledger.enqueue(batch, takeBack: takeBack, done: done) }
        let encoded = records.map { try? $0.encoded() }
        // In line in the order of the numbers: the sink never finds a gap that is filled later.
        try state.withLock { state throws(StoreError) in
            var batch = batch
            var next = state
            for bytes in encoded {
                guard let bytes, Int(next.figures.bytes) + bytes.count <= bytesMax else {
                    next.figures.dropped += 1
                    continue
                }
                batch.put(.outbox, key: next.next.bigEndianBytes, value: bytes)
                next.next += 1
                next.figures.records += 1
                next.figures.bytes += UInt64(bytes.count)
            }
            try ledger.enqueue(batch, takeBack: takeBack) { [arrival] outcome in
                // Only now is there something to be read.
                arrival.yield()
                done(outcome)
            }
            state = next
        }
    }

    // MARK: Taking out

    /// Ends when the task is cancelled, or when something may have arrived since the last time.
    func waitForArrival() async {
        for await _ in arrivals { return }
    }

    /// - Parameter position: The last that was taken; 0 for none.
    /// - Returns: What waits behind it, as much as one delivery takes.
    func batch(after position: UInt64) throws(StoreError) -> Batch {
        var batch = Batch()
        try ledger.scan(.outbox, from: (position + 1).bigEndianBytes) { key, value in
            // One that cannot be read is of a newer version: verification names it, and nothing can be delivered of it.
            guard let record = try? EventRecord(decoding: value) else { return true }
            batch.records.append(record)
            batch.keys.append(Array(key))
            batch.bytes += value.count
            return batch.records.count < Self.batchRecordsMax && batch.bytes < Self.batchBytesMax
        }
        return batch
    }

    /// Forgets what the sink has taken.
    func remove(_ batch: Batch) async throws(StoreError) {
        try await remove(batch.keys) { $0.delivered += UInt64(batch.records.count) }
    }

    /// Counts what was dropped before it came here.
    func countDropped(_ count: UInt64) { state.withLock { $0.figures.dropped += count } }

    /// Counts an attempt that failed.
    func countFailure() { state.withLock { $0.figures.failures += 1 } }

    private func remove(
        _ keys: [[UInt8]], _ count: @Sendable (inout Figures) -> Void
    ) async throws(StoreError) {
        await turns.take()
        defer { turns.end() }
        var deletion = StoreBatch()
        var records = 0
        var bytes = 0
        for key in keys {
            // An erasure during a delivery may have taken it.
            guard let value = try ledger.get(.outbox, key: key) else { continue }
            deletion.delete(.outbox, key: key)
            records += 1
            bytes += value.count
        }
        if !deletion.isEmpty { try await ledger.commit(deletion) }
        state.withLock { state in
            state.figures.records -= UInt64(records)
            state.figures.bytes -= UInt64(bytes)
            count(&state.figures)
        }
    }

    // MARK: Erasure

    /// Removes what waits of a visitor or account.
    ///
    /// - Returns: Where bytes of what was delivered or removed may still stand on disk.
    func erase(_ entity: Entity, _ id: String) async throws(StoreError) -> StoreRange {
        var keys: [[UInt8]] = []
        try ledger.scan(.outbox) { key, value in
            guard let record = try? EventRecord(decoding: value),
                (entity == .account ? record.accountID : record.visitorID) == id
            else { return true }
            keys.append(Array(key))
            return true
        }
        if !keys.isEmpty { try await remove(keys) { _ in } }
        return StoreRange(.outbox, from: UInt64.min.bigEndianBytes, through: UInt64.max.bigEndianBytes)
    }
}

extension UInt64 {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian, Array.init) }

    /// Of eight bytes, the highest first.
    fileprivate init(bigEndian bytes: [UInt8]) {
        self = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
