// The standard library normalises its texts to compare them; this is its only door to that without Foundation.
@_spi(_Unicode) internal import Swift

/// The one form in which texts are kept and compared: Unicode's Normalization Form C.
///
/// `Zürich` can be written with one character for the ü or with two; both look alike and mean the same. Whatever comes in (requests,
/// profiles, rules, lists, links) takes this form at the edge, so that everything behind compares bytes. Ids are no texts: they are
/// hashed, as other systems hash them, and stay as they were sent.
///
/// Source: Unicode Standard Annex #15, Unicode Normalization Forms.
package enum NormalForm {
    /// Below U+0300 nothing combines: every lead byte of UTF-8 is below this one.
    private static let leadOfCombining: UInt8 = 0xcc

    /// - Parameter bytes: UTF-8.
    /// - Returns: Whether the text certainly has the form already; false means that it has to be looked at. Allocates nothing.
    /// - Complexity: O(bytes).
    ///
    /// Source: UAX #15, section 9, "Detecting Normalization Forms".
    package static func isCertain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count, bytes[index] < leadOfCombining { index += 1 }
        guard index < bytes.count else { return true }
        var lastClass: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte >= leadOfCombining else {
                // A byte within a character below U+0300, which starts anew what combines.
                lastClass = 0
                index += 1
                continue
            }
            let count = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
            guard index + count <= bytes.count else { return false }
            var value = UInt32(byte) & (count == 2 ? 0x1f : count == 3 ? 0x0f : 0x07)
            for offset in 1..<count { value = value << 6 | UInt32(bytes[index + offset] & 0x3f) }
            index += count
            // Letters of Cyrillic, kana, the unified ideographs and the syllables of Hangul stand for themselves.
            if 0x0400...0x0482 ~= value || 0x3041...0x3096 ~= value || 0x30a0...0x9fff ~= value
                || 0xac00...0xd7a3 ~= value
            {
                lastClass = 0
                continue
            }
            guard !isDoubtful(value), let scalar = Unicode.Scalar(value) else { return false }
            let combining = scalar.properties.canonicalCombiningClass.rawValue
            guard combining == 0 || combining >= lastClass else { return false }
            lastClass = combining
        }
        return true
    }

    private static func isDoubtful(_ value: UInt32) -> Bool {
        var low = 0
        var high = doubtful.count
        while low < high {
            let middle = (low + high) / 2
            if doubtful[middle].last < value { low = middle + 1 } else { high = middle }
        }
        return low < doubtful.count && doubtful[low].first <= value
    }
}

extension String {
    /// The text in its one form; see `NormalForm`.
    package var normalForm: String {
        var text = self
        guard !text.withUTF8(NormalForm.isCertain) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc { scalars.append(scalar) }
        return String(scalars)
    }
}
