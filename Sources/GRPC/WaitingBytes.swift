internal import Synchronization

/// What lies waiting for peers, counted by many connections: of a server, or of one address.
final class WaitingBytes: Sendable {
    private let total = Atomic<Int>(0)
    let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isFull: Bool { total.load(ordering: .relaxed) > bytesMax }

    func add(_ difference: Int) { total.wrappingAdd(difference, ordering: .relaxed) }
}

/// The connections from one address.
final class PeerAddress: Sendable {
    let waiting: WaitingBytes
    /// Changed under the lock of the server that has it.
    let connections = Atomic<Int>(0)

    init(bytesMax: Int) { waiting = WaitingBytes(bytesMax: bytesMax) }
}
