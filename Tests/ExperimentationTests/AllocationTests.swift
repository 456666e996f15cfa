import TestSupport
import Experimentation
import Model
import Testing

@Suite struct AllocationTests {
    private func arms(_ weights: [(String, Double)]) -> [(arm: String, weight: Double)] {
        weights.map { (arm: $0.0, weight: $0.1) }
    }

    /// Bucket by bucket.
    private func owners(_ allocation: Allocation) -> [String] {
        var owners = [String](repeating: "", count: HashContract.bucketCount)
        for run in allocation.runs { for bucket in run.buckets { owners[bucket] = run.arm } }
        return owners
    }

    @Test func `Shares are exact to a millionth`() {
        #expect(Allocation.counts([1, 1]) == [500_000, 500_000])
        #expect(Allocation.counts([1, 1, 1]) == [333_334, 333_333, 333_333])
        #expect(Allocation.counts([0.0001, 99.9999]) == [1, 999_999])
        #expect(Allocation.counts([0, 5]) == [0, 1_000_000])
        #expect(Allocation.counts([0, 0]) == [0, 0])
        #expect(Allocation.counts([]) == [])
    }

    @Test func `R63: of ten million units over 100 changes of weights nobody moves who need not`() {
        var unitsByBucket = [UInt32](repeating: 0, count: HashContract.bucketCount)
        let salt = Array("hero_button".utf8)
        salt.withUnsafeBufferPointer { salt in
            for number in 0..<10_000_000 {
                var id = "unit-\(number)"
                let bucket = id.withUTF8 { id in
                    HashContract.bucket(
                        salt: BorrowedText(start: salt.baseAddress, count: salt.count),
                        unit: BorrowedText(start: id.baseAddress, count: id.count))
                }
                unitsByBucket[Int(bucket)] += 1
            }
        }
        #expect(unitsByBucket.reduce(0) { $0 + Int($1) } == 10_000_000)
        var seeded = SeededGenerator(seed: 3)
        var allocation = Allocation(arms([("a", 1), ("b", 1), ("c", 1)]))
        var before = owners(allocation)
        for step in 0..<100 {
            let weights = arms(["a", "b", "c"].map { ($0, Double.random(in: 0.1..<5, using: &seeded)) })
            let next = allocation.changed(to: weights)
            let after = owners(next)
            let wanted = Allocation.counts(weights.map(\.weight))
            let had = ["a", "b", "c"].map { arm in before.count { $0 == arm } }
            let minimum = zip(had, wanted).reduce(0) { $0 + max(0, $1.0 - $1.1) }
            var (movedBuckets, movedUnits) = (0, 0)
            for bucket in before.indices where before[bucket] != after[bucket] {
                movedBuckets += 1
                movedUnits += Int(unitsByBucket[bucket])
            }
            #expect(movedBuckets == minimum, "step \(step)")
            // Buckets are of one size but for chance: five standard deviations.
            let expected = 10 * Double(minimum)
            #expect((Double(movedUnits) - expected).magnitude <= 5 * (expected + 1).squareRoot() + 1)
            (allocation, before) = (next, after)
        }
    }

