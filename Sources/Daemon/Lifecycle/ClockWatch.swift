internal import Engine
internal import Ledger
internal import Logging
internal import Model
internal import Store
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Looks after the wall clock: says when it has jumped, and keeps what expires from being deleted by it.
final class ClockWatch: Sendable {
    private static let key = Array("clock.seen".utf8)

    private let ledger: Ledger
    private let logger: Logger
    private let state: Mutex<ClockGuard>
    private let holdHours: Int

    /// - Throws: `StoreError`, when what was seen last cannot be read.
    init(ledger: Ledger, holdHours: Int, logger: Logger) throws(StoreError) {
        let stored = try ledger.get(.meta, key: Self.key).flatMap(Self.seconds)
        let (wall, steady) = Self.now()
        let clock = ClockGuard(
            wall: wall, steady: steady, lastSeen: stored, holdSeconds: Int64(holdHours) * 3_600)
        (self.ledger, self.logger, self.holdHours) = (ledger, logger, holdHours)
        state = Mutex(clock)
        if let doubt = clock.doubt { logger.warning("\(text(doubt))") }
    }

    /// What is wrong with the clock, and what to do; nil when nothing is.
    var problem: String? { state.withLock { $0.doubt }.map(text) }

    /// Whether what has expired may be deleted now.
    func mayForget() -> Bool {
        look()
        return state.withLock { $0.doubt == nil }
    }

    /// To be called now and then.
    func look() {
        let (wall, steady) = Self.now()
        let (isChanged, doubt) = state.withLock { ($0.look(wall: wall, steady: steady), $0.doubt) }
        guard isChanged else { return }
        if let doubt {
            logger.warning("\(text(doubt))")
        } else {
            logger.notice("the clock is believed again")
        }
    }

    /// Writes down what the clock says, for the next start.
    func note() async {
        guard let seen = state.withLock({ $0.seen }) else { return }
        var batch = StoreBatch()
        batch.put(.meta, key: Self.key, value: withUnsafeBytes(of: seen.littleEndian, Array.init))
        // What the disk refuses is told elsewhere, and the next turn writes it.
        try? await ledger.submit(Changes(rows: batch))
    }

    private func text(_ doubt: ClockGuard.Doubt) -> String {
        let seconds = Int(clamping: doubt.aheadSeconds.magnitude)
        let distance = seconds >= 172_800 ? "\(seconds / 86_400) days" : "\(seconds / 60) minutes"
        return
            "the clock is \(distance) \(doubt.aheadSeconds < 0 ? "behind" : "ahead of") what was expected; nothing that has expired is deleted "
            + "for \(holdHours) hours: set the clock, or if it is right, wait or set clock_hold_hours to 0"
    }

    private static func seconds(_ bytes: [UInt8]) -> Int64? {
        guard bytes.count == 8 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The steady one counts while the machine sleeps, too.
    private static func now() -> (wall: Int64, steady: Int64) {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return (Clock.system.now().microseconds / 1_000_000, Int64(time.tv_sec))
    }
}
