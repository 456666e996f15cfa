/// Follows the heads of the frames that a client sends, and finds those on streams that nghttp2 has forgotten: it would pass
/// them over in silence. Pure: bytes in, verdicts out.
///
/// It judges by what the client itself did, whose order it knows: a frame for a stream that this side has closed may have
/// crossed that news on its way, and is fine. nghttp2 could keep closed streams for this, but as many as may be open for each
/// connection, at a third of a kilobyte each.
struct ClientFrames {
    /// What is wrong with a frame.
    enum Offence: Equatable {
        /// The client had reset the stream: a stream error. Source: RFC 9113, section 5.1.
        case afterReset(stream: Int32)
        /// The client had ended the stream: a connection error of type STREAM_CLOSED. Source: RFC 9113, section 5.1.
        case afterEnd
        /// The client had passed over the number of this new stream: a connection error of type PROTOCOL_ERROR. Source: RFC 9113,
        /// section 5.1.1.
        case unusedStream
    }

    private enum FrameType {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let resetStream: UInt8 = 3
    }

    private static let prefaceBytes = 24
    private static let headBytes = 9
    private static let endStream: UInt8 = 1
    /// So many of the streams that ended last are known; frames on earlier ones are passed over. A power of two.
    private static let finishedMax = 128
    private static let skippedMax = 8

    /// Bytes until the next head.
    private var rest = prefaceBytes
    /// A head that comes in pieces.
    private var partial: [UInt8] = []
    private var highest: UInt32 = 0
    /// Streams that the client ended or reset, each at the place that its number gives: twice the number, one more after a reset.
    private var finished: [UInt32] = []
    /// Numbers that were passed over, the newest last.
    private var skipped: [ClosedRange<UInt32>] = []

    /// Reads on to the next head that is wrong.
    ///
    /// - Parameter offset: In: where to begin. Out: behind that head, or the end of the bytes.
    /// - Returns: nil at the end of the bytes.
    mutating func next(in bytes: UnsafeRawBufferPointer, from offset: inout Int) -> Offence? {
        while true {
            let passed = min(rest, bytes.count - offset)
            rest -= passed
            offset += passed
            guard offset < bytes.count else { return nil }
            var offence: Offence?
            if partial.isEmpty, bytes.count - offset >= Self.headBytes {
                offence = judge(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Self.headBytes]))
                offset += Self.headBytes
            } else {
                let count = min(Self.headBytes - partial.count, bytes.count - offset)
                partial += bytes[offset..<offset + count]
                offset += count
                guard partial.count == Self.headBytes else { return nil }
                let head = partial
                partial.removeAll(keepingCapacity: true)
                offence = head.withUnsafeBytes { judge($0) }
            }
            if let offence { return offence }
        }
    }

    private mutating func judge(_ head: UnsafeRawBufferPointer) -> Offence? {
        let start = UInt32(bigEndian: head.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
        let stream = UInt32(bigEndian: head.loadUnaligned(fromByteOffset: 5, as: UInt32.self)) & 0x7fff_ffff
        rest = Int(start >> 8)
        let type = UInt8(truncatingIfNeeded: start)
        switch type {
        case FrameType.headers where stream > highest:
            open(stream)
        case FrameType.headers, FrameType.data:
            if let offence = offence(on: stream, isHeaders: type == FrameType.headers) { return offence }
        case FrameType.resetStream:
            if stream <= highest { finish(stream, isReset: true) }
            return nil
        default:
            return nil
        }
        if head[4] & Self.endStream != 0 { finish(stream, isReset: false) }
        return nil
    }

    private mutating func open(_ stream: UInt32) {
        // Numbers of this side's streams, which are even, never come up.
        if stream > highest + 2 {
            if skipped.count == Self.skippedMax { skipped.removeFirst() }
            skipped.append(highest + 1...stream - 1)
        }
        highest = stream
    }

    private mutating func finish(_ stream: UInt32, isReset: Bool) {
        if finished.isEmpty { finished = [UInt32](repeating: 0, count: Self.finishedMax) }
        finished[Self.place(of: stream)] = stream << 1 | (isReset ? 1 : 0)
    }

    private mutating func offence(on stream: UInt32, isHeaders: Bool) -> Offence? {
        if !finished.isEmpty {
            let known = finished[Self.place(of: stream)]
            if known >> 1 == stream, stream != 0 {
                guard known & 1 == 1 else { return .afterEnd }
                // Said once: whoever goes on is not answered frame by frame.
                finished[Self.place(of: stream)] = 0
                return .afterReset(stream: Int32(stream))
            }
        }
        return isHeaders && skipped.contains { $0.contains(stream) } ? .unusedStream : nil
    }

    private static func place(of stream: UInt32) -> Int { Int(stream >> 1) & (finishedMax - 1) }
}
