internal import Access
internal import Engine
internal import GRPC
internal import Model
internal import Synchronization
internal import Telemetry

#if canImport(Glibc)
    internal import Glibc
#endif

/// The servers whose figures are reported: known once they are made, which needs the report.
final class ServerRegistry: Sendable {
    let servers = Mutex<[GRPCServer]>([])
}

/// What operators see: the figures of GetStatus, GetStats and /metrics, gathered when asked for.
struct StatusReport: Sendable {
    let rules: RuleStore
    let profiles: ProfileStore
    let backups: BackupKeeper
    let outbox: Outbox
    let loops: LoopRegistry
    let readiness: Readiness
    let registry: ServerRegistry
    let startedAt: Timestamp
    let access: AccessControl
    let online: OnlineCheck

    var servers: [GRPCServer] { registry.servers.withLock { $0 } }

    func status() async -> DaemonStatus {
        var status = DaemonStatus(
            version: Daemon.version, isReady: await readiness.isReady, notReadyBecause: await readiness.reason,
            startedAt: startedAt, eventLoops: loops.count, residentBytes: Self.residentBytes(),
            openConnections: servers.reduce(0) { $0 + $1.openConnections }, warnings: await allWarnings())
        if let active = await rules.active { status.add(active, at: Clock.system.now()) }
        (status.visitors, status.accounts) = await profiles.counts
        return status
    }

    private func allWarnings() async -> [String] {
        online.configuration.warnings + (await rules.folderWarning.map { [$0] } ?? [])
    }

    /// What the daemon stands on. Reads files.
    func findings() async -> [(isProblem: Bool, text: String)] {
        online.run(obstacles: await readiness.reason, notes: await allWarnings()).map { ($0.isProblem, $0.text) }
    }

    func latency() async -> LatencySnapshot {
        let snapshots = await loops.onEach { $0.latency.snapshot() }
        return snapshots.reduce(into: LatencySnapshot()) { $0.merge($1) }
    }

    /// Resident memory in bytes; 0 when the system does not say. Source: proc(5), /proc/self/statm, second field.
    static func residentBytes() -> UInt64 {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
