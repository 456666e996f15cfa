internal import Model

/// Strings and bytes between quotes.
extension Lexer {
    /// Strings and bytes, with the prefixes `r` and `b` in either case and order.
    ///
    /// - Returns: nil when there is none here.
    mutating func textLiteral() throws(ExpressionIssue) -> Token.Kind? {
        var prefix = 0
        var isRaw = false
        var isBytes = false
        while prefix < 2 {
            let letter = byte(prefix) | 0x20
            if letter == UInt8(ascii: "r"), !isRaw {
                isRaw = true
            } else if letter == UInt8(ascii: "b"), !isBytes {
                isBytes = true
            } else {
                break
            }
            prefix += 1
        }
        guard byte(prefix) == UInt8(ascii: "\"") || byte(prefix) == UInt8(ascii: "'") else { return nil }
        let start = position
        position += prefix
        let content = try quoted(isRaw: isRaw, isBytes: isBytes, start: start)
        guard !isBytes else { return .bytes(content) }
        let text = String(decoding: content, as: UTF8.self)
        return .string(normalisesTexts ? text.normalForm : text)
    }

    private mutating func quoted(isRaw: Bool, isBytes: Bool, start: Int) throws(ExpressionIssue) -> [UInt8] {
        let quote = source[position]
        let isTriple = byte(1) == quote && byte(2) == quote
        position += isTriple ? 3 : 1
        var content: [UInt8] = []
        while position < source.count {
            let next = source[position]
            if next == quote, !isTriple || (byte(1) == quote && byte(2) == quote) {
                position += isTriple ? 3 : 1
                return content
            }
            if !isTriple, next == 0x0a || next == 0x0d { break }
            if next == UInt8(ascii: "\\"), !isRaw {
                try escape(into: &content, isBytes: isBytes)
                continue
            }
            content.append(next)
            position += 1
        }
        throw ExpressionIssue(offset: start, message: "the text that begins here does not end")
    }

    private mutating func escape(into content: inout [UInt8], isBytes: Bool) throws(ExpressionIssue) {
        let start = position
        let letter = byte(1)
        position += 2
        if let plain = Self.plainEscape(letter) {
            content.append(plain)
            return
        }
        let value: UInt32
        switch letter {
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            value = try digits(2, radix: 16, start: start)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            position -= 1
            value = try digits(3, radix: 8, start: start)
        case UInt8(ascii: "u") where !isBytes:
            value = try surrogates(digits(4, radix: 16, start: start), start: start)
        case UInt8(ascii: "U") where !isBytes:
            value = try digits(8, radix: 16, start: start)
        default:
            let written = String(decoding: source[start...].prefix(2), as: UTF8.self)
            throw ExpressionIssue(
                offset: start, message: "`\(written)` is no escape; a backslash itself is written `\\\\`")
        }
        if isBytes {
            content.append(UInt8(truncatingIfNeeded: value))
        } else if let scalar = UnicodeScalar(value) {
            content.append(contentsOf: String(scalar).utf8)
        } else {
            throw ExpressionIssue(offset: start, message: "the escape names no Unicode character")
        }
    }

    private static func plainEscape(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "a"): 0x07
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "v"): 0x0b
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): letter
        default: nil
        }
    }

    /// Two escapes of four digits may write one character beyond the first 65,536.
    private mutating func surrogates(_ first: UInt32, start: Int) throws(ExpressionIssue) -> UInt32 {
        guard 0xd800...0xdbff ~= first, byte() == UInt8(ascii: "\\"), byte(1) == UInt8(ascii: "u") else { return first }
        position += 2
        let second = try digits(4, radix: 16, start: start)
        guard 0xdc00...0xdfff ~= second else { return first }
        return 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
    }

    private mutating func digits(_ count: Int, radix: UInt32, start: Int) throws(ExpressionIssue) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = Self.hexadecimalDigit(byte()), UInt32(digit) < radix else {
                throw ExpressionIssue(offset: start, message: "the escape needs \(count) digits")
            }
            value = value << (radix == 8 ? 3 : 4) | UInt32(digit)
            position += 1
        }
        return value
    }
}
