internal import Model

/// An IPv4 or IPv6 address without zone. An IPv4 address written as IPv6 in hexadecimal, such as `::ffff:c0a8:1`, is the
/// IPv4 address.
///
/// `Model` reads and writes it; what CEL refuses of that and says of addresses stands here.
package struct IPAddress: Sendable, Hashable {
    let isVersion4: Bool
    /// The address as a number; of 32 bits for version 4.
    let bits: UInt128

    var bitCount: Int { isVersion4 ? 32 : 128 }

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
        guard let address = bytes.withUnsafeBufferPointer({ Model.IPAddress($0) }) else {
            throw Fault("`\(text.shortened)` is no IP address")
        }
        isVersion4 = address.isVersion4
        guard !isVersion4 || !bytes.contains(UInt8(ascii: ":")) || !bytes.contains(UInt8(ascii: ".")) else {
            throw Fault("an IPv4 address mapped into IPv6 is not allowed: `\(text.shortened)`")
        }
        bits = isVersion4 ? address.bits & 0xffff_ffff : address.bits
    }

    /// In the canonical form.
    package var text: String {
        Model.IPAddress(bits: isVersion4 ? Model.IPAddress.version4Prefix | bits : bits).text
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
