/// A word of the language, with where it stands.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        case identifier(String)
        case int(UInt64)
        case uint(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        /// An operator or bracket, as written.
        case symbol(String)
        case end
    }

    let kind: Kind
    /// UTF-8 bytes from the start of the source.
    let offset: Int
}

/// Cuts a source into tokens.
///
/// Source: google/cel-spec, doc/langdef.md, "Syntax".
struct Lexer {
    private let source: [UInt8]
    private var position = 0

    init(_ source: String) {
        self.source = Array(source.utf8)
    }

    private static let symbols: [String] = [
        "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[",
        "]", "{", "}",
    ]

    /// - Throws: What is wrong with the next token.
    mutating func next() throws(ExpressionIssue) -> Token {
        skipSpace()
        let start = position
        guard position < source.count else { return Token(kind: .end, offset: start) }
        let byte = source[position]
        if let literal = try textLiteral() { return Token(kind: literal, offset: start) }
        if Self.isLetter(byte) { return Token(kind: .identifier(word()), offset: start) }
        if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && position + 1 < source.count && Self.isDigit(source[position + 1])) {
            return Token(kind: try number(), offset: start)
        }
        if byte == UInt8(ascii: "`") { return Token(kind: try quotedIdentifier(), offset: start) }
        for symbol in Self.symbols where source[position...].starts(with: symbol.utf8) {
            position += symbol.utf8.count
            return Token(kind: .symbol(symbol), offset: start)
        }
        if byte == UInt8(ascii: "=") {
            throw ExpressionIssue(offset: start, message: "`=` is not an operator", suggestion: "==")
        }
        if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "|") {
            let single = String(UnicodeScalar(byte))
            throw ExpressionIssue(offset: start, message: "`\(single)` is not an operator", suggestion: single + single)
        }
        let character = String(decoding: source[position...].prefix(4), as: UTF8.self).first.map(String.init) ?? "?"
        throw ExpressionIssue(offset: start, message: "the character `\(character)` does not belong to an expression")
    }

    private mutating func skipSpace() {
        while position < source.count {
            switch source[position] {
            case 0x20, 0x09, 0x0a, 0x0d, 0x0c:
                position += 1
            case UInt8(ascii: "/") where position + 1 < source.count && source[position + 1] == UInt8(ascii: "/"):
                while position < source.count, source[position] != 0x0a { position += 1 }
            default:
                return
            }
        }
    }

    private mutating func word() -> String {
        let start = position
        while position < source.count, Self.isLetter(source[position]) || Self.isDigit(source[position]) { position += 1 }
        return String(decoding: source[start..<position], as: UTF8.self)
    }

    private mutating func quotedIdentifier() throws(ExpressionIssue) -> Token.Kind {
        let start = position
        position += 1
        let first = position
        while position < source.count, source[position] != UInt8(ascii: "`") { position += 1 }
        guard position < source.count, position > first else {
            throw ExpressionIssue(offset: start, message: "a quoted name does not end")
        }
        defer { position += 1 }
        return .identifier(String(decoding: source[first..<position], as: UTF8.self))
    }

    // MARK: Numbers

    private mutating func number() throws(ExpressionIssue) -> Token.Kind {
        let start = position
        if source[position] == UInt8(ascii: "0"), position + 1 < source.count, source[position + 1] | 0x20 == UInt8(ascii: "x") {
            return try hexadecimal()
        }
        var isDouble = false
        skipDigits()
        if position + 1 < source.count, source[position] == UInt8(ascii: "."), Self.isDigit(source[position + 1]) {
            isDouble = true
            position += 1
            skipDigits()
        }
        if position < source.count, source[position] | 0x20 == UInt8(ascii: "e") {
            var end = position + 1
            if end < source.count, source[end] == UInt8(ascii: "+") || source[end] == UInt8(ascii: "-") { end += 1 }
            if end < source.count, Self.isDigit(source[end]) {
                isDouble = true
                position = end
                skipDigits()
            }
        }
        let text = String(decoding: source[start..<position], as: UTF8.self)
        if isDouble {
            guard let value = Double(text) else { throw ExpressionIssue(offset: start, message: "`\(text)` is no number") }
            return .double(value)
        }
        return try integer(text, radix: 10, start: start)
    }

    private mutating func hexadecimal() throws(ExpressionIssue) -> Token.Kind {
        let start = position
        position += 2
        let first = position
        while position < source.count, Self.hexadecimalDigit(source[position]) != nil { position += 1 }
        return try integer(String(decoding: source[first..<position], as: UTF8.self), radix: 16, start: start)
    }

    private mutating func integer(_ digits: String, radix: Int, start: Int) throws(ExpressionIssue) -> Token.Kind {
        guard let value = UInt64(digits, radix: radix) else {
            throw ExpressionIssue(offset: start, message: "`\(digits)` does not fit into 64 bits")
        }
        if position < source.count, source[position] | 0x20 == UInt8(ascii: "u") {
            position += 1
            return .uint(value)
        }
        return .int(value)
    }

    private mutating func skipDigits() {
        while position < source.count, Self.isDigit(source[position]) { position += 1 }
    }

    // MARK: Text

    /// Strings and bytes, with the prefixes `r` and `b` in either case and order.
    private mutating func textLiteral() throws(ExpressionIssue) -> Token.Kind? {
        var index = position
        var isRaw = false
        var isBytes = false
        while index < source.count, index < position + 2 {
            let letter = source[index] | 0x20
            if letter == UInt8(ascii: "r"), !isRaw {
                isRaw = true
            } else if letter == UInt8(ascii: "b"), !isBytes {
                isBytes = true
            } else {
                break
            }
            index += 1
        }
        guard index < source.count, source[index] == UInt8(ascii: "\"") || source[index] == UInt8(ascii: "'") else { return nil }
        let start = position
        position = index
        let content = try quoted(isRaw: isRaw, isBytes: isBytes, start: start)
        if isBytes { return .bytes(content) }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw ExpressionIssue(offset: start, message: "the string is not valid UTF-8")
        }
        return .string(text)
    }

    private mutating func quoted(isRaw: Bool, isBytes: Bool, start: Int) throws(ExpressionIssue) -> [UInt8] {
        let quote = source[position]
        let isTriple = source[position...].starts(with: [quote, quote, quote])
        position += isTriple ? 3 : 1
        var content: [UInt8] = []
        while position < source.count {
            let byte = source[position]
            if byte == quote, !isTriple || source[position...].starts(with: [quote, quote, quote]) {
                position += isTriple ? 3 : 1
                return content
            }
            if !isTriple, byte == 0x0a || byte == 0x0d { break }
            if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(into: &content, isBytes: isBytes)
            } else {
                content.append(byte)
                position += 1
            }
        }
        throw ExpressionIssue(offset: start, message: "the string does not end")
    }

    private mutating func escape(into content: inout [UInt8], isBytes: Bool) throws(ExpressionIssue) {
        let start = position
        position += 1
        guard position < source.count else { throw ExpressionIssue(offset: start, message: "the string does not end") }
        let letter = source[position]
        position += 1
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0c, UInt8(ascii: "n"): 0x0a,
            UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09, UInt8(ascii: "v"): 0x0b, UInt8(ascii: "\\"): 0x5c,
            UInt8(ascii: "?"): 0x3f, UInt8(ascii: "\""): 0x22, UInt8(ascii: "'"): 0x27, UInt8(ascii: "`"): 0x60,
        ]
        if let byte = plain[letter] {
            content.append(byte)
            return
        }
        switch letter {
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            append(try digits(2, radix: 16, start: start), to: &content, isBytes: isBytes)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            position -= 1
            append(try digits(3, radix: 8, start: start), to: &content, isBytes: isBytes)
        case UInt8(ascii: "u") where !isBytes, UInt8(ascii: "U") where !isBytes:
            let value = try digits(letter == UInt8(ascii: "u") ? 4 : 8, radix: 16, start: start)
            guard let scalar = UnicodeScalar(value) else {
                throw ExpressionIssue(offset: start, message: "the escape names no Unicode character")
            }
            content += Array(String(scalar).utf8)
        default:
            throw ExpressionIssue(offset: start, message: "`\\\(String(UnicodeScalar(letter)))` is no escape")
        }
    }

    private func append(_ value: UInt32, to content: inout [UInt8], isBytes: Bool) {
        if isBytes {
            content.append(UInt8(truncatingIfNeeded: value))
        } else if let scalar = UnicodeScalar(value) {
            content += Array(String(scalar).utf8)
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32, start: Int) throws(ExpressionIssue) -> UInt32 {
        var value: UInt64 = 0
        for _ in 0..<count {
            guard position < source.count, let digit = Self.hexadecimalDigit(source[position]), UInt32(digit) < radix else {
                throw ExpressionIssue(offset: start, message: "the escape needs \(count) digits")
            }
            value = value * UInt64(radix) + UInt64(digit)
            position += 1
        }
        return UInt32(truncatingIfNeeded: value)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
