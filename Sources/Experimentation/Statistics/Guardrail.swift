/// Which way a metric improves.
package enum MetricDirection: String, Sendable, CaseIterable {
    /// More is better: sign-ups, revenue.
    case increase
    /// Less is better: errors, unsubscriptions.
    case decrease
}

/// A limit to the harm that an arm may do to a metric while another metric decides.
package struct Guardrail: Sendable, Equatable {
    /// What is known of one arm. Each answer holds at any time.
    package enum Answer: String, Sendable, CaseIterable {
        /// The whole interval is worse than the margin allows.
        case breached
        /// The whole interval is better than the margin.
        case kept
        /// The interval holds both.
        case undecided
    }

    /// The direction in which the metric improves.
    package let direction: MetricDirection
    /// The largest harm that is accepted, as a share of the control's mean: 0.01 accepts a loss of one per cent.
    package let margin: Double

    /// A guardrail.
    ///
    /// - Parameters:
    ///   - direction: the direction in which the metric improves.
    ///   - margin: in 0…1.
    /// - Throws: `outOfRange`.
    package init(direction: MetricDirection, margin: Double) throws(StatisticsError) {
        try StatisticsError.check("the margin of a guardrail", margin, in: 0...1)
        self.direction = direction
        self.margin = margin
    }

    /// Judges an arm by what it has more or less than the accepted share of the control: no ratio is needed, so a control of 0 is one like others.
    ///
    /// - Parameters:
    ///   - arm: the arm; nil while too little is known of it, as for the control.
    ///   - control: the control.
    ///   - sequence: decides how sure the answer is; the same as for the comparison.
    /// - Returns: `undecided` without one of them.
    package func answer(_ arm: ArmEstimate?, control: ArmEstimate?, sequence: ConfidenceSequence) -> Answer {
        guard let arm, let control else { return .undecided }
        // Harm lowers a metric that should rise, and raises one that should fall, by a share of its magnitude.
        let isLower = (direction == .increase) == (control.mean >= 0)
        let interval = Comparison.contrast(
            arm, control, factor: isLower ? 1 - margin : 1 + margin,
            multiplier: sequence.multiplier(units: Double(arm.units + control.units)))
        let (leastGain, mostGain) =
            direction == .increase ? (interval.low, interval.high) : (-interval.high, -interval.low)
        if mostGain < 0 { return .breached }
        return leastGain > 0 ? .kept : .undecided
    }
}
