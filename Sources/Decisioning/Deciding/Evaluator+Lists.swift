internal import Conditions
internal import Model

/// The members of a list.
///
/// Trivial: see `TextIndex`.
struct ListRow: BitwiseCopyable {
    /// What is a member as it stands.
    let texts: TextIndex
    /// In lower case: every subdomain of one of them is a member.
    let domains: TextIndex
    let hasDomains: Bool
}

extension Evaluator {
    func isMember(_ text: BorrowedText, of list: ListRow) -> Bool {
        list.texts.contains(text) || list.hasDomains && isSubdomain(text, of: list.domains)
    }

    private static let domainBytesMax = 1_024

    /// Whether one of the domains stands behind a dot of the text: domains have no case.
    private func isSubdomain(_ text: BorrowedText, of domains: TextIndex) -> Bool {
        // No domain is so long, in letters of any script: RFC 1035, section 2.3.4.
        guard text.count <= Self.domainBytesMax else { return false }
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        var hasCapitals = false
        var high: UInt8 = 0
        for byte in text.bytes {
            // An address or a URL is no domain.
            if byte == UInt8(ascii: "@") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") { return false }
            hasCapitals = hasCapitals || capitals.contains(byte)
            high |= byte
        }
        var rest = text
        if high >= 0x80 {
            guard let lower = kept(DomainName.readable(String(text))) else { return false }
            rest = lower
        } else if hasCapitals {
            guard let lower = state.pointee.arena.pointee.reserve(text.count) else { return false }
            for (index, byte) in zip(0..., text.bytes) { lower[index] = capitals.contains(byte) ? byte | 0x20 : byte }
            rest = BorrowedText(start: UnsafePointer(lower), count: text.count)
        }
        while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
            let isLabelBefore = dot > 0
            rest = rest.dropFirst(dot + 1)
            if isLabelBefore, domains.contains(rest) { return true }
        }
        return false
    }
}
