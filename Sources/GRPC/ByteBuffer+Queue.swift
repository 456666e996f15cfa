package import NIOCore

extension ByteBuffer {
    /// Memory of bytes that are gone which may stay.
    private static var spentBytesMax: Int { 256 * 1024 }

    /// Takes bytes from the front of a queue that others append to, and gives back the memory of what was taken although the queue may
    /// never be empty.
    ///
    /// - Returns: How many, at most as many as there is room for.
    package mutating func dequeue(into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = Swift.min(room.count, readableBytes)
        guard count > 0 else { return 0 }
        readWithUnsafeReadableBytes { bytes in
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        // No more is moved than was taken: a byte costs the same however long the queue is.
        if readerIndex > Self.spentBytesMax, readerIndex >= readableBytes { discardReadBytes() }
        return count
    }
}
