internal import Synchronization

/// Figures of a server that any thread may read.
final class ServerCounters: Sendable {
    let openConnections = Atomic<Int>(0)
    let openStreams = Atomic<Int>(0)
    let protocolErrors = Atomic<Int>(0)
    let refusedConnections = Atomic<Int>(0)
}
