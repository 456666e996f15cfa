package import Logging
internal import Model

/// Brings the answers that the event loops gave into the outbox.
package actor DecisionGathering {
    private let loops: LoopRegistry
    private let outbox: Outbox
    private let logger: Logger

    private static let every = Duration.milliseconds(100)

    /// - Parameter outbox: Where they go.
    package init(loops: LoopRegistry, outbox: Outbox, logger: Logger) {
        self.loops = loops
        self.outbox = outbox
        self.logger = logger
    }

    /// Runs until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await gather()
            do { try await Task.sleep(for: Self.every) } catch { return }
        }
    }

    /// Everything that was answered before is in the outbox afterwards.
    package func gather() async {
        for gathered in await loops.onEach({ $0.tap?.take() ?? DecisionTap.Gathered() }) {
            outbox.countDropped(gathered.dropped)
            let records = gathered.records
            guard !records.isEmpty else { continue }
            do {
                try await outbox.keep(records)
            } catch {
                logger.error("decisions cannot be kept for the sink", metadata: ["reason": "\(error)"])
            }
        }
    }
}
