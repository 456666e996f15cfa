internal import Engine
internal import GRPC
internal import Logging

/// What is worth a line in the log when it begins, and again after a minute if it goes on: figures alone wake nobody.
package enum Alarm: Int, Sendable, CaseIterable {
    case descriptors, connections, load, memory, alpn

    /// What has happened, and what to do.
    func text(_ connectionsMax: Int) -> String {
        switch self {
        case .descriptors:
            "connections cannot be accepted, for want of file descriptors or memory; raise LimitNOFILE, or lower connections_max"
        case .connections:
            "connections are refused: there are \(connectionsMax) (connections_max), or too many from one address"
        case .load: "calls are not begun: more is asked than can be answered (bespoke_shed_calls_total)"
        case .alpn:
            "clients that do not offer h2 with ALPN are sent away: ports with TLS speak gRPC over HTTP/2 (bespoke_ended_connections_total)"
        case .memory: "imports and writes are refused: memory is short (memory_bytes_max)"
        }
    }
}

/// Which alarms are to be told, as a value that is told what was counted.
package struct Alarms {
    private static let repeatSeconds = 60

    private var counts: [Alarm: Int] = [:]
    private var toldAt: [Alarm: Int] = [:]
    private var untold: [Alarm: Int] = [:]

    package init() {}

    /// - Parameter seconds: A time that only grows.
    /// - Returns: What to tell now, and how often it has happened since it was told last.
    package mutating func heed(_ now: [Alarm: Int], at seconds: Int) -> [(alarm: Alarm, count: Int)] {
        var told: [(Alarm, Int)] = []
        for alarm in Alarm.allCases {
            untold[alarm, default: 0] += now[alarm, default: 0] - counts[alarm, default: 0]
            counts[alarm] = now[alarm, default: 0]
            guard let count = untold[alarm], count > 0 else { continue }
            if let last = toldAt[alarm], seconds - last < Self.repeatSeconds { continue }
            toldAt[alarm] = seconds
            untold[alarm] = 0
            told.append((alarm, count))
        }
        return told
    }
}

/// Looks at the servers once a second: tells the log what goes wrong, and the service manager that the loops are alive.
struct Watchman: Sendable {
    private static let trimSeconds = 10

    let report: StatusReport
    let memory: MemoryGuard
    let clock: ClockWatch
    let manager: ServiceManager
    let connectionsMax: Int
    let logger: Logger

    func run() async {
        var alarms = Alarms()
        var heap = HeapTrim()
        var seconds = 0
        while !Task.isCancelled {
            clock.look()
            let servers = report.servers
            let counts: [Alarm: Int] = [
                .descriptors: servers.reduce(0) { $0 + $1.acceptErrors },
                .connections: servers.reduce(0) { $0 + $1.refusedConnections },
                .load: servers.reduce(0) { $0 + $1.shedCalls.reduce(0) { $0 + $1.count } },
                .memory: memory.refusals,
                .alpn: servers.reduce(0) {
                    $0 + ($1.endedConnections.first { $0.reason == .protocolName }?.count ?? 0)
                },
            ]
            for (alarm, count) in alarms.heed(counts, at: seconds) {
                logger.warning("\(alarm.text(connectionsMax))", metadata: ["times": "\(count)"])
            }
            // Every loop has answered: a loop that hangs lets the watchdog bite.
            if manager.watchdogMicroseconds != nil {
                _ = await report.loops.onEach { _ in true }
                manager.alive()
            }
            if seconds % Self.trimSeconds == 0 { heap.run() }
            seconds += 1
            // Ends early only when the daemon does.
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
