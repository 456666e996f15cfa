/// Sets of texts in one cell of a file: `a|b`, or where that would be read as something else, a JSON array.
package enum SetText {
    /// - Returns: What `members`, and a reader that goes by `|`, take for the same set.
    package static func cell(_ members: [String]) -> String {
        let isPlain = members.allSatisfy { member in
            !member.isEmpty && !member.utf8.contains(separator)
                && TextEdges.trimmed(member).utf8.count == member.utf8.count
        }
        if isPlain, let first = members.first, first.utf8.first != UInt8(ascii: "[") {
            return members.joined(separator: "|")
        }
        return "[" + members.map(JSONText.quoted).joined(separator: ",") + "]"
    }

    /// - Returns: The members of a JSON array of texts, as they stand; nil for anything else.
    ///
    /// Source: RFC 8259.
    package static func members(_ cell: UnsafeBufferPointer<UInt8>) -> [[UInt8]]? {
        guard cell.first == UInt8(ascii: "["), cell.last == UInt8(ascii: "]") else { return nil }
        var reader = Reader(text: cell, index: 1)
        return reader.members()
    }

    private static let separator = UInt8(ascii: "|")

    private struct Reader {
        let text: UnsafeBufferPointer<UInt8>
        var index: Int

        mutating func members() -> [[UInt8]]? {
            var members: [[UInt8]] = []
            if take("]") { return index == text.count ? members : nil }
            repeat {
                guard let member = string() else { return nil }
                members.append(member)
            } while take(",")
            return take("]") && index == text.count ? members : nil
        }

        /// Passes over spaces, and a sign behind them.
        private mutating func take(_ sign: Unicode.Scalar) -> Bool {
            while index < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[index]) { index += 1 }
            guard index < text.count, text[index] == UInt8(ascii: sign) else { return false }
            index += 1
            return true
        }

        private mutating func string() -> [UInt8]? {
            guard take("\"") else { return nil }
            var bytes: [UInt8] = []
            while index < text.count {
                let byte = text[index]
                index += 1
                switch byte {
                case UInt8(ascii: "\""): return bytes
                case UInt8(ascii: "\\"):
                    guard let scalar = escaped() else { return nil }
                    bytes += String(scalar).utf8
                default: bytes.append(byte)
                }
            }
            return nil
        }

        private mutating func escaped() -> Unicode.Scalar? {
            guard index < text.count else { return nil }
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"):
                guard let unit = unit() else { return nil }
                guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
                guard index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u")
                else { return nil }
                index += 2
                guard let second = self.unit(), UTF16.isTrailSurrogate(second) else { return nil }
                return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
            default: return nil
            }
        }

        private mutating func unit() -> UInt16? {
            guard index + 4 <= text.count else { return nil }
            let digits = String(decoding: text[index..<index + 4], as: UTF8.self)
            index += 4
            return digits.utf8.contains(UInt8(ascii: "+")) || digits.utf8.contains(UInt8(ascii: "-"))
                ? nil : UInt16(digits, radix: 16)
        }
    }
}
