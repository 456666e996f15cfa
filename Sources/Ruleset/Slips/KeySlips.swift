internal import Model

/// Keys and names that are nearly what they should be.
enum KeySlips {
    /// `priority:100`, `priority：100`, `priority = 100`: a key and a value that YAML takes for one text.
    ///
    /// - Returns: Nil when the text is nothing like that.
    static func joined(_ text: String) -> (message: String, suggestion: String)? {
        let key = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = key.first, first.isLetter || first == "_" else { return nil }
        let rest = text[key.endIndex...]
        guard let mark = rest.unicodeScalars.first else { return nil }
        let behind = rest.unicodeScalars.dropFirst()
        let value = String(String.UnicodeScalarView(behind)).prefix { !$0.isNewline }
        let plain = TextEdges.trimmed(String(value))
        let suggestion = "`\(key): \(plain)`"
        switch mark {
        case ":":
            guard let next = behind.first, next != " ", next != "\t" else { return nil }
            if Letters.isInvisible(next) {
                return (
                    "behind `\(key):` stands an invisible character or a special space (\(Letters.number(next))) where a plain space is needed",
                    suggestion
                )
            }
            // An address, or a name of C++.
            guard next != "/", next != ":" else { return nil }
            return ("a space is missing behind the colon of `\(key)`", suggestion)
        case "：", "﹕":
            return ("the colon behind `\(key)` is the full-width form (\(Letters.number(mark)))", suggestion)
        case " ", "=":
            let sign = rest.drop { $0 == " " }
            guard sign.hasPrefix("="), !sign.hasPrefix("==") else { return nil }
            let meant = TextEdges.trimmed(String(sign.dropFirst().drop { $0 == "=" }.prefix { !$0.isNewline }))
            return ("a key has a colon and a space behind it, not `=`", "`\(key): \(meant)`")
        default: return nil
        }
    }

    /// A name as it may be written, as near to a text as possible.
    ///
    /// - Returns: Nil when nothing of the text could begin a name.
    static func nameLike(_ text: String) -> String? {
        var result = ""
        var wasLower = false
        let plain = Letters.oddity(in: text)?.plain ?? text
        for character in plain {
            if character.isASCII, character.isLetter || character.isNumber {
                if character.isUppercase, wasLower { result += "_" }
                result += character.lowercased()
                wasLower = character.isLowercase || character.isNumber
                continue
            }
            wasLower = false
            if let spelled = Letters.spelledOut[character] {
                result += spelled.lowercased()
            } else if character.isLetter {
                return nil
            } else if !result.isEmpty, result.last != "_" {
                result += "_"
            }
        }
        while result.last == "_" { result.removeLast() }
        result = String(result.prefix(64))
        return Loader.isName(result) ? result : nil
    }

    /// Why a text is no name, and which would be.
    static func name(_ text: String) -> (message: String, suggestion: String?) {
        var message = "`\(text)` is not a name: a to z first, then a to z, 0 to 9 and _, at most 64 characters"
        let others = text.filter { !$0.isASCII && $0.isLetter }
        if let oddity = Letters.oddity(in: text) {
            message += "; \(oddity.problem)"
        } else if let first = text.first, first.isNumber {
            message += "; `\(first)` cannot stand first"
        } else if let first = others.first {
            message += "; `\(first)` is none of these letters"
        }
        return (message, nameLike(text))
    }
}
