internal import Synchronization

/// A store without a disk, for tests: the same order, the same answers, and a disk that fails when it is told to.
package final class MemoryStore: Store {
    private struct State {
        var families = [[[UInt8]: [UInt8]]](repeating: [:], count: StoreFamily.allCases.count)
        var isClosed = false
        var failure: String?
        var writes = 0
        /// As a log has it that is read again.
        var failed: [StoreBatch] = []
        var recoveries = 0
    }

    private let state = Mutex(State())
    private let willWrite: @Sendable () -> Void
    private let willRead: @Sendable () -> Void

    /// An empty store.
    ///
    /// - Parameters:
    ///   - willWrite: Runs on the writer's thread before each write: lets a test hold the disk up.
    ///   - willRead: Runs on the reader's thread before each single value is read.
    package init(willWrite: @escaping @Sendable () -> Void = {}, willRead: @escaping @Sendable () -> Void = {}) {
        (self.willWrite, self.willRead) = (willWrite, willRead)
    }

    /// What every write fails with from now on; nil for a disk that works. As `Store.failure` says, too.
    package var failure: String? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    /// Writes that were made.
    package var writeCount: Int { state.withLock { $0.writes } }

    /// How often `recover` was tried.
    package var recoveryCount: Int { state.withLock { $0.recoveries } }

    private func open<Result>(_ body: (inout State) throws(StoreError) -> Result) throws(StoreError) -> Result {
        try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            return try body(&state)
        }
    }

    private func entries(_ family: StoreFamily) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        let found = try open { $0.families[family.rawValue] }
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    /// As `Store.get` says.
    package func get(_ family: StoreFamily, key: [UInt8]) throws(StoreError) -> [UInt8]? {
        willRead()
        return try open { $0.families[family.rawValue][key] }
    }

    /// As `Store.last` says.
    package func last(in family: StoreFamily) throws(StoreError) -> (key: [UInt8], value: [UInt8])? {
        try entries(family).last
    }

    /// As `Store.scan` says.
    package func scan(
        _ family: StoreFamily, from start: [UInt8]?,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) {
        for (key, value) in try entries(family) {
            if let start, key.lexicographicallyPrecedes(start) { continue }
            guard key.withUnsafeBytes({ key in value.withUnsafeBytes { body(key, $0) } }) else { return }
        }
    }

    /// As `Store.scan` says.
    package func scan(
        _ family: StoreFamily, threads: Int,
        _ body: @Sendable (_ thread: Int, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) {
        try scan(family, from: nil) { body(0, $0, $1) }
    }

    /// As `Store.estimatedCount` says.
    package func estimatedCount(_ family: StoreFamily) -> Int { state.withLock { $0.families[family.rawValue].count } }

    /// Stores what is there from before: no write, and never refused.
    package func fill(_ batch: StoreBatch) { state.withLock { Self.apply(batch, &$0) } }

    private static func apply(_ batch: StoreBatch, _ state: inout State) {
        batch.forEach { family, key, value in state.families[family.rawValue][bytes(key)] = value.map(bytes) }
    }

    /// As `Store.write` says.
    package func write(_ batches: [StoreBatch], isSynced: Bool) throws(StoreError) {
        willWrite()
        try open { state throws(StoreError) in
            if let failure = state.failure {
                state.failed += batches
                throw .failed(reason: failure)
            }
            state.writes += 1
            for batch in batches { Self.apply(batch, &state) }
        }
    }

    private static func bytes(_ chars: UnsafeBufferPointer<CChar>) -> [UInt8] { Array(UnsafeRawBufferPointer(chars)) }

    /// As `Store.ingest` says.
    package func ingest(_ run: SortedRun, with batches: [StoreBatch]) throws(StoreError) {
        willWrite()
        try open { state throws(StoreError) in
            if let failure = state.failure { throw .failed(reason: failure) }
            state.writes += 1
            for batch in batches { Self.apply(batch, &state) }
            run.forEach { key, value in
                state.families[run.family.rawValue][Array(key)] = Array(value)
                return true
            }
        }
    }

    /// As `Store.sync` says.
    package func sync() throws(StoreError) {
        try open { state throws(StoreError) in if let failure = state.failure { throw .failed(reason: failure) } }
    }

    /// As `Store.checkRoom` says.
    package func checkRoom(forBytes byteCount: Int) throws(StoreError) { try open { _ in } }

    /// As `Store.recover` says: the disk works as soon as `failure` is nil, and what failed is there then, the worst that it may do.
    package func recover() throws(StoreError) {
        state.withLock { $0.recoveries += 1 }
        try sync()
        state.withLock { state in
            for batch in state.failed { Self.apply(batch, &state) }
            state.failed = []
        }
    }

    /// As `Store.scrub` says.
    package func scrub(_ ranges: [StoreRange]) throws(StoreError) { try open { _ in } }

    /// As `Store.close` says.
    package func close() { state.withLock { $0.isClosed = true } }
}
