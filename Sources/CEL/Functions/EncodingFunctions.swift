/// Base 64 and quoting.
///
/// Source: google/cel-go, ext/README.md, "Encoders" and "Strings"; RFC 4648, section 4.
enum EncodingFunctions {
    static let functions: [String: FunctionLibrary.Body] = [
        "base64.encode": { arguments, meter throws(Fault) in
            guard arguments.count == 1, case .bytes(let bytes) = arguments[0] else { return nil }
            try meter.charge(newBytes: bytes.count / 3 * 4 + 4)
            return .string(encoded(bytes))
        },
        "base64.decode": { arguments, meter throws(Fault) in
            guard arguments.count == 1, case .string(let text) = arguments[0] else { return nil }
            try meter.charge(newBytes: text.utf8.count)
            guard let bytes = decoded(Array(text.utf8)) else { throw Fault("`\(text.shortened)` is not base 64") }
            return .bytes(bytes)
        },
        "strings.quote": { arguments, meter throws(Fault) in
            guard arguments.count == 1, case .string(let text) = arguments[0] else { return nil }
            try meter.charge(newBytes: text.utf8.count * 2 + 2)
            return .string(quoted(text))
        },
    ]

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func encoded(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0 as UInt32) { $0 << 8 | UInt32($1) } << UInt32((3 - group.count) * 8)
            for place in 0..<4 {
                result.append(
                    place <= group.count ? alphabet[Int(bits >> UInt32(18 - place * 6) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The padding may be left out.
    private static func decoded(_ text: [UInt8]) -> [UInt8]? {
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2, padding == 0 || text.count % 4 == 0, (text.count - padding) % 4 != 1 else { return nil }
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for byte in text.dropLast(padding) {
            guard let digit = alphabet.firstIndex(of: byte) else { return nil }
            bits = bits << 6 | UInt32(digit)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> bitCount))
        }
        return result
    }

    private static func quoted(_ text: String) -> String {
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            let escape: Unicode.Scalar? =
                switch byte {
                case 0x07: "a"
                case 0x08: "b"
                case 0x0c: "f"
                case 0x0a: "n"
                case 0x0d: "r"
                case 0x09: "t"
                case 0x0b: "v"
                case UInt8(ascii: "\\"): "\\"
                case UInt8(ascii: "\""): "\""
                default: nil
                }
            if let escape {
                result += [UInt8(ascii: "\\"), UInt8(ascii: escape)]
            } else {
                result.append(byte)
            }
        }
        result.append(UInt8(ascii: "\""))
        return String(decoding: result, as: UTF8.self)
    }
}
