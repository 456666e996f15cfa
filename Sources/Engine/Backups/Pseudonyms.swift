internal import Access
internal import Model
internal import Profiles

/// What takes the place of ids and texts in a clone: hashes with a key, the same wherever the same text stands, so that what belonged
/// together still does. Shapes stay: an address of e-mail is one, a subdomain is below its domain, what is long is long.
struct Pseudonyms {
    private let hash: KeyedHash
    private static let longest = 256
    private static let labelBytes = 12
    private static let idDigits = 24

    init(_ hash: KeyedHash) { self.hash = hash }

    /// In the place of another digest.
    func digest(_ bytes: [UInt8]) -> [UInt8] { hash.digest("digest", bytes) }

    /// Of a visitor or an account.
    func id(_ id: [UInt8]) -> [UInt8] {
        address(id) ?? hash.digits("text", id, count: Self.idDigits)
    }

    /// Of anything else: as long as an id, or as the next power of two. It begins as the id does where the text is one.
    func text(_ text: [UInt8]) -> [UInt8] {
        if text.isEmpty { return [] }
        if let address = address(text) { return address }
        var count = Self.idDigits
        while count < min(text.count, Self.longest) { count = count == Self.idDigits ? 32 : count * 2 }
        return hash.digits("text", text, count: count)
    }

    /// `rita@mail.acme.example` becomes one whose domain has as many labels; nil for what is no address.
    private func address(_ text: [UInt8]) -> [UInt8]? {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")), at > 0, at < text.count - 1,
            !text.contains(where: { $0 <= 0x20 })
        else { return nil }
        let domain = Array(text[(at + 1)...])
        guard domain.count <= 253, domain.contains(UInt8(ascii: ".")) else { return nil }
        return hash.digits("mailbox", text, count: Self.labelBytes) + [UInt8(ascii: "@")] + self.domain(domain)
    }

    /// Each label becomes a hash of the domain that begins with it; the last one stays, and `*` does.
    func domain(_ domain: [UInt8]) -> [UInt8] {
        let lower = domain.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        let labels = lower.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        var parts: [[UInt8]] = []
        for (index, label) in labels.enumerated() {
            if index == labels.count - 1 || label.elementsEqual("*".utf8) {
                parts.append(Array(label))
            } else {
                // Letters first: no label of digits alone, which an address of the net would have.
                let whole = Array(labels[index...].joined(separator: [UInt8(ascii: ".")]))
                parts.append([UInt8(ascii: "d")] + hash.digits("domain", whole, count: Self.labelBytes - 1))
            }
        }
        return Array(parts.joined(separator: [UInt8(ascii: ".")]))
    }

    /// A network of the same size: networks that began alike begin alike, so that what lay within another still does. Where IPv4 begins
    /// in the space of IPv6 stays.
    ///
    /// Source: J. Xu et al., "Prefix-Preserving IP Address Anonymization" (2002).
    func network(_ network: IPNetwork) -> IPNetwork? {
        let bits = network.first.bits
        let isIPv4 = bits >> 32 == 0xffff
        var mapped: UInt128 = 0
        for position in 0..<network.prefixLength {
            let bit = bits >> UInt128(127 - position) & 1
            var flip: UInt128 = 0
            if !isIPv4 || position >= 96 {
                let before = position == 0 ? 0 : bits >> UInt128(128 - position)
                let message = withUnsafeBytes(of: before.bigEndian, Array.init) + [UInt8(position)]
                flip = UInt128(hash.digest("network", message)[0] & 1)
            }
            mapped |= (bit ^ flip) << UInt128(127 - position)
        }
        return IPNetwork(bits: mapped, prefixLength: network.prefixLength)
    }
}
