internal import Dispatch
internal import Synchronization

/// Writes what many callers commit, in the order in which they did, together where they wait together.
///
/// One queue writes; callers only append to a list. After the first error nothing more is written: a half-known state
/// on disk is for the operator to look at, not to be retried.
final class CommitQueue: Sendable {
    /// What is written as one.
    enum Change: Sendable {
        case batch(JournalBatch)
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

    /// A change with whoever waits for it.
    private struct Waiting {
        let change: Change
        let done: @Sendable (Result<Void, JournalError>) -> Void

        var isRun: Bool {
            if case .run = change { true } else { false }
        }
    }

    private struct State {
        var waiting: [Waiting] = []
        var waitingBytes = 0
        /// Whether a drain has been scheduled that will see what is appended now.
        var isDraining = false
        var isSyncScheduled = false
        var failure: String?
        var isClosed = false
        var figures = JournalFigures()
    }

    /// Bytes of one synced write: what waits beyond that takes the next one.
    private static let groupBytesMax = 16 << 20

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "bespoke.journal")
    private let database: Mutex<Database?>
    private let options: JournalOptions
    private let onFailure: @Sendable (String) -> Void

    init(database: Database, options: JournalOptions, onFailure: @escaping @Sendable (String) -> Void) {
        self.database = Mutex(database)
        self.options = options
        self.onFailure = onFailure
    }

    var failure: String? { state.withLock { $0.failure } }
    var figures: JournalFigures { state.withLock { $0.figures } }

    /// The database, as long as the journal is open.
    func openDatabase() throws(JournalError) -> Database {
        guard let open = database.withLock({ $0 }) else { throw .closed }
        return open
    }

    /// Appends a change; `done` is called once it is written, or has failed.
    func append(_ change: Change, done: @escaping @Sendable (Result<Void, JournalError>) -> Void) {
        let refusal: JournalError? = state.withLock { state in
            if state.isClosed { return .closed }
            if let failure = state.failure { return .failed(reason: failure) }
            // A change larger than the limit may go alone.
            if state.waitingBytes > 0, state.waitingBytes + change.pendingBytes > options.pendingBytesMax {
                return .overloaded(pendingBytesMax: options.pendingBytesMax)
            }
            state.waiting.append(Waiting(change: change, done: done))
            state.waitingBytes += change.pendingBytes
            if !state.isDraining {
                state.isDraining = true
                scheduleDrain()
            }
            return nil
        }
        if let refusal { done(.failure(refusal)) }
    }

    /// Writes what waits, then closes; later commits fail.
    func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { (closed: CheckedContinuation<Void, Never>) in
            queue.async {
                while self.drainOnce() {}
                self.syncNow()
                // The database closes here, or with the last scan that still uses it.
                self.database.withLock { $0 = nil }
                closed.resume()
            }
        }
    }

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
        let outcome = write(group.map(\.change))
        for waiting in group { waiting.done(outcome) }
        return true
    }

    private func takeGroup() -> [Waiting] {
        state.withLock { state in
            var count = 0
            var bytes = 0
            while count < state.waiting.count, count == 0 || bytes < Self.groupBytesMax {
                // A run goes alone.
                guard count == 0 || !state.waiting[count].isRun else { break }
                bytes += state.waiting[count].change.pendingBytes
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

    private func write(_ changes: [Change]) -> Result<Void, JournalError> {
        if let failure { return .failure(.failed(reason: failure)) }
        let isSynced = options.durability != .everySecond
        do {
            let database = try openDatabase()
            if case .run(let run) = changes[0] {
                try database.ingest(run)
            } else {
                let batches = changes.compactMap { if case .batch(let batch) = $0 { batch } else { nil } }
                try database.write(batches, isSynced: isSynced)
            }
        } catch let error as Database.Failure {
            return .failure(fail(error.message))
        } catch {
            return .failure(.closed)
        }
        let bytes = changes.reduce(0) { $0 + $1.byteCount }
        state.withLock { state in
            state.figures.batches += UInt64(changes.count)
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
        do {
            try openDatabase().sync()
        } catch let error as Database.Failure {
            _ = fail(error.message)
        } catch {
            // Closed meanwhile, which has synced.
        }
    }

    /// Stops accepting writes, for good.
    private func fail(_ message: String) -> JournalError {
        let isFirst = state.withLock { state in
            defer { state.failure = state.failure ?? message }
            return state.failure == nil
        }
        if isFirst { onFailure(message) }
        return .failed(reason: message)
    }
}

/// What the journal has done since it was opened.
package struct JournalFigures: Sendable, Equatable {
    /// Batches acknowledged.
    package var batches: UInt64 = 0
    /// Writes to disk; each holds one batch or more.
    package var groups: UInt64 = 0
    /// Of keys and values.
    package var bytes: UInt64 = 0
}
