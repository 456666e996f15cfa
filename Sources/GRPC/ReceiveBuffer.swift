internal import NIOCore

/// Where the connections of one event loop read into, one after the other: what a connection has read is worked on before the next one
/// reads, so that ten thousand idle ones hold no memory for it.
///
/// Touched on its loop only.
final class ReceiveBuffer {
    static let bytes = 64 * 1024

    @exclusivity(unchecked) private var buffer = ByteBuffer()

    /// - Returns: Room for `bytes`; new memory where what was read before is still held.
    fileprivate func take() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &buffer)
        taken.clear(minimumCapacity: Self.bytes)
        return taken
    }

    /// Takes back what `take` has given, when all of it has been worked on, or copied.
    func give(_ used: ByteBuffer) {
        guard used.storageCapacity >= Self.bytes else { return }
        buffer = used
    }
}

/// Lets a channel of SwiftNIO read into its loop's buffer. To be used with one message for each read: then the channel keeps but the
/// first buffer that it was given, which is small.
struct LoopReceiveAllocator: RecvByteBufferAllocator {
    private static let firstBytes = 512

    private let shared: NIOLoopBound<ReceiveBuffer>
    private var hasRead = false

    init(_ shared: NIOLoopBound<ReceiveBuffer>) { self.shared = shared }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        hasRead ? shared.value.take() : allocator.buffer(capacity: Self.firstBytes)
    }

    /// - Returns: True, so that the channel asks for a buffer each time.
    mutating func record(actualReadBytes: Int) -> Bool {
        hasRead = true
        return true
    }

    /// No size: the channel shall not keep buffers for itself.
    func nextBufferSize() -> Int? { nil }
}
