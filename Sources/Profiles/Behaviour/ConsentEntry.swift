internal import Model

/// One choice of consent as the journal keeps it: what was agreed to or denied, when, by what, and the text that was shown.
package struct ConsentEntry: Sendable, Equatable {
    /// The choice, its purpose and source by numbers.
    package var choice: Behaviour.Consent
    /// Of the text that was shown; empty when nobody said, at most 64 bytes.
    package var textVersion: String

    package init(choice: Behaviour.Consent, textVersion: String) {
        self.choice = choice
        self.textVersion = textVersion
    }

    /// Choices kept of one id at most; the oldest go.
    package static let countMax = 200
    private static let format: UInt8 = 1
    private static let headBytes = 6
    private static let placeBytes = 12
    private static let textBytesMax = 255

    /// What stands behind whose it is in the key: the time, so that later ones come later, then the purpose.
    package var place: [UInt8] {
        let time = UInt64(bitPattern: choice.time.microseconds) ^ 1 << 63
        return withUnsafeBytes(of: time.bigEndian, Array.init)
            + withUnsafeBytes(of: choice.purpose.bigEndian, Array.init)
    }

    // Value: format, whether granted, the number of the source (4 bytes, little-endian), the text's version.

    /// - Parameters:
    ///   - place: The last bytes of the key.
    ///   - value: As `encoded` made it.
    /// - Returns: Nil for bytes that are no entry of this format.
    package init?(place: some Collection<UInt8>, value: UnsafeRawBufferPointer) {
        guard place.count == Self.placeBytes, value.count >= Self.headBytes, value[0] == Self.format, value[1] <= 1
        else {
            return nil
        }
        let time = place.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } ^ 1 << 63
        choice = Behaviour.Consent(
            purpose: place.dropFirst(8).reduce(UInt32(0)) { $0 << 8 | UInt32($1) },
            source: UInt32(littleEndian: value.loadUnaligned(fromByteOffset: 2, as: UInt32.self)),
            isGranted: value[1] == 1, time: Timestamp(microseconds: Int64(bitPattern: time)))
        textVersion = String(decoding: value[Self.headBytes...], as: UTF8.self)
    }

    /// The form that `init` reads.
    package func encoded() -> [UInt8] {
        [Self.format, choice.isGranted ? 1 : 0] + withUnsafeBytes(of: choice.source.littleEndian, Array.init)
            + textVersion.utf8.prefix(Self.textBytesMax)
    }

    /// Whether it says the same as another, at whatever time.
    package func repeats(_ other: ConsentEntry) -> Bool {
        choice.purpose == other.choice.purpose && choice.isGranted == other.choice.isGranted
            && choice.source == other.choice.source && textVersion == other.textVersion
    }
}
