/// The units of an arm weighted by the inverse of the propensities with which they got it: what the arm's mean would be over all units of the
/// experiment, whatever its shares were while it ran.
///
/// A plain mean is not that: when an arm's share grows while the rate falls, most of its units are of the time in which the rate was low
/// (Simpson's paradox).
///
/// Source: Horvitz and Thompson, A Generalization of Sampling Without Replacement From a Finite Universe (1952); means divided by the sum of
/// the weights as Hájek, Comment on "An Essay on the Logical Foundations of Survey Sampling" (1971).
package struct PropensitySums: Sendable, Equatable {
    /// Units whose propensity p is known.
    package private(set) var units = 0
    /// The sum of the weights 1/p: on average all units of the experiment, whatever the shares were.
    package private(set) var inverses = 0.0
    /// The sum of (1 − p)/p²: an unbiased estimate of the variance of `inverses`.
    package private(set) var variances = 0.0
    /// The mean of the values, weighted by 1/p.
    package private(set) var mean = 0.0
    /// The mean of the values, weighted by 1/p².
    package private(set) var squaredMean = 0.0
    /// The sum of squares of what differs from `squaredMean`, weighted by 1/p².
    package private(set) var squares = 0.0

    /// Sums of no units.
    package init() {}

    /// Sums that were counted elsewhere.
    ///
    /// - Parameters:
    ///   - units: Units whose propensity is known.
    ///   - inverses: Sum of 1/p.
    ///   - variances: Sum of (1 − p)/p².
    ///   - mean: Mean of the values weighted by 1/p; likewise `squaredMean` by 1/p².
    ///   - squares: Sum of squares around `squaredMean`, weighted by 1/p².
    /// - Throws: `outOfRange` for what no units can have.
    package init(
        units: Int, inverses: Double, variances: Double, mean: Double = 0, squaredMean: Double = 0, squares: Double = 0
    ) throws(StatisticsError) {
        try StatisticsError.check("units", Double(units), in: 0...1e15)
        for sum in [inverses, variances, squares] {
            try StatisticsError.check("sums of propensities", sum, in: 0...Double.greatestFiniteMagnitude)
        }
        for mean in [mean, squaredMean] {
            try StatisticsError.check(
                "a weighted mean", mean, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        }
        (self.units, self.inverses, self.variances) = (units, inverses, variances)
        (self.mean, self.squaredMean, self.squares) = (mean, squaredMean, squares)
    }

    /// Adds a unit; one whose propensity nobody knows (0) is left out.
    ///
    /// - Parameters:
    ///   - propensity: The share of units that got the arm when this one did.
    ///   - value: What the unit did, at most `ArmSummary.magnitudeMax` in magnitude.
    package mutating func add(_ propensity: Double, value: Double = 0) {
        guard propensity > 0, propensity <= 1, abs(value) <= ArmSummary.magnitudeMax else { return }
        units += 1
        let weight = 1 / propensity
        inverses += weight
        variances += (1 - propensity) * weight * weight
        mean += weight / inverses * (value - mean)
        let step = value - squaredMean
        squaredMean += weight * weight / squaredInverses * step
        squares += weight * weight * step * (value - squaredMean)
    }

    /// Adds the units of other sums of the same arm.
    package mutating func merge(_ other: PropensitySums) {
        guard other.units > 0 else { return }
        let (own, theirs) = (squaredInverses, other.squaredInverses)
        units += other.units
        inverses += other.inverses
        variances += other.variances
        mean += other.inverses / inverses * (other.mean - mean)
        let step = other.squaredMean - squaredMean
        squares += other.squares + step * step * (own / (own + theirs)) * theirs
        squaredMean += theirs / (own + theirs) * step
    }

    /// The sum of 1/p².
    package var squaredInverses: Double { variances + inverses }

    /// As how many units of equal weight these count, at most `units`.
    package var effectiveUnits: Double { inverses > 0 ? inverses / squaredInverses * inverses : 0 }

    /// The one propensity with which all units got the arm; nil when there are several, or no units.
    package var only: Double? {
        units > 0 && effectiveUnits > Double(units) * (1 - Self.varies) ? Double(units) / inverses : nil
    }

    /// Whether some arm's propensity changed meanwhile, or those of all arms are more than all there is, so that an arm was added.
    ///
    /// - Parameter arms: Those of one experiment.
    package static func haveVaried(_ arms: [PropensitySums]) -> Bool {
        let seen = arms.filter { $0.units > 0 }
        return seen.contains { $0.only == nil } || seen.reduce(0) { $0 + ($1.only ?? 0) } > 1 + wholeTolerance
    }

    /// The shares that arms were given out with: their units' one propensity, and for arms without units what the others leave, by their weights.
    ///
    /// - Parameters:
    ///   - arms: Of which none has varied.
    ///   - weights: Of each.
    static func shares(_ arms: [PropensitySums], weights: [Double]) -> [Double] {
        let rest = 1 - arms.reduce(0) { $0 + ($1.only ?? 0) }
        let unseen = zip(arms, weights).reduce(0) { $0 + ($1.0.only == nil ? $1.1 : 0) }
        return zip(arms, weights).map { sums, weight in
            // Nobody could get an arm that was added when the others had all shares.
            sums.only ?? (unseen > 0 && rest > wholeTolerance ? rest * weight / unseen : 0)
        }
    }

    /// Beyond what rounding does to a sum of shares.
    private static let wholeTolerance = 1e-3

    /// Beyond what storing propensities in 32 bits and whole buckets does to them: a share of units, as `effectiveUnits` falls short of them.
    private static let varies = 1e-6
}
