internal import CCrypto
package import Model

/// A hash that only whoever has the key can repeat: HMAC with SHA-256.
package struct KeyedHash: Sendable {
    /// Shorter keys could be tried out.
    package static let keyBytesMin = 16

    private let key: Secret

    /// - Parameter key: At least `keyBytesMin` bytes.
    package init(key: Secret) { self.key = key }

    /// - Parameter purpose: What is hashed; the same bytes of another purpose have another hash.
    /// - Returns: 32 bytes.
    package func digest(_ purpose: StaticString, _ bytes: [UInt8]) -> [UInt8] {
        var message = purpose.withUTF8Buffer { Array($0) }
        message.append(0)
        message += bytes
        let key = key.revealedBytes()
        return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { room, count in
            _ = HMAC(
                EVP_sha256(), key, Int32(clamping: key.count), message, message.count, room.baseAddress, nil)
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }

    /// Hexadecimal digits, as many as are wanted.
    package func digits(_ purpose: StaticString, _ bytes: [UInt8], count: Int) -> [UInt8] {
        let alphabet = Array("0123456789abcdef".utf8)
        var digits: [UInt8] = []
        var digest = digest(purpose, bytes)
        while true {
            digits += digest.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] }
            if digits.count >= count { return Array(digits.prefix(count)) }
            digest = self.digest(purpose, digest)
        }
    }
}
