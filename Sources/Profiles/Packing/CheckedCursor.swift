internal import CXXHash

/// Reads bytes from disk, which may be damaged: every step is checked.
struct CheckedCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var offset = 0
    private let subject: StaticString

    /// - Parameters:
    ///   - bytes: Content followed by its XXH64, as `PackedWriter.checksum` writes it.
    ///   - subject: What is being read, for messages.
    /// - Throws: `ProfileError.corrupt` when the checksum differs.
    init(checksummed bytes: UnsafeRawBufferPointer, of subject: StaticString) throws(ProfileError) {
        guard bytes.count > 8, let base = bytes.baseAddress else { throw .corrupt("\(subject) is cut short") }
        let count = bytes.count - 8
        let stored = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: count, as: UInt64.self))
        guard stored == XXH64(base, count, 0) else { throw .corrupt("the checksum of \(subject) differs") }
        self.bytes = UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: count)
        self.subject = subject
    }

    var isAtEnd: Bool { offset == bytes.count }

    /// Where the next byte stands; only as many bytes may be read there as a later `offset` proves.
    var position: UnsafePointer<UInt8>? { bytes.baseAddress.map { $0 + offset } }

    @inline(never)
    func damaged(_ what: StaticString) -> ProfileError {
        .corrupt("\(subject) holds \(what) at byte \(offset)")
    }

    @inline(__always)
    mutating func byte() throws(ProfileError) -> UInt8 {
        guard offset < bytes.count else { throw damaged("an early end") }
        offset += 1
        return bytes[offset - 1]
    }

    @inline(__always)
    mutating func varint() throws(ProfileError) -> UInt64 {
        guard offset < bytes.count else { return try longVarint() }
        let first = bytes[offset]
        if first < 0x80 {
            offset += 1
            return UInt64(first)
        }
        if offset + 1 < bytes.count, bytes[offset + 1] < 0x80 {
            offset += 2
            return UInt64(first & 0x7F) | UInt64(bytes[offset - 1]) << 7
        }
        return try longVarint()
    }

    @inline(never)
    private mutating func longVarint() throws(ProfileError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw damaged("a number beyond 64 bits") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// Skips a varint of at most eight bytes, without a branch for each of them.
    ///
    /// - Returns: Its bytes, the first the lowest; nil, with nothing skipped, when it is longer or cut short.
    @inline(__always)
    mutating func shortVarint() -> (bytes: UInt64, count: Int)? {
        guard let base = bytes.baseAddress else { return nil }
        // Behind the content is the checksum: eight bytes can be read from anywhere in it.
        let word = UInt64(littleEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self))
        let count = (~word & 0x8080_8080_8080_8080).trailingZeroBitCount / 8 + 1
        guard count <= 8, count <= bytes.count - offset else { return nil }
        offset += count
        return (word, count)
    }

    /// The eight bytes of a number, the lowest first.
    mutating func fixed() throws(ProfileError) -> UInt64 {
        let start = offset
        try skip(8)
        let slice = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start..<offset]))
        return UInt64(littleEndian: slice.loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    mutating func skip(_ count: UInt64) throws(ProfileError) {
        guard count <= bytes.count - offset else { throw damaged("an early end") }
        offset += Int(count)
    }

    /// A length and that many bytes.
    mutating func counted() throws(ProfileError) -> UnsafeBufferPointer<UInt8> {
        let count = try varint()
        let start = offset
        try skip(count)
        return UnsafeBufferPointer(rebasing: bytes[start..<offset])
    }
}
