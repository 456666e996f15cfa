internal import CCrypto

/// SHA-256 of a token: what is kept of it.
package struct TokenDigest: Sendable, Hashable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == Self.byteCount, "SHA-256 has 32 bytes")
        words = bytes.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    /// - Parameter stored: As `bytes` gave it.
    /// - Returns: nil when the length is another.
    package init?(stored: some Collection<UInt8>) {
        guard stored.count == Self.byteCount else { return nil }
        self = Array(stored).withUnsafeBytes { Self($0) }
    }

    package static let byteCount = 32

    /// By which it is looked up. That this part shows in the time helps nobody: whoever could choose it could undo SHA-256.
    var prefix: UInt64 { words.0 }

    /// For the journal.
    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    package static func == (left: Self, right: Self) -> Bool {
        (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
            | (left.words.3 ^ right.words.3) == 0
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// The text of a token: `bespoke_` and 64 hexadecimal digits, which are 256 random bits. The fixed beginning lets scanners of
/// repositories and logs find one that got there.
package enum TokenText {
    package static let prefix = "bespoke_"
    private static let secretBytes = 32
    /// Length of a whole token, in bytes.
    package static let byteCount = prefix.utf8.count + 2 * secretBytes

    /// - Parameter generator: Cryptographically secure, as the system's is.
    /// - Returns: The text, to be shown once, and what is to be kept of it.
    package static func make(using generator: inout some RandomNumberGenerator) -> (text: String, digest: TokenDigest) {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array(prefix.utf8)
        for _ in 0..<secretBytes {
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        guard let digest = text.withUnsafeBytes({ Self.digest($0) }) else {
            preconditionFailure("the text is well-formed")
        }
        return (String(decoding: text, as: UTF8.self), digest)
    }

    /// - Returns: What is kept of a token; nil for a text that is none, whatever is wrong with it.
    package static func digest(_ text: UnsafeRawBufferPointer) -> TokenDigest? {
        guard text.count == byteCount, text.starts(with: prefix.utf8) else { return nil }
        let digits = text[prefix.utf8.count...]
        guard digits.allSatisfy({ isDigit($0) }) else { return nil }
        // The system's libcrypto, not swift-crypto: the latter brings 300 files of BoringSSL into every first build, for one hash.
        return withUnsafeTemporaryAllocation(byteCount: Int(SHA256_DIGEST_LENGTH), alignment: 8) { room in
            _ = SHA256(text.baseAddress, text.count, room.baseAddress)
            return TokenDigest(UnsafeRawBufferPointer(room))
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
