/// An IP address, those of version 4 as `::ffff:a.b.c.d`.
package struct IPAddress: BitwiseCopyable, Sendable, Hashable, Comparable {
    /// The highest byte first.
    package let bits: UInt128

    static let version4Prefix: UInt128 = 0xffff << 32
    private static let textBytesMax = 45

    init(bits: UInt128) {
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

/// A range of addresses that begin alike.
package struct IPNetwork: Sendable, Hashable {
    /// Why a text is none.
    package enum Fault: Error, Equatable, Sendable {
        case notANetwork
        /// The address has bits behind the prefix.
        case bitsBehindPrefix
    }

    package let first: IPAddress
    /// Of 128; for version 4, 96 more than written.
    package let prefixLength: Int

    /// A network as it was; nil when it cannot have been one.
    package init?(bits: UInt128, prefixLength: Int) {
        guard (0...128).contains(prefixLength),
            prefixLength == 128 || bits & (UInt128.max >> UInt128(prefixLength)) == 0
        else { return nil }
        first = IPAddress(bits: bits)
        self.prefixLength = prefixLength
    }

    /// The last address.
    package var last: IPAddress {
        IPAddress(bits: prefixLength == 128 ? first.bits : first.bits | UInt128.max >> UInt128(prefixLength))
    }

    /// Reads CIDR notation such as `192.0.2.0/24` or `2001:db8::/32`, or a single address.
    ///
    /// Source: RFC 4632, section 3.1.
    package init(_ text: UnsafeBufferPointer<UInt8>) throws(Fault) {
        let slash = text.firstIndex(of: UInt8(ascii: "/")) ?? text.endIndex
        let head = UnsafeBufferPointer(rebasing: text[..<slash])
        guard let address = IPAddress(head) else { throw .notANetwork }
        let width = head.contains(UInt8(ascii: ":")) ? 128 : 32
        var length = width
        if slash < text.endIndex {
            let digits = text[(slash + 1)...]
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.count == 1 || digits.first != UInt8(ascii: "0")
            else { throw .notANetwork }
            length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard length <= width else { throw .notANetwork }
        }
        prefixLength = length + 128 - width
        first = address
        guard prefixLength == 128 || address.bits & (UInt128.max >> UInt128(prefixLength)) == 0 else {
            throw .bitsBehindPrefix
        }
    }

    /// The same for a String.
    package init(_ text: String) throws(Fault) {
        var text = text
        var fault = Fault.notANetwork
        let network = text.withUTF8 { bytes -> IPNetwork? in
            do throws(Fault) {
                return try IPNetwork(bytes)
            } catch {
                fault = error
                return nil
            }
        }
        guard let network else { throw fault }
        self = network
    }
}
