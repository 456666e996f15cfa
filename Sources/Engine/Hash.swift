internal import CXXHash

/// Hashes of the engine's own: names of decisions and revisions, not assignment.
package enum Hash {
    /// 128 bits.
    package struct Wide: Equatable {
        package var high: UInt64
        package var low: UInt64

        /// 32 hexadecimal digits.
        package var text: String {
            [high, low].map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
    }

    /// XXH3, 128 bits.
    package static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> Wide {
        let hash = XXH3_128bits_withSeed(bytes.baseAddress, bytes.count, seed)
        return Wide(high: hash.high64, low: hash.low64)
    }

    /// XXH3, 64 bits.
    package static func of(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { XXH3_64bits($0.baseAddress, $0.count) }
    }
}
