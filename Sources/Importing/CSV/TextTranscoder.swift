package import Model

/// Turns text in another encoding into UTF-8 as it arrives, in pieces of any size.
///
/// Bytes that are no text become the byte 0xFF, which UTF-8 never holds: whoever reads the result finds the place.
package struct TextTranscoder {
    private let encoding: TextEncoding
    /// Of UTF-16: whether the more significant byte comes first; nil before the first two bytes.
    private var isBigEndian: Bool?
    /// The half of a unit that the last piece ended in.
    private var half: UInt8?
    /// The first of two units that make one character.
    private var lead: UInt16?
    private var output: [UInt8] = []

    private static let noText: UInt8 = 0xFF

    /// - Precondition: Not UTF-8, which needs no change.
    package init(_ encoding: TextEncoding) {
        precondition(encoding != .utf8, "UTF-8 is read as it is")
        self.encoding = encoding
    }

    /// - Returns: What the piece says, in UTF-8; a mark of the byte order is left out.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        output.removeAll(keepingCapacity: true)
        output.reserveCapacity(piece.count * 2)
        switch encoding {
        case .utf8: output += piece
        case .latin1: for byte in piece { append(Unicode.Scalar(byte)) }
        case .windows1252: for byte in piece { appendWindows(byte) }
        case .utf16: for byte in piece { takeHalf(byte) }
        }
        return output
    }

    /// - Returns: What is left when the file ends amid a character.
    package mutating func finish() -> [UInt8] {
        defer {
            half = nil
            lead = nil
        }
        return half == nil && lead == nil ? [] : [Self.noText]
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        output += String(scalar).utf8
    }

    private mutating func appendWindows(_ byte: UInt8) {
        guard (0x80...0x9F).contains(byte) else { return append(Unicode.Scalar(byte)) }
        guard let scalar = Unicode.Scalar(Self.windows[Int(byte) - 0x80]), scalar.value != 0 else {
            return output.append(Self.noText)
        }
        append(scalar)
    }

    /// - Returns: The byte that stands for it in an encoding with a character for each byte; nil for none.
    static func byte(of scalar: Unicode.Scalar, in encoding: TextEncoding) -> UInt8? {
        if encoding == .windows1252, let place = windows.firstIndex(where: { $0 != 0 && UInt32($0) == scalar.value }) {
            return UInt8(0x80 + place)
        }
        return UInt8(exactly: scalar.value)
    }

    private mutating func takeHalf(_ byte: UInt8) {
        guard let first = half else {
            half = byte
            return
        }
        half = nil
        if isBigEndian == nil {
            // Without a mark: the first character of a header is ASCII, so one half of it is 0.
            isBigEndian = (first == 0xFE && byte == 0xFF) || (first == 0 && byte != 0)
            if (first == 0xFE && byte == 0xFF) || (first == 0xFF && byte == 0xFE) { return }
        }
        let isBig = isBigEndian == true
        take(UInt16(isBig ? first : byte) << 8 | UInt16(isBig ? byte : first))
    }

    private mutating func take(_ unit: UInt16) {
        if let first = lead {
            lead = nil
            if UTF16.isTrailSurrogate(unit) {
                let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
                if let scalar = Unicode.Scalar(value) { append(scalar) }
                return
            }
            output.append(Self.noText)
        }
        if UTF16.isLeadSurrogate(unit) {
            lead = unit
        } else if let scalar = Unicode.Scalar(unit) {
            append(scalar)
        } else {
            output.append(Self.noText)
        }
    }

    /// What 0x80 to 0x9F stand for; 0 for nothing.
    ///
    /// Source: Unicode Consortium, Mappings/VENDORS/MICSFT/WINDOWS/CP1252.TXT.
    private static let windows: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]
}
