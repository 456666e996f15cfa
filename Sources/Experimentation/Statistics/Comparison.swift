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

    init(_ estimate: Double, standardError: Double, fixedHorizon: EffectInterval, atAnyTime: EffectInterval) {
        self.estimate = estimate
        self.standardError = standardError
        self.fixedHorizon = fixedHorizon
        self.atAnyTime = atAnyTime
    }

    /// The mean of an arm.
    init(_ arm: ArmEstimate, sequence: ConfidenceSequence) {
        let bounds: EffectInterval? = arm.isRate ? EffectInterval(low: 0, high: 1) : nil
        func interval(_ multiplier: Double) -> EffectInterval {
            EffectInterval(center: arm.mean, halfWidth: multiplier * arm.standardError).clamped(to: bounds)
        }
        self.init(
            arm.observed, standardError: arm.standardError, fixedHorizon: interval(sequence.quantile),
            atAnyTime: interval(sequence.multiplier(units: Double(arm.units))))
    }
}

/// One arm beside the control.
package struct Comparison: Sendable, Equatable {
    /// The arm's mean less the control's.
    package let difference: Effect
    /// The difference as a share of the control's mean. Its interval holds those lifts that the arms' difference does not contradict, so it
    /// leaves out 0 exactly when that of `difference` does. Nil when the control's mean may be 0: a share of nothing says nothing.
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
        let isRate = arm.isRate && control.isRate
        let multiplier = sequence.multiplier(units: Double(arm.units + control.units))
        let bounds: EffectInterval? = isRate ? EffectInterval(low: -1, high: 1) : nil
        func interval(_ multiplier: Double) -> EffectInterval {
            Self.contrast(arm, control, factor: 1, multiplier: multiplier).clamped(to: bounds)
        }
        difference = Effect(
            arm.observed - control.observed, standardError: variance.squareRoot(),
            fixedHorizon: interval(sequence.quantile), atAnyTime: interval(multiplier))
        pValueFixedHorizon = Self.welch(arm, control)
        guard control.observed != 0, let always = Self.lift(arm, control, multiplier) else {
            lift = nil
            return
        }
        let ratio = arm.observed / control.observed
        let ratioVariance = (armPart + ratio * ratio * controlPart) / (control.observed * control.observed)
        // A metric whose mean is negative improves when its value rises: the share is of the magnitude.
        let sign: Double = control.mean < 0 ? -1 : 1
        // Nothing falls by more than all of it where no value is below 0.
        let least: EffectInterval? = isRate ? EffectInterval(low: -1, high: .infinity) : nil
        lift = Effect(
            sign * (ratio - 1), standardError: ratioVariance.squareRoot(),
            fixedHorizon: (Self.lift(arm, control, sequence.quantile) ?? always).clamped(to: least),
            atAnyTime: always.clamped(to: least))
    }

    /// The interval of arm − factor × control.
    static func contrast(
        _ arm: ArmEstimate, _ control: ArmEstimate, factor: Double, multiplier: Double
    ) -> EffectInterval {
        let variance = arm.variance / Double(arm.units) + factor * factor * (control.variance / Double(control.units))
        return EffectInterval(
            center: arm.mean - factor * control.mean, halfWidth: multiplier * variance.squareRoot())
    }

    /// The lifts r for which 0 lies in the interval of arm − (1 + r) × control. As each of those intervals holds at any time, so does this.
    ///
    /// - Returns: nil when the control's mean may be 0, so that no lift is excluded on one side.
    ///
    /// Source: E. C. Fieller, Some Problems in Interval Estimation, Journal of the Royal Statistical Society B 16 (1954).
    private static func lift(_ arm: ArmEstimate, _ control: ArmEstimate, _ multiplier: Double) -> EffectInterval? {
        // In shares of the control's mean, so that no square overflows.
        let ratio = arm.mean / control.mean
        let armError = multiplier * arm.standardError / control.mean.magnitude
        let controlError = multiplier * control.standardError / control.mean.magnitude
        guard controlError < 1, ratio.isFinite, armError.isFinite else { return nil }
        let kept = 1 - controlError * controlError
        // From (ratio − x)² ≤ armError² + x² controlError², for x = 1 + r.
        let root = (armError * armError * kept + ratio * ratio * controlError * controlError).squareRoot()
        let (low, high) = ((ratio - root) / kept - 1, (ratio + root) / kept - 1)
        return control.mean < 0 ? EffectInterval(low: -high, high: -low) : EffectInterval(low: low, high: high)
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
