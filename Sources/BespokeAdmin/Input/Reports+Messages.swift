package import Experimentation
package import Messages
internal import Model
package import Reports

// Reports know no messages: what the daemon answers becomes their values here.

extension ExperimentReport.Counts {
    /// What the daemon has counted.
    ///
    /// - Throws: `StatisticsError` for sums that no units can have.
    package init(_ response: GetExperimentResponse) throws(StatisticsError) {
        var groups: [Group] = []
        for group in response.groups {
            var arms: [ArmInput] = []
            for arm in group.arms where !arm.isGone { arms.append(try ArmInput(arm)) }
            let former = group.arms.filter(\.isGone).map {
                ExperimentReport.FormerArm(name: $0.arm, units: $0.units, outcomes: $0.sum, mean: $0.mean)
            }
            groups.append(Group(name: group.name, isNotAgreed: group.isNotAgreed, arms: arms, former: former))
        }
        self.init(groups)
        isSteered = response.steered
        joined = (response.joinedUnits, response.joinedAcrossArms)
        endedAt = response.endedAt
        since = response.countedSince.map { ($0, response.unitsBefore) }
        notAgreed = response.notAgreed
    }
}

extension ArmInput {
    fileprivate init(_ arm: ArmMomentsMessage) throws(StatisticsError) {
        let summary = try ArmSummary(
            units: Int(clamping: arm.units), sum: arm.sum, mean: arm.mean, covariateMean: arm.covariateMean,
            squares: arm.squares, covariateSquares: arm.covariateSquares, products: arm.products,
            nonZeroUnits: Int(clamping: arm.nonzeroUnits), magnitudeSum: arm.magnitudeSum)
        let propensities = try PropensitySums(
            units: Int(clamping: arm.propensityUnits), inverses: arm.inversePropensities,
            variances: arm.inversePropensityVariances, mean: arm.weightedMean,
            squaredMean: arm.squaredWeightMean, squares: arm.squaredWeightSquares)
        self.init(name: arm.arm, weight: arm.weight, summary: summary, propensities: propensities)
    }
}

extension CampaignReport.Standing {
    /// What Decide answers.
    package init(_ decision: DecideResponseMessage) {
        self.init(
            [
                .icp: decision.icp?.name ?? "", .persona: decision.persona?.name ?? "", .role: decision.role,
                .stage: decision.stage, .grade: decision.grade,
            ], isAllRead: decision.unreadPurposes.isEmpty, isQualified: decision.mql == .yes)
    }
}

extension AccountRanking.Row {
    /// - Parameters:
    ///   - icp: The name of the profile.
    ///   - explained: What Explain answers for the account.
    /// - Returns: Nil when the rule set that explained has no such profile.
    package init?(account: String, icp: String, _ explained: ExplainResponse) {
        self.init(
            account: account, icp: icp, explained.explanation, reported: explained.decision.icp?.name ?? "")
    }
}
