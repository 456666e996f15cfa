internal import Model

/// Slips that more than one word tells.
extension Slips {
    /// How many arguments the functions have that people write without brackets.
    private static let functions: [String: Int] = [
        "has": 1, "size": 1, "between": 3, "in_list": 2, "in_segment": 1, "is_icp": 1, "fit": 1, "duration": 1,
        "timestamp": 1,
    ]
    private static let named: Set<String> = ["in_list", "in_segment", "is_icp", "fit", "duration", "timestamp"]

    // MARK: Operators

    /// - Parameter next: What stands behind a single `=`.
    static func equals(before next: UInt8, at offset: Int) -> ExpressionIssue {
        let others: [UInt8: (String, String)] = [
            UInt8(ascii: ">"): ("=>", ">="), UInt8(ascii: "<"): ("=<", "<="), UInt8(ascii: "!"): ("=!", "!="),
        ]
        let (written, meant) = others[next] ?? ("=", "==")
        return ExpressionIssue(offset: offset, message: "`\(written)` is not an operator", suggestion: meant)
    }

    /// `x is not "law"`.
    static func isNot(
        _ name: String, at offset: Int, after path: String, in source: [UInt8]
    ) -> ExpressionIssue? {
        let following = words(from: offset + name.utf8.count, in: source)
        guard following.first?.lowercased() == "not" else { return nil }
        let meant =
            following.dropFirst().first == "in" ? "!(\(path.isEmpty ? "X" : path) in …)" : "!="
        return ExpressionIssue(offset: offset, message: "`\(name) not` is not an operator", suggestion: meant)
    }

    /// `x && and y`.
    static func doubled(_ name: String, at offset: Int, in source: [UInt8]) -> ExpressionIssue {
        var end = offset
        while end > 0, source[end - 1] == 0x20 || source[end - 1] == 0x0a { end -= 1 }
        let before = end > 1 ? String(decoding: source[(end - 2)..<end], as: UTF8.self) : ""
        guard ["&&", "||", "==", "!=", ">=", "<="].contains(before) || before.hasSuffix("<") || before.hasSuffix(">")
        else {
            return ExpressionIssue(
                offset: offset, message: "`\(name)` is not an operator, and nothing stands before it")
        }
        return ExpressionIssue(
            offset: offset,
            message: "`\(name)` is not an operator, and `\(TextEdges.trimmed(before))` stands before it",
            suggestion: "take `\(name)` out")
    }

    // MARK: Functions

    /// `has account.industry`, `between account.employees 5 50`.
    ///
    /// - Returns: Nil when the word names no function.
    static func call(
        _ function: String, at place: Int, argumentsFrom offset: Int, in source: [UInt8]
    ) -> ExpressionIssue? {
        guard let count = functions[function] else { return nil }
        var arguments = words(from: offset, in: source).filter { $0.lowercased() != "and" }.prefix(count).map { word in
            named.contains(function) && !word.contains("\"") && !word.contains("'") && !word.contains(".")
                ? "\"\(word)\"" : word
        }
        while arguments.count < count { arguments.append("…") }
        return ExpressionIssue(
            offset: place, message: "what `\(function)` takes stands in brackets",
            suggestion: "\(function)(\(arguments.joined(separator: ", ")))")
    }

    /// `in ("law", "office")`.
    static func list(at offset: Int, in source: [UInt8]) -> ExpressionIssue? {
        var start = offset
        while start > 0, source[start - 1] != UInt8(ascii: "("), source[start - 1] != UInt8(ascii: ")") { start -= 1 }
        guard start > 0, source[start - 1] == UInt8(ascii: "(") else { return nil }
        var before = start - 1
        while before > 0, source[before - 1] == 0x20 { before -= 1 }
        guard before > 2, source[(before - 2)..<before].elementsEqual("in".utf8), !Lexer.isLetter(source[before - 3])
        else { return nil }
        let end = source[offset...].firstIndex(of: UInt8(ascii: ")")) ?? source.count
        let inner = String(decoding: source[start..<end].prefix(200), as: UTF8.self)
        return ExpressionIssue(
            offset: start - 1, message: "a list stands in square brackets", suggestion: "[\(inner)]")
    }

