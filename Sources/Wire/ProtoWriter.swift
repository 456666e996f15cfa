internal import Model

/// Writes one protobuf message from its end to its beginning, so that the length of what is nested is known when it is needed:
/// fields are given from the highest number to the lowest, elements from the last to the first, and come out in order.
///
/// Only for the answer to Decide, see docs/decisions/0006, and for the rows of imports (benchmarks/bench_import.py). Everything
/// else goes through protobuf-c.
/// Source: protobuf.dev/programming-guides/encoding.
struct ProtoWriter {
    private static let firstBytes = 4 * 1024
    /// The most that a tag or a length takes.
    private static let varintBytesMax = 10
    private static let varint: UInt32 = 0
    private static let fixed64: UInt32 = 1
    private static let delimited: UInt32 = 2

    private let arena: Arena
    /// What is written stands from `cursor` to `end`.
    private var start: UnsafeMutablePointer<UInt8>
    private var cursor: UnsafeMutablePointer<UInt8>
    private var end: UnsafeMutablePointer<UInt8>

    /// - Throws: `.overBudget`.
    init(_ arena: Arena) throws(WireError) {
        self.arena = arena
        guard let room = arena.allocate(byteCount: Self.firstBytes) else { throw Self.overBudget(arena) }
        start = room.assumingMemoryBound(to: UInt8.self)
        end = start + Self.firstBytes
        cursor = end
    }

    /// The message; valid until the arena's next reset.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: cursor, count: byteCount) }

    var byteCount: Int { end - cursor }

    /// Nothing is written for an empty text.
    @inline(__always)
    mutating func text(_ number: UInt32, _ text: BorrowedText) throws(WireError) {
        if text.count > 0 { try element(number, text) }
    }

    /// One element of a repeated field, which may be empty.
    @inline(__always)
    mutating func element(_ number: UInt32, _ text: BorrowedText) throws(WireError) {
        try makeRoom(text.count + 2 * Self.varintBytesMax)
        if let source = text.start, text.count > 0 {
            cursor -= text.count
            Self.copy(from: UnsafeRawPointer(source), to: UnsafeMutableRawPointer(cursor), byteCount: text.count)
        }
        put(UInt64(text.count))
        put(tag: number, Self.delimited)
    }

    /// Most texts are short: up to 16 bytes are copied here, without a call, the middle twice.
    @inline(__always)
    private static func copy(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, byteCount: Int) {
        switch byteCount {
        case 8...16:
            let last = source.loadUnaligned(fromByteOffset: byteCount - 8, as: UInt64.self)
            target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
            target.storeBytes(of: last, toByteOffset: byteCount - 8, as: UInt64.self)
        case 4..<8:
            let last = source.loadUnaligned(fromByteOffset: byteCount - 4, as: UInt32.self)
            target.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
            target.storeBytes(of: last, toByteOffset: byteCount - 4, as: UInt32.self)
        default:
            target.copyMemory(from: source, byteCount: byteCount)
        }
    }

    /// All elements of a repeated field.
    mutating func texts(_ number: UInt32, _ texts: UnsafeBufferPointer<BorrowedText>) throws(WireError) {
        var index = texts.count
        while index > 0 {
            index -= 1
            try element(number, texts[index])
        }
    }

    /// Nothing is written for 0.
    mutating func number(_ number: UInt32, _ value: UInt64) throws(WireError) {
        if value != 0 { try member(number, value) }
    }

    /// Nothing is written for 0, but something for -0.
    mutating func double(_ number: UInt32, _ value: Double) throws(WireError) {
        if value.bitPattern != 0 { try member(number, value) }
    }

    /// A member of a oneof, which is written whatever its value.
    @inline(__always)
    mutating func member(_ number: UInt32, _ value: UInt64) throws(WireError) {
        try makeRoom(2 * Self.varintBytesMax)
        put(value)
        put(tag: number, Self.varint)
    }

    /// The same for a double.
    @inline(__always)
    mutating func member(_ number: UInt32, _ value: Double) throws(WireError) {
        try makeRoom(MemoryLayout<UInt64>.size + Self.varintBytesMax)
        cursor -= MemoryLayout<UInt64>.size
        UnsafeMutableRawPointer(cursor).storeBytes(of: value.bitPattern.littleEndian, as: UInt64.self)
        put(tag: number, Self.fixed64)
    }

    /// Ends a nested message, that is writes its head.
    ///
    /// - Parameter byteCount: What `byteCount` was before its fields were written.
    @inline(__always)
    mutating func message(_ number: UInt32, since byteCount: Int) throws(WireError) {
        try makeRoom(2 * Self.varintBytesMax)
        put(UInt64(self.byteCount - byteCount))
        put(tag: number, Self.delimited)
    }

    @inline(__always)
    private mutating func put(tag number: UInt32, _ wireType: UInt32) {
        put(UInt64(number << 3 | wireType))
    }

    /// - Precondition: There is room.
    @inline(__always)
    private mutating func put(_ value: UInt64) {
        guard value >= 0x80 else {
            cursor -= 1
            cursor.pointee = UInt8(truncatingIfNeeded: value)
            return
        }
        let byteCount = (64 - value.leadingZeroBitCount + 6) / 7
        cursor -= byteCount
        var rest = value
        for index in 0..<byteCount - 1 {
            cursor[index] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
        }
        cursor[byteCount - 1] = UInt8(truncatingIfNeeded: rest)
    }

    @inline(__always)
    private mutating func makeRoom(_ byteCount: Int) throws(WireError) {
        if cursor - start < byteCount { try grow(byteCount) }
    }

    private mutating func grow(_ byteCount: Int) throws(WireError) {
        let written = self.byteCount
        let capacity = 2 * (end - start) + byteCount
        guard let room = arena.allocate(byteCount: capacity) else { throw Self.overBudget(arena) }
        start = room.assumingMemoryBound(to: UInt8.self)
        let newEnd = start + capacity
        (newEnd - written).update(from: cursor, count: written)
        end = newEnd
        cursor = newEnd - written
    }

    private static func overBudget(_ arena: Arena) -> WireError {
        .overBudget(message: "the message to send", budgetBytes: arena.budgetBytes)
    }
}
