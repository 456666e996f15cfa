internal import Ledger
internal import Store
internal import Logging
internal import Model
internal import Profiles
internal import Synchronization

/// Reads profiles of a journal into memory with all cores, and says how far it is.
struct ProfileLoading {
    let ledger: Ledger
    let logger: Logger
    let threadCount: Int
    let clock: Clock
    /// Is told about once a second, from any thread.
    let progress: @Sendable (String) -> Void

    /// Profiles after which a thread adds to the count that all share.
    private static let step = 32_768
    private static let microsecondsBetweenReports: Int64 = 1_000_000

    private struct Progress {
        var loaded = 0
        var reportedAt: Timestamp
    }

    /// - Throws: `ProfileError.corrupt`, `StoreError`.
    func load(_ family: StoreFamily, into table: ProfileTable) throws {
        let expected = ledger.store.estimatedCount(family)
        table.reserve(expected)
        let loaders = (0..<max(1, threadCount)).map { _ in ProfileLoader(table) }
        let state = Mutex(Progress(reportedAt: clock.now()))
        let failure = Mutex<ProfileError?>(nil)
        try ledger.store.scan(family, threads: loaders.count) { thread, _, value in
            do throws(ProfileError) {
                try loaders[thread].load(value)
            } catch {
                failure.withLock { $0 = $0 ?? error }
                return false
            }
            if loaders[thread].count % Self.step == 0 { report(state, table.entity, expected: expected) }
            return true
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        for loader in loaders { loader.finish() }
    }

    private func report(_ state: borrowing Mutex<Progress>, _ entity: Entity, expected: Int) {
        let loaded: Int? = state.withLock { progress in
            progress.loaded += Self.step
            let now = clock.now()
            guard now.microseconds - progress.reportedAt.microseconds >= Self.microsecondsBetweenReports else {
                return nil
            }
            progress.reportedAt = now
            return progress.loaded
        }
        guard let loaded else { return }
        let kind = entity == .account ? "accounts" : "visitors"
        let text = "loading profiles: \(Self.grouped(loaded)) of about \(Self.grouped(expected)) \(kind)"
        logger.info("\(text)")
        progress(text)
    }

    /// 3200000 as 3,200,000.
    private static func grouped(_ number: Int) -> String {
        var text = ""
        for (position, digit) in String(number).reversed().enumerated() {
            if position > 0, position % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
