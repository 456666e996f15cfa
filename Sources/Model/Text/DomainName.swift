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
        return isDomain(rest.utf8) ? readable(String(rest)) : nil
    }

    private static let prefix = "xn--"

    /// A domain as people read it: in lower case, its labels in the letters that `xn--` stands for, in Unicode's NFC.
    ///
    /// - Parameter text: A domain.
    package static func readable(_ text: String) -> String {
        let lower = text.lowercased().normalForm
        guard lower.contains(prefix) else { return lower }
        return labels(of: lower) { label in
            // What stands for plain letters, or for others than it would be written as, is another domain: it stays as it is.
            guard label.utf8.starts(with: prefix.utf8), let text = Punycode.decoded(label.utf8.dropFirst(prefix.count)),
                text.utf8.contains(where: { $0 >= 0x80 }), text.lowercased().normalForm.utf8.elementsEqual(text.utf8),
                !text.utf8.contains(UInt8(ascii: "."))
            else { return label }
            return text
        }
    }

    /// A domain as it is asked for in the net: in lower case, labels beyond ASCII as `xn--` and RFC 3492.
    ///
    /// - Parameter text: A domain; a label that is too long stays as it is.
    package static func ascii(_ text: String) -> String {
        let lower = text.lowercased().normalForm
        guard lower.utf8.contains(where: { $0 >= 0x80 }) else { return lower }
        return labels(of: lower) { label in
            guard label.utf8.contains(where: { $0 >= 0x80 }), let text = Punycode.encoded(label) else { return label }
            return prefix + text
        }
    }

    /// By their bytes: a letter may take the dot before it for a part of itself.
    private static func labels(of text: String, _ body: (String) -> String) -> String {
        text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { body(String(decoding: $0, as: UTF8.self)) }.joined(separator: ".")
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
