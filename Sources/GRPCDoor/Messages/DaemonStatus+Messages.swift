internal import Engine
internal import Messages
internal import Model
internal import Telemetry

extension GetStatusResponse {
    init(_ status: DaemonStatus) {
        self.init(
            version: status.version, ready: status.isReady, notReadyBecause: status.notReadyBecause,
            revision: status.revision, pushedAt: status.pushedAt, startedAt: status.startedAt,
            visitors: status.visitors, accounts: status.accounts, eventLoops: UInt32(status.eventLoops),
            residentBytes: status.residentBytes, openConnections: UInt64(status.openConnections),
            campaigns: UInt32(status.campaigns), placements: UInt32(status.placements),
            segments: UInt32(status.segments), icps: UInt32(status.icps),
            goals: status.goals.map(GoalProgressMessage.init), warnings: status.warnings)
    }
}

extension GetStatsResponse {
    init(_ latency: LatencySnapshot) {
        self.init(
            methods: latency.methods.filter { $0.count > 0 }.map { method in
                MethodStats(
                    method: method.name, count: method.count, errors: method.errors,
                    p50Microseconds: Double(method.p50), p90Microseconds: Double(method.p90),
                    p99Microseconds: Double(method.p99), p999Microseconds: Double(method.p999),
                    maxMicroseconds: Double(method.maximum))
            })
    }
}
