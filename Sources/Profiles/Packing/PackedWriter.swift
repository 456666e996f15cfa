internal import CXXHash

/// A reusable buffer of fixed size that rows and records are written into.
///
/// Writing beyond the end sets `overflowed` and drops the bytes; the caller checks it once, at the end.
struct PackedWriter: ~Copyable {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0
    private(set) var overflowed = false

    init(capacity: Int) {
        start = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        start.deallocate()
    }

    /// What has been written; valid until the next write.
    var contents: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// Where the bytes from `offset` on stand; they do not move while the writer lives.
    func pointer(at offset: Int) -> UnsafePointer<UInt8> { UnsafePointer(start + offset) }

    mutating func reset() {
        count = 0
        overflowed = false
    }

    @inline(__always)
    mutating func byte(_ value: UInt8) {
        guard hasRoom(1) else { return }
        start[count] = value
        count += 1
    }

    /// Seven bits a byte, the lowest first; the top bit says that more follow. At most ten bytes.
    @inline(__always)
    mutating func varint(_ value: UInt64) {
        guard hasRoom(10) else { return }
        var rest = value
        while rest >= 0x80 {
            start[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            count += 1
        }
        start[count] = UInt8(truncatingIfNeeded: rest)
        count += 1
    }

    mutating func bytes(_ source: UnsafePointer<UInt8>?, count length: Int) {
        guard let source, length > 0, hasRoom(length) else { return }
        (start + count).update(from: source, count: length)
        count += length
    }

    /// As `varint` for a value below 2^14, without a branch that depends on it.
    @inline(__always)
    mutating func shortVarint(_ value: UInt64) {
        guard value < 1 << 14, hasRoom(10) else { return varint(value) }
        let hasMore: UInt64 = value >= 0x80 ? 1 : 0
        let word = UInt16(truncatingIfNeeded: value & 0x7F | hasMore << 7 | (value >> 7) << 8)
        UnsafeMutableRawPointer(start + count).storeBytes(of: word.littleEndian, as: UInt16.self)
        count += 1 + Int(hasMore)
    }

    /// As `bytes`, for a few bytes mostly.
    ///
    /// - Precondition: Eight bytes can be read at `source`, however few are meant.
    @inline(__always)
    mutating func short(_ source: UnsafePointer<UInt8>, count length: Int) {
        guard length <= 8, capacity - count >= 8 else { return bytes(source, count: length) }
        let word = UnsafeRawPointer(source).loadUnaligned(as: UInt64.self)
        UnsafeMutableRawPointer(start + count).storeBytes(of: word, as: UInt64.self)
        count += length
    }

    /// The length, then the bytes.
    mutating func counted(_ source: UnsafeBufferPointer<UInt8>) {
        varint(UInt64(source.count))
        bytes(source.baseAddress, count: source.count)
    }

    /// The eight bytes of a number, the lowest first.
    mutating func fixed(_ value: UInt64) {
        guard hasRoom(8) else { return }
        UnsafeMutableRawPointer(start + count).storeBytes(of: value.littleEndian, as: UInt64.self)
        count += 8
    }

    /// `length` zero bytes, to be filled in by `set`.
    /// - Returns: Where they begin.
    mutating func zeros(_ length: Int) -> Int {
        let offset = count
        guard hasRoom(length) else { return offset }
        (start + count).update(repeating: 0, count: length)
        count += length
        return offset
    }

    /// Sets bits of a byte that has been written.
    mutating func set(_ bits: UInt8, at offset: Int) {
        guard offset < count else { return }
        start[offset] |= bits
    }

    /// XXH64 of all that has been written, which ends a record.
    mutating func checksum() {
        fixed(XXH64(start, count, 0))
    }

    @inline(__always)
    private mutating func hasRoom(_ length: Int) -> Bool {
        if length > capacity - count { overflowed = true }
        return !overflowed
    }
}
