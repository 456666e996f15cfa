internal import CXXHash
package import Model

/// How a unit becomes a position among an experiment's arms. Beside Bespoke's own there are those of systems from which people move
/// in, so that everybody keeps the arm they have.
///
/// Source: docs/decisions/0007 and the vectors in Tests/ExperimentationTests.
package enum HashContract: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// `(XXH64(salt + "/" + unit, seed 0) × 1,000,000) >> 64`.
    case bespoke
    case growthbookV1
    case growthbookV2
    case unleash
    case flagdV1
    case flagdV2

    /// Buckets of Bespoke's own contract.
    package static let bucketCount = 1_000_000
    /// Bytes of salt and unit together that are hashed; the rest of a longer unit is left out.
    package static let keyBytesMax = 1_024

    /// Seed of Unleash's hash for variants. Source: docs.getunleash.io, "stickiness".
    private static let unleashVariantSeed: UInt32 = 86_028_157

    /// As rule files name it, such as `growthbook_v2`.
    package init?(name: String) {
        guard let found = HashContract.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    package var name: String {
        switch self {
        case .bespoke: "bespoke"
        case .growthbookV1: "growthbook_v1"
        case .growthbookV2: "growthbook_v2"
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
    ///   for flagd v1.
    package func position(salt: BorrowedText, unit: BorrowedText, total: UInt32) -> Double {
        switch self {
        case .bespoke:
            Double(HashContract.bucket(salt: salt, unit: unit))
        case .growthbookV1:
            Double(HashContract.joined(unit, nil, salt) { FNV1a.hash($0) } % 1_000) / 1_000
        case .growthbookV2:
            Double(HashContract.joined(salt, nil, unit) { FNV1a.hash(decimal: FNV1a.hash($0)) } % 10_000) / 10_000
        case .unleash:
            total == 0
                ? 0
                : Double(
                    HashContract.joined(salt, UInt8(ascii: ":"), unit) {
                        MurmurHash3.hash($0, seed: HashContract.unleashVariantSeed)
                    } % total)
        case .flagdV1:
            (Double(
                Int32(bitPattern: HashContract.joined(salt, nil, unit) { MurmurHash3.hash($0, seed: 0) }).magnitude)
                / 2_147_483_647 * 100).rounded(.down)
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

    /// Calls `body` with the texts one behind the other, on the stack.
    @inline(__always)
    private static func joined(
        _ first: BorrowedText, _ separator: UInt8?, _ second: BorrowedText, _ body: (UnsafeRawBufferPointer) -> UInt32
    ) -> UInt32 {
        withUnsafeTemporaryAllocation(byteCount: keyBytesMax, alignment: 16) { room in
            var count = 0
            func append(_ text: BorrowedText) {
                let taken = min(text.count, keyBytesMax - 1 - count)
                guard let start = text.start, taken > 0, let target = room.baseAddress else { return }
                (target + count).copyMemory(from: start, byteCount: taken)
                count += taken
            }
            append(first)
            if let separator {
                room[count] = separator
                count += 1
            }
            append(second)
            return body(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }
}
