package import NIOCore

/// A message that waits to be taken.
package struct QueuedMessage: Sendable, Equatable {
    /// Counted for each message beside its bytes: an empty one, too, takes its place in a queue.
    private static let overheadBytes = 256

    /// As it came: expanded only when it is taken, so that what waits is bounded by the credit that its bytes have used.
    package let bytes: ByteBuffer
    /// Whether it is to be expanded.
    package let isCompressed: Bool

    /// Takes a message as it was cut.
    package init(bytes: ByteBuffer, isCompressed: Bool) {
        // A message is part of the buffer that it came in, and would keep all of it.
        let keepsMuch = bytes.storageCapacity > 2 * bytes.readableBytes + Self.overheadBytes
        self.bytes = keepsMuch ? ByteBuffer(bytes: bytes.readableBytesView) : bytes
        self.isCompressed = isCompressed
    }

    /// What it holds while it waits.
    package var cost: Int { MessageReader.prefixBytes + bytes.readableBytes + Self.overheadBytes }

    /// - Throws: RESOURCE_EXHAUSTED or INTERNAL.
    func expanded(bytesMax: Int) throws(Status) -> ByteBuffer {
        guard isCompressed else { return bytes }
        do throws(Gzip.Failure) {
            return try Gzip.expand(bytes, bytesMax: bytesMax)
        } catch {
            throw Self.status(error, bytesMax: bytesMax)
        }
    }

    static func status(_ failure: Gzip.Failure, bytesMax: Int) -> Status {
        switch failure {
        case .tooLong:
            Status(.resourceExhausted, "the message expands to more than the limit of \(bytesMax) bytes")
        case .malformed: Status(.internalError, "the compressed message is not valid gzip")
        }
    }
}

/// Cuts a stream of bytes into gRPC's length-prefixed messages. Pure: bytes in, actions out.
///
/// Source: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message".
package struct MessageReader {
    /// What came of the bytes so far.
    package enum OnBytes: Equatable {
        /// More bytes are needed.
        case needMore
        /// A whole message, without its prefix.
        case message(ByteBuffer, isCompressed: Bool)
        /// The length on the prefix is over the limit; nothing of the message was kept.
        case tooLong(byteCount: Int)
        /// The first byte of the prefix is neither 0 nor 1.
        case badFlag(UInt8)
    }

    package static let prefixBytes = 5
    /// Memory that is kept for further messages.
    private static let keptBytesMax = 256 * 1024

    private let messageBytesMax: Int
    private var buffer = ByteBuffer()

    package init(messageBytesMax: Int) {
        self.messageBytesMax = messageBytesMax
    }

    /// Whether part of a message has come.
    package var isAmidMessage: Bool { buffer.readableBytes > 0 }

    /// What has come and not been taken.
    package var bufferedBytes: Int { buffer.readableBytes }

    /// Takes bytes as they came; any split is fine.
    package mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        buffer.writeBytes(bytes)
    }

    /// To be called until it says `.needMore` or an error.
    package mutating func next() -> OnBytes {
        guard let flag: UInt8 = buffer.getInteger(at: buffer.readerIndex),
            let length: UInt32 = buffer.getInteger(at: buffer.readerIndex + 1)
        else { return .needMore }
        guard flag <= 1 else { return .badFlag(flag) }
        guard length <= messageBytesMax else { return .tooLong(byteCount: Int(length)) }
        guard buffer.readableBytes >= Self.prefixBytes + Int(length) else { return .needMore }
        buffer.moveReaderIndex(forwardBy: Self.prefixBytes)
        guard let message = buffer.readSlice(length: Int(length)) else {
            preconditionFailure("the bytes of the message were counted")
        }
        if buffer.readableBytes == 0 {
            reset()
        } else if buffer.readerIndex > Self.keptBytesMax {
            buffer.discardReadBytes()
        }
        return .message(message, isCompressed: flag == 1)
    }

    /// Forgets what has come so far.
    package mutating func reset() {
        // Mostly a message came in one piece and nothing was ever kept.
        guard buffer.writerIndex > 0 else { return }
        if buffer.capacity > Self.keptBytesMax { buffer = ByteBuffer() } else { buffer.clear() }
    }

    /// When `bytes` hold exactly one message and nothing is pending: that message in place, without copying.
    package func wholeMessage(in bytes: UnsafeRawBufferPointer) -> (
        message: UnsafeRawBufferPointer, isCompressed: Bool
    )? {
        guard buffer.readableBytes == 0, bytes.count >= Self.prefixBytes, bytes[0] <= 1 else { return nil }
        let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
        guard length <= messageBytesMax, bytes.count == Self.prefixBytes + length else { return nil }
        return (UnsafeRawBufferPointer(rebasing: bytes[Self.prefixBytes...]), bytes[0] == 1)
    }
}
