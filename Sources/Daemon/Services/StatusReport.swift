internal import Access
internal import Engine
internal import GRPC
internal import GRPCDoor
internal import Messages
internal import Model
internal import Ruleset
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
    let warnings: [String]

    var servers: [GRPCServer] { registry.servers.withLock { $0 } }

    func status() async -> GetStatusResponse {
        let active = await rules.active
        let counts = await profiles.counts
        return GetStatusResponse(
            version: Daemon.version, ready: await readiness.isReady, notReadyBecause: await readiness.reason,
            revision: active?.record.revision ?? "", pushedAt: active?.record.pushedAt, startedAt: startedAt,
            visitors: counts.visitors, accounts: counts.accounts, eventLoops: UInt32(loops.count),
            residentBytes: Self.residentBytes(), openConnections: UInt64(servers.reduce(0) { $0 + $1.openConnections }),
            campaigns: UInt32(active?.ruleSet.campaigns.count ?? 0),
            placements: UInt32(active?.ruleSet.placements.count ?? 0),
            segments: UInt32(active?.ruleSet.segments.count ?? 0), icps: UInt32(active?.ruleSet.icps.count ?? 0),
            goals: active?.goals(at: Clock.now()).map(GoalProgressMessage.init) ?? [],
            warnings: warnings + (await rules.folderWarning.map { [$0] } ?? []))
    }

    func stats() async -> GetStatsResponse {
        GetStatsResponse(
            methods: await latency().methods.filter { $0.count > 0 }.map { method in
                MethodStats(
                    method: method.name, count: method.count, errors: method.errors,
                    p50Microseconds: Double(method.p50), p90Microseconds: Double(method.p90),
                    p99Microseconds: Double(method.p99), p999Microseconds: Double(method.p999),
                    maxMicroseconds: Double(method.maximum))
            })
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
