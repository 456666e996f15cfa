internal import Dispatch
package import Store
internal import Synchronization

/// The only writer of a store: gives changes one order, writes what waits together with one sync, and says when each is durable.
///
/// One queue writes; callers only append to a list. After the first error nothing more is written: a half-known state
/// on disk is for the operator to look at, not to be retried. What is in line is part of what is read (`get`, `scan`).
package final class Ledger: Sendable {
    /// What is written as one.
    private enum Writing: Sendable {
        case batch(StoreBatch)
        case run(SortedRun)

        var byteCount: Int {
            switch self {
            case .batch(let batch): batch.byteCount
            case .run(let run): run.byteCount
            }
        }

        /// Memory that it takes while it waits; the bytes of a run stay where they were.
        var pendingBytes: Int {
            switch self {
            case .batch(let batch): batch.byteCount
            case .run: 0
            }
        }
    }

    /// A write with whoever waits for it.
    private struct Waiting: Sendable {
        let place: UInt64
        let writing: Writing
        let takeBack: (@Sendable () -> Void)?
        let done: @Sendable (Result<Void, StoreError>) -> Void

        var isRun: Bool {
            if case .run = writing { true } else { false }
        }
    }

    private struct State {
        var waiting: [Waiting] = []
        var waitingBytes = 0
        var nextPlace: UInt64 = 1
        var overlay = LineOverlay()
        /// Whether a drain has been scheduled that will see what is appended now.
        var isDraining = false
        var isSyncScheduled = false
        var failure: String?
        var isClosed = false
        var figures = LedgerFigures()
    }

    /// Bytes of one synced write: what waits beyond that takes the next one.
    private static let groupBytesMax = 16 << 20

    /// What is written to.
    package let store: any Store
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "bespoke.ledger")
    private let options: LedgerOptions
    private let onFailure: @Sendable (String) -> Void

    /// - Parameters:
    ///   - store: Nobody else writes to it.
    ///   - onFailure: Called once, from any thread, when a write fails and no further one is accepted.
    package init(
        _ store: any Store, options: LedgerOptions = LedgerOptions(),
        onFailure: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.options = options
        self.onFailure = onFailure
    }

    /// Why no further write is accepted; nil while they are.
    package var failure: String? { state.withLock { $0.failure } }

    /// For metrics.
    package var figures: LedgerFigures { state.withLock { $0.figures } }

    // MARK: Getting in line

    /// Writes a batch; on return it is on disk (see `LedgerOptions.Durability`).
    ///
    /// Batches take effect in the order in which `commit` is called; it is put in line before the first suspension, so
    /// a caller that is an actor may rely on its own order.
    /// - Parameter takeBack: As of `enqueue`.
    /// - Throws: `StoreError.failed`, `overloaded`, `closed`; after `failed` it is unknown whether the batch is on
    ///   disk.
    nonisolated(nonsending) package func commit(
        _ batch: StoreBatch, takeBack: (@Sendable () -> Void)? = nil
    ) async throws(StoreError) {
        try await commit(.batch(batch), takeBack)
    }

    /// The same for a run, which is on disk on return whatever `LedgerOptions.Durability` says.
    nonisolated(nonsending) package func commit(_ run: SortedRun) async throws(StoreError) {
        try await commit(.run(run), nil)
    }

    nonisolated(nonsending) private func commit(
        _ writing: Writing, _ takeBack: (@Sendable () -> Void)?
    ) async throws(StoreError) {
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            if let refusal = append(writing, takeBack, { continuation.resume(returning: $0) }) {
                takeBack?()
                continuation.resume(returning: .failure(refusal))
            }
        }
        try outcome.get()
    }

    /// Puts a batch in line at once, for callers that must not wait, such as those that hold a lock.
    ///
    /// - Parameters:
    ///   - takeBack: Undoes in memory what counts already; called from any thread when the batch that is in line is not written, after
    ///     `takeBack` of all that stood in line behind it. Takes whatever lock the caller holds now.
    ///   - done: Called once, from any thread, when the batch is on disk, or with what `commit` would throw.
    /// - Throws: `StoreError.failed`, `overloaded`, `closed` for a batch that is not in line: nothing is called, and what counts already is
    ///   for the caller to undo.
    package func enqueue(
        _ batch: StoreBatch, takeBack: (@Sendable () -> Void)? = nil,
        done: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) throws(StoreError) {
        if let refusal = append(.batch(batch), takeBack, done) { throw refusal }
    }

    private func append(
        _ writing: Writing, _ takeBack: (@Sendable () -> Void)?,
        _ done: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) -> StoreError? {
        state.withLock { state in
            if state.isClosed { return .closed }
            if let failure = state.failure { return .failed(reason: failure) }
            // A change larger than the limit may go alone.
            if state.waitingBytes > 0, state.waitingBytes + writing.pendingBytes > options.pendingBytesMax {
                return .overloaded(pendingBytesMax: options.pendingBytesMax)
            }
            let place = state.nextPlace
            state.nextPlace += 1
            if case .batch(let batch) = writing { state.overlay.add(batch, at: place) }
            state.waiting.append(Waiting(place: place, writing: writing, takeBack: takeBack, done: done))
            state.waitingBytes += writing.pendingBytes
            if !state.isDraining {
                state.isDraining = true
                scheduleDrain()
            }
            return nil
        }
    }

    /// Writes what waits, then closes ledger and store; later writes fail.
    package func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { (closed: CheckedContinuation<Void, Never>) in
            queue.async {
                while self.drainOnce() {}
                self.syncNow()
                self.store.close()
                closed.resume()
            }
        }
    }

    /// Removes from every file what was deleted in these ranges: a store on disk keeps old bytes until it writes a file anew.
    ///
    /// - Throws: `StoreError.unreadable`, `closed`.
    package func scrub(_ ranges: [StoreRange]) async throws(StoreError) {
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { [store] in
                continuation.resume(returning: Result { () throws(StoreError) in try store.scrub(ranges) })
            }
        }
        try outcome.get()
    }

    // MARK: What is in line

    func pendingValue(_ family: StoreFamily, _ key: [UInt8]) -> [UInt8]?? {
        state.withLock { $0.overlay.value(family, key) }
    }

    func pendingEntries(
        _ family: StoreFamily, from start: [UInt8]?, under prefix: [UInt8]
    ) -> [(key: [UInt8], value: [UInt8]?)] {
        state.withLock { $0.overlay.entries(family, from: start, under: prefix) }
    }

    // MARK: Writing

    private func scheduleDrain() {
        guard case .group(let milliseconds) = options.durability else {
            queue.async { self.drain() }
            return
        }
        let delay = DispatchTimeInterval.milliseconds(min(max(milliseconds, 1), 1_000))
        queue.asyncAfter(deadline: .now() + delay) { self.drain() }
    }

    private func drain() {
        while drainOnce() {}
    }

    /// Writes one group. Runs on the queue.
    ///
    /// - Returns: Whether there was one.
    private func drainOnce() -> Bool {
        let group = takeGroup()
        guard !group.isEmpty else { return false }
        let outcome = write(group.map(\.writing))
        if case .failure(let error) = outcome {
            refuse(group, error)
        } else {
            settle(group)
            for waiting in group { waiting.done(outcome) }
        }
        return true
    }

    /// Nothing behind a write that failed is written either: all of it is taken back, the last first, before anybody is told.
    private func refuse(_ group: [Waiting], _ error: StoreError) {
        let behind = state.withLock { state in
            defer { (state.waiting, state.waitingBytes) = ([], 0) }
            return state.waiting
        }
        let refused = group + behind
        for waiting in refused.reversed() { waiting.takeBack?() }
        settle(refused)
        for waiting in refused { waiting.done(.failure(error)) }
    }

    private func settle(_ group: [Waiting]) {
        state.withLock { state in
            for waiting in group {
                if case .batch(let batch) = waiting.writing { state.overlay.remove(batch, at: waiting.place) }
            }
        }
    }

    private func takeGroup() -> [Waiting] {
        state.withLock { state in
            var count = 0
            var bytes = 0
            while count < state.waiting.count, count == 0 || bytes < Self.groupBytesMax {
                // A run goes alone.
                guard count == 0 || !state.waiting[count].isRun else { break }
                bytes += state.waiting[count].writing.pendingBytes
                count += 1
                if state.waiting[count - 1].isRun { break }
            }
            let group = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            state.waitingBytes -= bytes
            if group.isEmpty { state.isDraining = false }
            return group
        }
    }

    private func write(_ group: [Writing]) -> Result<Void, StoreError> {
        if let failure { return .failure(.failed(reason: failure)) }
        let isSynced = options.durability != .everySecond
        do throws(StoreError) {
            if case .run(let run) = group[0] {
                try store.ingest(run)
            } else {
                let batches = group.compactMap { if case .batch(let batch) = $0 { batch } else { nil } }
                try store.write(batches, isSynced: isSynced)
            }
        } catch {
            return .failure(fail(error))
        }
        let bytes = group.reduce(0) { $0 + $1.byteCount }
        state.withLock { state in
            state.figures.batches += UInt64(group.count)
            state.figures.groups += 1
            state.figures.bytes += UInt64(bytes)
        }
        if !isSynced { scheduleSync() }
        return .success(())
    }

    private func scheduleSync() {
        let isNew = state.withLock { state in
            defer { state.isSyncScheduled = true }
            return !state.isSyncScheduled
        }
        if isNew { queue.asyncAfter(deadline: .now() + 1) { self.syncNow() } }
    }

    /// Runs on the queue.
    private func syncNow() {
        let isDue = state.withLock { state in
            defer { state.isSyncScheduled = false }
            return state.isSyncScheduled && state.failure == nil
        }
        guard isDue else { return }
        do throws(StoreError) { try store.sync() } catch { _ = fail(error) }
    }

    /// Stops accepting writes, for good.
    private func fail(_ error: StoreError) -> StoreError {
        guard case .failed(let reason) = error else { return error }
        let isFirst = state.withLock { state in
            defer { state.failure = state.failure ?? reason }
            return state.failure == nil
        }
        if isFirst { onFailure(reason) }
        return .failed(reason: reason)
    }
}
