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

    /// Judges an arm.
    ///
    /// - Parameter lift: the arm's lift against control at any time; nil when it is not known.
    /// - Returns: `undecided` without a lift.
    package func answer(_ lift: EffectInterval?) -> Answer {
        guard let lift else { return .undecided }
        let (leastGain, mostGain) = direction == .increase ? (lift.low, lift.high) : (-lift.high, -lift.low)
        if mostGain < -margin { return .breached }
        return leastGain > -margin ? .kept : .undecided
    }
}
