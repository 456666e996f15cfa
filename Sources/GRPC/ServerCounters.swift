internal import Synchronization

/// Figures of a server that any thread may read.
final class ServerCounters: Sendable {
    let openConnections = Atomic<Int>(0)
    let openStreams = Atomic<Int>(0)
    let protocolErrors = Atomic<Int>(0)
    let refusedConnections = Atomic<Int>(0)
    /// Times that a connection let others go first.
    let turns = Atomic<Int>(0)
    /// Calls refused because too much lay waiting.
    let refusedCalls = Atomic<Int>(0)
    /// Times that no connection could be accepted, for want of descriptors or memory.
    let acceptErrors = Atomic<Int>(0)
    /// Connections that this side ended, by the number of the reason.
    let ends = Mutex([Int](repeating: 0, count: ConnectionEnd.allCases.count))
    let shed = ShedCounters()
    let waiting: WaitingBytes
    let live = LiveObjects()

    /// This side ends a connection.
    func ended(_ reason: ConnectionEnd) { ends.withLock { $0[reason.rawValue] += 1 } }

    init(limits: ServerLimits) { waiting = WaitingBytes(bytesMax: limits.bytesMax) }
}

/// Calls that were not begun.
final class ShedCounters: Sendable {
    private let late = Atomic<Int>(0)
    private let address = Atomic<Int>(0)
    private let queue = Atomic<Int>(0)

    subscript(_ reason: Shed) -> Atomic<Int> {
        _read {
            switch reason {
            case .late: yield late
            case .address: yield address
            case .queue: yield queue
            }
        }
    }
}

/// How many objects of connections and calls are in memory: what is left when all have ended is a leak.
final class LiveObjects: Sendable {
    private let total = Atomic<Int>(0)

    var count: Int { total.load(ordering: .relaxed) }

    func add(_ difference: Int) { total.wrappingAdd(difference, ordering: .relaxed) }
}
