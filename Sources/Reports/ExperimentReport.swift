package import Experimentation
package import Model

/// The results of an experiment's metric for people, scripts and spreadsheets.
package struct ExperimentReport {
    /// One group of units with its results.
    package struct Group {
        /// A value of the attribute asked for; empty when there is none.
        package let name: String
        /// Whether these are the units that do not agree to being told apart, whatever their value.
        package let isNotAgreed: Bool
        package let results: ExperimentResults
        /// What the guardrails say, each of another metric.
        package var guards: [ExperimentResults] = []
        /// Arms that the rules have no longer: counted, not compared.
        package let former: [FormerArm]

        /// What follows: an arm does not win that does more harm to a guardrail than is accepted.
        package var verdict: Verdict {
            guard case .wins(let arm) = results.verdict, brokenGuards.contains(where: { $0.arms.contains(arm) })
            else { return results.verdict }
            return .guardrailBroken(arms: [arm])
        }

        /// The guardrails that are broken, and by which arms.
        private var brokenGuards: [(results: ExperimentResults, arms: [String])] {
            guards.compactMap { guarded in
                guard case .guardrailBroken(let arms) = guarded.verdict else { return nil }
                return (guarded, arms)
            }
        }

        /// Metrics whose guardrail is broken by some arm.
        package var brokenMetrics: [String] { brokenGuards.map(\.results.question.name) }

        /// The verdict in words, and what each guardrail says.
        package var words: String {
            let isChanged = verdict != results.verdict
            let own = isChanged ? "guardrail broken, so not this: \(results.words)" : results.words
            return ([own] + guards.map { "\($0.question.name): \($0.words)" }).joined(separator: "\n")
        }
    }

    /// An arm that the rules have no longer, to which units were exposed first.
    package struct FormerArm: Sendable {
        package let name: String
        package let units: UInt64
        package let outcomes: Double
        package let mean: Double

        package init(name: String, units: UInt64, outcomes: Double, mean: Double) {
            (self.name, self.units, self.outcomes, self.mean) = (name, units, outcomes, mean)
        }
    }

    package let experiment: String
    /// The attribute by which units are told apart; empty for all together.
    package let by: String
    package private(set) var groups: [Group]
    /// Units that had been counted as several before it was known that they are one; and those of them that had seen several arms.
    package let joined: (units: UInt64, acrossArms: UInt64)
    /// nil while the rules have the experiment.
    package let endedAt: Timestamp?
    /// Since when units count, and how many came before: only when an arm was added while it ran.
    package let since: (time: Timestamp, unitsBefore: UInt64)?
    /// Units that are not counted, because they do not agree to being measured.
    package let notAgreed: UInt64

    /// What was counted of an experiment's metric.
    package struct Counts: Sendable {
        /// The units of one group.
        package struct Group: Sendable {
            package let name: String
            package let isNotAgreed: Bool
            package let arms: [ArmInput]
            package let former: [FormerArm]

            package init(name: String, isNotAgreed: Bool, arms: [ArmInput], former: [FormerArm]) {
                (self.name, self.isNotAgreed, self.arms, self.former) = (name, isNotAgreed, arms, former)
            }
        }

        package var groups: [Group]
        /// Whether the arms' shares follow the outcomes.
        package var isSteered = false
        /// As in the report.
        package var joined: (units: UInt64, acrossArms: UInt64) = (0, 0)
        package var endedAt: Timestamp?
        package var since: (time: Timestamp, unitsBefore: UInt64)?
        package var notAgreed: UInt64 = 0

        package init(_ groups: [Group]) {
            self.groups = groups
        }
    }

    /// Analyses what was counted.
    ///
    /// - Parameter control: The arm that the others are compared with; nil for the first.
    /// - Throws: `StatisticsError`.
    package init(
        _ counts: Counts, experiment: String, by: String, control: String?, question: MetricQuestion,
        settings: AnalysisSettings
    ) throws(StatisticsError) {
        var groups: [Group] = []
        for group in counts.groups {
            let results = try ExperimentAnalysis.results(
                question, arms: group.arms, control: control ?? group.arms.first?.name ?? "", settings: settings,
                areAll: !group.former.contains { $0.units > 0 }, isSteered: counts.isSteered)
            groups.append(
                Group(name: group.name, isNotAgreed: group.isNotAgreed, results: results, former: group.former))
        }
        (joined, endedAt, since, notAgreed) = (counts.joined, counts.endedAt, counts.since, counts.notAgreed)
        self.experiment = experiment
        self.by = by
        self.groups = groups
    }

    /// Adds a guardrail: the same units, another metric.
    ///
    /// - Parameter question: With a guardrail's margin.
    /// - Throws: `StatisticsError`.
    package mutating func guardedBy(
        _ counts: Counts, control: String?, question: MetricQuestion, settings: AnalysisSettings
    ) throws(StatisticsError) {
        let other = try ExperimentReport(
            counts, experiment: experiment, by: by, control: control, question: question, settings: settings)
        for index in groups.indices {
            let same = other.groups.first {
                $0.name == groups[index].name && $0.isNotAgreed == groups[index].isNotAgreed
            }
            if let same { groups[index].guards.append(same.results) }
        }
    }
}
