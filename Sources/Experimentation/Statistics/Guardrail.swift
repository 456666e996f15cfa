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
    /// The largest harm that is accepted.
    package let margin: Margin

    /// How much harm is accepted.
    package enum Margin: Sendable, Equatable {
        /// As a share of the control's mean: 0.01 accepts a loss of one per cent.
        case relative(Double)
        /// In the metric's own unit: 0.01 of a rate accepts one unit in a hundred.
        case absolute(Double)
    }

    /// A guardrail.
    ///
    /// - Parameters:
    ///   - direction: the direction in which the metric improves.
    ///   - margin: as a share in 0…1.
    /// - Throws: `outOfRange`.
    package init(direction: MetricDirection, margin: Double) throws(StatisticsError) {
        try self.init(direction: direction, .relative(margin))
    }

    /// A guardrail.
    ///
    /// - Parameters:
    ///   - direction: the direction in which the metric improves.
    ///   - margin: relative in 0…1, absolute in 0…10¹².
    /// - Throws: `outOfRange`.
    package init(direction: MetricDirection, _ margin: Margin) throws(StatisticsError) {
        switch margin {
        case .relative(let share): try StatisticsError.check("the margin of a guardrail", share, in: 0...1)
        case .absolute(let harm): try StatisticsError.check("the margin of a guardrail", harm, in: 0...1e12)
        }
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
        // Harm lowers a metric that should rise, and raises one that should fall: by a share of its magnitude, or by so much.
        var (factor, allowed) = (1.0, 0.0)
        switch margin {
        case .relative(let share):
            let isLower = (direction == .increase) == (control.mean >= 0)
            factor = isLower ? 1 - share : 1 + share
        case .absolute(let harm): allowed = harm
        }
        let interval = Comparison.contrast(
            arm, control, factor: factor, multiplier: sequence.multiplier(units: Double(arm.units + control.units)))
        let (low, high) = direction == .increase ? (interval.low, interval.high) : (-interval.high, -interval.low)
        let (leastGain, mostGain) = (low + allowed, high + allowed)
        if mostGain < 0 { return .breached }
        return leastGain > 0 ? .kept : .undecided
    }
}
