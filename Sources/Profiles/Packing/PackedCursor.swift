/// Reads bytes that this process has written and checked: rows. Nothing is checked here.
struct PackedCursor {
    private(set) var next: UnsafePointer<UInt8>

    init(_ start: UnsafePointer<UInt8>) {
        next = start
    }

    @inline(__always)
    mutating func byte() -> UInt8 {
        let value = next.pointee
        next += 1
        return value
    }

    @inline(__always)
    mutating func varint() -> UInt64 {
        let first = next.pointee
        next += 1
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while true {
            let byte = next.pointee
            next += 1
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }

    @inline(__always)
    mutating func fixed() -> UInt64 {
        let value = UnsafeRawPointer(next).loadUnaligned(as: UInt64.self)
        next += 8
        return UInt64(littleEndian: value)
    }

    @inline(__always)
    mutating func skip(_ count: Int) {
        next += count
    }
}

/// Signed numbers as unsigned ones of about the same size: 0, −1, 1, −2, … become 0, 1, 2, 3, …
enum ZigZag {
    @inline(__always)
    static func encode(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
    }

    @inline(__always)
    static func decode(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}
