package import Experimentation
package import Messages
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
        /// Arms that the rules have no longer: counted, not compared.
        package let former: [FormerArm]
    }

    /// An arm that the rules have no longer, to which units were exposed first.
    package struct FormerArm {
        package let name: String
        package let units: UInt64
        package let outcomes: Double
        package let mean: Double
    }

    package let experiment: String
    /// The attribute by which units are told apart; empty for all together.
    package let by: String
    package let groups: [Group]
    /// Units that had been counted as several before it was known that they are one; and those of them that had seen several arms.
    package let joined: (units: UInt64, acrossArms: UInt64)
    /// nil while the rules have the experiment.
    package let endedAt: Timestamp?
    /// Since when units count, and how many came before: only when an arm was added while it ran.
    package let since: (time: Timestamp, unitsBefore: UInt64)?
    /// Units that are not counted, because they do not agree to being measured.
    package let notAgreed: UInt64

    /// Analyses what the daemon has counted.
    ///
    /// - Parameter control: The arm that the others are compared with; nil for the first.
    /// - Throws: `StatisticsError`.
    package init(
        _ response: GetExperimentResponse, experiment: String, by: String, control: String?, question: MetricQuestion,
        settings: AnalysisSettings
    ) throws(StatisticsError) {
        var groups: [Group] = []
        for group in response.groups {
            var arms: [ArmInput] = []
            for arm in group.arms where !arm.isGone {
                let summary = try ArmSummary(
                    units: Int(clamping: arm.units), sum: arm.sum, mean: arm.mean, covariateMean: arm.covariateMean,
                    squares: arm.squares, covariateSquares: arm.covariateSquares, products: arm.products,
                    nonZeroUnits: Int(clamping: arm.nonzeroUnits), magnitudeSum: arm.magnitudeSum)
                let propensities = try PropensitySums(
                    units: Int(clamping: arm.propensityUnits), inverses: arm.inversePropensities,
                    variances: arm.inversePropensityVariances, mean: arm.weightedMean,
                    squaredMean: arm.squaredWeightMean, squares: arm.squaredWeightSquares)
                arms.append(
                    ArmInput(name: arm.arm, weight: arm.weight, summary: summary, propensities: propensities))
            }
            let results = try ExperimentAnalysis.results(
                question, arms: arms, control: control ?? arms.first?.name ?? "", settings: settings,
                isSteered: response.steered)
            let former = group.arms.filter(\.isGone).map {
                FormerArm(name: $0.arm, units: $0.units, outcomes: $0.sum, mean: $0.mean)
            }
            groups.append(
                Group(name: group.name, isNotAgreed: group.isNotAgreed, results: results, former: former))
        }
        joined = (response.joinedUnits, response.joinedAcrossArms)
        endedAt = response.endedAt
        notAgreed = response.notAgreed
        self.experiment = experiment
        self.by = by
        self.groups = groups
        since = response.countedSince.map { ($0, response.unitsBefore) }
    }
}
