/// What an analysis needs to know of one arm's units: counts, means and centred second moments. Streaming and mergeable:
/// the units themselves need not be held.
///
/// Moments are centred as they come in, so that large values with a small spread (revenue in cents, say) lose no digits,
/// which plain sums of squares do.
///
/// Source: Chan, Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979).
package struct ArmSummary: Sendable, Equatable {
    /// The largest magnitude of a value, so that no square or product of squares overflows.
    package static let magnitudeMax = 1e60

    /// How many units were added.
    package private(set) var units = 0
    /// The plain sum of the values: exact for counts.
    package private(set) var sum = 0.0
    /// The mean of the values; 0 without units.
    package private(set) var valueMean = 0.0
    /// The mean of the denominators; 0 without units.
    package private(set) var denominatorMean = 0.0
    /// The mean of the covariates; 0 without units.
    package private(set) var covariateMean = 0.0
    /// Units whose value is not 0: buyers, of a value.
    package private(set) var nonZeroUnits = 0
    /// The sum of the values' magnitudes.
    package private(set) var magnitudeSum = 0.0
    // Sums of products of deviations from the means.
    package private(set) var valueSquares = 0.0
    private(set) var denominatorSquares = 0.0
    package private(set) var covariateSquares = 0.0
    private(set) var valueByDenominator = 0.0
    package private(set) var valueByCovariate = 0.0
    private(set) var denominatorByCovariate = 0.0

    /// As how many outcomes of equal size the values count, at most `nonZeroUnits`: few when some are far larger than the others, so that
    /// the variance is not known yet.
    ///
    /// Source: Kish, Survey Sampling (1965), the effective sample size of unequal weights.
    package var effectiveOutcomes: Double {
        let squares = valueSquares + Double(units) * valueMean * valueMean
        return squares > 0 ? magnitudeSum / squares * magnitudeSum : 0
    }

    /// A summary of no units.
    package init() {}

    /// A summary of a binary metric that was counted elsewhere.
    ///
    /// - Parameters:
    ///   - units: all units, at least 0.
    ///   - successes: those with the outcome, 0…units.
    /// - Throws: `outOfRange`.
    package init(units: Int, successes: Int) throws(StatisticsError) {
        guard units >= 0 else {
            throw .outOfRange(what: "units", value: Double(units), allowed: "a number from 0")
        }
        guard (0...units).contains(successes) else {
            throw .outOfRange(what: "successes", value: Double(successes), allowed: "a number from 0 to \(units)")
        }
        self.units = units
        (sum, nonZeroUnits, magnitudeSum) = (Double(successes), successes, Double(successes))
        guard units > 0 else { return }
        valueMean = sum / Double(units)
        denominatorMean = 1
        valueSquares = sum * (1 - valueMean)
    }

    /// A summary of units that were counted elsewhere, without denominators.
    ///
    /// - Parameters:
    ///   - squares: sums of squares of what differs from the mean, at least 0; likewise for the covariate.
    ///   - products: sum of the products of what differs from both means.
    ///   - nonZeroUnits: units whose value is not 0.
    ///   - magnitudeSum: sum of the values without their signs.
    /// - Throws: `outOfRange` for what no units can have.
    package init(
        units: Int, sum: Double, mean: Double, covariateMean: Double, squares: Double, covariateSquares: Double,
        products: Double, nonZeroUnits: Int, magnitudeSum: Double
    ) throws(StatisticsError) {
        try StatisticsError.check("units", Double(units), in: 0...1e15)
        try StatisticsError.check("units with an outcome", Double(nonZeroUnits), in: 0...Double(units))
        try StatisticsError.check("a sum of magnitudes", magnitudeSum, in: 0...Double.greatestFiniteMagnitude)
        for (what, value) in [("a sum", sum), ("a mean", mean), ("a mean", covariateMean), ("products", products)] {
            try StatisticsError.check(what, value, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        }
        for value in [squares, covariateSquares] {
            try StatisticsError.check("squares", value, in: 0...Double.greatestFiniteMagnitude)
        }
        self.units = units
        guard units > 0 else { return }
        (self.sum, valueMean, self.covariateMean, denominatorMean) = (sum, mean, covariateMean, 1)
        (self.nonZeroUnits, self.magnitudeSum) = (nonZeroUnits, magnitudeSum)
        (valueSquares, self.covariateSquares, valueByCovariate) = (squares, covariateSquares, products)
    }

    /// Adds one unit. Each unit is added once, with everything it did.
    ///
    /// - Parameters:
    ///   - value: 0 or 1, a count, a value, or the numerator of a ratio.
    ///   - denominator: the denominator of a ratio metric.
    ///   - covariate: what the unit did before the experiment, for CUPED.
    /// - Throws: `outOfRange` for a number that is not finite or beyond `magnitudeMax`; the summary is then unchanged.
    package mutating func add(
        _ value: Double, denominator: Double = 1, covariate: Double = 0
    ) throws(StatisticsError) {
        let limit = Self.magnitudeMax
        guard abs(value) <= limit, abs(denominator) <= limit, abs(covariate) <= limit else {
            throw Self.refusal(value, denominator, covariate)
        }
        units += 1
        sum += value
        nonZeroUnits += value == 0 ? 0 : 1
        magnitudeSum += abs(value)
        let inverse = 1 / Double(units)
        let valueStep = value - valueMean
        let denominatorStep = denominator - denominatorMean
        let covariateStep = covariate - covariateMean
        // The deviation from the old mean times the one from the new mean.
        let rest = 1 - inverse
        valueMean += valueStep * inverse
        denominatorMean += denominatorStep * inverse
        covariateMean += covariateStep * inverse
        valueSquares += valueStep * valueStep * rest
        denominatorSquares += denominatorStep * denominatorStep * rest
        covariateSquares += covariateStep * covariateStep * rest
        valueByDenominator += valueStep * denominatorStep * rest
        valueByCovariate += valueStep * covariateStep * rest
        denominatorByCovariate += denominatorStep * covariateStep * rest
    }

    /// Adds all units of another summary of the same arm, counted elsewhere.
    ///
    /// - Parameter other: a summary of other units.
    package mutating func merge(_ other: ArmSummary) {
        guard other.units > 0 else { return }
        guard units > 0 else {
            self = other
            return
        }
        let total = Double(units + other.units)
        let share = Double(other.units) / total
        let weight = Double(units) * share
        let valueStep = other.valueMean - valueMean
        let denominatorStep = other.denominatorMean - denominatorMean
        let covariateStep = other.covariateMean - covariateMean
        valueSquares += other.valueSquares + valueStep * valueStep * weight
        denominatorSquares += other.denominatorSquares + denominatorStep * denominatorStep * weight
        covariateSquares += other.covariateSquares + covariateStep * covariateStep * weight
        valueByDenominator += other.valueByDenominator + valueStep * denominatorStep * weight
        valueByCovariate += other.valueByCovariate + valueStep * covariateStep * weight
        denominatorByCovariate += other.denominatorByCovariate + denominatorStep * covariateStep * weight
        valueMean += valueStep * share
        denominatorMean += denominatorStep * share
        covariateMean += covariateStep * share
        units += other.units
        sum += other.sum
        nonZeroUnits += other.nonZeroUnits
        magnitudeSum += other.magnitudeSum
    }

    /// The summary with one success and one failure more, so that an arm with few successes, or few failures, is not taken for certain of
    /// its rate. In the covariate they are like the others on average.
    ///
    /// Source: Agresti and Caffo, Simple and Effective Confidence Intervals for Proportions and Differences of Proportions Result from Adding
    /// Two Successes and Two Failures, The American Statistician 54 (2000).
    var withSuccessAndFailure: ArmSummary {
        var pair = ArmSummary()
        (pair.units, pair.sum, pair.valueMean, pair.valueSquares) = (2, 1, 0.5, 0.5)
        (pair.covariateMean, pair.denominatorMean) = (covariateMean, denominatorMean)
        var all = self
        all.merge(pair)
        return all
    }

    private static func refusal(_ value: Double, _ denominator: Double, _ covariate: Double) -> StatisticsError {
        let named = [("value", value), ("denominator", denominator), ("covariate", covariate)]
        let first = named.first { !(abs($0.1) <= magnitudeMax) } ?? named[0]
        return .outOfRange(
            what: "a unit's \(first.0)", value: first.1,
            allowed: "a finite number of at most \(magnitudeMax) in magnitude")
    }
}
