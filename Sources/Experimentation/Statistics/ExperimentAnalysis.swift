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
        try self.init(
            name: name, kind: kind, direction: direction, usesCovariate: usesCovariate,
            margin: guardrailMargin.map { .relative($0) })
    }

    /// A question.
    ///
    /// - Parameters:
    ///   - name: the metric's name.
    ///   - kind: how units' values become the metric.
    ///   - direction: which way it improves.
    ///   - usesCovariate: whether to adjust by the covariate.
    ///   - margin: the largest accepted harm, for a guardrail.
    /// - Throws: `outOfRange` for the margin.
    package init(
        name: String, kind: MetricKind, direction: MetricDirection, usesCovariate: Bool, margin: Guardrail.Margin?
    ) throws(StatisticsError) {
        self.name = name
        self.kind = kind
        self.direction = direction
        self.usesCovariate = usesCovariate
        if let margin {
            guardrail = try Guardrail(direction: direction, margin)
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
    /// An arm with fewer units that have an outcome gets no intervals of a count or a value. With these and `effectiveOutcomesMin`, the
    /// intervals held in simulations of purchases with a heavy tail (log-normal, sigma up to 2) at shares from 1% to 50%.
    package static let outcomesMin = 300
    /// As how many outcomes of equal size an arm's must count, of a count or a value.
    package static let effectiveOutcomesMin = 150.0
    /// The largest alpha: what is wrong more often than one time in five is no statement.
    package static let alphaMax = 0.2

    /// Settings.
    ///
    /// - Parameters:
    ///   - alpha: above 0, at most `alphaMax`.
    ///   - unitsPlanned: 100…10¹².
    ///   - unitsMin: 2…10¹².
    /// - Throws: `outOfRange`.
    package init(alpha: Double = 0.05, unitsPlanned: Int = 10_000, unitsMin: Int = 100) throws(StatisticsError) {
        try StatisticsError.checkAlpha(alpha)
        try StatisticsError.check("planned units", Double(unitsPlanned), in: 100...1e12)
        try StatisticsError.check("the smallest number of units", Double(unitsMin), in: 2...1e12)
        self.alpha = alpha
        self.unitsPlanned = unitsPlanned
        self.unitsMin = unitsMin
    }
}

/// Why an arm has no interval.
package enum ArmLack: String, Sendable, CaseIterable {
    /// Fewer units than an interval needs.
    case units
    /// Fewer outcomes, of a count or a value.
    case outcomes
    /// Outcomes of which few are far larger than the others.
    case evenOutcomes = "even_outcomes"
    /// Units whose weights differ too much, while the arms' shares changed.
    case evenWeights = "even_weights"
    /// A ratio while the arms' shares changed: it is not weighted.
    case weightedRatio = "weighted_ratio"
    /// Units that do not differ from those of the control.
    case variation
    /// Shares that follow the outcomes: intervals do not hold.
    case fixedShares = "fixed_shares"
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
    /// The guardrail's answer; nil for a metric that decides, and for the control. Nothing is kept or breached while the arms' sizes cannot be
    /// believed.
    package let guardrail: Guardrail.Answer?
    /// Why there is no `comparison`, or no `mean` of the control; nil when there is.
    package let lack: ArmLack?
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
    /// Whether units were weighted by the inverse of their propensities, because the arms' shares changed.
    package let isWeighted: Bool
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
    ///   - areAll: whether no unit was in an arm that is not among these, as one that has been taken out.
    ///   - isSteered: whether the arms' shares follow their outcomes, as a bandit's do: nothing is then said to hold.
    /// - Returns: results, also when there are too few units: the verdict then says so.
    /// - Throws: `tooFewArms`, `tooManyArms`, `duplicateArm`, `unknownControl`, `outOfRange`.
    package static func results(
        _ question: MetricQuestion, arms: [ArmInput], control: String, settings: AnalysisSettings,
        areAll: Bool = true, isSteered: Bool = false
    ) throws(StatisticsError) -> ExperimentResults {
        let base = try checked(arms, control)
        let sampleRatio = try SampleRatioCheck(arms, areAll: areAll)
        let isWeighted =
            PropensitySums.haveVaried(arms.map(\.propensities))
            && arms.allSatisfy { $0.propensities.units == $0.summary.units }
        let adjustment =
            question.usesCovariate && !isWeighted
            ? CovariateAdjustment(arms: arms.map(\.summary), kind: question.kind) : nil
        let planned = Double(settings.unitsPlanned) / Double(arms.count)
        let ofMeans = try ConfidenceSequence(alpha: settings.alpha, unitsPlanned: max(planned, 1))
        let ofComparisons = try ConfidenceSequence(
            alpha: settings.alpha / Double(arms.count - 1), unitsPlanned: max(2 * planned, 1))
        let lacks = arms.map { isSteered ? .fixedShares : lack($0, question.kind, settings, isWeighted: isWeighted) }
        let estimates = zip(arms, lacks).map { arm, lack -> ArmEstimate? in
            guard lack == nil else { return nil }
            return isWeighted
                ? ArmEstimate(weighted: arm.propensities, isRate: question.kind == .binary)
                : ArmEstimate(arm.summary, kind: question.kind, adjustment: adjustment)
        }
        let results = arms.indices.map { index in
            var comparison: Comparison?
            if index != base, let estimate = estimates[index], let reference = estimates[base],
                haveDifferentOutcomes(arms[index].summary, arms[base].summary, question.kind)
            {
                comparison = Comparison(estimate, control: reference, sequence: ofComparisons)
            }
            let isKnown = index == base ? estimates[base] != nil : comparison != nil
            return ArmResult(
                name: arms[index].name, isControl: index == base, units: arms[index].summary.units,
                outcomes: arms[index].summary.sum, mean: estimates[index].map { Effect($0, sequence: ofMeans) },
                comparison: comparison,
                probabilityBetter: comparison.map {
                    probability(
                        question, arms[index].summary, arms[base].summary, $0,
                        isPlain: adjustment == nil && !isWeighted)
                },
                guardrail: index == base
                    ? nil
                    : question.guardrail?.answer(
                        sampleRatio.isAlarm || comparison == nil ? nil : estimates[index], control: estimates[base],
                        sequence: ofComparisons),
                lack: isKnown ? nil : lacks[index] ?? lacks[base] ?? .variation)
        }
        return ExperimentResults(
            question: question, settings: settings, arms: results, sampleRatio: sampleRatio, adjustment: adjustment,
            isWeighted: isWeighted,
            verdict: Verdict(results, question: question, sampleRatio: sampleRatio, isSteered: isSteered))
    }

    /// What an arm lacks for an interval that holds.
    private static func lack(
        _ arm: ArmInput, _ kind: MetricKind, _ settings: AnalysisSettings, isWeighted: Bool
    ) -> ArmLack? {
        if arm.summary.units < settings.unitsMin { return .units }
        if kind != .binary {
            if arm.summary.nonZeroUnits < AnalysisSettings.outcomesMin { return .outcomes }
            if arm.summary.effectiveOutcomes < AnalysisSettings.effectiveOutcomesMin { return .evenOutcomes }
        }
        guard isWeighted else { return nil }
        if kind == .ratio { return .weightedRatio }
        return arm.propensities.effectiveUnits < SampleRatioCheck.effectiveUnitsMin ? .evenWeights : nil
    }

    /// Whether not all units of both arms did the same, so that there is something to compare.
    private static func haveDifferentOutcomes(_ arm: ArmSummary, _ control: ArmSummary, _ kind: MetricKind) -> Bool {
        guard kind == .binary else { return true }
        let done = arm.sum + control.sum
        return done > 0 && done < Double(arm.units + control.units)
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
        _ question: MetricQuestion, _ arm: ArmSummary, _ control: ArmSummary, _ comparison: Comparison, isPlain: Bool
    ) -> Double {
        let greater: Double
        if question.kind == .binary, isPlain {
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
