internal import CXXHash
package import Model

/// How a unit becomes a position among an experiment's arms. Beside Bespoke's own there are those of systems from which people move
/// in, so that everybody keeps the arm they have.
///
/// Source: docs/decisions/0007 and the vectors in Tests/ExperimentationTests.
package enum HashContract: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// `(XXH64(salt + "/" + unit, seed 0) × 1,000,000) >> 64`.
    case bespoke
    /// GrowthBook's own two, over UTF-16 code units as its SDKs for JavaScript and Python hash.
    case growthbookV1
    case growthbookV2
    case unleash
    case flagdV1
    case flagdV2
    /// The same two over UTF-8 bytes, as GrowthBook's SDKs for other languages hash: ids beyond ASCII stand elsewhere.
    case growthbookV1Bytes
    case growthbookV2Bytes

    /// Buckets of Bespoke's own contract.
    package static let bucketCount = 1_000_000
    /// Keys (salt, separator and unit together) up to this many bytes are put together on the stack. Ids have at most 256, so only
    /// a salt beyond 767 makes a longer one.
    package static let keyBytesOnStack = 1_024

    /// Seed of Unleash's hash for variants. Source: docs.getunleash.io, "stickiness".
    private static let unleashVariantSeed: UInt32 = 86_028_157

    /// As rule files name it, such as `growthbook_v2`.
    ///
    /// - Parameter isOverBytes: Whether GrowthBook's hash goes over UTF-8 bytes (`text: utf8`); the other contracts always do.
    package init?(name: String, isOverBytes: Bool = false) {
        guard let found = HashContract.allCases.first(where: { $0.name == name }) else { return nil }
        switch found {
        case .growthbookV1 where isOverBytes: self = .growthbookV1Bytes
        case .growthbookV2 where isOverBytes: self = .growthbookV2Bytes
        default: self = found
        }
    }

    /// Whether it is one of GrowthBook's, with its ranges and its coverage.
    package var isGrowthBook: Bool {
        switch self {
        case .growthbookV1, .growthbookV2, .growthbookV1Bytes, .growthbookV2Bytes: true
        case .bespoke, .unleash, .flagdV1, .flagdV2: false
        }
    }

    package var name: String {
        switch self {
        case .bespoke: "bespoke"
        case .growthbookV1, .growthbookV1Bytes: "growthbook_v1"
        case .growthbookV2, .growthbookV2Bytes: "growthbook_v2"
        case .unleash: "unleash"
        case .flagdV1: "flagd_v1"
        case .flagdV2: "flagd_v2"
        }
    }

    /// Where a unit stands; the first arm whose upper bound is greater gets it.
    ///
    /// - Parameters:
    ///   - salt: GrowthBook's seed, Unleash's group, flagd's flag key.
    ///   - unit: The id of the visitor or account, UTF-8.
    ///   - total: Sum of the weights, in the contract's own numbers; used by `unleash` and `flagdV2`.
    /// - Returns: 0 up to 1,000,000 (bespoke), 1 (GrowthBook), `total` (Unleash, flagd v2) or 100 (flagd v1), upper ends excluded but
    ///   for flagd v1, in which one hash in 2³¹ has no arm.
    package func position(salt: BorrowedText, unit: BorrowedText, total: UInt32) -> Double {
        switch self {
        case .bespoke:
            Double(HashContract.bucket(salt: salt, unit: unit))
        case .growthbookV1:
            Double(HashContract.joined(unit, nil, salt) { FNV1a.hash(utf16: $0) } % 1_000) / 1_000
        case .growthbookV2:
            Double(HashContract.joined(salt, nil, unit) { FNV1a.hash(decimal: FNV1a.hash(utf16: $0)) } % 10_000)
                / 10_000
        case .growthbookV1Bytes:
            Double(HashContract.joined(unit, nil, salt) { FNV1a.hash($0) } % 1_000) / 1_000
        case .growthbookV2Bytes:
            Double(HashContract.joined(salt, nil, unit) { FNV1a.hash(decimal: FNV1a.hash($0)) } % 10_000) / 10_000
        case .unleash:
            total == 0
                ? 0
                : Double(
                    HashContract.joined(salt, UInt8(ascii: ":"), unit) {
                        MurmurHash3.hash($0, seed: HashContract.unleashVariantSeed)
                    } % total)
        case .flagdV1:
            // Not rounded: with thirds, a whole per cent would put one in a hundred elsewhere. For whole percentages it is the same.
            Double(
                Int32(bitPattern: HashContract.joined(salt, nil, unit) { MurmurHash3.hash($0, seed: 0) }).magnitude)
                / 2_147_483_647 * 100
        case .flagdV2:
            Double(
                (UInt64(HashContract.joined(salt, nil, unit) { MurmurHash3.hash($0, seed: 0) }) * UInt64(total)) >> 32)
        }
    }

    /// Bespoke's own bucket: 0 to 999,999.
    package static func bucket(salt: BorrowedText, unit: BorrowedText) -> UInt32 {
        joined(salt, UInt8(ascii: "/"), unit) { key in
            let hash = XXH64(key.baseAddress, key.count, 0)
            return UInt32(hash.multipliedFullWidth(by: UInt64(bucketCount)).high)
        }
    }

    /// Whether Unleash's gradual rollout lets a unit in. Its hash has seed 0.
    ///
    /// - Parameter percentage: 0 to 100.
    package static func isInUnleashRollout(group: BorrowedText, unit: BorrowedText, percentage: Int) -> Bool {
        let hash = joined(group, UInt8(ascii: ":"), unit) { MurmurHash3.hash($0, seed: 0) }
        return percentage > 0 && Int(hash % 100) + 1 <= percentage
    }

    /// Calls `body` with the texts one behind the other: whole, for a key that were cut at its end would put everybody with a long salt
    /// into one arm.
    @inline(__always)
    private static func joined(
        _ first: BorrowedText, _ separator: UInt8?, _ second: BorrowedText, _ body: (UnsafeRawBufferPointer) -> UInt32
    ) -> UInt32 {
        let count = first.count + second.count + (separator == nil ? 0 : 1)
        func fill(_ room: UnsafeMutableRawBufferPointer) -> UInt32 {
            if let start = first.start { room.baseAddress?.copyMemory(from: start, byteCount: first.count) }
            if let separator { room[first.count] = separator }
            if let start = second.start {
                (room.baseAddress.map { $0 + (count - second.count) })?
                    .copyMemory(from: start, byteCount: second.count)
            }
            return body(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
        // A constant size keeps it on the stack. What does not fit there is rare and the choice of whoever writes the rules.
        guard count <= keyBytesOnStack else {
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
            defer { room.deallocate() }
            return fill(room)
        }
        return withUnsafeTemporaryAllocation(byteCount: keyBytesOnStack, alignment: 16) { fill($0) }
    }
}
