package import Model

/// A message with a JSON form, that of docs/json.md: protobuf's, but with numbers of 64 bits as numbers and enums as
/// lower-case words. Fields that are empty, zero or false are written too, so that scripts need not know the defaults; messages that are absent are not.
///
/// Source: protobuf.dev/programming-guides/json.
package protocol JSONWritable {
    /// As docs/json.md describes it.
    var json: JSON { get }
}

extension JSON {
    /// A map, in its order.
    static func entries(_ entries: [TextEntry]) -> JSON { .object(entries.map { .init($0.name, .string($0.text)) }) }

    /// A map, by its keys.
    static func map(_ values: [String: JSON]) -> JSON {
        .object(values.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) })
    }
}

/// Base64 with padding. Source: RFC 4648, section 4.
enum Base64Text {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = Swift.min(3, bytes.count - start)
            var group: UInt32 = 0
            for index in 0..<3 { group = group << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
            for position in 0..<4 {
                text.append(
                    position <= count ? alphabet[Int(group >> UInt32(18 - 6 * position) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
