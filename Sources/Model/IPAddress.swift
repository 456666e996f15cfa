/// An IP address, those of version 4 as `::ffff:a.b.c.d`.
package struct IPAddress: BitwiseCopyable, Sendable, Hashable, Comparable {
    /// The highest byte first.
    package let bits: UInt128

    /// What stands before an address of version 4.
    package static let version4Prefix: UInt128 = 0xffff << 32
    /// The longest text of an address, in bytes.
    package static let textBytesMax = 45

    /// An address by its number.
    package init(bits: UInt128) {
        self.bits = bits
    }

    /// Whether one comes before the other.
    package static func < (left: IPAddress, right: IPAddress) -> Bool { left.bits < right.bits }

    /// Reads `192.0.2.7`, `2001:db8::1` or `::ffff:192.0.2.7`; nil for all else, leading zeros and zones included.
    ///
    /// Source: RFC 4291, section 2.2.
    package init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard (2...Self.textBytesMax).contains(text.count) else { return nil }
        if text.contains(UInt8(ascii: ":")) {
            guard let bits = Self.version6(text) else { return nil }
            self.bits = bits
        } else {
            guard let bits = Self.version4(text[...]) else { return nil }
            self.bits = Self.version4Prefix | UInt128(bits)
        }
    }

    /// Writes the address in its one form: `192.0.2.7` for version 4, else groups without leading zeros, in lower case, the first of
    /// the longest rows of zeros as `::`.
    ///
    /// - Parameter target: Has room for `textBytesMax` bytes.
    /// - Returns: How many bytes were written.
    ///
    /// Source: RFC 5952, section 4.
    package func write(to target: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 0
        func put(_ byte: UInt8) {
            target[count] = byte
            count += 1
        }
        func put(_ number: UInt32, radix: UInt32) {
            if number >= radix { put(number / radix, radix: radix) }
            let digit = UInt8(number % radix)
            put(digit < 10 ? 0x30 + digit : 0x61 - 10 + digit)
        }
        if isVersion4 {
            for shift in [UInt128(24), 16, 8, 0] {
                if shift < 24 { put(UInt8(ascii: ".")) }
                put(UInt32(truncatingIfNeeded: bits >> shift) & 0xff, radix: 10)
            }
            return count
        }
        let gap = longestRowOfZeros
        var index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                put(UInt8(ascii: ":"))
                put(UInt8(ascii: ":"))
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap.upperBound || gap.isEmpty { put(UInt8(ascii: ":")) }
            put(group(index), radix: 16)
            index += 1
        }
        return count
    }

    /// The address in its one form.
    package var text: String {
        String(unsafeUninitializedCapacity: Self.textBytesMax) { buffer in buffer.baseAddress.map(write(to:)) ?? 0 }
    }

    /// Whether it is of version 4.
    package var isVersion4: Bool { bits >> 32 == 0xffff }

    private func group(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: bits >> UInt128(112 - 16 * index)) & 0xffff
    }

    /// Of two groups or more.
    private var longestRowOfZeros: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || group(index) != 0 {
            if index - start > max(longest.count, 1) { longest = start..<index }
            start = index + 1
        }
        return longest
    }

    private static func version4(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32? {
        var bits: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var points = 0
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, points < 3 else { return nil }
                bits = bits << 8 | part
                (part, digits, points) = (0, 0, points + 1)
                continue
            }
            guard (0x30...0x39).contains(byte), digits == 0 || part > 0 else { return nil }
            part = part * 10 + UInt32(byte - 0x30)
            digits += 1
            guard part <= 255 else { return nil }
        }
        guard points == 3, digits > 0 else { return nil }
        return bits << 8 | part
    }

    private static func version6(_ text: UnsafeBufferPointer<UInt8>) -> UInt128? {
        var bits: UInt128 = 0
        var groups = 0
        var gap: Int?
        var index = text.startIndex
        let colon = UInt8(ascii: ":")
        if text[0] == colon {
            guard text[1] == colon else { return nil }
            (gap, index) = (0, 2)
        }
        while index < text.endIndex {
            guard groups < 8 else { return nil }
            let end = text[index...].firstIndex(of: colon) ?? text.endIndex
            if end == text.endIndex, text[index...].contains(UInt8(ascii: ".")) {
                guard groups <= 6, let last = version4(text[index...]) else { return nil }
                bits = bits << 32 | UInt128(last)
                (groups, index) = (groups + 2, end)
                break
            }
            guard let group = hexadecimal(text[index..<end]) else { return nil }
            bits = bits << 16 | UInt128(group)
            groups += 1
            index = end
            guard index < text.endIndex else { break }
            index += 1
            // A colon at the very end belongs to a gap, or is too much.
            guard index < text.endIndex else { return nil }
            if text[index] == colon {
                guard gap == nil else { return nil }
                (gap, index) = (groups, index + 1)
            }
        }
        guard let gap else { return groups == 8 ? bits : nil }
        guard groups < 8 else { return nil }
        let low = UInt128(groups - gap) * 16
        let mask = low == 0 ? 0 : (UInt128(1) << low) - 1
        return groups == gap
            ? (groups == 0 ? 0 : bits << (UInt128(8 - groups) * 16))
            : (bits & ~mask) << (UInt128(8 - groups) * 16) | bits & mask
    }

    private static func hexadecimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var value: UInt16 = 0
        for byte in digits {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt16(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt16((byte | 0x20) - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
