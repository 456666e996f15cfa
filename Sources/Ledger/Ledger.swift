internal import Dispatch
package import Model
package import Store
internal import Synchronization

/// The only writer of a store: gives changes one order, writes what waits together with one sync, and says when each is durable.
///
/// One queue writes; callers only append to a list. After an error all that is in line is refused, and so is what comes, until the
/// store has recovered: then what was refused is taken back on disk, too. What is in line is part of what is read (`get`, `scan`).
package final class Ledger: Sendable {
    /// What is written as one.
    private enum Writing: Sendable {
        case rows(StoreBatch)
        case run(SortedRun)
    }

    /// A write with whoever waits for it.
    private struct Waiting: Sendable {
        let place: UInt64
        let writing: Writing
        /// Entries of the tail.
        var entries = StoreBatch()
        var kept = TailFigures()
        /// Of its last change; that of the one before it when it has none.
        var number: UInt64 = 0
        let takeBack: (@Sendable () -> Void)?
        let done: @Sendable (Result<Void, StoreError>) -> Void

        var isRun: Bool {
            if case .run = writing { true } else { false }
        }

        /// Of keys and values.
        var byteCount: Int {
            switch writing {
            case .rows(let rows): rows.byteCount + entries.byteCount
            case .run(let run): run.byteCount + entries.byteCount
            }
        }

        /// Memory that it takes while it waits; the bytes of a run stay where they were.
        var pendingBytes: Int { isRun ? entries.byteCount : byteCount }

        var batches: [StoreBatch] {
            guard case .rows(let rows) = writing else { return [entries] }
            return entries.isEmpty ? [rows] : [rows, entries]
        }
    }

    private struct State {
        var waiting: [Waiting] = []
        var waitingBytes = 0
        var nextPlace: UInt64 = 1
        var overlay = LineOverlay()
        var marks = ReadMarks()
        var tail = TailState()
        /// Whether a drain has been scheduled that will see what is appended now.
        var isDraining = false
        var isSyncScheduled = false
        var failure: String?
        var mending = Mending()
        var isClosed = false
        var figures = LedgerFigures()

        /// It is on disk, or never will be.
        mutating func forget(_ waiting: Waiting) {
            for batch in waiting.batches { overlay.remove(batch, at: waiting.place) }
        }
    }

    /// Bytes of one synced write: what waits beyond that takes the next one.
    private static let groupBytesMax = 16 << 20

    /// What is written to.
    package let store: any Store
    private let state: Mutex<State>
    private let wantedKinds = Atomic<UInt32>(0)
    private let queue = DispatchQueue(label: "bespoke.ledger")
    private let options: LedgerOptions
    private let mark: DurableMark?
    private let onChange: @Sendable (String?) -> Void
    /// What the store lacks of what was acknowledged, in words for the operator; no write is accepted then.
    package let missing: String?

    /// Looks at what the store keeps for readers. Blocks the thread.
    ///
    /// - Parameters:
    ///   - store: Nobody else writes to it.
    ///   - mark: Tells what was acknowledged, and is told.
    ///   - onChange: Called from any thread with the reason when a write fails and no further one is accepted, and with nil when they
    ///     are again.
    /// - Throws: `StoreError.unreadable`, `closed`.
    package init(
        _ store: any Store, options: LedgerOptions = LedgerOptions(), mark: DurableMark? = nil,
        onChange: @escaping @Sendable (String?) -> Void = { _ in }
    ) throws(StoreError) {
        self.store = store
        var state = State()
        state.tail = try TailState(in: store)
        missing = mark?.missing(after: state.tail.last)
        state.failure = missing ?? store.failure
        self.state = Mutex(state)
        self.options = options
        self.mark = mark
        self.onChange = onChange
        guard missing == nil, let failure = store.failure else { return }
        onChange(failure)
        scheduleRecovery()
    }

    /// What a store that nobody writes to lacks, as `missing` says it.
    ///
    /// - Throws: `StoreError.unreadable`, `closed`.
    package static func missing(in store: any Store, _ mark: DurableMark) throws(StoreError) -> String? {
        mark.missing(after: try TailState(in: store).last)
    }

    /// Why no further write is accepted; nil while they are.
    package var failure: String? { state.withLock { $0.failure } }

    /// For metrics.
    package var figures: LedgerFigures { state.withLock { $0.figures } }

    /// Kinds of changes that somebody reads.
    package var wanted: Change.Kinds { Change.Kinds(rawValue: wantedKinds.load(ordering: .relaxed)) }

    // MARK: Getting in line

    /// Numbers changes and writes them; on return they are on disk (see `LedgerOptions.Durability`).
    ///
    /// Changes take effect in the order in which `submit` is called; they are put in line before the first suspension, so
    /// a caller that is an actor may rely on its own order.
    /// - Parameter takeBack: As below; also called when nothing gets in line.
    /// - Throws: `StoreError.failed`, `overloaded`, `closed`; after `failed` it is unknown whether they are on disk.
    nonisolated(nonsending) package func submit(
        _ changes: Changes, takeBack: (@Sendable () -> Void)? = nil
    ) async throws(StoreError) {
        try await submit(changes, .rows(changes.rows), takeBack)
    }

    /// The same for a single one.
    nonisolated(nonsending) package func submit(_ change: Change) async throws(StoreError) {
        var changes = Changes(for: self)
        changes.append(change)
        try await submit(changes)
    }

    /// Writes the profiles of an import, which are on disk on return whatever `LedgerOptions.Durability` says.
    nonisolated(nonsending) package func submit(
        _ run: SortedRun, of entity: Entity, count: Int
    ) async throws(StoreError) {
        var changes = Changes(for: self)
        changes.append(runOf: entity, count: count)
        try await submit(changes, .run(run), nil)
    }

    /// Waits until everything that is in line is on disk.
    ///
    /// - Throws: As above.
    nonisolated(nonsending) package func settled() async throws(StoreError) { try await submit(Changes(for: self)) }

    nonisolated(nonsending) private func submit(
        _ changes: Changes, _ writing: Writing, _ takeBack: (@Sendable () -> Void)?
    ) async throws(StoreError) {
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            if let refusal = append(changes, writing, takeBack, { continuation.resume(returning: $0) }) {
                takeBack?()
                continuation.resume(returning: .failure(refusal))
            }
        }
        try outcome.get()
    }

    /// Puts changes in line at once, for callers that must not wait, such as those that hold a lock.
    ///
    /// - Parameters:
    ///   - takeBack: Undoes in memory what counts already; called from any thread when what is in line is not written, after
    ///     `takeBack` of all that stood in line behind it. Takes whatever lock the caller holds now.
    ///   - done: Called once, from any thread, when the changes are on disk, or with what the call above would throw.
    /// - Throws: `StoreError.failed`, `overloaded`, `closed` for what is not in line: nothing is called, and what counts already is
    ///   for the caller to undo.
    package func submit(
        _ changes: Changes, takeBack: (@Sendable () -> Void)? = nil,
        done: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) throws(StoreError) {
        if let refusal = append(changes, .rows(changes.rows), takeBack, done) { throw refusal }
    }

    private func append(
        _ changes: Changes, _ writing: Writing, _ takeBack: (@Sendable () -> Void)?,
        _ done: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) -> StoreError? {
        state.withLock { state in
            if state.isClosed { return .closed }
            if let missing { return .lost(reason: missing) }
            if let failure = state.failure { return .failed(reason: failure) }
            var waiting = Waiting(place: state.nextPlace, writing: writing, takeBack: takeBack, done: done)
            // A change larger than the limit may go alone.
            if state.waitingBytes > 0, state.waitingBytes + waiting.pendingBytes > options.pendingBytesMax {
                return .overloaded(pendingBytesMax: options.pendingBytesMax)
            }
            state.nextPlace += 1
            waiting.kept = state.tail.number(changes, into: &waiting.entries)
            waiting.number = state.tail.last
            for batch in waiting.batches { state.overlay.add(batch, at: waiting.place) }
            state.waitingBytes += waiting.pendingBytes
            state.waiting.append(waiting)
            if !state.isDraining {
                state.isDraining = true
                scheduleDrain()
            }
            return nil
        }
    }

    // MARK: The tail

    /// For metrics.
    package var tailFigures: TailFigures { state.withLock { $0.tail.figures } }

    /// The number of the last change that is on disk.
    package var durable: UInt64 { state.withLock { $0.tail.durable } }

    /// From now on changes of these kinds are kept until every reader has taken them.
    ///
    /// - Parameters:
    ///   - reader: Names the cursor.
    ///   - bytesMax: What may wait for readers; what exceeds it is dropped and counted.
    ///   - arrived: Called, from any thread, when there may be something new to read.
    /// - Returns: The number of the last change that this reader has taken.
    /// - Throws: `StoreError.unreadable`, `closed`.
    package func follow(
        as reader: String, _ kinds: Change.Kinds, bytesMax: Int, arrived: @escaping @Sendable () -> Void
    ) throws(StoreError) -> UInt64 {
        let stored = try get(.meta, key: MetaKey.cursor + Array(reader.utf8))
        let cursor = stored.flatMap { UInt64(bigEndian: $0) } ?? 0
        state.withLock { state in
            state.tail.cursors[reader] = cursor
            state.tail.bytesMax = max(state.tail.bytesMax, bytesMax)
            state.tail.arrivals.append(arrived)
        }
        wantedKinds.bitwiseOr(kinds.rawValue, ordering: .relaxed)
        return cursor
    }

    /// - Returns: How far all readers are once one of them is at a number.
    func advance(_ reader: String, to number: UInt64) -> UInt64 {
        state.withLock { state in
            state.tail.cursors[reader] = max(number, state.tail.cursors[reader] ?? 0)
            return state.tail.cursors.values.min() ?? 0
        }
    }

    /// Entries that are gone from the tail.
    func release(_ gone: TailFigures) { state.withLock { $0.tail.figures.subtract(gone) } }

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

    /// From now on what settles can be told beside what is on disk, until the mark is released: whoever reads the disk with others
    /// writing sees with `change(_:_:)` what has changed since, however much of it the disk had.
    package func markRead() -> ReadMark { state.withLock { $0.marks.take() } }

    /// To be called once for each mark.
    package func release(_ mark: ReadMark) {
        state.withLock { state in
            for (batch, place) in state.marks.release(mark) { state.overlay.remove(batch, at: place) }
        }
    }

    /// What is in line, or has settled since the oldest mark, without a look at the disk.
    ///
    /// - Returns: Nil for a key of which nothing is known, else the value; no value where it is removed.
    package func change(_ family: StoreFamily, _ key: [UInt8]) -> [UInt8]?? { pendingValue(family, key) }

    /// The same of all keys that begin with a prefix, in their order.
    package func changes(_ family: StoreFamily, under prefix: [UInt8]) -> [(key: [UInt8], value: [UInt8]?)] {
        pendingEntries(family, from: nil, under: prefix)
    }

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
        let outcome = write(group)
        if case .failure(let error) = outcome {
            refuse(group, error)
        } else {
            settle(group)
            for waiting in group { waiting.done(outcome) }
            if group.contains(where: { $0.kept.records > 0 }) {
                for arrived in state.withLock({ $0.tail.arrivals }) { arrived() }
            }
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
        state.withLock { state in
            for waiting in refused { state.tail.figures.subtract(waiting.kept) }
            for waiting in refused { state.forget(waiting) }
        }
        for waiting in refused { waiting.done(.failure(error)) }
    }

    private func settle(_ group: [Waiting]) {
        state.withLock { state in
            let settled = group.flatMap { waiting in waiting.batches.map { ($0, waiting.place) } }
            if !state.marks.keep(settled) { for waiting in group { state.forget(waiting) } }
            state.tail.durable = group.last?.number ?? state.tail.durable
        }
    }

    private func takeGroup() -> [Waiting] {
        state.withLock { state in
            var count = 0
            var bytes = 0
            while count < state.waiting.count, count == 0 || bytes < Self.groupBytesMax {
                // A run goes alone.
                guard count == 0 || !state.waiting[count].isRun else { break }
                bytes += state.waiting[count].pendingBytes
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

    private func write(_ group: [Waiting]) -> Result<Void, StoreError> {
        if let failure { return .failure(.failed(reason: failure)) }
        let isSynced = options.durability != .everySecond
        do throws(StoreError) {
            let batches = group.flatMap(\.batches) + numbers(upTo: group[group.count - 1].number)
            if case .run(let run) = group[0].writing {
                try store.ingest(run, with: batches)
            } else {
                try store.write(batches, isSynced: isSynced)
            }
        } catch {
            return .failure(fail(error, group))
        }
        let bytes = group.reduce(0) { $0 + $1.byteCount }
        state.withLock { state in
            // Joining a run forces to disk what was written before.
            if group[0].isRun { state.mending.unsynced = [] }
            if !isSynced, !group[0].isRun { state.mending.unsynced += group.flatMap(\.batches) }
            state.figures.batches += UInt64(group.count)
            state.figures.groups += 1
            state.figures.bytes += UInt64(bytes)
        }
        if isSynced { mark?.write(group[group.count - 1].number) } else { scheduleSync() }
        return .success(())
    }

    /// The number of the last change, to be written with it; once for what is written together.
    private func numbers(upTo number: UInt64) -> [StoreBatch] {
        guard number > durable else { return [] }
        var batch = StoreBatch()
        batch.put(.meta, key: MetaKey.sequence, value: number.bigEndianBytes)
        return [batch]
    }

    private func scheduleSync() {
        let isNew = state.withLock { state in
            defer { state.isSyncScheduled = true }
            return !state.isSyncScheduled
        }
        if isNew { queue.asyncAfter(deadline: .now() + .milliseconds(options.syncMilliseconds)) { self.syncNow() } }
    }

    /// Runs on the queue.
    private func syncNow() {
        let isDue = state.withLock { state in
            defer { state.isSyncScheduled = false }
            return state.isSyncScheduled && state.failure == nil
        }
        guard isDue else { return }
        let written = durable
        do throws(StoreError) {
            try store.sync()
            mark?.write(written)
            state.withLock { $0.mending.unsynced = [] }
        } catch {
            _ = fail(error, [])
        }
    }

    /// Stops accepting writes until the store has recovered. Runs on the queue.
    private func fail(_ error: StoreError, _ group: [Waiting]) -> StoreError {
        guard case .failed(let reason) = error else { return error }
        var run: SortedRun?
        if case .run(let first)? = group.first?.writing { run = first }
        let refused = Mending.before(group.flatMap(\.batches), run, in: store)
        state.withLock { state in
            state.failure = reason
            state.mending.refused = refused
        }
        onChange(reason)
        scheduleRecovery()
        return .failed(reason: reason)
    }

    private func scheduleRecovery() {
        queue.asyncAfter(deadline: .now() + .milliseconds(options.recoveryMilliseconds)) { self.recover() }
    }

    /// Runs on the queue.
    private func recover() {
        let (mending, isClosed) = state.withLock { ($0.mending, $0.isClosed) }
        guard !isClosed else { return }
        do throws(StoreError) {
            try store.recover()
            try mending.mend(store)
        } catch .closed {
            return
        } catch {
            var reason = error.description
            if case .failed(let text) = error { reason = text }
            let isNew = state.withLock { state in
                defer { state.failure = reason }
                return state.failure != reason
            }
            if isNew { onChange(reason) }
            scheduleRecovery()
            return
        }
        state.withLock { state in
            state.failure = nil
            state.mending = Mending()
        }
        onChange(nil)
    }
}
