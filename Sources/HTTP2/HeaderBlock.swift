/// A header block that comes in several frames, put together before nghttp2 sees it: nghttp2 takes no more than a few CONTINUATION
/// frames, and ends the connection for one string above 64 kilobytes. Pure: bytes in, frames out.
///
/// What comes is counted with the heads of its frames, so that blocks in small pieces are bounded too, and empty frames.
struct HeaderBlock {
    /// What came of the bytes.
    enum OnBytes: Equatable {
        case needMore
        /// `frames` has the whole block.
        case complete
        /// More than the limit: the connection cannot go on, for the state of HPACK is lost with the block.
        case tooLong
        /// Something else comes amid the block, or a frame is malformed: `frames` has what there is, and nghttp2 will say what is wrong.
        case broken
    }

    /// What a peer may put into one frame, as long as this side does not say otherwise. Source: RFC 9113, section 6.5.2.
    static let frameBytesMax = 16_384
    private static let priorityBytes = 5

    private let bytesMax: Int
    private let first: FrameHead
    /// The head that comes, or came last.
    private(set) var next = SplitHead()
    /// What has come of the block, behind the first frame's fields of priority.
    private var fragment: [UInt8] = []
    private var priority: [UInt8] = []
    /// Of the frame that is under way.
    private var rest: Int
    private var isLast = false
    private var isFirst = true
    private var isMalformed = false
    private var received = FrameHead.byteCount

    /// - Parameters:
    ///   - first: The head of the HEADERS frame.
    ///   - bytesMax: Of what comes, heads included.
    init(_ first: FrameHead, bytesMax: Int) {
        self.first = first
        self.bytesMax = bytesMax
        rest = first.length
        isMalformed = first.length > Self.frameBytesMax
    }

    /// - Parameter offset: In: where to begin. Out: behind what belongs to the block, or to the head that does not.
    mutating func take(_ bytes: UnsafeRawBufferPointer, from offset: inout Int) -> OnBytes {
        if isMalformed { return .broken }
        while true {
            let count = min(rest, bytes.count - offset)
            fragment += bytes[offset..<offset + count]
            offset += count
            rest -= count
            received += count
            guard received <= bytesMax else { return .tooLong }
            guard rest == 0 else { return .needMore }
            if isFirst {
                isFirst = false
                guard strip() else {
                    isMalformed = true
                    return .broken
                }
            }
            if isLast { return .complete }
            guard offset < bytes.count, next.take(bytes, from: &offset) else { return .needMore }
            let head = next.head
            guard head.type == FrameHead.continuation, head.stream == first.stream, head.length <= Self.frameBytesMax
            else { return .broken }
            received += FrameHead.byteCount
            rest = head.length
            isLast = head.flags & FrameHead.endHeaders != 0
        }
    }

    /// What `frames` leaves out: the head of the frame that does not belong to the block.
    var stranger: FrameHead? { isLast || isMalformed || !next.isWhole ? nil : next.head }

    /// Takes padding and priority off the first frame. Source: RFC 9113, section 6.2.
    ///
    /// - Returns: Whether it has room for them.
    private mutating func strip() -> Bool {
        var start = 0
        var end = fragment.count
        if first.flags & FrameHead.padded != 0 {
            guard let padding = fragment.first else { return false }
            start = 1
            end -= Int(padding)
        }
        let priorityEnd = start + (first.flags & FrameHead.priority != 0 ? Self.priorityBytes : 0)
        guard priorityEnd <= end else { return false }
        priority = Array(fragment[start..<priorityEnd])
        fragment = Array(fragment[priorityEnd..<end])
        return true
    }

    /// The block in as few frames as may be, with no string that nghttp2 would not take.
    ///
    /// - Returns: The bytes of the frames; the last one ends the block if all of it is there.
    var frames: [UInt8] {
        // As it came: nghttp2 finds what is wrong with it.
        if isMalformed { return first.bytes + fragment }
        let block = isLast ? HeaderStrings.shortened(fragment) ?? fragment : fragment
        var result: [UInt8] = []
        result.reserveCapacity(block.count + 256)
        var start = 0
        repeat {
            let isHead = start == 0
            let room = Self.frameBytesMax - (isHead ? priority.count : 0)
            let end = min(start + room, block.count)
            var flags = isLast && end == block.count ? FrameHead.endHeaders : 0
            if isHead { flags |= first.flags & (FrameHead.endStream | FrameHead.priority) }
            let type = isHead ? FrameHead.headers : FrameHead.continuation
            let length = end - start + (isHead ? priority.count : 0)
            result += FrameHead(length: length, type: type, flags: flags, stream: first.stream).bytes
            if isHead { result += priority }
            result += block[start..<end]
            start = end
        } while start < block.count
        return result
    }
}

/// The strings of a header block, without knowing what they mean. Source: RFC 7541, sections 5 and 6.
enum HeaderStrings {
    /// nghttp2's own limit, which its callers cannot change: NGHTTP2_HD_MAX_NV in its lib/nghttp2_hd.h.
    static let bytesMax = 65_536
    /// What stands for a longer one: characters that any name, and any value or path, may have.
    private static let fillers = [UInt8(ascii: "x"), UInt8(ascii: "/")]

    /// Puts a string of `bytesMax` bytes in the place of each longer one. Either way such a field empties the dynamic table, which holds
    /// 4,096 bytes, so that both sides still agree on it; and the request is refused, for its fields are beyond every limit.
    ///
    /// - Returns: nil when there is none, or when the block is malformed.
    static func shortened(_ block: [UInt8]) -> [UInt8]? {
        guard block.count > bytesMax else { return nil }
        var result: [UInt8] = []
        var kept = 0
        var index = 0
        while index < block.count {
            let byte = block[index]
            // Indexed fields and changes of the table's size have no strings; the others have a name unless they point to one.
            let prefixBits = byte & 0x80 != 0 ? 7 : byte & 0x40 != 0 ? 6 : byte & 0x20 != 0 ? 5 : 4
            guard let number = integer(block, &index, prefixBits: prefixBits) else { return nil }
            guard byte & 0x80 == 0, byte & 0xe0 != 0x20 else { continue }
            for filler in Self.fillers.suffix(number == 0 ? 2 : 1) {
                let start = index
                guard index < block.count, let length = integer(block, &index, prefixBits: 7),
                    length <= block.count - index
                else { return nil }
                index += length
                guard length > bytesMax else { continue }
                result += block[kept..<start]
                // 65,536 = 127 + 65,409, in groups of seven bits.
                result += [0x7f, 0x81, 0xff, 0x03]
                result += repeatElement(filler, count: bytesMax)
                kept = index
            }
        }
        guard kept > 0 else { return nil }
        return result + block[kept...]
    }

    private static func integer(_ block: [UInt8], _ index: inout Int, prefixBits: Int) -> Int? {
        let mask = (1 << prefixBits) - 1
        var value = Int(block[index]) & mask
        index += 1
        guard value == mask else { return value }
        for shift in stride(from: 0, through: 28, by: 7) {
            guard index < block.count else { return nil }
            let byte = Int(block[index])
            index += 1
            value += (byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
