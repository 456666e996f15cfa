import Experimentation
import Foundation
import Model
import Testing

@Suite struct HashContractTests {
    private func withText<Result>(_ text: String, _ body: (BorrowedText) throws -> Result) rethrows -> Result {
        var text = text
        return try text.withUTF8 { try body(BorrowedText(start: $0.baseAddress, count: $0.count)) }
    }

    private func position(_ contract: HashContract, _ salt: String, _ unit: String, total: UInt32 = 100) -> Double {
        withText(salt) { salt in withText(unit) { contract.position(salt: salt, unit: $0, total: total) } }
    }

    private func murmur(_ bytes: [UInt8], seed: UInt32) -> UInt32 {
        bytes.withUnsafeBytes { MurmurHash3.hash($0, seed: seed) }
    }

    /// The folder with other projects' cases, beside the repository.
    private static let hashing = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/conformance/hashing")

    @Test func `MurmurHash3 has SMHasher's verification value`() {
        // Source: SMHasher, VerificationTest: hashes of 0, 0 1, 0 1 2, … with falling seeds, hashed once more.
        var hashes: [UInt8] = []
        for count in 0..<256 {
            let hash = murmur((0..<count).map { UInt8($0) }, seed: UInt32(256 - count))
            hashes += withUnsafeBytes(of: hash.littleEndian) { Array($0) }
        }
        #expect(murmur(hashes, seed: 0) == 0xB0F5_7EE3)
    }

    @Test(
        arguments: [
            ("ejOoVL", 0x0000_0000), ("bY9fO-", 0x0000_0001), ("SI7p-", 0x7fff_ffff), ("6LvT0", 0x8000_0000),
            ("ceQdGm", 0xffff_ffff),
        ] as [(String, UInt32)])
    func `MurmurHash3 reaches the ends of its range`(text: String, hash: UInt32) {
        #expect(murmur(Array(text.utf8), seed: 0) == hash)
    }

    @Test func `The vectors of other projects hold`() throws {
        let csv = try String(contentsOf: Self.hashing.appending(path: "murmur3-x86-32.csv"), encoding: .utf8)
        var count = 0
        for line in csv.split(whereSeparator: \.isNewline) {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 4, let seed = Int32(cells[0]), let hash = UInt32(cells[2]) else { continue }
            #expect(murmur(Array(cells[1].utf8), seed: UInt32(bitPattern: seed)) == hash, "\(line)")
            count += 1
        }
        #expect(count == 2_001)
    }

    @Test func `GrowthBook's buckets hold`() throws {
        let data = try Data(contentsOf: Self.hashing.appending(path: "growthbook.json"))
        let cases = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let hashes = try #require(cases["hash"] as? [[Any]])
        #expect(hashes.count > 10)
        for item in hashes {
            let (seed, value) = (try #require(item[0] as? String), try #require(item[1] as? String))
            guard let version = item[2] as? Int, version <= 2, let expected = item[3] as? Double else { continue }
            let contract: HashContract = version == 1 ? .growthbookV1 : .growthbookV2
            #expect(position(contract, seed, value) == expected, "\(item)")
        }
        for item in try #require(cases["getBucketRange"] as? [[Any]]) {
            let input = try #require(item[1] as? [Any])
            let ranges = ArmBounds.growthBookRanges(
                count: try #require(input[0] as? Int), coverage: try #require(input[1] as? Double),
                weights: input[2] as? [Double])
            let expected = try #require(item[2] as? [[Double]])
            #expect(ranges.count == expected.count)
            for (range, ends) in zip(ranges, expected) {
                #expect(abs(range.lowerBound - ends[0]) < 1e-9 && abs(range.upperBound - ends[1]) < 1e-9, "\(item)")
            }
        }
    }

    /// Computed with the Python package xxhash 3.5: `xxh64(salt + "/" + unit).intdigest() * 10**6 >> 64`.
    @Test(arguments: Vectors.bespoke)
    func `Bespoke's bucket equals another implementation of XXH64`(salt: String, unit: String, bucket: UInt32) {
        #expect(withText(salt) { salt in withText(unit) { HashContract.bucket(salt: salt, unit: $0) } } == bucket)
    }

    @Test func `flagd and Unleash place units as their contracts say`() {
        #expect(position(.flagdV1, "", "ejOoVL") == 0)
        #expect(position(.flagdV1, "", "SI7p-") == 100)
        // W16: not rounded, so that thirds end where flagd ends them; the smallest hash lies a hair beyond 100.
        #expect(position(.flagdV1, "", "6LvT0") == 2_147_483_648.0 / 2_147_483_647.0 * 100.0)
        #expect(position(.flagdV2, "", "ejOoVL", total: 100) == 0)
        #expect(position(.flagdV2, "", "ceQdGm", total: 100) == 99)
        #expect(position(.flagdV2, "", "6LvT0", total: 100) == 50)
        #expect(position(.flagdV2, "", "x", total: 0) == 0)
        let key = Array("group:unit".utf8)
        #expect(
            position(.unleash, "group", "unit", total: 1_000)
                == Double(murmur(key, seed: 86_028_157) % 1_000))
        let isIn = withText("group") { group in
            withText("unit") { unit in
                (0...100).map { HashContract.isInUnleashRollout(group: group, unit: unit, percentage: $0) }
            }
        }
        #expect(isIn.count { $0 } == 100 - Int(murmur(key, seed: 0) % 100))
    }

    @Test("W15: GrowthBook's hash goes over UTF-16 code units, or over UTF-8 where the rules say so")
    func growthBookForms() {
        func reference(_ units: some Sequence<UInt32>) -> UInt32 {
            units.reduce(0x811c_9dc5) { ($0 ^ $1) &* 0x0100_0193 }
        }
        for text in [
            "", "plain", "Größe", "кнопка", "ボタン", "🙂a🙃", "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}",
        ] {
            let units = reference((text + "salt").utf16.map { UInt32($0) })
            let bytes = reference((text + "salt").utf8.map { UInt32($0) })
            #expect(position(.growthbookV1, "salt", text) == Double(units % 1_000) / 1_000)
            #expect(position(.growthbookV1Bytes, "salt", text) == Double(bytes % 1_000) / 1_000)
            let decimal = String(reference(("salt" + text).utf16.map { UInt32($0) })).utf8.map { UInt32($0) }
            #expect(position(.growthbookV2, "salt", text) == Double(reference(decimal) % 10_000) / 10_000)
        }
        #expect(HashContract(name: "growthbook_v2") == .growthbookV2)
        #expect(HashContract(name: "growthbook_v2", isOverBytes: true) == .growthbookV2Bytes)
        #expect(HashContract(name: "flagd_v1", isOverBytes: true) == .flagdV1)
    }

    @Test("W42: a key of any length is hashed whole", arguments: HashContract.allCases)
    func longKeys(_ contract: HashContract) {
        for saltCount in [0, 767, 768, 800, 1_023, 1_024, 1_100, 5_000] {
            let salt = String(repeating: "s", count: saltCount)
            let long = String(repeating: "u", count: 255)
            let positions = Set((0..<10).map { position(contract, salt, long + "\($0)", total: 1_000) })
            #expect(positions.count > 1, "\(contract.name) with a salt of \(saltCount)")
        }
        // Nothing lies behind the key: the same hash from the stack and from beyond it.
        let (salt, unit) = (String(repeating: "s", count: 1_000), String(repeating: "u", count: 200))
        let key = Array((salt + unit).utf8)
        #expect(position(.flagdV2, salt, unit, total: 1_000) == Double((UInt64(murmur(key, seed: 0)) * 1_000) >> 32))
    }
}
