internal import Model

/// What people write who come from another language, a spreadsheet or a word processor, and how it is written here.
///
/// A message that names the slip saves the search through the grammar. Nothing here makes a wrong expression right.
enum Slips {
    // MARK: Words and operators of others

    /// What the words of other languages are here, with how it is written behind something that is called `X`.
    private static let operators: [String: String] = [
        "and": "&&", "or": "||", "is": "==", "equals": "==", "eq": "==", "ne": "!=", "gt": ">", "gte": ">=", "ge": ">=",
        "lt": "<", "lte": "<=", "le": "<=", "mod": "%", "div": "/", "plus": "+", "minus": "-",
    ]

    private static let patterns: [String: String] = [
        "contains": "X.contains(\"…\")", "includes": "X.contains(\"…\")", "like": "X.contains(\"…\")",
        "startswith": "X.startsWith(\"…\")", "beginswith": "X.startsWith(\"…\")", "endswith": "X.endsWith(\"…\")",
        "matches": "X.matches(\"…\")", "between": "between(X, low, high)", "not": "!(X in …)", "exists": "has(X)",
        "within": "between(X, low, high)",
    ]

    /// - Parameters:
    ///   - name: A word that stands where an operator is needed.
    ///   - offset: Where it stands.
    ///   - previous: What stands before it.
    static func word(_ name: String, at offset: Int, after previous: Token?, in source: [UInt8]) -> ExpressionIssue? {
        let lowered = name.lowercased()
        let before = path(endingBefore: offset, in: source)
        if case .identifier(let earlier, _)? = previous?.kind, let previous {
            switch earlier.lowercased() {
            case "not":
                return ExpressionIssue(
                    offset: previous.offset,
                    message: "`\(earlier)` is no word of conditions; `!` turns round what stands behind it",
                    suggestion: "!(…)")
            case "if", "when", "where":
                return ExpressionIssue(
                    offset: previous.offset, message: "a condition needs no `\(earlier)`: write what must hold")
            default: break
            }
        }
        if let symbol = operators[lowered] {
            return ExpressionIssue(
                offset: offset, message: "`\(name)` is not an operator", suggestion: symbol)
        }
        if let pattern = patterns[lowered] {
            let filled = before.isEmpty ? pattern : pattern.replacing("X", with: before)
            return ExpressionIssue(offset: offset, message: "`\(name)` is not an operator", suggestion: filled)
        }
        switch previous?.kind {
        case .int(let value)?: return unit(name, of: value, at: offset)
        case .identifier(let earlier, isQuoted: false)? where before == earlier:
            return ExpressionIssue(
                offset: offset, message: "`\(name)` stands where an operator or the end is needed",
                suggestion: "\(earlier).\(name)")
        default: return nil
        }
    }

    private static func unit(_ name: String, of value: UInt64, at offset: Int) -> ExpressionIssue {
        let thousands: [String: UInt64] = ["k": 1_000, "m": 1_000_000, "mio": 1_000_000, "bn": 1_000_000_000]
        let (product, isTooBig) = value.multipliedReportingOverflow(by: thousands[name.lowercased()] ?? 1)
        return ExpressionIssue(
            offset: offset, message: "a number stands without a unit or an abbreviation, here `\(name)`",
            suggestion: isTooBig ? nil : "\(product)")
    }

    /// - Parameters:
    ///   - symbol: What stands where something else is needed.
    ///   - isAfterWhole: Whether the expression was whole before it.
    static func symbol(
        _ symbol: Symbol, at offset: Int, after previous: Token?, isAfterWhole: Bool, in source: [UInt8]
    ) -> ExpressionIssue? {
        switch (symbol, previous?.kind) {
        case (.greater, .symbol(.less)?) where previous?.offset == offset - 1:
            return ExpressionIssue(offset: offset - 1, message: "`<>` is not an operator", suggestion: "!=")
        case (.comma, .int?):
            return thousands(at: offset, after: previous, in: source)
        case (_, .symbol(.percent)?):
            return percent(previous)
        case (.rightParenthesis, _) where isAfterWhole:
            return ExpressionIssue(offset: offset, message: "this `)` has no `(` before it")
        default: return nil
        }
    }

