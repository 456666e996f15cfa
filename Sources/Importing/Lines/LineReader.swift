internal import Model

/// Cuts text into lines as it arrives, in pieces of any size; of a line that is too long only that is kept.
struct LineReader {
    /// What a line holds.
    enum Content {
        /// Without its end; of any encoding.
        case bytes([UInt8])
        case tooLong
    }

    private let lineBytesMax: Int
    private var transcoder: TextTranscoder?
    private var bytes: [UInt8] = []
    private var isTooLong = false
    private var line = 1
    private var isStart = true

    private static let lineFeed = UInt8(ascii: "\n")

    init(encoding: TextEncoding, lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
        transcoder = encoding == .utf8 ? nil : TextTranscoder(encoding)
    }

    mutating func feed(_ piece: UnsafeBufferPointer<UInt8>, _ body: (Int, Content) -> Void) {
        guard let text = transcoder?.feed(piece) else { return cut(piece, body) }
        text.withUnsafeBufferPointer { cut($0, body) }
    }

    /// Hands over the last line when nothing ends it.
    mutating func finish(_ body: (Int, Content) -> Void) {
        if let rest = transcoder?.finish() { bytes += rest }
        if !bytes.isEmpty || isTooLong { end(body) }
    }

    private mutating func cut(_ piece: UnsafeBufferPointer<UInt8>, _ body: (Int, Content) -> Void) {
        var start = 0
        while start < piece.count {
            let end = piece[start...].firstIndex(of: Self.lineFeed) ?? piece.count
            if !isTooLong, bytes.count + end - start <= lineBytesMax {
                bytes += piece[start..<end]
            } else {
                isTooLong = true
                bytes = []
            }
            guard end < piece.count else { return }
            self.end(body)
            start = end + 1
        }
    }

    private mutating func end(_ body: (Int, Content) -> Void) {
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        if isStart, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        isStart = false
        body(line, isTooLong ? .tooLong : .bytes(bytes))
        line += 1
        isTooLong = false
        bytes.removeAll(keepingCapacity: true)
    }
}
