internal import Model

/// Writes one field's content into the arena: escaped for the field, cut at its length.
struct ContentWriter {
    private let arena: UnsafeMutablePointer<ByteArena>
    private let escaping: ContentRow.Escaping
    /// Grapheme clusters that the field still takes.
    private var room: Int
    private var start: UnsafeMutablePointer<UInt8>?
    private var count = 0
    private var capacity = 0

    private static let firstCapacity = 256
    /// The longest that one byte becomes: `&quot;`.
    private static let escapedByteCountMax = 6

    init(_ arena: UnsafeMutablePointer<ByteArena>, escaping: ContentRow.Escaping, maximumLength: Int) {
        self.arena = arena
        self.escaping = escaping
        room = maximumLength
    }

    /// What has been written; bytes that were reserved for more go back.
    mutating func finish() -> BorrowedText {
        if let start { arena.pointee.giveBack(capacity - count, endingAt: start + capacity) }
        capacity = count
        return BorrowedText(start: UnsafePointer(start), count: count)
    }

    /// Writes text of the rule set as it stands.
    mutating func write(literal text: BorrowedText) {
        let fitting = text.prefix(graphemes: room)
        room -= fitting.graphemeCount
        append(fitting.text, escaping: .none)
    }

    mutating func write(byte: UInt8) {
        if makeRoom(1) { append(byte) }
    }

    /// Writes a value, escaped for the field.
    ///
    /// - Parameter maximumLength: The most grapheme clusters of it that are shown.
    mutating func write(value text: BorrowedText, letterCase: PieceRow.LetterCase, maximumLength: Int) {
        let limit = min(room, maximumLength)
        let cased = letterCase == .asIs ? text : text.cased(letterCase, arena) ?? text
        write(cased.prefix(graphemes: limit))
    }

    private mutating func write(_ fitting: (text: BorrowedText, graphemeCount: Int)) {
        room -= fitting.graphemeCount
        append(fitting.text, escaping: escaping)
    }

    private mutating func append(_ text: BorrowedText, escaping: ContentRow.Escaping) {
        guard makeRoom(escaping == .none ? text.count : text.count * ContentWriter.escapedByteCountMax) else { return }
        switch escaping {
        case .none: for byte in text.bytes { append(byte) }
        case .html: for byte in text.bytes { appendHTML(byte) }
        case .url: for byte in text.bytes { appendURL(byte) }
        }
    }

    private mutating func append(_ byte: UInt8) {
        start?[count] = byte
        count += 1
    }

    private mutating func append(_ text: StaticString) {
        for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) { append(byte) }
    }

    private mutating func appendHTML(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "&"): append("&amp;")
        case UInt8(ascii: "<"): append("&lt;")
        case UInt8(ascii: ">"): append("&gt;")
        case UInt8(ascii: "\""): append("&quot;")
        case UInt8(ascii: "'"): append("&#39;")
        default: append(byte)
        }
    }

    /// Source: RFC 3986, section 2.3, for what needs no encoding.
    private mutating func appendURL(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            append(byte)
        default:
            append(UInt8(ascii: "%"))
            append(ContentWriter.hexadecimalDigit(byte >> 4))
            append(ContentWriter.hexadecimalDigit(byte & 15))
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    /// - Returns: false when the decision has used up its share of memory.
    private mutating func makeRoom(_ byteCount: Int) -> Bool {
        guard capacity - count < byteCount else { return true }
        let wanted = max(ContentWriter.firstCapacity, (count + byteCount) * 2)
        guard let target = arena.pointee.reserve(wanted) else { return false }
        if let start { target.update(from: start, count: count) }
        start = target
        capacity = wanted
        return true
    }
}

extension BorrowedText {
    /// The longest prefix of at most `limit` grapheme clusters, and how many it has.
    ///
    /// - Complexity: O(n) in bytes; without allocation.
    func prefix(graphemes limit: Int) -> (text: BorrowedText, graphemeCount: Int) {
        guard limit < Int.max else { return (self, 0) }
        if bytes.allSatisfy({ $0 < 0x80 && $0 != 0x0D }) {
            let count = min(limit, count)
            return (BorrowedText(start: start, count: count), count)
        }
        var recognizer = Unicode._CharacterRecognizer()
        var graphemeCount = 0
        var end = 0
        while end < count {
            let (scalar, byteCount) = scalar(at: end)
            if recognizer.hasBreak(before: scalar) || end == 0 {
                if graphemeCount == limit { break }
                graphemeCount += 1
            }
            end += byteCount
        }
        return (BorrowedText(start: start, count: end), graphemeCount)
    }

    /// - Precondition: The text is UTF-8 and a scalar begins at `offset`.
    func scalar(at offset: Int) -> (scalar: Unicode.Scalar, byteCount: Int) {
        let bytes = bytes
        let lead = bytes[offset]
        let byteCount = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard offset + byteCount <= count else { return ("\u{FFFD}", count - offset) }
        if byteCount == 1 { return (Unicode.Scalar(lead), 1) }
        var value = UInt32(lead) & (0x7F >> UInt32(byteCount))
        for index in 1..<byteCount { value = value << 6 | UInt32(bytes[offset + index] & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", byteCount)
    }
}
