/// Cuts a source into tokens, byte by byte.
///
/// Source: google/cel-spec, doc/langdef.md, "Syntax".
struct Lexer {
    let source: [UInt8]
    var position = 0
    /// See `Environment.normalisesTexts`.
    let normalisesTexts: Bool

    init(_ source: String, normalisesTexts: Bool) {
        self.source = Array(source.utf8)
        self.normalisesTexts = normalisesTexts
    }

    /// The byte that many places on; 0 behind the end, which no token contains outside of quotes.
    func byte(_ ahead: Int = 0) -> UInt8 {
        position + ahead < source.count ? source[position + ahead] : 0
    }

    /// - Throws: What is wrong with the next token.
    mutating func next() throws(ExpressionIssue) -> Token {
        skipSpace()
        let start = position
        guard position < source.count else { return Token(kind: .end, offset: start) }
        let first = source[position]
        if Self.isLetter(first) {
            if let literal = try textLiteral() { return Token(kind: literal, offset: start) }
            return Token(kind: word(), offset: start)
        }
        if Self.isDigit(first) || (first == UInt8(ascii: ".") && Self.isDigit(byte(1))) {
            return Token(kind: try number(), offset: start)
        }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'"), let literal = try textLiteral() {
            return Token(kind: literal, offset: start)
        }
        if first == UInt8(ascii: "`") { return Token(kind: try quotedIdentifier(), offset: start) }
        if let symbol = symbol(first) { return Token(kind: .symbol(symbol), offset: start) }
        throw stray(first)
    }

    private mutating func skipSpace() {
        while position < source.count {
            switch source[position] {
            case 0x20, 0x09, 0x0a, 0x0d, 0x0c:
                position += 1
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
                while position < source.count, source[position] != 0x0a { position += 1 }
            default:
                return
            }
        }
    }

    private mutating func symbol(_ first: UInt8) -> Symbol? {
        let second = byte(1)
        let double: Symbol? =
            switch (first, second) {
            case (UInt8(ascii: "="), UInt8(ascii: "=")): .equal
            case (UInt8(ascii: "!"), UInt8(ascii: "=")): .notEqual
            case (UInt8(ascii: "<"), UInt8(ascii: "=")): .lessOrEqual
            case (UInt8(ascii: ">"), UInt8(ascii: "=")): .greaterOrEqual
            case (UInt8(ascii: "&"), UInt8(ascii: "&")): .and
            case (UInt8(ascii: "|"), UInt8(ascii: "|")): .or
            default: nil
            }
        if let double {
            position += 2
            return double
        }
        let single: Symbol? =
            switch first {
            case UInt8(ascii: "<"): .less
            case UInt8(ascii: ">"): .greater
            case UInt8(ascii: "!"): .not
            case UInt8(ascii: "+"): .plus
            case UInt8(ascii: "-"): .minus
            case UInt8(ascii: "*"): .star
            case UInt8(ascii: "/"): .slash
            case UInt8(ascii: "%"): .percent
            case UInt8(ascii: "?"): .question
            case UInt8(ascii: ":"): .colon
            case UInt8(ascii: "."): .dot
            case UInt8(ascii: ","): .comma
            case UInt8(ascii: "("): .leftParenthesis
            case UInt8(ascii: ")"): .rightParenthesis
            case UInt8(ascii: "["): .leftBracket
            case UInt8(ascii: "]"): .rightBracket
            case UInt8(ascii: "{"): .leftBrace
            case UInt8(ascii: "}"): .rightBrace
            default: nil
            }
        if single != nil { position += 1 }
        return single
    }

    private func stray(_ byte: UInt8) -> ExpressionIssue {
        switch byte {
        case UInt8(ascii: "="):
            // `===` begins as `==` does.
            if position >= 2, source[position - 2..<position].elementsEqual("==".utf8),
                self.byte(1) != UInt8(ascii: ">")
            {
                return ExpressionIssue(offset: position - 2, message: "`===` is not an operator", suggestion: "==")
            }
            return Slips.equals(before: self.byte(1), at: position)
        case UInt8(ascii: "&"), UInt8(ascii: "|"):
            let single = String(UnicodeScalar(byte))
            return ExpressionIssue(
                offset: position, message: "`\(single)` is not an operator", suggestion: single + single)
        default:
            return Slips.character(at: position, in: source)
        }
    }

    // MARK: Names

    private mutating func word() -> Token.Kind {
        let start = position
        while position < source.count, Self.isLetter(source[position]) || Self.isDigit(source[position]) {
            position += 1
        }
        let text = String(decoding: source[start..<position], as: UTF8.self)
        return switch text {
        case "in": .symbol(.isIn)
        case "true": .symbol(.isTrue)
        case "false": .symbol(.isFalse)
        case "null": .symbol(.isNull)
        default: .identifier(text, isQuoted: false)
        }
    }

    /// A field's name between backticks: letters, digits and `_ . - / space`.
    private mutating func quotedIdentifier() throws(ExpressionIssue) -> Token.Kind {
        let start = position
        position += 1
        let first = position
        while position < source.count, source[position] != UInt8(ascii: "`") {
            let byte = source[position]
            guard Self.isLetter(byte) || Self.isDigit(byte) || " .-/".utf8.contains(byte) else {
                throw ExpressionIssue(
                    offset: position,
                    message: "a name in backticks holds letters, digits, `_`, `.`, `-`, `/` and spaces")
            }
            position += 1
        }
        guard position < source.count, position > first else {
            throw ExpressionIssue(offset: start, message: "a name in backticks does not end")
        }
        defer { position += 1 }
        return .identifier(String(decoding: source[first..<position], as: UTF8.self), isQuoted: true)
    }

    // MARK: Numbers

    private mutating func number() throws(ExpressionIssue) -> Token.Kind {
        let start = position
        if source[position] == UInt8(ascii: "0"), byte(1) | 0x20 == UInt8(ascii: "x") {
            position += 2
            return try integer(radix: 16, start: start) { Self.hexadecimalDigit($0) }
        }
        var end = position
        while end < source.count, Self.isDigit(source[end]) { end += 1 }
        var isDouble = false
        if end + 1 < source.count, source[end] == UInt8(ascii: "."), Self.isDigit(source[end + 1]) {
            isDouble = true
            end += 1
            while end < source.count, Self.isDigit(source[end]) { end += 1 }
        }
        if end < source.count, source[end] | 0x20 == UInt8(ascii: "e") {
            var digit = end + 1
            if digit < source.count, source[digit] == UInt8(ascii: "+") || source[digit] == UInt8(ascii: "-") {
                digit += 1
            }
            if digit < source.count, Self.isDigit(source[digit]) {
                isDouble = true
                end = digit
                while end < source.count, Self.isDigit(source[end]) { end += 1 }
            }
        }
        guard isDouble else {
            return try integer(radix: 10, start: start) { Self.isDigit($0) ? $0 - UInt8(ascii: "0") : nil }
        }
        let text = String(decoding: source[start..<end], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw ExpressionIssue(offset: start, message: "`\(text)` does not fit into a double")
        }
        position = end
        return .double(value)
    }

    private mutating func integer(
        radix: UInt64, start: Int, digit: (UInt8) -> UInt8?
    ) throws(ExpressionIssue) -> Token.Kind {
        var value: UInt64 = 0
        let first = position
        while position < source.count, let next = digit(source[position]) {
            let (product, isTooBig) = value.multipliedReportingOverflow(by: radix)
            let (sum, isStillTooBig) = product.addingReportingOverflow(UInt64(next))
            guard !isTooBig, !isStillTooBig else {
                throw ExpressionIssue(offset: start, message: "the number does not fit into 64 bits")
            }
            value = sum
            position += 1
        }
        guard position > first else { throw ExpressionIssue(offset: start, message: "`0x` needs digits") }
        if byte() | 0x20 == UInt8(ascii: "u") {
            position += 1
            return .uint(value)
        }
        return .int(value)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
    }

    static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
