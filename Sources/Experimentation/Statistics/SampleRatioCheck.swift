internal import RealModule

/// Whether the arms got the shares of units that they were given out with. If not, something loses or adds units in one arm
/// (a redirect, a crash, a bot filter), and no other number of the experiment can be trusted.
///
/// It alarms by an e-value, which is on average at most 1 at any time when nothing is wrong: that it ever reaches 1,000 has a probability of at
/// most one in a thousand, however often it is looked at. A p-value for one look, looked at all the time, falls below 0.001 in 3 to 4
/// of 100 sound experiments.
package struct SampleRatioCheck: Sendable, Equatable {
    /// Below this probability, at any time, the check alarms.
    package static let alarmBelow = 0.001
    /// As many units of equal weight each arm needs before weights that changed meanwhile are judged: the e-value then rests on the central
    /// limit theorem. In simulations with shares from 0.01 to 0.97 that change at every look, at most 0.1% ever alarmed.
    package static let effectiveUnitsMin = 400.0

    /// Pearson's statistic, or the largest squared deviation in standard errors when shares have changed.
    package let chiSquared: Double
    /// Arms with a weight, less one.
    package let degrees: Int
    /// The probability of such counts, or worse, when nothing is wrong and one looks once.
    package let pValue: Double
    /// The logarithm of the evidence against the shares: of the e-value.
    package let logEvidence: Double

    /// The evidence against the shares; infinite when it exceeds all numbers.
    package var eValue: Double { Double.exp(logEvidence) }

    /// The probability that the evidence is ever so large when nothing is wrong.
    package var pValueAtAnyTime: Double { min(1, Double.exp(-logEvidence)) }

    /// Whether the counts are not to be believed.
    package var isAlarm: Bool { pValueAtAnyTime <= Self.alarmBelow }

    /// Checks counts against weights.
    ///
    /// - Parameters:
    ///   - units: per arm, at least 0.
    ///   - weights: per arm, finite, at least 0, in the same order; their sum is positive. An arm of weight 0 that has
    ///     units is an alarm by itself.
    /// - Throws: `lengthsDiffer`, `tooFewArms`, `outOfRange`.
    ///
    /// Source: Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data (NeurIPS 2022).
    package init(units: [Int], weights: [Double]) throws(StatisticsError) {
        let whole = try Self.checked(units, weights)
        let total = units.reduce(0.0) { $0 + Double($1) }
        var statistic = 0.0
        var shares: [Double] = []
        var counts: [Double] = []
        for (count, weight) in zip(units, weights) {
            if weight > 0 {
                shares.append(weight / whole)
                counts.append(Double(count))
                guard total > 0 else { continue }
                let expected = total * (weight / whole)
                let step = Double(count) - expected
                statistic += step * step / expected
            } else if count > 0 {
                statistic = .infinity
            }
        }
        chiSquared = statistic
        degrees = shares.count - 1
        if statistic == .infinity {
            (pValue, logEvidence) = (0, .infinity)
        } else {
            pValue = degrees == 0 ? 1 : SpecialFunctions.chiSquaredUpper(statistic, degrees: Double(degrees))
            logEvidence = degrees == 0 ? 0 : Self.logEvidence(counts, shares)
        }
    }

    /// Checks counts against the propensities with which units got their arms, where these changed meanwhile, as a bandit's do.
    ///
    /// The sum of 1/p over an arm's units is on average the number of all units, so these sums differ between arms by chance alone. Arms are
    /// compared with each other rather than with a count of all units: units of an arm that has been taken out are in none of the sums.
    ///
    /// - Parameters:
    ///   - arms: The units of 2 arms or more, each with a known propensity.
    ///   - areAll: Whether there never was another arm. If there was one, its units are missing in the count of all.
    /// - Throws: `tooFewArms`.
    ///
    /// Source: Horvitz and Thompson (1952), see `PropensitySums`; the mixture as in `ConfidenceSequence`.
    package init(_ arms: [PropensitySums], areAll: Bool = true) throws(StatisticsError) {
        guard arms.count >= 2 else { throw .tooFewArms(count: arms.count) }
        let tested = arms.filter { $0.effectiveUnits >= Self.effectiveUnitsMin }
        // The steadiest arm is the one that the others are compared with.
        let base = tested.indices.max { tested[$0].effectiveUnits < tested[$1].effectiveUnits }
        var largest = 0.0
        var evidence: [Double] = []
        if let base {
            for (index, arm) in tested.enumerated() where index != base {
                let variance = arm.squaredInverses + tested[base].squaredInverses
                let step = arm.inverses - tested[base].inverses
                largest = max(largest, step.magnitude / variance.squareRoot())
                evidence += Self.logEvidence(of: step, variance: variance)
            }
            if tested.count < arms.count, areAll {
                // An arm that has lost all of its units is missing in the count of all.
                let step = tested[base].inverses - arms.reduce(0) { $0 + Double($1.units) }
                largest = max(largest, step.magnitude / max(tested[base].variances, 1).squareRoot())
                evidence += Self.logEvidence(of: step, variance: tested[base].variances)
            }
        }
        chiSquared = largest * largest
        degrees = evidence.count / Self.scales.count
        pValue = min(1, Double(max(degrees, 1)) * 2 * SpecialFunctions.normalCDF(-largest))
        logEvidence = evidence.isEmpty ? 0 : Self.logMean(evidence)
    }

    /// Checks arms against what their units' propensities say they should have, else against their weights.
    ///
    /// - Parameters:
    ///   - arms: 2 or more.
    ///   - areAll: Whether no unit was in another arm.
    /// - Throws: `tooFewArms`, `outOfRange`.
    init(_ arms: [ArmInput], areAll: Bool) throws(StatisticsError) {
        let (units, weights) = (arms.map(\.summary.units), arms.map(\.weight))
        let sums = arms.map(\.propensities)
        // Without units, and where nobody said the propensities, the weights of now are all there is.
        guard units == sums.map(\.units), units.contains(where: { $0 > 0 }) else {
            try self.init(units: units, weights: weights)
            return
        }
        guard !PropensitySums.haveVaried(sums) else {
            try self.init(sums, areAll: areAll)
            return
        }
        try self.init(units: units, weights: PropensitySums.shares(sums, weights: weights))
    }

    private static func checked(_ units: [Int], _ weights: [Double]) throws(StatisticsError) -> Double {
        guard units.count == weights.count else {
            throw .lengthsDiffer(what: "weights of arms", expected: units.count, actual: weights.count)
        }
        guard units.count >= 2 else { throw .tooFewArms(count: units.count) }
        for count in units where count < 0 {
            throw .outOfRange(what: "units of an arm", value: Double(count), allowed: "a number from 0")
        }
        for weight in weights { try StatisticsError.check("an arm's weight", weight, in: 0...1e12) }
        let whole = weights.reduce(0, +)
        guard whole > 0 else {
            throw .outOfRange(what: "the sum of weights", value: whole, allowed: "a positive number")
        }
        return whole
    }

    // MARK: Evidence

    /// Concentrations of the Dirichlet mixtures, of which the mean is taken: for deviations that show after about as many units.
    private static let concentrations = [10.0, 100, 1_000, 10_000, 100_000]
    /// The same for sums of 1/p, in units of their variance.
    private static let scales = concentrations.map { 40 * $0 }

    /// The likelihood of the counts under Dirichlet mixtures around the shares, over that under the shares.
    private static func logEvidence(_ counts: [Double], _ shares: [Double]) -> Double {
        let total = counts.reduce(0, +)
        return logMean(
            concentrations.map { concentration in
                zip(counts, shares).reduce(Double.logGamma(concentration) - Double.logGamma(concentration + total)) {
                    let prior = concentration * $1.1
                    return $0 + Double.logGamma(prior + $1.0) - Double.logGamma(prior) - $1.0 * Double.log($1.1)
                }
            })
    }

    /// Of a sum with mean 0, by normal mixtures whose variances are the inverses of the scales.
    private static func logEvidence(of sum: Double, variance: Double) -> [Double] {
        scales.map { sum * sum / (2 * (variance + $0)) - 0.5 * Double.log(onePlus: variance / $0) }
    }

    private static func logMean(_ logarithms: [Double]) -> Double {
        let largest = logarithms.max() ?? 0
        guard largest.isFinite else { return largest }
        let sum = logarithms.reduce(0) { $0 + Double.exp($1 - largest) }
        return largest + Double.log(sum / Double(logarithms.count))
    }
}
