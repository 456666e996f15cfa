/// The nine bytes before every frame. Source: RFC 9113, section 4.1.
struct FrameHead: Equatable {
    static let byteCount = 9
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let resetStream: UInt8 = 3
    static let settings: UInt8 = 4
    static let continuation: UInt8 = 9
    static let endStream: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
    static let priority: UInt8 = 0x20

    var length: Int
    var type: UInt8
    var flags: UInt8
    var stream: UInt32

    init(length: Int, type: UInt8, flags: UInt8, stream: UInt32) {
        self.length = length
        self.type = type
        self.flags = flags
        self.stream = stream
    }

    /// - Precondition: Nine bytes are there.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        let start = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        length = Int(start >> 8)
        type = UInt8(truncatingIfNeeded: start)
        flags = bytes[offset + 4]
        stream = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 5, as: UInt32.self)) & 0x7fff_ffff
    }

    /// Whether these bytes begin with SETTINGS that are no acknowledgement.
    static func isSettings(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= byteCount && bytes[3] == settings && bytes[4] & 1 == 0
    }

    var bytes: [UInt8] {
        [
            UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
            UInt8(truncatingIfNeeded: length),
        ]
            + [type, flags] + (0..<4).map { UInt8(truncatingIfNeeded: stream >> (24 - 8 * UInt32($0))) }
    }
}

/// A head that comes in pieces.
struct SplitHead {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }
    /// Whether a part of it has come.
    var isBegun: Bool { !bytes.isEmpty && !isWhole }
    var isWhole: Bool { bytes.count == FrameHead.byteCount }
    /// - Precondition: It is whole.
    var head: FrameHead { bytes.withUnsafeBytes { FrameHead($0, at: 0) } }

    /// Takes what there is of it; a whole one is forgotten for the next.
    ///
    /// - Returns: Whether it is whole.
    mutating func take(_ input: UnsafeRawBufferPointer, from offset: inout Int) -> Bool {
        if isWhole { bytes.removeAll(keepingCapacity: true) }
        let count = min(FrameHead.byteCount - bytes.count, input.count - offset)
        bytes += input[offset..<offset + count]
        offset += count
        return isWhole
    }
}
