package import Model

/// A decision with its id and whose it is; valid until the next question on its loop.
package struct Answer: BitwiseCopyable {
    package let decision: UnsafePointer<Decision>
    /// 32 hexadecimal digits, for a preview behind `Answer.previewPrefix`.
    package let identifier: BorrowedText
    /// Under which the visitor is kept; empty for nobody, likewise `accountID`.
    package let visitorID: BorrowedText
    package let accountID: BorrowedText

    /// What the id of a preview begins with: exposures that name one are refused.
    package static let previewPrefix = StaticString("preview-")
    /// The longest identifier.
    static let identifierBytesMax = previewPrefix.utf8CodeUnitCount + 2 * MemoryLayout<Hash.Wide>.size

    private static let hexadecimalDigits = StaticString("0123456789abcdef")

    /// - Parameter room: For `identifierBytesMax` bytes.
    /// - Returns: The identifier, in the room.
    static func identifier(
        _ hash: Hash.Wide, isPreview: Bool, in room: UnsafeMutablePointer<UInt8>
    ) -> BorrowedText {
        let prefixCount = isPreview ? previewPrefix.utf8CodeUnitCount : 0
        room.update(from: previewPrefix.utf8Start, count: prefixCount)
        let digits = room + prefixCount
        for position in 0..<16 {
            let word = position < 8 ? hash.high : hash.low
            let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (position % 8)))
            digits[2 * position] = hexadecimalDigits.utf8Start[Int(byte >> 4)]
            digits[2 * position + 1] = hexadecimalDigits.utf8Start[Int(byte & 15)]
        }
        return BorrowedText(start: UnsafePointer(room), count: prefixCount + 32)
    }
}
