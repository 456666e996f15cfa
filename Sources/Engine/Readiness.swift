/// Whether the daemon can serve, and what keeps it from it.
package actor Readiness {
    /// What must be in order; each is a reason of its own.
    package enum Part: Int, Sendable, CaseIterable, Comparable {
        case journal
        case profiles
        case rules
        case lifecycle

        package static func < (left: Part, right: Part) -> Bool { left.rawValue < right.rawValue }
    }

    private var obstacles: [Part: String]
    private var watchers: [Int: AsyncStream<Bool>.Continuation] = [:]
    private var nextWatcher = 0

    /// Starts with nothing in order.
    package init() {
        obstacles = [
            .journal: "the journal is being opened", .profiles: "profiles are being loaded",
            .rules: "no rule set is loaded; push one with `bespokectl rules push DIR`",
        ]
    }

    package var isReady: Bool { obstacles.isEmpty }

    /// Every obstacle in words, or empty when ready.
    package var reason: String {
        obstacles.sorted { $0.key < $1.key }.map(\.value).joined(separator: "; ")
    }

    /// - Parameter obstacle: What is not in order, in words; nil when it is.
    package func set(_ part: Part, obstacle: String?) {
        let before = isReady
        obstacles[part] = obstacle
        guard isReady != before else { return }
        for watcher in watchers.values { watcher.yield(isReady) }
    }

    /// The state now and whenever it changes; only the latest is kept for a slow reader.
    package func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
        let number = nextWatcher
        nextWatcher += 1
        watchers[number] = continuation
        continuation.onTermination = { _ in Task { await self.forget(number) } }
        continuation.yield(isReady)
        return stream
    }

    /// Tells every watcher, once the daemon drains, that nothing more will come.
    package func endWatching() {
        for watcher in watchers.values { watcher.finish() }
        watchers = [:]
    }

    private func forget(_ number: Int) {
        watchers[number] = nil
    }
}
