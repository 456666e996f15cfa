internal import Model

/// What people write who come from another language, a spreadsheet or a word processor, and how it is written here.
///
/// A message that names the slip saves the search through the grammar. Nothing here makes a wrong expression right.
enum Slips {
    // MARK: Words and operators of others

    /// What the words of other languages are here, with how it is written behind something that is called `X`.
    private static let operators: [String: String] = [
        "and": "&&", "or": "||", "is": "==", "equals": "==", "eq": "==", "ne": "!=", "gt": ">", "gte": ">=", "ge": ">=",
        "lt": "<", "lte": "<=", "le": "<=", "mod": "%", "div": "/", "plus": "+", "minus": "-", "xor": "!=",
    ]

    private static let patterns: [String: String] = [
        "contains": "X.contains(\"…\")", "includes": "X.contains(\"…\")", "like": "X.contains(\"…\")",
        "startswith": "X.startsWith(\"…\")", "beginswith": "X.startsWith(\"…\")", "endswith": "X.endsWith(\"…\")",
        "matches": "X.matches(\"…\")", "between": "between(X, low, high)", "not": "!(X in …)", "exists": "has(X)",
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
            case let known where operators[known] != nil: return doubled(earlier, at: previous.offset, in: source)
            default:
                if let call = call(earlier, at: previous.offset, argumentsFrom: offset, in: source) { return call }
            }
        }
        if lowered == "is", let negated = isNot(name, at: offset, after: before, in: source) { return negated }
        if lowered == "within", let since = since(name, at: offset, after: before, in: source) { return since }
        if let symbol = operators[lowered] {
            return ExpressionIssue(
                offset: offset, message: "`\(name)` is not an operator", suggestion: symbol)
        }
        if let pattern = patterns[lowered] {
            var filled = before.isEmpty ? pattern : pattern.replacing("X", with: before)
            // What is looked for stands behind the word already.
            let behind = words(from: offset + name.utf8.count, in: source)
            if filled.hasSuffix("(\"…\")"), let constant = behind.first, constant.utf8.count > 2,
                constant.first == "\"" || constant.first == "'", constant.last == constant.first
            {
                filled = Self.filled(filled, with: constant)
            } else if lowered == "between", behind.count >= 3, behind[1].lowercased() == "and" {
                filled = filled.replacing("low, high", with: "\(behind[0]), \(behind[2])")
            }
            return ExpressionIssue(offset: offset, message: "`\(name)` is not an operator", suggestion: filled)
        }
        switch previous?.kind {
        case .int(let value)?:
            return grouped(from: previous?.offset ?? offset, in: source)
                ?? unit(name, of: value, at: offset, in: source)
        case .identifier(let earlier, isQuoted: false)? where before == earlier:
            return ExpressionIssue(
                offset: offset, message: "`\(name)` stands where an operator or the end is needed",
                suggestion: "\(earlier).\(name)")
        default: return nil
        }
    }

    /// - Parameter constant: A text between quotes; `%` stands in it for any text, as in SQL.
    private static func filled(_ pattern: String, with constant: String) -> String {
        var text = constant.dropFirst().dropLast()
        let (any, quote) = ("%", constant.prefix(1))
        let (isOpenBefore, isOpenBehind) = (text.hasPrefix(any), text.hasSuffix(any))
        if isOpenBefore { text.removeFirst() }
        if isOpenBehind, !text.isEmpty { text.removeLast() }
        guard !text.contains(any) else { return pattern }
        let call =
            switch (isOpenBefore, isOpenBehind) {
            case (false, true): pattern.replacing(".contains(", with: ".startsWith(")
            case (true, false): pattern.replacing(".contains(", with: ".endsWith(")
            default: pattern
            }
        return call.replacing("\"…\"", with: quote + text + quote)
    }

    private static func unit(
        _ name: String, of value: UInt64, at offset: Int, in source: [UInt8]
    ) -> ExpressionIssue? {
        if let duration = duration("\(value)\(name)"), isSpan(endingBefore: offset, in: source) {
            return ExpressionIssue(
                offset: offset, message: "a span of time is written as a duration, not as a number with `\(name)`",
                suggestion: duration)
        }
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
        case (.greater, .symbol(.minus)?) where previous?.offset == offset - 1:
            let field = words(from: offset + 1, in: source).first ?? "…"
            let before = path(endingBefore: offset - 1, in: source)
            return ExpressionIssue(
                offset: offset - 1, message: "`->` is not an operator; a field stands behind a point",
                suggestion: before.isEmpty ? nil : "\(before).\(field)")
        case (.comma, .int?):
            return thousands(at: offset, after: previous, in: source)
                ?? decimal(at: offset, after: previous, in: source) ?? list(at: offset, in: source)
        case (.comma, .string?): return list(at: offset, in: source)
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

    /// `1,5` for 1.5.
    private static func decimal(at offset: Int, after previous: Token?, in source: [UInt8]) -> ExpressionIssue? {
        guard let previous else { return nil }
        let decimals = source[(offset + 1)...].prefix { Lexer.isDigit($0) }
        guard !decimals.isEmpty else { return nil }
        let whole = String(decoding: source[previous.offset..<offset], as: UTF8.self)
        return ExpressionIssue(
            offset: offset, message: "decimals have a point, not a comma",
            suggestion: whole + "." + String(decoding: Array(decimals), as: UTF8.self))
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
        if case .int = previous.kind, let grouped = grouped(from: previous.offset, in: source) { return grouped }
        // `1.000.000`
        let written = source[previous.offset...].prefix { Lexer.isDigit($0) || $0 == UInt8(ascii: ".") }
        let groups = written.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard groups.count > 2, (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 })
        else {
            return nil
        }
        return ExpressionIssue(
            offset: previous.offset, message: "a number is written without separators between thousands",
            suggestion: String(decoding: Array(groups.joined()), as: UTF8.self))
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
        let readings = DayText.readings(String(decoding: Array(text), as: UTF8.self))
        return readings.count == 1 ? readings[0] : nil
    }

    // MARK: Characters

    /// - Parameter offset: Of a character that no token begins with or goes on with.
    static func character(at offset: Int, in source: [UInt8]) -> ExpressionIssue {
        let rest = String(decoding: source[offset...].prefix(32), as: UTF8.self)
        guard let character = rest.first, let scalar = character.unicodeScalars.first else {
            return ExpressionIssue(offset: offset, message: "the expression is not valid UTF-8 here")
        }
        let number = Letters.number(scalar)
        if let plain = Letters.halfWidth(scalar) {
            return ExpressionIssue(
                offset: offset, message: "`\(character)` (\(number)) is the full-width form",
                suggestion: String(Character(plain)))
        }
        if character == "…" {
            return ExpressionIssue(
                offset: offset, message: "`…` stands for what is left out; write it out")
        }
        if let plain = Letters.typed[character] {
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
        if rest.hasPrefix("${") {
            return ExpressionIssue(
                offset: offset, message: "a condition names values as they are, without `${` and `}`",
                suggestion: words(from: offset + 2, in: source).first)
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
        if let latin = Letters.lookAlikes[character] {
            return ExpressionIssue(
                offset: offset,
                message:
                    "the letter `\(character)` (\(number)) belongs to the \(Letters.alphabet(character)) alphabet; it only looks like `\(latin)`",
                suggestion: String(word.map { Letters.lookAlikes[$0] ?? $0 }))
        }
        let spelled = word.map { Letters.spelledOut[$0] ?? String($0) }.joined()
        return ExpressionIssue(
            offset: offset,
            message:
                "names are made of a–z, 0–9 and `_`; the letter `\(character)` is none of them, and a text stands between quotes",
            suggestion: spelled.utf8.allSatisfy { $0 < 0x80 } ? spelled : "\"\(word)\"")
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
