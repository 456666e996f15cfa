internal import Yams

/// Texts as YAML, between quotes only where needed.
enum ScalarText {
    /// - Parameter isInFlow: Whether it stands in brackets, where a comma ends a text.
    static func render(_ scalar: Node.Scalar, isInFlow: Bool) -> String {
        let text = scalar.string
        if scalar.style == .plain, !text.contains("\n") {
            return text.isEmpty && isInFlow ? "null" : text
        }
        return needsQuotes(text, isInFlow: isInFlow) ? quoted(text) : text
    }

    /// The same marks as docs/rules.md names: what a person would have to think about stays between quotes.
    private static func needsQuotes(_ text: String, isInFlow: Bool) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return true }
        if "-?,&*!|>'\"%@`~=< \t".unicodeScalars.contains(first) || last == " " || last == "\t" { return true }
        if scalars.contains(where: { ":#{}[]".unicodeScalars.contains($0) || !isPrintable($0) }) { return true }
        // A question mark within brackets is read in two ways: as the mark of a key by older readers of YAML.
        if isInFlow, scalars.contains(",") || scalars.contains("?") { return true }
        // Without quotes, `true`, `12` or `2027-01-01` would be another type for other readers of YAML.
        return Resolver.default.resolveTag(of: .scalar(.init(text, .implicit, .plain))) != .str
    }

    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isPrintable = scalars.allSatisfy(isPrintable)
        if isPrintable, !scalars.contains("\""), !scalars.contains("\\") { return "\"\(text)\"" }
        if isPrintable { return "'\(text.replacing("'", with: "''"))'" }
        var result = "\""
        for scalar in scalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where !Self.isPrintable(scalar):
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Source: YAML 1.2.2, §5.1, without line breaks.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7e, 0xa0...0x2027, 0x202a...0xd7ff, 0xe000...0xfefe, 0xff00...0xfffd, 0x1_0000...: true
        default: false
        }
    }
}
