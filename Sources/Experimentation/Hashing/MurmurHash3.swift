/// MurmurHash3, x86, 32 bits. Source: A. Appleby, SMHasher (public domain).
package enum MurmurHash3 {
    /// - Complexity: O(bytes).
    package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        var hash = seed
        let blocks = bytes.count / 4
        for block in 0..<blocks {
            hash ^= scrambled(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: block * 4, as: UInt32.self)))
            hash = rotated(hash, by: 13) &* 5 &+ 0xe654_6b64
        }
        var tail: UInt32 = 0
        for index in (blocks * 4..<bytes.count).reversed() { tail = tail << 8 | UInt32(bytes[index]) }
        if bytes.count % 4 != 0 { hash ^= scrambled(tail) }
        hash ^= UInt32(truncatingIfNeeded: bytes.count)
        hash = (hash ^ hash >> 16) &* 0x85eb_ca6b
        hash = (hash ^ hash >> 13) &* 0xc2b2_ae35
        return hash ^ hash >> 16
    }

    private static func scrambled(_ block: UInt32) -> UInt32 {
        rotated(block &* 0xcc9e_2d51, by: 15) &* 0x1b87_3593
    }

    private static func rotated(_ value: UInt32, by count: UInt32) -> UInt32 {
        value << count | value >> (32 - count)
    }
}

/// FNV-1a, 32 bits, over bytes or, as JavaScript's strings suggest it, over UTF-16 code units. Source: G. Fowler, L. C. Noll, K.-P. Vo, draft-eastlake-fnv.
package enum FNV1a {
    private static let basis: UInt32 = 0x811c_9dc5
    private static let prime: UInt32 = 0x0100_0193

    /// - Complexity: O(bytes).
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        bytes.reduce(basis) { ($0 ^ UInt32($1)) &* prime }
    }

    /// Over the UTF-16 code units of a text: each is one step, whatever its size.
    ///
    /// - Parameter text: Valid UTF-8. What is not decodes to something, within its bounds.
    /// - Complexity: O(bytes).
    package static func hash(utf16 text: UnsafeRawBufferPointer) -> UInt32 {
        var hash = basis
        var index = 0
        while index < text.count {
            let lead = UInt32(text[index])
            let count = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
            guard count > 1 else {
                hash = (hash ^ lead) &* prime
                index += 1
                continue
            }
            var scalar = lead & (0x7f >> UInt32(count))
            for next in index + 1..<index + count {
                scalar = scalar << 6 | (next < text.count ? UInt32(text[next]) & 0x3f : 0)
            }
            index += count
            if scalar >= 0x1_0000 {
                hash = (hash ^ (0xd7c0 &+ (scalar >> 10))) &* prime
                hash = (hash ^ (0xdc00 | scalar & 0x3ff)) &* prime
            } else {
                hash = (hash ^ scalar) &* prime
            }
        }
        return hash
    }

    /// The hash of a number's decimal text.
    static func hash(decimal number: UInt32) -> UInt32 {
        var divisor: UInt32 = 1
        while number / divisor >= 10 { divisor *= 10 }
        var hash = basis
        while divisor > 0 {
            hash = (hash ^ (48 + number / divisor % 10)) &* prime
            divisor /= 10
        }
        return hash
    }
}
