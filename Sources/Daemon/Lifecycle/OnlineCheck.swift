internal import Engine
internal import Ledger

/// What a daemon finds when it looks at what it stands on: `bespokectl doctor`.
struct OnlineCheck: Sendable {
    let configuration: Configuration
    let ledger: Ledger
    let outbox: Outbox
    let memory: MemoryGuard
    let clock: ClockWatch

    /// Everything that was looked at, in order.
    func run(obstacles: String, notes: [String]) -> [Finding] {
        clock.look()
        var findings: [Finding] = []
        findings.append(obstacles.isEmpty ? .fine("ready") : .problem("not ready: \(obstacles)"))
        if ledger.failure == nil { findings.append(.fine("journal: takes writes")) }
        findings += Finding.room(configuration.dataDirectory)
        if let limit = Descriptors.limit, let open = Descriptors.open {
            findings.append(
                Self.share(
                    "file descriptors", UInt64(open), UInt64(limit), "",
                    "raise LimitNOFILE, or lower connections_max"))
        }
        findings.append(
            Self.share(
                "memory", memory.usedBytes >> 20, memory.bytesMax >> 20, " MB",
                "give the daemon more, or keep fewer profiles; imports and writes are refused at the limit"))
        findings.append(clock.problem.map { .problem("clock: \($0)") } ?? .fine("clock: goes as expected"))
        findings += Finding.certificate(configuration, now: Int(Clock.system.seconds()))
        if configuration.sink != nil { findings.append(Self.sink(outbox.figures, configuration.sinkSpoolBytesMax)) }
        return findings + notes.map { .fine("note: \($0)") }
    }

    /// - Returns: A problem from nine tenths on.
    static func share(_ name: String, _ used: UInt64, _ limit: UInt64, _ unit: String, _ advice: String) -> Finding {
        let text = "\(name): \(used) of \(limit)\(unit) are in use"
        return used >= limit / 10 * 9 ? .problem("\(text); \(advice)") : .fine(text)
    }

    /// How far the sink is behind.
    static func sink(_ figures: Outbox.Figures, _ bytesMax: Int) -> Finding {
        let text = "sink: \(figures.records) records wait (\(figures.bytes >> 10) KB)"
        if figures.dropped > 0 {
            return .problem(
                "\(text), and \(figures.dropped) were dropped since the start; make the sink faster, or raise sink_spool_bytes_max"
            )
        }
        if figures.records > 0, figures.failures > 0 {
            return .problem(
                "\(text), and \(figures.failures) attempts have failed since the start; the log says with what")
        }
        return figures.bytes > UInt64(bytesMax / 2)
            ? .problem("\(text), more than half of sink_spool_bytes_max; make the sink faster") : .fine(text)
    }
}
