/// One arm as it goes into an analysis.
package struct ArmInput: Sendable, Equatable {
    /// The arm's name.
    package let name: String
    /// Its share of units, relative to the other arms' weights; at least 0.
    package let weight: Double
    /// Its units.
    package let summary: ArmSummary
    /// With which propensities its units got it.
    package let propensities: PropensitySums

    /// An arm.
    ///
    /// - Parameters:
    ///   - name: the arm's name.
    ///   - weight: its weight, at least 0.
    ///   - summary: its units.
    ///   - propensities: with which they got it, as far as known.
    package init(
        name: String, weight: Double, summary: ArmSummary, propensities: PropensitySums = PropensitySums()
    ) {
        self.name = name
        self.weight = weight
        self.summary = summary
        self.propensities = propensities
    }
}

/// What is asked of a metric.
package struct MetricQuestion: Sendable, Equatable {
    /// The metric's name.
    package let name: String
    /// How units' values become the metric.
    package let kind: MetricKind
    /// Which way it improves.
    package let direction: MetricDirection
    /// Whether units' covariates are used to narrow the intervals (CUPED).
    package let usesCovariate: Bool
    /// Nil for a metric that decides.
    package let guardrail: Guardrail?

    /// A question.
    ///
    /// - Parameters:
    ///   - name: the metric's name.
    ///   - kind: how units' values become the metric.
    ///   - direction: which way it improves.
    ///   - usesCovariate: whether to adjust by the covariate.
    ///   - guardrailMargin: the largest accepted harm as a share of control, for a guardrail.
    /// - Throws: `outOfRange` for the margin.
    package init(
        name: String, kind: MetricKind, direction: MetricDirection = .increase, usesCovariate: Bool = false,
        guardrailMargin: Double? = nil
    ) throws(StatisticsError) {
        self.name = name
        self.kind = kind
        self.direction = direction
        self.usesCovariate = usesCovariate
        if let guardrailMargin {
            guardrail = try Guardrail(direction: direction, margin: guardrailMargin)
        } else {
            guardrail = nil
        }
    }
}

/// How sure an analysis has to be, and what it was planned for.
package struct AnalysisSettings: Sendable, Equatable {
    /// The probability of a false statement, over all arms together: 0.05 for "95 %".
    package let alpha: Double
    /// Units of all arms together for which the intervals are narrowest. Chosen before the start, never from the data.
    package let unitsPlanned: Int
    /// An arm with fewer units gets no intervals: they hold for many units only.
    package let unitsMin: Int

    /// Settings.
    ///
    /// - Parameters:
    ///   - alpha: strictly between 0 and 1.
    ///   - unitsPlanned: 100…10¹².
    ///   - unitsMin: 2…10¹².
    /// - Throws: `outOfRange`.
    package init(alpha: Double = 0.05, unitsPlanned: Int = 10_000, unitsMin: Int = 100) throws(StatisticsError) {
        try StatisticsError.check("alpha", alpha, in: 0...1, open: true)
        try StatisticsError.check("planned units", Double(unitsPlanned), in: 100...1e12)
        try StatisticsError.check("the smallest number of units", Double(unitsMin), in: 2...1e12)
        self.alpha = alpha
        self.unitsPlanned = unitsPlanned
        self.unitsMin = unitsMin
    }
}

/// What is known of one arm.
package struct ArmResult: Sendable, Equatable {
    /// The arm's name.
    package let name: String
    /// Whether the other arms are compared with it.
    package let isControl: Bool
    /// Units seen.
    package let units: Int
    /// The sum of the units' values: for a binary metric the units with the outcome.
    package let outcomes: Double
    /// The mean, adjusted when a covariate is used. Nil with fewer units than an interval needs.
    package let mean: Effect?
    /// The arm against control. Nil for the control, and while either has too few units or no variance.
    package let comparison: Comparison?
    /// The posterior probability that the arm is better than control, in the metric's direction, under a flat prior. It
    /// is no error rate. Nil as `comparison`.
    package let probabilityBetter: Double?
    /// The guardrail's answer; nil for a metric that decides, and for the control.
    package let guardrail: Guardrail.Answer?
}

/// The results of one metric: numbers, checks and a verdict.
package struct ExperimentResults: Sendable, Equatable {
    /// The question that was answered.
    package let question: MetricQuestion
    /// How sure the answers are.
    package let settings: AnalysisSettings
    /// All arms, in the order given.
    package let arms: [ArmResult]
    /// Whether the arms' sizes can be believed.
    package let sampleRatio: SampleRatioCheck
    /// How means were adjusted; nil when they were not.
    package let adjustment: CovariateAdjustment?
    /// What follows.
    package let verdict: Verdict
}

