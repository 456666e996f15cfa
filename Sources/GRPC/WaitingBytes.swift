internal import Synchronization

/// What lies waiting for peers, counted by many connections: of a server, or of one address.
final class WaitingBytes: Sendable {
    private let total = Atomic<Int>(0)
    let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isFull: Bool { total.load(ordering: .relaxed) > bytesMax }

    func add(_ difference: Int) { total.wrappingAdd(difference, ordering: .relaxed) }
}
