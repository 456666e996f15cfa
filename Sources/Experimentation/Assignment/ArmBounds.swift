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
    package init(_ weights: [Double], contract: HashContract) {
        let sum = weights.reduce(0, +)
        let isWhole = weights.allSatisfy { $0 == $0.rounded() } && sum <= Double(UInt32.max)
        let scale: Double =
            switch contract {
            case .bespoke: Double(HashContract.bucketCount) / sum
            case .growthbookV1, .growthbookV2: 1 / sum
            case .flagdV1: 100 / sum
            case .unleash, .flagdV2: isWhole ? 1 : ArmBounds.wholeTotal / sum
            }
        let isCounted = contract == .unleash || contract == .flagdV2
        var upper = 0.0
        bounds = weights.enumerated().map { index, weight in
            upper += weight * scale
            // The last one takes what rounding leaves.
            let isLast = index == weights.count - 1
            let end = isCounted ? upper.rounded() : isLast ? max(upper, contract == .flagdV1 ? 101 : 1) : upper
            return Bound(upper: sum > 0 ? end : 0, arm: index)
        }
        total = isCounted && sum > 0 ? UInt32((isWhole ? sum : ArmBounds.wholeTotal).rounded()) : 0
    }

    /// GrowthBook's contracts with part of the traffic: each arm has the first part of its share.
    ///
    /// - Parameter coverage: The share of units that gets an arm, 0 to 1.
    package init(_ weights: [Double], coverage: Double) {
        let sum = weights.reduce(0, +)
        let ranges = ArmBounds.growthBookRanges(
            count: weights.count, coverage: coverage, weights: sum > 0 ? weights.map { $0 / sum } : nil)
        var bounds: [Bound] = []
        for (index, range) in ranges.enumerated() {
            bounds.append(Bound(upper: range.lowerBound, arm: nil))
            bounds.append(Bound(upper: range.upperBound, arm: index))
        }
        self.bounds = bounds
        total = 0
    }

    /// GrowthBook's ranges: each arm has the first part of its share, as much as `coverage` says.
    ///
    /// - Parameter weights: Shares that sum to 1; others are taken as equal, as GrowthBook does.
    /// - Returns: Lower and upper ends. Source: docs.growthbook.io, "Build your own SDK", getBucketRanges.
    package static func growthBookRanges(count: Int, coverage: Double, weights: [Double]?) -> [ClosedRange<Double>] {
        let coverage = min(1, max(0, coverage))
        var shares = weights ?? []
        if shares.count != count || !(0.99...1.01).contains(shares.reduce(0, +)) {
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
