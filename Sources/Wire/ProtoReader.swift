package import Model

/// Reads the fields of one protobuf message where they stand, without copying: for the small messages of which a request
/// holds many, see docs/decisions/0006. Everything else goes through protobuf-c.
///
/// Source: protobuf.dev/programming-guides/encoding.
package struct ProtoReader: BitwiseCopyable {
    /// One field as it stands on the wire.
    package struct Field: BitwiseCopyable {
        package var number: UInt32
        package var wireType: UInt8
        /// Of a varint or a fixed-size field.
        package var bits: UInt64 = 0
        /// Of a length-delimited field.
        package var bytes: BorrowedText = .empty
    }

    /// The bytes are not a protobuf message.
    package struct Malformed: Error {}

    package static let varint: UInt8 = 0
    static let fixed64: UInt8 = 1
    package static let delimited: UInt8 = 2
    static let fixed32: UInt8 = 5
    private static let tagMax: UInt64 = 0xffff_ffff

    private var cursor: UnsafePointer<UInt8>?
    private var left: Int

    /// Where the next field begins.
    var position: UnsafePointer<UInt8>? { cursor }

    /// - Parameter bytes: The message; it lives as long as what is read from it.
    init(_ bytes: BorrowedText) {
        cursor = bytes.start
        left = bytes.count
    }

    /// - Parameter bytes: As above.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.init(BorrowedText(start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count))
    }

    /// - Returns: The next field, known or not; nil at the end.
    /// - Throws: `Malformed` for a field that is cut off, has number 0, or is a group.
    @inline(__always)
    package mutating func next() throws(Malformed) -> Field? {
        guard left > 0 else { return nil }
        let tag = try number()
        guard tag <= Self.tagMax, tag >= 8 else { throw Malformed() }
        var field = Field(number: UInt32(tag >> 3), wireType: UInt8(tag & 7))
        switch field.wireType {
        case Self.varint:
            field.bits = try number()
        case Self.fixed64:
            field.bits = try fixed(UInt64.self)
        case Self.fixed32:
            field.bits = UInt64(try fixed(UInt32.self))
        case Self.delimited:
            let count = try number()
            guard count <= UInt64(left) else { throw Malformed() }
            field.bytes = BorrowedText(start: take(Int(count)), count: Int(count))
        default:
            throw Malformed()
        }
        return field
    }

    @inline(__always)
    private mutating func number() throws(Malformed) -> UInt64 {
        guard let cursor, left > 0 else { throw Malformed() }
        if cursor[0] < 0x80 { return UInt64(take(1)[0]) }
        var value: UInt64 = 0
        for index in 0..<min(left, 10) {
            let byte = cursor[index]
            // Bits beyond the 64th are dropped, as other implementations do.
            value |= UInt64(byte & 0x7f) << UInt64(7 * index)
            if byte < 0x80 {
                _ = take(index + 1)
                return value
            }
        }
        throw Malformed()
    }

    private mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type
    ) throws(Malformed) -> Number {
        guard left >= MemoryLayout<Number>.size else { throw Malformed() }
        let start = UnsafeRawPointer(take(MemoryLayout<Number>.size))
        return Number(littleEndian: start.loadUnaligned(as: Number.self))
    }

    /// - Precondition: So many bytes are left, and at least one ever was.
    @inline(__always)
    private mutating func take(_ count: Int) -> UnsafePointer<UInt8> {
        guard let start = cursor else { preconditionFailure("only bytes that are there are taken") }
        cursor = start + count
        left -= count
        return start
    }
}
