/// An IPv4 or IPv6 address without zone. An IPv4 address written as IPv6 in hexadecimal, such as `::ffff:c0a8:1`, is the
/// IPv4 address.
///
/// Source: RFC 4291, section 2.2 (reading); RFC 5952, section 4 (writing).
package struct IPAddress: Sendable, Hashable {
    let isVersion4: Bool
    /// The address as a number; of 32 bits for version 4.
    let bits: UInt128

    var bitCount: Int { isVersion4 ? 32 : 128 }

    init(version4 bits: UInt32) {
        isVersion4 = true
        self.bits = UInt128(bits)
    }

    private init(version6 bits: UInt128) {
        isVersion4 = bits >> 32 == 0xffff
        self.bits = isVersion4 ? bits & 0xffff_ffff : bits
    }

    /// The first so many bits of an address, the others zero.
    init(_ address: IPAddress, prefix: Int) {
        isVersion4 = address.isVersion4
        let rest = address.bitCount - prefix
        bits = rest >= 128 ? 0 : (address.bits >> UInt128(rest)) << UInt128(rest)
    }

    /// - Throws: What is wrong with the text.
    package init(parsing text: String) throws(Fault) {
        let bytes = Array(text.utf8.prefix(64))
        guard !bytes.contains(UInt8(ascii: "%")) else {
            throw Fault("an IP address with a zone is not allowed: `\(text.shortened)`")
        }
        guard bytes.contains(UInt8(ascii: ":")) else {
            guard let bits = Self.version4(bytes[...]) else { throw Fault("`\(text.shortened)` is no IP address") }
            self.init(version4: bits)
            return
        }
        guard let (bits, hasDots) = Self.version6(bytes[...]) else {
            throw Fault("`\(text.shortened)` is no IP address")
        }
        guard !hasDots || bits >> 32 != 0xffff else {
            throw Fault("an IPv4 address mapped into IPv6 is not allowed: `\(text.shortened)`")
        }
        self.init(version6: bits)
    }

    private static func version4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard 1...3 ~= part.count, part.count == 1 || part.first != UInt8(ascii: "0"),
                part.allSatisfy(Lexer.isDigit)
            else { return nil }
            let number = part.reduce(0 as UInt32) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
            guard number <= 255 else { return nil }
            bits = bits << 8 | number
        }
        return bits
    }

    private static func version6(_ bytes: ArraySlice<UInt8>) -> (bits: UInt128, hasDots: Bool)? {
        let colon = UInt8(ascii: ":")
        var rest = bytes
        var groups: [UInt16] = []
        var gap: Int?
        var hasDots = false
        if rest.starts(with: [colon, colon]) {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let part = rest.prefix { $0 != colon }
            rest = rest.dropFirst(part.count)
            if part.contains(UInt8(ascii: ".")) {
                guard rest.isEmpty, let last = version4(part) else { return nil }
                groups += [UInt16(last >> 16), UInt16(truncatingIfNeeded: last)]
                hasDots = true
                break
            }
            guard 1...4 ~= part.count, groups.count < 8 else { return nil }
            var group: UInt16 = 0
            for byte in part {
                guard let digit = Lexer.hexadecimalDigit(byte) else { return nil }
                group = group << 4 | UInt16(digit)
            }
            groups.append(group)
            guard !rest.isEmpty else { break }
            rest = rest.dropFirst()
            // A colon at the end must be the second of two.
            guard let next = rest.first else { return nil }
            if next == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return (groups.reduce(0) { $0 << 16 | UInt128($1) }, hasDots)
    }

    /// In the canonical form.
    package var text: String {
        guard !isVersion4 else {
            return stride(from: 24, through: 0, by: -8).map { String(bits >> UInt128($0) & 0xff) }.joined(
                separator: ".")
        }
        let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: bits >> UInt128($0)) }
        // The first of the longest rows of two zeros or more becomes `::`.
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(longest.count, 1) { longest = start..<index }
            start = index + 1
        }
        func joined(_ groups: some Sequence<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return joined(groups) }
        return joined(groups[..<longest.lowerBound]) + "::" + joined(groups[longest.upperBound...])
    }

    var isUnspecified: Bool { bits == 0 }
    var isLoopback: Bool { isVersion4 ? bits >> 24 == 127 : bits == 1 }
    var isMulticast: Bool { isVersion4 ? bits >> 28 == 0xe : bits >> 120 == 0xff }
    var isLinkLocalMulticast: Bool { isVersion4 ? bits >> 8 == 0xe00000 : (bits >> 112) & 0xff0f == 0xff02 }
    var isLinkLocalUnicast: Bool { isVersion4 ? bits >> 16 == 0xa9fe : bits >> 118 == 0x3fa }
    private var isBroadcast: Bool { isVersion4 && bits == 0xffff_ffff }
    var isGlobalUnicast: Bool {
        !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast && !isBroadcast
    }
}

/// An address and how many of its first bits make the network.
package struct IPNetwork: Sendable, Hashable {
    let address: IPAddress
    let prefix: Int

    init(address: IPAddress, prefix: Int) {
        self.address = address
        self.prefix = prefix
    }

    /// - Throws: What is wrong with the text, such as `10.0.0.0/8`.
    package init(parsing text: String) throws(Fault) {
        let bytes = Array(text.utf8.prefix(64))
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            throw Fault("`\(text.shortened)` is no address range, such as `10.0.0.0/8`")
        }
        let address = try IPAddress(parsing: String(decoding: bytes[..<slash], as: UTF8.self))
        guard !address.isVersion4 || !bytes.contains(UInt8(ascii: ":")) else {
            throw Fault("an IPv4 address mapped into IPv6 is not allowed: `\(text.shortened)`")
        }
        let digits = bytes[(slash + 1)...]
        guard 1...3 ~= digits.count, digits.allSatisfy(Lexer.isDigit),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { throw Fault("`\(text.shortened)` does not end with a number of bits") }
        let prefix = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard prefix <= address.bitCount else {
            throw Fault("`\(text.shortened)` names more than \(address.bitCount) bits")
        }
        self.init(address: address, prefix: prefix)
    }

    package var text: String { "\(address.text)/\(prefix)" }

    var masked: IPNetwork { IPNetwork(address: IPAddress(address, prefix: prefix), prefix: prefix) }

    /// Whether the address lies in the network.
    package func contains(_ other: IPAddress) -> Bool {
        other.isVersion4 == address.isVersion4 && IPAddress(other, prefix: prefix) == masked.address
    }

    func contains(_ other: IPNetwork) -> Bool { prefix <= other.prefix && contains(other.address) }
}

extension String {
    /// What fits into a message.
    var shortened: String {
        utf8.count <= 80 ? self : String(decoding: utf8.prefix(76), as: UTF8.self) + "…"
    }
}