    @Test func `More traffic adds units and moves nobody between arms, less gives them up again`() {
        let first = Allocation(arms([("a", 1), ("b", 3)]), traffic: 0.2)
        #expect(first.runs.reduce(0) { $0 + $1.buckets.count } == 200_000)
        #expect(first.share(of: "a") == 0.25 && first.share(of: "c") == 0)
        let more = first.changed(to: arms([("a", 1), ("b", 3)]), traffic: 0.5)
        let (before, after) = (owners(first), owners(more))
        #expect(zip(before, after).allSatisfy { $0 == $1 || $0.isEmpty })
        #expect(after.count { $0 == "a" } == 125_000 && after.count { $0 == "b" } == 375_000)
        #expect(first.movedShare(to: more) == 0.3)
        #expect(
            owners(more.changed(to: arms([("a", 1), ("b", 3)]), traffic: 0.2)).enumerated().allSatisfy {
                $0.element.isEmpty || $0.element == after[$0.offset]
            })
        #expect(Allocation(arms([("a", 1)]), traffic: 0).runs.isEmpty)
    }

    @Test func `Over 100 changes exactly the difference moves`() {
        var seeded = SeededGenerator(seed: 11)
        let names = ["a", "b", "c", "d", "e"]
        var weights = arms([("a", 1), ("b", 1)])
        var allocation = Allocation(weights)
        var before = owners(allocation)
        for step in 0..<100 {
            weights = names.compactMap { name in
                let weight = Double(Int.random(in: 0..<8, using: &seeded)) + Double.random(in: 0..<1, using: &seeded)
                // Arms come, pause and go.
                switch Int.random(in: 0..<6, using: &seeded) {
                case 0: return nil
                case 1: return (arm: name, weight: 0)
                default: return (arm: name, weight: weight)
                }
            }
            let next = allocation.changed(to: weights)
            let after = owners(next)
            let counts = Dictionary(
                uniqueKeysWithValues: zip(weights.map(\.arm), Allocation.counts(weights.map(\.weight))))
            let had = Dictionary(before.map { ($0, 1) }, uniquingKeysWith: +)
            let has = Dictionary(after.filter { !$0.isEmpty }.map { ($0, 1) }, uniquingKeysWith: +)
            #expect(has == counts.filter { $0.value > 0 }, "step \(step)")
            let moved = zip(before, after).count { $0 != $1 }
            let gained = counts.map { max(0, $0.value - (had[$0.key] ?? 0)) }.reduce(0, +)
            let lost = had.map { $0.key.isEmpty ? 0 : max(0, $0.value - (counts[$0.key] ?? 0)) }.reduce(0, +)
            #expect(moved == max(gained, lost), "step \(step)")
            #expect(allocation.movedShare(to: next) == Double(moved) / 1_000_000)
            #expect(Allocation(text: next.text) == next)
            (allocation, before) = (next, after)
        }
    }

    @Test(
        "W15: GrowthBook's weights are taken as they stand where they sum to about 1, and its sums are built up alike")
    func growthBookWeights() {
        let sevens = ArmBounds([0.7, 0.1, 0.1, 0.1], contract: .growthbookV2)
        #expect(sevens.bounds.map(\.upper) == [0.7, 0.7 + 0.1, 0.7 + 0.1 + 0.1, 0.7 + 0.1 + 0.1 + 0.1])
        let thirds = ArmBounds([0.33, 0.33, 0.33], contract: .growthbookV1)
        #expect(thirds.arm(at: 0.329) == 0 && thirds.arm(at: 0.33) == 1 && thirds.arm(at: 0.99) == nil)
        let more = ArmBounds([0.34, 0.33, 0.34], contract: .growthbookV2)
        #expect(more.arm(at: 0.6699) == 1 && more.arm(at: 0.9999) == 2)
        // Other sums are Bespoke's own, relative to each other, whatever their scale.
        let relative = ArmBounds([70, 20, 10], contract: .growthbookV2)
        #expect(relative.bounds.map(\.upper) == [0.7, 0.7 + 0.2, 0.7 + 0.2 + 0.1])
        let covered = ArmBounds([0.33, 0.33, 0.33], contract: .growthbookV2, coverage: 0.5)
        #expect(covered.arm(at: 0.1649) == 0 && covered.arm(at: 0.165) == nil && covered.arm(at: 0.33) == 1)
        #expect(ArmBounds([0, 0], contract: .growthbookV2).arm(at: 0.2) == 0)
    }

    @Test("W16: flagd's thirds are not rounded to whole per cents")
    func flagdThirds() {
        let thirds = ArmBounds([1, 1, 1], contract: .flagdV1)
        #expect(thirds.arm(at: 33.32) == 0 && thirds.arm(at: 33.34) == 1 && thirds.arm(at: 66.68) == 2)
    }

    @Test func `The same weights again move nobody`() {
        let first = Allocation(arms([("a", 1), ("b", 3)]))
        #expect(first.changed(to: arms([("a", 2), ("b", 6)])) == first)
        #expect(first.changed(to: arms([("b", 3), ("a", 1)])) == first)
        #expect(first.movedShare(to: first) == 0)
    }

    @Test(arguments: ["a", "a 5", "a 5-3", "a 0-9 b 9-10", "a 0-1000000", "a x-y", "a 0-9 b"])
    func `A text that is no allocation is refused`(text: String) {
        #expect(Allocation(text: text) == nil)
    }

    @Test func `Other contracts lay the weights one behind the other`() {
        let growthbook = ArmBounds([0.3334, 0.6666], contract: .growthbookV2)
        #expect(growthbook.arm(at: 0.3333) == 0 && growthbook.arm(at: 0.3334) == 1 && growthbook.arm(at: 0.9999) == 1)
        let unleash = ArmBounds([1, 0, 3], contract: .unleash)
        #expect(unleash.total == 4)
        #expect((0..<4).map { unleash.arm(at: Double($0)) } == [0, 2, 2, 2])
        let flagd = ArmBounds([0.5, 0.5], contract: .flagdV2)
        #expect(flagd.total == 1_000 && flagd.arm(at: 499) == 0 && flagd.arm(at: 500) == 1)
        // flagd gives the one hash in 2³¹ that comes to 100 no arm.
        #expect(ArmBounds([1, 1], contract: .flagdV1).arm(at: 100) == nil)
        #expect(ArmBounds([1, 1], contract: .flagdV1).arm(at: 99.999) == 1)
        #expect(ArmBounds([0, 0], contract: .flagdV2).arm(at: 0) == nil)
    }
}
