/// An effect with its uncertainty, once for a reader who looks a single time at the planned end, and once for a reader
/// who looks whenever they like.
package struct Effect: Sendable, Equatable {
    /// The estimate.
    package let estimate: Double
    /// Its standard error.
    package let standardError: Double
    /// The interval that holds at one look, fixed beforehand.
    package let fixedHorizon: EffectInterval
    /// The interval that holds at all looks together.
    package let atAnyTime: EffectInterval

    init(_ estimate: Double, standardError: Double, units: Int, sequence: ConfidenceSequence) {
        self.estimate = estimate
        self.standardError = standardError
        let quantile = SpecialFunctions.normalQuantile(1 - sequence.alpha / 2)
        fixedHorizon = EffectInterval(center: estimate, halfWidth: quantile * standardError)
        atAnyTime = sequence.interval(estimate, standardError: standardError, units: units)
    }
}

/// One arm beside the control.
package struct Comparison: Sendable, Equatable {
    /// The arm's mean less the control's.
    package let difference: Effect
    /// The difference as a share of the control's mean, by the delta method. Nil when the control's mean may be 0 (its
    /// interval at any time contains it): a share of nothing says nothing.
    package let lift: Effect?
    /// Welch's two-sided p-value. It holds at one look, fixed beforehand.
    package let pValueFixedHorizon: Double

    /// Compares two arms.
    ///
    /// - Parameters:
    ///   - arm: the estimate of the arm.
    ///   - control: the estimate of the control.
    ///   - sequence: decides how sure the intervals are.
    /// - Returns: nil when both variances are 0, so that nothing is known of the uncertainty.
    package init?(_ arm: ArmEstimate, control: ArmEstimate, sequence: ConfidenceSequence) {
        let armPart = arm.variance / Double(arm.units)
        let controlPart = control.variance / Double(control.units)
        let variance = armPart + controlPart
        guard variance > 0, variance.isFinite else { return nil }
        let units = arm.units + control.units
        let step = arm.mean - control.mean
        difference = Effect(step, standardError: variance.squareRoot(), units: units, sequence: sequence)
        pValueFixedHorizon = Self.welch(arm, control)
        let base = sequence.interval(control.mean, standardError: control.standardError, units: control.units)
        guard control.mean != 0, !base.contains(0) else {
            lift = nil
            return
        }
        let ratio = arm.mean / control.mean
        let ratioVariance = (armPart + ratio * ratio * controlPart) / (control.mean * control.mean)
        // A metric whose mean is negative improves when its value rises: the share is of the magnitude.
        let sign: Double = control.mean < 0 ? -1 : 1
        lift = Effect(
            sign * (ratio - 1), standardError: ratioVariance.squareRoot(), units: units, sequence: sequence)
    }

    /// Source: B. L. Welch, The Generalization of "Student's" Problem when Several Different Population Variances are
    /// Involved, Biometrika 34 (1947).
    private static func welch(_ arm: ArmEstimate, _ control: ArmEstimate) -> Double {
        let armPart = arm.variance / Double(arm.units)
        let controlPart = control.variance / Double(control.units)
        let whole = armPart + controlPart
        // Shares, so that no square overflows.
        let armShare = armPart / whole
        let controlShare = controlPart / whole
        let below =
            armShare * armShare / Double(arm.units - 1) + controlShare * controlShare / Double(control.units - 1)
        let statistic = (arm.mean - control.mean) / whole.squareRoot()
        return SpecialFunctions.studentTwoSided(statistic, degrees: 1 / below)
    }
}
