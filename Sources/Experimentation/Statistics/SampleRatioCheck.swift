/// Whether the arms got the shares of units that their weights ask for. If not, something loses or adds units in one arm
/// (a redirect, a crash, a bot filter), and no other number of the experiment can be trusted.
package struct SampleRatioCheck: Sendable, Equatable {
    /// Below this p-value the check alarms: low, because it is looked at often.
    package static let alarmBelow = 0.001

    /// Pearson's statistic.
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
}