    // MARK: Numbers and times

    /// `5_000_000.0`, `5 000 000`.
    ///
    /// - Parameter start: Of the digits.
    static func grouped(from start: Int, in source: [UInt8]) -> ExpressionIssue? {
        for mark in [UInt8(ascii: "_"), 0x20] {
            var end = start
            while end < source.count, Lexer.isDigit(source[end]) { end += 1 }
            guard (1...3).contains(end - start) else { continue }
            var groups = 0
            while end + 3 < source.count, source[end] == mark,
                (1...3).allSatisfy({ Lexer.isDigit(source[end + $0]) }),
                end + 4 == source.count || !Lexer.isDigit(source[end + 4])
            {
                end += 4
                groups += 1
            }
            guard groups > 0 else { continue }
            var digits = source[start..<end].filter { $0 != mark }
            if end + 1 < source.count, source[end] == UInt8(ascii: "."), Lexer.isDigit(source[end + 1]) {
                digits += [source[end]] + source[(end + 1)...].prefix { Lexer.isDigit($0) }
            }
            return ExpressionIssue(
                offset: start, message: "a number is written without separators between thousands",
                suggestion: String(decoding: digits, as: UTF8.self))
        }
        return nil
    }

    /// `14d` and `14 days` as a duration.
    static func duration(_ text: String) -> String? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = TextEdges.trimmed(String(text[digits.endIndex...])).lowercased()
        let hours: [(Int, [String])] = [
            (1, ["h", "hour", "hours", "std", "stunden"]), (24, ["d", "day", "days", "tag", "tage"]),
            (168, ["w", "week", "weeks", "woche", "wochen"]), (720, ["month", "months", "monat", "monate"]),
            (8_760, ["y", "year", "years", "jahr", "jahre"]),
        ]
        guard let value = Int(digits), value < 1_000_000 else { return nil }
        if let factor = hours.first(where: { $0.1.contains(unit) })?.0 { return "duration(\"\(value * factor)h\")" }
        if ["min", "mins", "minute", "minutes", "minuten"].contains(unit) { return "duration(\"\(value)m\")" }
        if ["s", "sec", "secs", "second", "seconds", "sekunden"].contains(unit) { return "duration(\"\(value)s\")" }
        return nil
    }

    /// Whether a number is taken from a time, or compared with a difference of times.
    static func isSpan(endingBefore offset: Int, in source: [UInt8]) -> Bool {
        String(decoding: source[..<offset].suffix(200), as: UTF8.self)
            .split { !$0.isLetter && $0 != "_" && !$0.isNumber }.contains("now")
    }

    /// `events.visit within 14d`.
    static func since(_ name: String, at offset: Int, after path: String, in source: [UInt8]) -> ExpressionIssue? {
        let following = words(from: offset + name.utf8.count, in: source)
        let number = following.first ?? ""
        let span = duration(number) ?? duration(number + (following.dropFirst().first ?? ""))
        let isEvent = path.split(separator: ".").dropLast().last == "events"
        let time = path.isEmpty ? "X" : isEvent ? path + ".last" : path
        return ExpressionIssue(
            offset: offset, message: "`\(name)` is not an operator",
            suggestion: "\(time) > now - \(span ?? "duration(\"336h\")")")
    }

    // MARK: Words

    /// The next words, up to what joins conditions; a text between quotes is one.
    static func words(from offset: Int, in source: [UInt8]) -> [String] {
        var result: [String] = []
        var word: [UInt8] = []
        var quote: UInt8?
        for byte in source.dropFirst(offset).prefix(256) {
            if let open = quote {
                word.append(byte)
                if byte == open { quote = nil }
                continue
            }
            if "&|();{}".utf8.contains(byte) { break }
            if byte == 0x20 || byte == UInt8(ascii: ",") || byte == 0x0a {
                if !word.isEmpty { result.append(String(decoding: word, as: UTF8.self)) }
                word = []
                if result.count == 4 { return result }
                continue
            }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { quote = byte }
            word.append(byte)
        }
        if !word.isEmpty, quote == nil { result.append(String(decoding: word, as: UTF8.self)) }
        return result
    }
}
