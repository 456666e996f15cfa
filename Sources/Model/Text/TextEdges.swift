/// White space and characters that nobody sees: what programs leave around texts and put within numbers and times.
///
/// Source: Unicode 16, PropList.txt (White_Space), and of the format characters (Cf) those without a glyph.
package enum TextEdges {
    /// What stands at a place of a text.
    private enum Mark {
        case space
        case invisible
    }

    /// - Parameter text: Valid UTF-8.
    /// - Returns: The text without white space and invisible characters at its edges.
    package static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = text.count
        while start < end, isPlainSpace(text[start]) { start += 1 }
        while end > start, isPlainSpace(text[end - 1]) { end -= 1 }
        // Nearly every text begins and ends with ASCII.
        if end > start, (text[start] | text[end - 1]) >= 0x80 { return trimmedBeyondASCII(text, start, end) }
        return UnsafeBufferPointer(rebasing: text[start..<end])
    }

    /// The same for a String.
    package static func trimmed(_ text: String) -> String {
        var text = text
        return text.withUTF8 { text in
            let part = trimmed(text)
            return part.count == text.count ? nil : String(decoding: part, as: UTF8.self)
        } ?? text
    }

    /// The text as people see it: every kind of space is a plain one, what is invisible is left out.
    ///
    /// - Parameter text: Valid UTF-8.
    package static func plain(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard let (mark, length) = mark(at: index, in: text) else {
                plain.append(text[index])
                index += 1
                continue
            }
            if case .space = mark { plain.append(0x20) }
            index += length
        }
        return plain
    }

    @inline(__always)
    private static func isPlainSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    private static func trimmedBeyondASCII(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
    ) -> UnsafeBufferPointer<UInt8> {
        var start = start
        var end = end
        while start < end {
            if isPlainSpace(text[start]) {
                start += 1
            } else if let (_, length) = mark(at: start, in: text), start + length <= end {
                start += length
            } else {
                break
            }
        }
        while end > start {
            if isPlainSpace(text[end - 1]) {
                end -= 1
            } else if let length = [2, 3].first(where: { length in
                end - length >= start && mark(at: end - length, in: text)?.length == length
            }) {
                end -= length
            } else {
                break
            }
        }
        return UnsafeBufferPointer(rebasing: text[start..<end])
    }

    /// - Returns: Nil for what is neither, ASCII included.
    private static func mark(at index: Int, in text: UnsafeBufferPointer<UInt8>) -> (mark: Mark, length: Int)? {
        let rest = text.count - index
        guard text[index] >= 0xC2, rest >= 2 else { return nil }
        switch text[index] {
        case 0xC2:
            switch text[index + 1] {
            case 0x85, 0xA0: return (.space, 2)
            case 0xAD: return (.invisible, 2)
            default: return nil
            }
        case 0xD8: return text[index + 1] == 0x9C ? (.invisible, 2) : nil
        case 0xE1, 0xE2, 0xE3, 0xEF:
            guard rest >= 3 else { return nil }
            let scalar = UInt32(text[index] & 0x0F) << 12 | UInt32(text[index + 1] & 0x3F) << 6
            return mark(scalar | UInt32(text[index + 2] & 0x3F)).map { ($0, 3) }
        default: return nil
        }
    }

    /// - Parameter scalar: Of three bytes.
    private static func mark(_ scalar: UInt32) -> Mark? {
        switch scalar {
        case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: .space
        case 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: .invisible
        default: nil
        }
    }
}
