/// How many units an experiment needs before it starts.
///
/// Source: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), section 4.2, without continuity
/// correction: pooled variance under the hypothesis of no effect, each arm's own under the effect.
package struct SamplePlan: Sendable, Equatable {
    /// Arms, the control included.
    package let arms: Int
    /// Units for each arm when one looks once, at the end.
    package let unitsPerArm: Int
    /// Units for each arm when one may look at any time: what the verdict of an experiment needs. Planned at this number.
    package let unitsPerArmAtAnyTime: Int

    /// A plan for a rate.
    ///
    /// - Parameters:
    ///   - baseline: the rate of the control, strictly between 0 and 1.
    ///   - relativeLift: the smallest effect worth finding, as a share of `baseline`: 0.1 for 4 % → 4.4 %; not 0, and the
    ///     rate that comes of it lies strictly between 0 and 1.
    ///   - alpha: the probability of a false alarm over all arms, above 0, at most 0.2.
    ///   - power: the probability to find the effect, strictly between 0 and 1.
    ///   - arms: 2…100. With more than 2, each comparison gets its part of alpha.
    /// - Throws: `outOfRange`.
    package init(
        baseline: Double, relativeLift: Double, alpha: Double = 0.05, power: Double = 0.8, arms: Int = 2
    ) throws(StatisticsError) {
        try StatisticsError.check("the baseline rate", baseline, in: 0...1, open: true)
        let changed = baseline * (1 + relativeLift)
        try StatisticsError.check("the rate after the lift", changed, in: 0...1, open: true)
        let middle = 0.5 * (baseline + changed)
        try self.init(
            difference: changed - baseline, pooledVariance: 2 * middle * (1 - middle),
            ownVariance: baseline * (1 - baseline) + changed * (1 - changed), alpha: alpha, power: power, arms: arms)
    }

    /// A plan for a mean.
    ///
    /// - Parameters:
    ///   - standardDeviation: of one unit, positive.
    ///   - difference: the smallest difference of means worth finding, not 0.
    ///   - alpha: as for a rate.
    ///   - power: as for a rate.
    ///   - arms: as for a rate.
    /// - Throws: `outOfRange`.
    package init(
        standardDeviation: Double, difference: Double, alpha: Double = 0.05, power: Double = 0.8, arms: Int = 2
    ) throws(StatisticsError) {
        try StatisticsError.check("the standard deviation", standardDeviation, in: 0...1e60, open: true)
        let variance = 2 * standardDeviation * standardDeviation
        try self.init(
            difference: difference, pooledVariance: variance, ownVariance: variance, alpha: alpha, power: power,
            arms: arms)
    }

    /// How long the experiment runs.
    ///
    /// - Parameters:
    ///   - unitsPerDay: new units a day over all arms, positive.
    ///   - atAnyTime: whether one may look before the end.
    /// - Returns: whole days, at least 1.
    /// - Throws: `outOfRange`.
    package func days(unitsPerDay: Double, atAnyTime: Bool = false) throws(StatisticsError) -> Int {
        try StatisticsError.check("units per day", unitsPerDay, in: 0...1e15, open: true)
        let needed = Double(atAnyTime ? unitsPerArmAtAnyTime : unitsPerArm) * Double(arms)
        return Int(min((needed / unitsPerDay).rounded(.up), 1e15))
    }

    private init(
        difference: Double, pooledVariance: Double, ownVariance: Double, alpha: Double, power: Double, arms: Int
    ) throws(StatisticsError) {
        try StatisticsError.checkAlpha(alpha)
        try StatisticsError.check("power", power, in: 0...1, open: true)
        try StatisticsError.check("arms", Double(arms), in: 2...100)
        try StatisticsError.check("the magnitude of the effect", abs(difference), in: 0...1e60, open: true)
        self.arms = arms
        let share = alpha / Double(arms - 1)
        let found = SpecialFunctions.normalQuantile(power)
        let once = SpecialFunctions.normalQuantile(1 - share / 2)
        let always = ConfidenceSequence.smallestMultiplier(alpha: share)
        unitsPerArm = try Self.units(once * pooledVariance.squareRoot() + found * ownVariance.squareRoot(), difference)
        // The interval at any time uses each arm's own variance.
        unitsPerArmAtAnyTime = try Self.units((always + found) * ownVariance.squareRoot(), difference)
    }

    private static func units(_ width: Double, _ difference: Double) throws(StatisticsError) -> Int {
        // A power below a half may need no width at all.
        let ratio = max(width, 0) / abs(difference)
        let units = max((ratio * ratio).rounded(.up), 2)
        guard units <= 1e15 else {
            throw .outOfRange(
                what: "the units needed per arm", value: units,
                allowed: "a larger effect: at most 1e15 units are planned")
        }
        return Int(units)
    }
}
