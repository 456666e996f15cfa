/// Shares of traffic by the probability that an arm is the best (Thompson sampling), with a floor for every arm, so that
/// each goes on being learnt about and every propensity is far from 0.
///
/// Source: W. R. Thompson, On the Likelihood that One Unknown Probability Exceeds Another in View of the Evidence of Two
/// Samples, Biometrika 25 (1933).
package struct ThompsonAllocation: Sendable, Equatable {
    /// How many draws a share is counted from: it is known to half a per cent.
    package static let draws = 10_000

    /// The smallest share of any arm.
    package let floor: Double
    /// The direction in which the metric improves.
    package let direction: MetricDirection

    /// An allocation.
    ///
    /// - Parameters:
    ///   - floor: in 0…1; with n arms at most 1/n.
    ///   - direction: the direction in which the metric improves.
    /// - Throws: `outOfRange`.
    package init(floor: Double, direction: MetricDirection = .increase) throws(StatisticsError) {
        try StatisticsError.check("the floor of an arm's share", floor, in: 0...1)
        self.floor = floor
        self.direction = direction
    }

    /// The posterior of an arm.
    ///
    /// - Parameters:
    ///   - summary: the arm's units.
    ///   - kind: how values become the metric.
    /// - Returns: nil when too little is known for a normal posterior: fewer than 2 units, or none that differs.
    package static func posterior(_ summary: ArmSummary, kind: MetricKind) -> Posterior? {
        if kind == .binary { return .rate(units: summary.units, successes: summary.sum) }
        guard let estimate = ArmEstimate(summary, kind: kind), estimate.variance > 0 else { return nil }
        return .normal(mean: estimate.mean, standardDeviation: estimate.standardError)
    }

    /// The shares of all arms.
    ///
    /// - Parameters:
    ///   - arms: 2…100 posteriors; nil for an arm of which too little is known. While there is one such, all arms
    ///     get the same share.
    ///   - seed: the same posteriors and seed give the same shares.
    /// - Returns: shares that sum to 1, in the arms' order, none below the floor.
    /// - Throws: `tooFewArms`, `tooManyArms`; `outOfRange` for a floor that all arms together cannot have.
    package func shares(_ arms: [Posterior?], seed: UInt64) throws(StatisticsError) -> [Double] {
        guard arms.count >= 2 else { throw .tooFewArms(count: arms.count) }
        guard arms.count <= ExperimentAnalysis.armsMax else {
            throw .tooManyArms(count: arms.count, limit: ExperimentAnalysis.armsMax)
        }
        let even = 1 / Double(arms.count)
        try StatisticsError.check("the floor of \(arms.count) arms' shares", floor, in: 0...even)
        let known = arms.compactMap(\.self)
        guard known.count == arms.count else { return Array(repeating: even, count: arms.count) }
        var generator = StatisticsGenerator(seed: seed)
        var wins = Array(repeating: 0, count: arms.count)
        let sign: Double = direction == .increase ? 1 : -1
        for _ in 0..<Self.draws {
            var best = 0
            var highest = -Double.infinity
            for (index, posterior) in known.enumerated() {
                let drawn = sign * generator.draw(posterior)
                if drawn > highest { (best, highest) = (index, drawn) }
            }
            wins[best] += 1
        }
        let free = max(1 - floor * Double(arms.count), 0)
        return wins.map { floor + free * Double($0) / Double(Self.draws) }
    }
}
