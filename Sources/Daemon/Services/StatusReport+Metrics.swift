internal import Ruleset
internal import Access
internal import Engine
internal import GRPC
internal import Model
internal import Synchronization
internal import Telemetry

extension StatusReport {
    /// The text of /metrics.
    func metrics() async -> String {
        var text = PrometheusText()
        let status = await status()
        text.gauge(
            "bespoke_ready", help: "Whether the daemon can serve: 1 or 0.", value: status.isReady ? 1 : 0)
        text.gauge(
            "bespoke_info", help: "Version of the daemon and revision of the rule set served; always 1.",
            samples: [.init(1, labels: [("version", status.version), ("revision", status.revision)])])
        text.gauge(
            "bespoke_start_time_seconds", help: "When the daemon started, in seconds since 1970.",
            value: Double(startedAt.microseconds) / 1_000_000)
        text.gauge(
            "bespoke_resident_memory_bytes", help: "Memory that the daemon holds, in bytes.",
            value: Double(status.residentBytes))
        text.gauge(
            "bespoke_profiles", help: "Profiles held.",
            samples: [
                .init(Double(status.visitors), labels: [("kind", "visitor")]),
                .init(Double(status.accounts), labels: [("kind", "account")]),
            ])
        let expired = await profiles.expired
        text.counter(
            "bespoke_profiles_expired_total",
            help: "Profiles removed because they were not written for visitor_ttl_days or account_ttl_days.",
            samples: [
                .init(Double(expired.visitors), labels: [("kind", "visitor")]),
                .init(Double(expired.accounts), labels: [("kind", "account")]),
            ])
        text.counter(
            "bespoke_rule_pushes_total", help: "Rule sets pushed, by what became of them.",
            samples: [
                .init(Double(await rules.acceptedPushes), labels: [("result", "accepted")]),
                .init(Double(await rules.refusedPushes), labels: [("result", "refused")]),
            ])
        text.gauge(
            "bespoke_backup_time_seconds",
            help: "When the newest backup was taken, in seconds since 1970; 0: none yet.",
            value: Double(backups.newest()?.microseconds ?? 0) / 1_000_000)
        text.gauge(
            "bespoke_open_connections", help: "Open gRPC connections.", value: Double(status.openConnections))
        text.gauge(
            "bespoke_open_calls", help: "Calls under way.", value: Double(servers.reduce(0) { $0 + $1.openStreams }))
        text.counter(
            "bespoke_protocol_errors_total", help: "Connections closed for breaking HTTP/2.",
            value: UInt64(servers.reduce(0) { $0 + $1.protocolErrors }))
        text.counter(
            "bespoke_refused_connections_total", help: "Connections closed because there were too many.",
            value: UInt64(servers.reduce(0) { $0 + $1.refusedConnections }))
        Self.writeLimits(servers, to: &text)
        text.counter(
            "bespoke_access_refused_total", help: "Calls refused before they began, for who asked.",
            samples: access.refusals.counts.map {
                .init(
                    Double($0.count),
                    labels: [("method", $0.key.method), ("role", $0.key.role), ("reason", $0.key.reason)])
            })
        if !status.goals.isEmpty { Self.write(status.goals, to: &text) }
        if outbox.isOn { writeSink(to: &text) }
        await writeReasons(to: &text)
        text.calls(await latency(), prefix: "bespoke_rpc")
        return text.text
    }

    /// How often limits of the wire were met; docs/limits.md names them.
    private static func writeLimits(_ servers: [GRPCServer], to text: inout PrometheusText) {
        func sum(_ value: (GRPCServer) -> Int) -> UInt64 { UInt64(servers.reduce(0) { $0 + value($1) }) }
        text.counter(
            "bespoke_ended_connections_total", help: "Connections that the daemon ended, by the limit that was met.",
            samples: ConnectionEnd.allCases.map { reason in
                let count = sum { $0.endedConnections.first { $0.reason == reason }?.count ?? 0 }
                return .init(Double(count), labels: [("limit", reason.name)])
            })
        text.counter(
            "bespoke_refused_calls_total", help: "Calls refused because too much lay waiting for their peer.",
            value: sum(\.refusedCalls))
        text.counter(
            "bespoke_shed_calls_total",
            help: "Calls that were not begun under load: their deadline had passed, or too much waited before them.",
            samples: Shed.allCases.map { reason in
                let count = sum { $0.shedCalls.first { $0.reason == reason }?.count ?? 0 }
                return .init(Double(count), labels: [("reason", reason.name)])
            })
        text.counter(
            "bespoke_turns_total",
            help: "Times that a connection had more to do than its share and let others go first.",
            value: sum(\.turns))
        text.counter(
            "bespoke_accept_errors_total",
            help: "Times that no connection could be accepted, for want of descriptors or memory.",
            value: sum(\.acceptErrors))
    }

    private static func write(_ goals: [GoalProgress], to text: inout PrometheusText) {
        func samples(_ value: (GoalProgress) -> UInt64) -> [PrometheusText.Sample] {
            goals.map {
                .init(Double(value($0)), labels: [("campaign", $0.campaign), ("measure", $0.measure.rawValue)])
            }
        }
        text.gauge("bespoke_goal", help: "What a campaign is to deliver in all.", samples: samples(\.count))
        text.gauge("bespoke_goal_due", help: "What it is to have delivered by now.", samples: samples(\.due))
        text.gauge("bespoke_goal_delivered", help: "What it has delivered.", samples: samples(\.delivered))
    }

    private func writeSink(to text: inout PrometheusText) {
        let figures = outbox.figures
        text.gauge(
            "bespoke_sink_waiting_records", help: "Records that wait for the sink.", value: Double(figures.records))
        text.gauge(
            "bespoke_sink_waiting_bytes", help: "Their size; at sink_spool_bytes_max further ones are dropped.",
            value: Double(figures.bytes))
        text.counter("bespoke_sink_delivered_total", help: "Records that the sink took.", value: figures.delivered)
        text.counter(
            "bespoke_sink_dropped_total", help: "Records that the sink will never get, because the spool was full.",
            value: figures.dropped)
        text.counter(
            "bespoke_sink_failures_total", help: "Deliveries that the sink did not take; they are repeated.",
            value: figures.failures)
    }

    private func writeReasons(to text: inout PrometheusText) async {
        let counts = await loops.onEach { $0.reasonCounts }
        text.counter(
            "bespoke_placements_decided_total", help: "Placements decided, by reason; every fallback shows here.",
            samples: DecisionReason.allCases.map { reason in
                let total = counts.reduce(UInt64(0)) { $0 + $1[Int(reason.rawValue)] }
                return .init(Double(total), labels: [("reason", reason.name)])
            })
    }
}
