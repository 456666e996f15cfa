internal import Engine
internal import Ledger
internal import Logging

/// Tells log and readiness whether the journal takes writes.
struct JournalWatch: Sendable {
    private let readiness: Readiness
    private let logger: Logger
    private let reasons: AsyncStream<String?>
    private let heard: AsyncStream<String?>.Continuation

    init(readiness: Readiness, logger: Logger) {
        (self.readiness, self.logger) = (readiness, logger)
        (reasons, heard) = AsyncStream.makeStream(of: String?.self)
    }

    /// To be called, from any thread, with the reason when it stops, and with nil when it goes on.
    @Sendable func changed(_ reason: String?) {
        if let reason {
            logger.critical("the journal has stopped accepting writes", metadata: ["reason": "\(reason)"])
        } else {
            logger.notice("the journal accepts writes again")
        }
        heard.yield(reason)
    }

    /// Tells readiness what was heard, in its order.
    func run() async { for await reason in reasons { await tell(reason) } }

    /// Tells how the journal was found.
    func began(_ ledger: Ledger) async {
        guard let missing = ledger.missing else { return await tell(ledger.failure) }
        logger.critical("\(missing)")
        await readiness.set(.journal, obstacle: missing)
    }

    /// Tells readiness.
    private func tell(_ reason: String?) async {
        let obstacle = reason.map {
            "the journal has stopped accepting writes: \($0); make room or mend the disk, and they go on by themselves"
        }
        await readiness.set(.journal, obstacle: obstacle)
    }
}
