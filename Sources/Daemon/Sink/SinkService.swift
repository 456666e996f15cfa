internal import Engine
internal import Store
internal import Logging
internal import Model

/// Hands what waits in the outbox to the sink, each record at least once and in order, for as long as the daemon runs.
struct SinkService: Sendable {
    let outbox: Outbox
    /// How far the sink had come.
    let start: UInt64
    let sink: any Sink
    let address: SinkAddress
    let logger: Logger

    private static let waitSecondsMax = 60.0

    /// Runs until the task is cancelled; what then still waits is delivered after the next start.
    func run() async {
        var position = start
        var failures = 0
        while !Task.isCancelled {
            do {
                let batch = try outbox.batch(after: position)
                guard let last = batch.last else {
                    await outbox.waitForArrival()
                    continue
                }
                for (number, reason) in batch.unreadable {
                    logger.error(
                        "a change that waits for the sink cannot be read; it is passed over and stays",
                        metadata: ["number": "\(number)", "reason": "\(reason)"])
                }
                if !batch.records.isEmpty { try await sink.deliver(batch) }
                if failures > 0 { logger.notice("the sink takes records again", metadata: ["sink": "\(address)"]) }
                failures = 0
                try await outbox.remove(batch)
                position = last
            } catch is CancellationError {
                return
            } catch let error as StoreError {
                // Readiness says it too: nothing is accepted any more.
                logger.error("the sink's records cannot be read or removed", metadata: ["reason": "\(error)"])
                return
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                outbox.countFailure()
                let wait = min(Self.waitSecondsMax, Double(1 << min(failures - 1, 6)))
                logger.warning(
                    "the sink did not take records; they are kept and sent again",
                    metadata: ["sink": "\(address)", "reason": "\(error)", "seconds": "\(wait)"])
                do { try await Task.sleep(for: .seconds(wait)) } catch { return }
            }
        }
    }
}
