/// Whether the arms got the shares of units that their weights ask for. If not, something loses or adds units in one arm
/// (a redirect, a crash, a bot filter), and no other number of the experiment can be trusted.
package struct SampleRatioCheck: Sendable, Equatable {
    /// Below this p-value the check alarms: low, because it is looked at often.
    package static let alarmBelow = 0.001

    /// Pearson's statistic, or the largest squared deviation in standard errors when weights have changed.
    package let chiSquared: Double
    /// Arms with a weight, less one.
    package let degrees: Int
    /// The probability of such counts, or worse, when nothing is wrong.
    package let pValue: Double

    /// Whether the counts are not to be believed.
    package var isAlarm: Bool { pValue < Self.alarmBelow }

    /// Checks counts against weights.
    ///
    /// - Parameters:
    ///   - units: per arm, at least 0.
    ///   - weights: per arm, finite, at least 0, in the same order; their sum is positive. An arm of weight 0 that has
    ///     units is an alarm by itself.
    /// - Throws: `lengthsDiffer`, `tooFewArms`, `outOfRange`.
    package init(units: [Int], weights: [Double]) throws(StatisticsError) {
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
        let total = units.reduce(0.0) { $0 + Double($1) }
        var statistic = 0.0
        var used = 0
        for (count, weight) in zip(units, weights) {
            if weight > 0 {
                used += 1
                guard total > 0 else { continue }
                let expected = total * (weight / whole)
                let step = Double(count) - expected
                statistic += step * step / expected
            } else if count > 0 {
                statistic = .infinity
            }
        }
        chiSquared = statistic
        degrees = used - 1
        if statistic == .infinity {
            pValue = 0
        } else {
            pValue = degrees == 0 ? 1 : SpecialFunctions.chiSquaredUpper(statistic, degrees: Double(degrees))
        }
    }

    /// Checks counts against the propensities with which units got their arms: right also when weights changed meanwhile, as a
    /// bandit's do.
    ///
    /// The sum of 1/p over an arm's units is on average the number of all units; how many standard errors each arm is off is
    /// tested by the normal distribution, for all arms together (Bonferroni).
    ///
    /// - Parameter arms: The units of 2 arms or more, each with a known propensity.
    /// - Throws: `tooFewArms`.
    ///
    /// Source: Horvitz and Thompson, A Generalization of Sampling Without Replacement From a Finite Universe (1952).
    package init(_ arms: [PropensitySums]) throws(StatisticsError) {
        guard arms.count >= 2 else { throw .tooFewArms(count: arms.count) }
        let total = Double(arms.reduce(0) { $0 + $1.units })
        var largest = 0.0
        var tested = 0
        for arm in arms where arm.variances > 0 {
            tested += 1
            largest = max(largest, (arm.inverses - total).magnitude / arm.variances.squareRoot())
        }
        chiSquared = largest * largest
        degrees = max(tested - 1, 0)
        pValue = min(1, Double(max(tested, 1)) * 2 * SpecialFunctions.normalCDF(-largest))
    }
}