    /// `1,000` for 1000.
    private static func thousands(at offset: Int, after previous: Token?, in source: [UInt8]) -> ExpressionIssue? {
        guard let previous else { return nil }
        var end = offset
        while end + 3 < source.count, source[end] == UInt8(ascii: ","),
            (1...3).allSatisfy({ Lexer.isDigit(source[end + $0]) })
        { end += 4 }
        guard end > offset else { return nil }
        let digits = source[previous.offset..<end].filter { Lexer.isDigit($0) }
        return ExpressionIssue(
            offset: previous.offset, message: "a number is written without separators between thousands",
            suggestion: String(decoding: digits, as: UTF8.self))
    }

    private static func percent(_ token: Token?) -> ExpressionIssue? {
        guard let token else { return nil }
        return ExpressionIssue(
            offset: token.offset,
            message: "`%` is the rest of a division; five percent are written as the attribute keeps them, 5 or 0.05")
    }

    /// What an expression ends with that goes on.
    static func end(after previous: Token?) -> ExpressionIssue? {
        guard case .symbol(.percent)? = previous?.kind else { return nil }
        return percent(previous)
    }

    /// A value behind a value.
    static func value(at offset: Int, after previous: Token?, in source: [UInt8]) -> ExpressionIssue? {
        guard let previous else { return nil }
        if let day = day(from: previous.offset, in: source) { return date(day, at: previous.offset) }
        return nil
    }

    // MARK: Dates

    /// - Parameter day: As `2026-03-15`.
    static func date(_ day: String, at offset: Int) -> ExpressionIssue {
        ExpressionIssue(
            offset: offset, message: "a date is written as a time with its zone, in quotes", suggestion: time(day))
    }

    /// How midnight of a day is written.
    static func time(_ day: String) -> String { "timestamp(\"\(day)T00:00:00Z\")" }

