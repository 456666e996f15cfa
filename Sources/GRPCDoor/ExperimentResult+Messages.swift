package import Engine
internal import Experimentation
package import Messages
internal import Model

extension ExperimentQuestion {
    /// What a request asks of its experiment.
    package init(_ request: GetExperimentRequest) {
        self.init()
        (metric, by) = (request.metric, request.by)
        switch request.kind {
        case .binary: measure = .binary
        case .count: measure = .count
        case .value: measure = .value
        }
    }
}

extension GetExperimentResponse {
    /// What the units did, as the wire has it.
    package init(_ result: ExperimentResult) {
        self.init()
        (metric, endedAt, steered) = (result.metric, result.endedAt, result.isSteered)
        (countedSince, unitsBefore) = (result.countedSince, UInt64(result.unitsBefore))
        (joinedUnits, joinedAcrossArms) = (UInt64(result.joinedUnits), UInt64(result.joinedAcrossArms))
        notAgreed = result.notAgreed
        groups = result.groups.map { group in
            var message = ExperimentGroupMessage()
            (message.name, message.isNotAgreed) = (group.name, group.isNotAgreed)
            message.arms = group.arms.map { ArmMomentsMessage($0.arm, $0.count) }
            return message
        }
    }
}

extension ArmMomentsMessage {
    fileprivate init(_ arm: CountedExperiment.Arm, _ count: ArmCount) {
        self.init()
        let summary = count.summary
        (self.arm, weight, isGone) = (arm.name, arm.weight, arm.isGone)
        (units, sum) = (UInt64(summary.units), summary.sum)
        (mean, covariateMean) = (summary.valueMean, summary.covariateMean)
        (squares, covariateSquares) = (summary.valueSquares, summary.covariateSquares)
        products = summary.valueByCovariate
        propensityUnits = UInt64(count.propensities.units)
        inversePropensities = count.propensities.inverses
        inversePropensityVariances = count.propensities.variances
        (nonzeroUnits, magnitudeSum) = (UInt64(summary.nonZeroUnits), summary.magnitudeSum)
        weightedMean = count.propensities.mean
        squaredWeightMean = count.propensities.squaredMean
        squaredWeightSquares = count.propensities.squares
    }
}
