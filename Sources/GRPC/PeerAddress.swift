internal import NIOCore
internal import Synchronization

/// The connections from one address.
final class PeerAddress: Sendable {
    private static let windowNanoseconds: UInt64 = 1_000_000_000

    let waiting: WaitingBytes
    /// Changed under the lock of the server that has it.
    let connections = Atomic<Int>(0)
    /// What its connections may work in a second, on all loops together; 0 for as much as they like.
    private let workNanosecondsMax: UInt64
    private let windowBegan = Atomic<UInt64>(0)
    private let work = Atomic<UInt64>(0)

    init(limits: ServerLimits) {
        waiting = WaitingBytes(bytesMax: limits.addressBytesMax)
        workNanosecondsMax = UInt64(limits.addressWorkPercentMax) * (Self.windowNanoseconds / 100)
    }

    /// Notes what one of its connections has worked.
    func worked(since start: UInt64) {
        guard workNanosecondsMax > 0 else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        if now &- windowBegan.load(ordering: .relaxed) > Self.windowNanoseconds {
            windowBegan.store(now, ordering: .relaxed)
            // What was too much stays to be paid for: half of it, so that it ends some time.
            work.store(hasWorkedTooMuch ? workNanosecondsMax / 2 : 0, ordering: .relaxed)
        }
        work.wrappingAdd(now &- start, ordering: .relaxed)
    }

    /// Whether its calls are to be refused for now.
    var hasWorkedTooMuch: Bool {
        workNanosecondsMax > 0 && work.load(ordering: .relaxed) > workNanosecondsMax
    }
}
