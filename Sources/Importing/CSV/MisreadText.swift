internal import Model
internal import Profiles

/// Tells text in UTF-8 that was read with a character for each byte: `CafÃ©` for Café.
enum MisreadText {
    /// Whether all letters beyond ASCII are bytes of UTF-8, and are so by no chance.
    ///
    /// One character of two bytes may be two of the named encoding, as in `CAFÉ’S`, unless it is one that Western European text has: its
    /// first byte would be read as Â or Ã, with a sign behind it.
    ///
    /// - Parameters:
    ///   - text: In UTF-8, of an encoding with a character for each byte.
    ///   - encoding: That one.
    static func isUTF8(_ text: UnsafeBufferPointer<UInt8>, readAs encoding: TextEncoding) -> Bool {
        var bytes: [UInt8] = []
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            guard let byte = TextTranscoder.byte(of: scalar, in: encoding) else { return false }
            bytes.append(byte)
        }
        guard bytes.withUnsafeBufferPointer({ UTF8Check.isValid($0) }) else { return false }
        let letters = bytes.filter { $0 >= 0x80 }
        return letters.count > 2 || letters.first == 0xC2 || letters.first == 0xC3
    }
}
