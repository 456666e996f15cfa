/// Names of domains, as lists, links and addresses of e-mail write them. They have no case.
package enum DomainName {
    private static let bytesMax = 253

    /// - Parameter text: Without `*.`.
    /// - Returns: Whether it is two labels at least, of letters, digits, `-` and `_`; letters beyond ASCII are taken as they are.
    package static func isDomain(_ text: some Collection<UInt8>) -> Bool {
        guard (1...bytesMax).contains(text.count) else { return false }
        var labelCount = 1
        var labelBytes = 0
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard labelBytes > 0 else { return false }
                labelCount += 1
                labelBytes = 0
            } else {
                guard isLabelByte(byte) else { return false }
                labelBytes += 1
            }
        }
        return labelCount > 1 && labelBytes > 0
    }

    /// - Parameter text: Such as `*.acme.example`.
    /// - Returns: `acme.example`, in lower case; nil for what does not say that all subdomains are meant.
    package static func parent(ofSubdomains text: String) -> String? {
        guard text.hasPrefix("*.") else { return nil }
        let rest = text.dropFirst(2)
        return isDomain(rest.utf8) ? rest.lowercased().normalForm : nil
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...0xff:
            true
        default: false
        }
    }
}
