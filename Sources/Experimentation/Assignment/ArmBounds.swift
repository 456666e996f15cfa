/// Where the arms of an experiment end on the scale of its hash contract.
package struct ArmBounds: Sendable, Hashable {
    /// Positions below `upper`, and not below that of the bound before, belong to an arm.
    package struct Bound: Sendable, Hashable {
        package let upper: Double
        /// Index among the arms; nil for positions that get none.
        package let arm: Int?
    }

    package let bounds: [Bound]
    /// What `HashContract.position` needs as the sum of weights.
    package let total: UInt32

    /// Weights that are not whole numbers are taken in thousandths of their sum, as Unleash does.
    private static let wholeTotal = 1_000.0

    /// Bespoke's own contract.
    ///
    /// - Parameter arms: Names in the order of their indices; arms of the allocation that are not among them get nobody.
    package init(_ allocation: Allocation, arms: [String]) {
        let indices = Dictionary(arms.enumerated().map { ($1, $0) }) { first, _ in first }
        var bounds: [Bound] = []
        var next = 0
        for run in allocation.runs {
            if next < run.buckets.lowerBound { bounds.append(Bound(upper: Double(run.buckets.lowerBound), arm: nil)) }
            bounds.append(Bound(upper: Double(run.buckets.upperBound), arm: indices[run.arm]))
            next = run.buckets.upperBound
        }
        self.bounds = bounds
        total = 0
    }

    /// A contract of another system, which knows no history: the weights one behind the other.
    ///
    /// Sums are built up as that system builds them, in the same order and with the same divisions: positions at the end of an arm
    /// go where they go there.
    ///
    /// - Parameter coverage: The share of units that gets an arm, 0 to 1; GrowthBook's contracts alone know one.
    package init(_ weights: [Double], contract: HashContract, coverage: Double = 1) {
        switch contract {
        case .growthbookV1, .growthbookV2, .growthbookV1Bytes, .growthbookV2Bytes:
            self.init(growthBook: weights, coverage: coverage)
        case .unleash, .flagdV2: self.init(counted: weights)
        case .flagdV1: self.init(summed: weights, to: 100)
        case .bespoke: self.init(summed: weights, to: Double(HashContract.bucketCount))
        }
    }

    private init(summed weights: [Double], to end: Double) {
        let sum = weights.reduce(0, +)
        var upper = 0.0
        bounds = weights.enumerated().map { index, weight in
            upper += sum > 0 ? weight / sum * end : 0
            return Bound(upper: upper, arm: index)
        }
        total = 0
    }

    /// In whole weights, or in thousandths of their sum where they are fractions.
    private init(counted weights: [Double]) {
        let sum = weights.reduce(0, +)
        let isWhole = weights.allSatisfy { $0 == $0.rounded() } && sum <= Double(UInt32.max)
        var upper = 0.0
        bounds = weights.enumerated().map { index, weight in
            upper += isWhole || sum <= 0 ? weight : weight * (ArmBounds.wholeTotal / sum)
            return Bound(upper: upper.rounded(), arm: index)
        }
        total = sum > 0 ? UInt32(isWhole ? sum : ArmBounds.wholeTotal) : 0
    }

    /// Each arm has the first part of its share, as much as the coverage says.
    private init(growthBook weights: [Double], coverage: Double) {
        let ranges = ArmBounds.growthBookRanges(
            count: weights.count, coverage: coverage, weights: ArmBounds.growthBookShares(weights))
        var bounds: [Bound] = []
        for (index, range) in ranges.enumerated() {
            if range.lowerBound > bounds.last?.upper ?? 0 { bounds.append(Bound(upper: range.lowerBound, arm: nil)) }
            bounds.append(Bound(upper: range.upperBound, arm: index))
        }
        self.bounds = bounds
        total = 0
    }

    /// Sums that GrowthBook takes for 1. It never divides by the sum: .33 for each of three leaves one unit in a hundred without an
    /// arm, and .34 gives the last one less.
    package static let growthBookSums = 0.99...1.01

    /// Weights as GrowthBook takes them where their sum is about 1; others are Bespoke's own, relative to each other.
    private static func growthBookShares(_ weights: [Double]) -> [Double]? {
        let sum = weights.reduce(0, +)
        guard !growthBookSums.contains(sum) else { return weights }
        return sum > 0 ? weights.map { $0 / sum } : nil
    }

    /// GrowthBook's ranges: each arm has the first part of its share, as much as `coverage` says.
    ///
    /// - Parameter weights: Shares that sum to 1; others are taken as equal, as GrowthBook does.
    /// - Returns: Lower and upper ends. Source: docs.growthbook.io, "Build your own SDK", getBucketRanges.
    package static func growthBookRanges(count: Int, coverage: Double, weights: [Double]?) -> [ClosedRange<Double>] {
        let coverage = min(1, max(0, coverage))
        var shares = weights ?? []
        if shares.count != count || !growthBookSums.contains(shares.reduce(0, +)) {
            shares = Array(repeating: 1 / Double(max(1, count)), count: count)
        }
        var start = 0.0
        return shares.map { share in
            defer { start += share }
            return start...start + coverage * share
        }
    }

    /// - Returns: The arm at a position, or nil.
    package func arm(at position: Double) -> Int? {
        bounds.first { position < $0.upper }?.arm
    }
}
