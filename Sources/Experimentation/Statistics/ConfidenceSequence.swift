internal import RealModule

/// An interval with both ends, which may be infinite.
package struct EffectInterval: Sendable, Equatable {
    /// The lower end.
    package let low: Double
    /// The upper end, at least `low`.
    package let high: Double

    /// An interval around an estimate.
    ///
    /// - Parameters:
    ///   - center: the estimate.
    ///   - halfWidth: at least 0.
    package init(center: Double, halfWidth: Double) {
        low = center - halfWidth
        high = center + halfWidth
    }

    /// An interval by its ends.
    ///
    /// - Parameters:
    ///   - low: the lower end.
    ///   - high: the upper end.
    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// Whether `value` lies within, ends included.
    ///
    /// - Parameter value: any number.
    /// - Returns: true when it does.
    package func contains(_ value: Double) -> Bool { low <= value && value <= high }

    /// What lies within bounds; all of it without.
    func clamped(to bounds: EffectInterval?) -> EffectInterval {
        guard let bounds else { return self }
        return EffectInterval(
            low: min(max(low, bounds.low), bounds.high), high: max(min(high, bounds.high), bounds.low))
    }
}

/// Intervals that hold at all looks together: with probability 1 − alpha, asymptotically, not one of them ever misses
/// the truth. So one may look every hour and stop at any time.
///
/// Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic confidence
/// sequences, arXiv:2103.06476, Theorem 2.2; rho as in their appendix on the choice of rho, solved exactly.
package struct ConfidenceSequence: Sendable, Equatable {
    /// The probability that any of the intervals misses.
    package let alpha: Double
    /// The tuning parameter: it decides at which number of units the sequence is narrowest, not whether it holds.
    package let rho: Double

    /// A sequence that is narrowest at one number of units. The number must be chosen before looking at the data.
    ///
    /// - Parameters:
    ///   - alpha: strictly between 0 and 1.
    ///   - unitsPlanned: at least 1.
    /// - Throws: `outOfRange`.
    package init(alpha: Double, unitsPlanned: Double) throws(StatisticsError) {
        try StatisticsError.check("alpha", alpha, in: 0...1, open: true)
        try StatisticsError.check("planned units", unitsPlanned, in: 1...1e15)
        self.alpha = alpha
        rho = (Self.optimum(alpha: alpha) / unitsPlanned).squareRoot()
    }

    /// What a standard error is multiplied with to give half the interval's width.
    ///
    /// - Parameter units: all units the estimate rests on, of both arms in a comparison; at least 1.
    /// - Returns: a number that takes the place of the 1.96 of a fixed horizon; at its smallest about 3 for alpha 0.05.
    package func multiplier(units: Double) -> Double {
        let scaled = units * rho * rho
        return ((1 + 1 / scaled) * (Double.log(onePlus: scaled) - 2 * Double.log(alpha))).squareRoot()
    }

    /// What a standard error is multiplied with for one look, fixed beforehand: 1.96 for alpha 0.05.
    var quantile: Double { SpecialFunctions.normalQuantile(1 - alpha / 2) }

    /// The interval of an estimate.
    ///
    /// - Parameters:
    ///   - estimate: a mean, a difference, a ratio or a lift.
    ///   - standardError: its standard error.
    ///   - units: all units it rests on.
    /// - Returns: the interval.
    package func interval(_ estimate: Double, standardError: Double, units: Int) -> EffectInterval {
        EffectInterval(center: estimate, halfWidth: standardError * multiplier(units: Double(units)))
    }

    /// The multiplier at the planned number of units, whatever that number is.
    ///
    /// - Parameter alpha: strictly between 0 and 1.
    /// - Returns: the smallest multiplier.
    package static func smallestMultiplier(alpha: Double) -> Double {
        (1 + optimum(alpha: alpha)).squareRoot()
    }

    /// The planned units times rho², where the width is smallest: the positive root of y = log(1 + y) − 2 log alpha,
    /// which is −W₋₁(−alpha²/e) − 1. The iteration contracts by 1/(1 + y).
    private static func optimum(alpha: Double) -> Double {
        let base = -2 * Double.log(alpha)
        var y = base + 1
        for _ in 0..<200 {
            // Newton on y − log(1 + y) − base, which is convex for positive y.
            let next = y - (y - Double.log(onePlus: y) - base) * (1 + y) / y
            guard abs(next - y) > 1e-15 * y else { break }
            y = max(next, 1e-12)
        }
        return y
    }
}
