/// Whether bytes are well-formed UTF-8.
package enum UTF8Check {
    /// - Returns: Whether the bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
    /// - Complexity: O(count); ASCII eight bytes at a time.
    ///
    /// Source: The Unicode Standard 15.0, table 3-7, "Well-Formed UTF-8 Byte Sequences".
    package static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let count = bytes.count
        var index = 0
        while index < count {
            if index + 8 <= count,
                UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
                continue
            }
            let length = sequenceLength(base + index, remaining: count - index)
            if length == 0 { return false }
            index += length
        }
        return true
    }

    /// - Returns: Bytes of the well-formed sequence that starts here; 0 when there is none.
    @inline(__always)
    private static func sequenceLength(_ start: UnsafePointer<UInt8>, remaining: Int) -> Int {
        let first = start[0]
        if first < 0x80 { return 1 }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0
        }
        guard length <= remaining, second.contains(start[1]) else { return 0 }
        for offset in 2..<max(length, 2) where start[offset] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
