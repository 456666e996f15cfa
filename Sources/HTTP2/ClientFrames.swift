/// Follows the heads of the frames that a client sends: finds those on streams that nghttp2 has forgotten, which it would pass over
/// in silence, and header blocks in several frames. Pure: bytes in, verdicts out.
///
/// It judges by what the client itself did, whose order it knows: a frame for a stream that this side has closed may have
/// crossed that news on its way, and is fine. nghttp2 could keep closed streams for this, but as many as may be open for each
/// connection, at a third of a kilobyte each.
///
/// Every frame of every request comes by: a payload is stepped over at once, and what is remembered lies in memory of its own, which
/// costs neither a check of bounds nor of owners.
struct ClientFrames: ~Copyable {
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

    /// A head that somebody must look at.
    struct Found: Equatable {
        var head: FrameHead
        var offence: Offence?
        /// A HEADERS frame that does not end its block.
        var beginsBlock: Bool
        /// It came in pieces, which `split` holds together; they were held back.
        var wasSplit: Bool
    }

    private static let prefaceBytes = 24
    /// So many of the streams that ended last are known; frames on earlier ones are passed over. A power of two.
    private static let finishedMax = 128
    private static let skippedMax = 8

    /// Bytes until the next head.
    private var rest = prefaceBytes
    private var highest: UInt32 = 0
    /// The head that came last in pieces, or what has come of it.
    private(set) var split = SplitHead()
    /// Streams that the client ended or reset, each at the place that its number gives: twice the number, one more after a reset.
    private var finished: UnsafeMutablePointer<UInt32>?
    /// Numbers that were passed over, the newest last.
    private var skipped: [ClosedRange<UInt32>] = []

    deinit { finished?.deallocate() }

    /// Frames so far, and those among them that bring neither a request nor a part of one.
    private(set) var count: UInt64 = 0
    private(set) var idleCount = 0

    /// Whether a frame has begun and not ended.
    var isAmidFrame: Bool { rest > 0 || split.isBegun }

    /// Bytes at the end of what came last that are held back: they are the beginning of a head.
    var heldBytes: Int { split.isWhole ? 0 : split.count }

    /// Goes on behind a head that somebody else has read.
    mutating func pass(_ head: FrameHead) { rest = head.length }

    /// Reads on to the next head that somebody must look at.
    ///
    /// - Parameter offset: In: where to begin. Out: behind that head, or the end of the bytes.
    /// - Returns: nil at the end of the bytes.
    mutating func next(in bytes: UnsafeRawBufferPointer, from offset: inout Int) -> Found? {
        while true {
            let left = bytes.count - offset
            guard rest < left else {
                rest -= left
                offset = bytes.count
                return nil
            }
            offset += rest
            rest = 0
            let head: FrameHead
            let wasSplit = split.isBegun || bytes.count - offset < FrameHead.byteCount
            if wasSplit {
                guard split.take(bytes, from: &offset) else { return nil }
                head = split.head
            } else {
                head = FrameHead(bytes, at: offset)
                offset += FrameHead.byteCount
            }
            rest = head.length
            let offence = judge(head)
            let beginsBlock = head.type == FrameHead.headers && head.flags & FrameHead.endHeaders == 0
            if offence != nil || beginsBlock || wasSplit {
                return Found(head: head, offence: offence, beginsBlock: beginsBlock, wasSplit: wasSplit)
            }
        }
    }

    private mutating func judge(_ head: FrameHead) -> Offence? {
        let stream = head.stream
        count &+= 1
        switch head.type {
        case FrameHead.headers where stream > highest:
            // Numbers of this side's streams, which are even, never come up.
            if stream > highest + 2 { skip(highest + 1...stream - 1) }
            highest = stream
        case FrameHead.headers, FrameHead.data:
            // Nobody who means well pads, or sends nothing.
            if head.type == FrameHead.data, head.flags & FrameHead.padded != 0 || (head.length == 0 && head.flags == 0)
            {
                idleCount &+= 1
            }
            if let offence = offence(on: stream, isHeaders: head.type == FrameHead.headers) { return offence }
        case FrameHead.resetStream:
            idleCount &+= 1
            if stream <= highest { finish(stream, isReset: true) }
            return nil
        default:
            idleCount &+= 1
            return nil
        }
        if head.flags & FrameHead.endStream != 0 { finish(stream, isReset: false) }
        return nil
    }

    private mutating func skip(_ numbers: ClosedRange<UInt32>) {
        if skipped.count == Self.skippedMax { skipped.removeFirst() }
        skipped.append(numbers)
    }

    private mutating func finish(_ stream: UInt32, isReset: Bool) {
        let known: UnsafeMutablePointer<UInt32>
        if let finished {
            known = finished
        } else {
            known = .allocate(capacity: Self.finishedMax)
            known.initialize(repeating: 0, count: Self.finishedMax)
            finished = known
        }
        known[Self.place(of: stream)] = stream << 1 | (isReset ? 1 : 0)
    }

    private mutating func offence(on stream: UInt32, isHeaders: Bool) -> Offence? {
        if let finished {
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
