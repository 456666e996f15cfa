internal import Experimentation
package import Messages
package import Reports

/// What is asked of an experiment's results.
package struct ResultsQuestion {
    /// How what a unit did becomes a number.
    package enum Kind: String, Sendable, CaseIterable {
        case binary
        case count
        case value

        /// As the daemon counts it.
        package var wire: MetricKindMessage {
            switch self {
            case .binary: .binary
            case .count: .count
            case .value: .value
            }
        }
    }

    /// How much harm is accepted.
    package struct Margin: Sendable {
        let accepted: Guardrail.Margin

        /// - Parameter text: As `MarginText.parse` takes it.
        package init?(_ text: String) {
            guard let accepted = MarginText.parse(text) else { return nil }
            self.accepted = accepted
        }
    }

    /// A metric and how much harm to it is accepted.
    package struct Guarded: Sendable {
        package let metric: String
        let margin: Margin

        /// - Parameter text: `METRIC=MARGIN`.
        package init?(_ text: String) {
            guard let cut = text.lastIndex(of: "="), cut > text.startIndex,
                let margin = Margin(String(text[text.index(after: cut)...]))
            else { return nil }
            (metric, self.margin) = (String(text[..<cut]), margin)
        }
    }

    private let experiment: String
    private let group: String
    private let control: String?
    private let kind: Kind
    private let usesCovariate: Bool
    private let settings: AnalysisSettings

    /// - Parameters:
    ///   - group: The attribute that tells units apart; empty for none.
    ///   - control: The arm that the others are compared with; nil for the first.
    ///   - usesCovariate: Whether intervals are narrowed by what units did before.
    ///   - alpha: How often a statement may be wrong.
    ///   - plannedUnits: For which the intervals are narrowest.
    /// - Throws: `Failure` saying what is wrong with the numbers.
    package init(
        experiment: String, by group: String, control: String?, kind: Kind, usesCovariate: Bool, alpha: Double,
        plannedUnits: Int
    ) throws(Failure) {
        (self.experiment, self.group, self.control) = (experiment, group, control)
        (self.kind, self.usesCovariate) = (kind, usesCovariate)
        settings = try Self.explained { () throws(StatisticsError) in
            try AnalysisSettings(alpha: alpha, unitsPlanned: plannedUnits)
        }
    }

    /// - Parameters:
    ///   - isLessBetter: Of the metric.
    ///   - margin: Of harm, where the metric is to guard and not to decide.
    /// - Throws: `Failure` saying what cannot be worked out.
    package func report(
        _ counted: GetExperimentResponse, isLessBetter: Bool, margin: Margin?
    ) throws(Failure) -> ExperimentReport {
        try Self.explained { () throws(StatisticsError) in
            try ExperimentReport(
                ExperimentReport.Counts(counted), experiment: experiment, by: group, control: control,
                question: try question(counted.metric, isLessBetter, margin), settings: settings)
        }
    }

    /// Lets another metric guard what a report says.
    ///
    /// - Throws: As `report`.
    package func guardReport(
        _ report: inout ExperimentReport, by guarded: Guarded, _ counted: GetExperimentResponse, isLessBetter: Bool
    ) throws(Failure) {
        try Self.explained { () throws(StatisticsError) in
            try report.guardedBy(
                ExperimentReport.Counts(counted), control: control,
                question: try question(counted.metric, isLessBetter, guarded.margin), settings: settings)
        }
    }

    private func question(
        _ metric: String, _ isLessBetter: Bool, _ margin: Margin?
    ) throws(StatisticsError) -> MetricQuestion {
        try MetricQuestion(
            name: metric, kind: kind == .binary ? .binary : .mean, direction: isLessBetter ? .decrease : .increase,
            usesCovariate: usesCovariate, margin: margin?.accepted)
    }

    private static func explained<Value>(
        _ body: () throws(StatisticsError) -> Value
    ) throws(Failure) -> Value {
        do throws(StatisticsError) {
            return try body()
        } catch {
            throw Failure("INVALID_ARGUMENT", "\(error)")
        }
    }
}