    /// The day that stands there as people write it: `15.03.2026`, `2026-03-15`, `3/15/2026` only where just one reading exists.
    ///
    /// - Returns: As `2026-03-15`; nil when none is there, or it could be another.
    static func day(from offset: Int, in source: some Collection<UInt8>) -> String? {
        let text = source.dropFirst(offset).prefix { Lexer.isDigit($0) || ".-/".utf8.contains($0) }
        let parts = text.split(omittingEmptySubsequences: false) { !Lexer.isDigit($0) }
        let marks = Set(text.filter { !Lexer.isDigit($0) })
        guard parts.count == 3, marks.count == 1, let mark = marks.first else { return nil }
        let numbers = parts.compactMap { Int(String(decoding: Array($0), as: UTF8.self)) }
        guard numbers.count == 3 else { return nil }
        let (year, month, day): (Int, Int, Int)
        if parts[0].count == 4 {
            (year, month, day) = (numbers[0], numbers[1], numbers[2])
        } else if parts[2].count == 4, mark == UInt8(ascii: ".") || numbers[0] > 12 {
            (year, month, day) = (numbers[2], numbers[1], numbers[0])
        } else if parts[2].count == 4, numbers[1] > 12 {
            (year, month, day) = (numbers[2], numbers[0], numbers[1])
        } else {
            return nil
        }
        guard (1...12).contains(month), (1...31).contains(day), (1...9_999).contains(year) else { return nil }
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    // MARK: Characters

    /// Characters of word processors and of mathematics, and what is written for them here.
    private static let typed: [Character: String] = [
        "“": "\"", "”": "\"", "„": "\"", "«": "\"", "»": "\"", "‟": "\"", "‘": "'", "’": "'", "‚": "'", "‹": "'",
        "›": "'",
        "″": "\"", "′": "'", "´": "'", "≥": ">=", "≤": "<=", "≠": "!=", "⩾": ">=", "⩽": "<=", "＝": "==", "×": "*",
        "÷": "/", "−": "-", "–": "-",
        "—": "-", "∧": "&&", "∨": "||", "¬": "!", "∈": "in", "…": "...",
    ]

    /// Letters of other alphabets that look like Latin ones.
    private static let lookAlikes: [Character: Character] = [
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
    private static let spelledOut: [Character: String] = [
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "æ": "ae", "ø": "oe", "å": "aa",
        "œ": "oe",
    ]

    /// - Parameter offset: Of a character that no token begins with or goes on with.
    static func character(at offset: Int, in source: [UInt8]) -> ExpressionIssue {
        let rest = String(decoding: source[offset...].prefix(32), as: UTF8.self)
        guard let character = rest.first, let scalar = character.unicodeScalars.first else {
            return ExpressionIssue(offset: offset, message: "the expression is not valid UTF-8 here")
        }
        let number = "U+" + hexadecimal(scalar.value)
        if let plain = typed[character] {
            let kind = plain == "\"" || plain == "'" ? "the quote" : "the character"
            return ExpressionIssue(
                offset: offset, message: "\(kind) `\(character)` (\(number)) does not belong to an expression",
                suggestion: plain)
        }
        if scalar.properties.isWhitespace || scalar.properties.generalCategory == .format {
            return ExpressionIssue(
                offset: offset,
                message:
                    "here stands an invisible character or a special space (\(number)); write a plain space or nothing")
        }
        if scalar.value < 0x20 || scalar.value == 0x7f {
            return ExpressionIssue(
                offset: offset,
                message: "the character with the number \(scalar.value) does not belong to an expression")
        }
        if scalar.value >= 0x80, scalar.properties.isAlphabetic {
            return letter(character, number, at: offset, in: source)
        }
        let hints: [Character: String] = [
            "$": "; an amount is a number without its currency", "€": "; an amount is a number without its currency",
            "£": "; an amount is a number without its currency", "#": "; a comment begins with `//`",
            ";": "; conditions are joined with `&&` or `||`", "^": "; `^` is no operator",
            "@": "; a text stands between quotes",
        ]
        return ExpressionIssue(
            offset: offset,
            message: "the character `\(character)` does not belong to an expression" + (hints[character] ?? ""))
    }

    private static func letter(
        _ character: Character, _ number: String, at offset: Int, in source: [UInt8]
    ) -> ExpressionIssue {
        // The whole word, as it would be with letters of a–z.
        var start = offset
        while start > 0, Lexer.isLetter(source[start - 1]) || Lexer.isDigit(source[start - 1]) { start -= 1 }
        let end =
            source[offset...].firstIndex {
                $0 < 0x80 && !Lexer.isLetter($0) && !Lexer.isDigit($0)
            } ?? source.count
        let word = String(decoding: source[start..<end].prefix(128), as: UTF8.self)
        if let latin = lookAlikes[character] {
            let alphabet =
                switch character.unicodeScalars.first?.value ?? 0 {
                case 0x370..<0x400: "Greek"
                case 0x400..<0x530: "Cyrillic"
                case 0x530..<0x590: "Armenian"
                default: "another"
                }
            return ExpressionIssue(
                offset: offset,
                message:
                    "the letter `\(character)` (\(number)) belongs to the \(alphabet) alphabet; it only looks like `\(latin)`",
                suggestion: String(word.map { lookAlikes[$0] ?? $0 }))
        }
        let spelled = word.map { spelledOut[$0] ?? String($0) }.joined()
        return ExpressionIssue(
            offset: offset,
            message:
                "names are made of a–z, 0–9 and `_`; the letter `\(character)` is none of them, and a text stands between quotes",
            suggestion: spelled.utf8.allSatisfy { $0 < 0x80 } ? spelled : "\"\(word)\"")
    }

    static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The name with dots that stands before a place.
    static func path(endingBefore offset: Int, in source: [UInt8]) -> String {
        var end = offset
        while end > 0, source[end - 1] == 0x20 { end -= 1 }
        var start = end
        while start > 0,
            Lexer.isLetter(source[start - 1]) || Lexer.isDigit(source[start - 1])
                || source[start - 1] == UInt8(ascii: ".")
        { start -= 1 }
        guard start < end, Lexer.isLetter(source[start]) else { return "" }
        return String(decoding: source[start..<end], as: UTF8.self)
    }
}
