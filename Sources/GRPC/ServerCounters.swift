internal import Synchronization

/// Figures of a server that any thread may read.
final class ServerCounters: Sendable {
    let openConnections = Atomic<Int>(0)
    let openStreams = Atomic<Int>(0)
    let protocolErrors = Atomic<Int>(0)
    let refusedConnections = Atomic<Int>(0)
    let live = LiveObjects()
}

/// How many objects of connections and calls are in memory: what is left when all have ended is a leak.
final class LiveObjects: Sendable {
    private let total = Atomic<Int>(0)

    var count: Int { total.load(ordering: .relaxed) }

    func add(_ difference: Int) { total.wrappingAdd(difference, ordering: .relaxed) }
}
