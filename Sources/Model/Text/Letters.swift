/// Characters that people type without meaning them: of word processors, of mathematics, of other alphabets, and those nobody sees.
package enum Letters {
    /// What is written for a character of word processors and of mathematics.
    package static let typed: [Character: String] = [
        "“": "\"", "”": "\"", "„": "\"", "«": "\"", "»": "\"", "‟": "\"", "‘": "'", "’": "'", "‚": "'", "‹": "'",
        "›": "'",
        "″": "\"", "′": "'", "´": "'", "≥": ">=", "≤": "<=", "≠": "!=", "⩾": ">=", "⩽": "<=", "＝": "==", "×": "*",
        "÷": "/", "−": "-", "–": "-",
        "—": "-", "∧": "&&", "∨": "||", "¬": "!", "∈": "in", "…": "...",
    ]

    /// Letters of other alphabets that look like Latin ones.
    package static let lookAlikes: [Character: Character] = [
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j", "ѕ": "s", "ԁ": "d",
        "ɡ": "g",
        "һ": "h", "ո": "n", "ν": "v", "ο": "o", "α": "a", "ρ": "p", "τ": "t", "υ": "u", "κ": "k", "ι": "i", "А": "A",
        "В": "B",
        "Е": "E", "К": "K", "М": "M", "Н": "H", "О": "O", "Р": "P", "С": "C", "Т": "T", "Х": "X", "Α": "A", "Β": "B",
        "Ε": "E",
        "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N", "Ο": "O", "Ρ": "P", "Τ": "T", "Υ": "Y", "Χ": "X",
        "ı": "i",
    ]

    /// Letters that have another spelling within a–z.
    package static let spelledOut: [Character: String] = [
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "æ": "ae", "ø": "oe", "å": "aa",
        "œ": "oe", "á": "a", "à": "a", "â": "a", "ã": "a", "é": "e", "è": "e", "ê": "e", "ë": "e", "í": "i", "ì": "i",
        "î": "i", "ï": "i", "ó": "o", "ò": "o", "ô": "o", "õ": "o", "ú": "u", "ù": "u", "û": "u", "ç": "c", "ñ": "n",
    ]

    /// - Returns: Such as `U+00A0`.
    package static func number(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The alphabet of a letter that looks like a Latin one.
    package static func alphabet(_ character: Character) -> String {
        switch character.unicodeScalars.first?.value ?? 0 {
        case 0x370..<0x400: "Greek"
        case 0x400..<0x530: "Cyrillic"
        case 0x530..<0x590: "Armenian"
        default: "another"
        }
    }

    /// Whether the character is a space that is no plain one, or shows nothing at all.
    package static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x80
            && (scalar.properties.isWhitespace || scalar.properties.generalCategory == .format)
    }

    /// - Returns: The full-width form's ASCII character, such as `:` for `：`; nil for any other.
    package static func halfWidth(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        (0xff01...0xff5e).contains(scalar.value) ? Unicode.Scalar(scalar.value - 0xfee0) : nil
    }

    /// What is odd about a text that should be made of ordinary characters, in words that follow its name, and the text without it.
    ///
    /// - Returns: Nil when nothing is.
    package static func oddity(in text: String) -> (problem: String, plain: String)? {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
        for scalar in text.unicodeScalars {
            if isInvisible(scalar) {
                let plain = text.unicodeScalars.map {
                    isInvisible($0) ? ($0.properties.isWhitespace ? " " : "") : String($0)
                }
                return (
                    "there is an invisible character or a special space (\(number(scalar))) in it", plain.joined()
                )
            }
            if halfWidth(scalar) != nil {
                return (
                    "`\(scalar)` (\(number(scalar))) is the full-width form",
                    text.unicodeScalars.map { String(halfWidth($0) ?? $0) }.joined()
                )
            }
            let character = Character(scalar)
            if let latin = lookAlikes[character] {
                return (
                    "the letter `\(character)` (\(number(scalar))) belongs to the \(alphabet(character)) alphabet; it only looks like `\(latin)`",
                    String(text.map { lookAlikes[$0] ?? $0 })
                )
            }
        }
        return nil
    }
}