/// Turns summaries of arms into results.
///
/// With several arms besides the control, the intervals of comparisons share alpha (Bonferroni): the statement holds for
/// all arms together. P-values and posteriors are per arm, and for one look.
package enum ExperimentAnalysis {
    /// The largest number of arms.
    package static let armsMax = 100

    /// Analyses one metric.
    ///
    /// - Parameters:
    ///   - question: the metric.
    ///   - arms: 2…`armsMax` arms with distinct names; at least one with a positive weight.
    ///   - control: the name of the arm that the others are compared with.
    ///   - settings: how sure to be.
    /// - Returns: results, also when there are too few units: the verdict then says so.
    /// - Throws: `tooFewArms`, `tooManyArms`, `duplicateArm`, `unknownControl`, `outOfRange`.
    package static func results(
        _ question: MetricQuestion, arms: [ArmInput], control: String, settings: AnalysisSettings
    ) throws(StatisticsError) -> ExperimentResults {
        let base = try checked(arms, control)
        let sampleRatio =
            PropensitySums.haveVaried(arms)
            ? try SampleRatioCheck(arms.map(\.propensities))
            : try SampleRatioCheck(units: arms.map(\.summary.units), weights: arms.map(\.weight))
        let adjustment =
            question.usesCovariate ? CovariateAdjustment(arms: arms.map(\.summary), kind: question.kind) : nil
        let planned = Double(settings.unitsPlanned) / Double(arms.count)
        let ofMeans = try ConfidenceSequence(alpha: settings.alpha, unitsPlanned: max(planned, 1))
        let ofComparisons = try ConfidenceSequence(
            alpha: settings.alpha / Double(arms.count - 1), unitsPlanned: max(2 * planned, 1))
        let estimates = arms.map { arm in
            arm.summary.units < settings.unitsMin
                ? nil : ArmEstimate(arm.summary, kind: question.kind, adjustment: adjustment)
        }
        var results: [ArmResult] = []
        for (index, arm) in arms.enumerated() {
            let estimate = estimates[index]
            var comparison: Comparison?
            if index != base, let estimate, let reference = estimates[base] {
                comparison = Comparison(estimate, control: reference, sequence: ofComparisons)
            }
            let better = comparison.map {
                probability(question, arm.summary, arms[base].summary, $0, isAdjusted: adjustment != nil)
            }
            let mean = estimate.map {
                Effect($0.mean, standardError: $0.standardError, units: $0.units, sequence: ofMeans)
            }
            results.append(
                ArmResult(
                    name: arm.name, isControl: index == base, units: arm.summary.units, outcomes: arm.summary.sum,
                    mean: mean, comparison: comparison, probabilityBetter: better,
                    guardrail: index == base ? nil : question.guardrail?.answer(comparison?.lift?.atAnyTime)))
        }
        return ExperimentResults(
            question: question, settings: settings, arms: results, sampleRatio: sampleRatio, adjustment: adjustment,
            verdict: Verdict(results, direction: question.direction, sampleRatio: sampleRatio))
    }

    private static func checked(_ arms: [ArmInput], _ control: String) throws(StatisticsError) -> Int {
        guard arms.count >= 2 else { throw .tooFewArms(count: arms.count) }
        guard arms.count <= armsMax else { throw .tooManyArms(count: arms.count, limit: armsMax) }
        var names: Set<String> = []
        for arm in arms where !names.insert(arm.name).inserted { throw .duplicateArm(name: arm.name) }
        guard let base = arms.firstIndex(where: { $0.name == control }) else {
            throw .unknownControl(name: control, arms: arms.map(\.name))
        }
        return base
    }

    private static func probability(
        _ question: MetricQuestion, _ arm: ArmSummary, _ control: ArmSummary, _ comparison: Comparison, isAdjusted: Bool
    ) -> Double {
        let greater: Double
        if question.kind == .binary, !isAdjusted {
            greater = Posterior.probability(
                .rate(units: arm.units, successes: arm.sum),
                exceeds: .rate(units: control.units, successes: control.sum))
        } else {
            let difference = comparison.difference
            greater = SpecialFunctions.normalCDF(difference.estimate / difference.standardError)
        }
        return question.direction == .increase ? greater : 1 - greater
    }
}
