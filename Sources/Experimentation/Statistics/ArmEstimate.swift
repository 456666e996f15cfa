/// What an arm's metric is estimated to be: a mean over units, with the variance of one unit. A ratio and a mean that was
/// adjusted by a covariate come to this form too, so that everything after it treats them alike.
package struct ArmEstimate: Sendable, Equatable {
    /// How many units the estimate rests on, at least 2.
    package let units: Int
    /// The mean, or the ratio of means: of a rate with one success and one failure more, where its interval has its middle.
    package let mean: Double
    /// The same as it was observed, for readers.
    package let observed: Double
    /// The sample variance of one unit (of its linearised ratio, of its adjusted value).
    package let variance: Double

    /// Whether the mean is a rate, from 0 to 1.
    package let isRate: Bool

    /// The standard error of `mean`.
    package var standardError: Double { (variance / Double(units)).squareRoot() }

    /// An estimate from its parts.
    ///
    /// - Parameters:
    ///   - units: at least 2.
    ///   - mean: the mean.
    ///   - variance: the variance of one unit, at least 0.
    ///   - observed: the mean for readers; nil for `mean`.
    ///   - isRate: whether the mean is a rate.
    package init(units: Int, mean: Double, variance: Double, observed: Double? = nil, isRate: Bool = false) {
        self.units = units
        self.mean = mean
        self.variance = max(variance, 0)
        self.observed = observed ?? mean
        self.isRate = isRate
    }

    /// The estimate of a summary.
    ///
    /// - Parameters:
    ///   - summary: the arm's units.
    ///   - kind: how values become the metric.
    ///   - adjustment: takes out what a covariate explains; nil leaves the mean as it is.
    /// - Returns: nil with fewer than 2 units, or for a ratio whose denominators are 0 on average.
    package init?(_ summary: ArmSummary, kind: MetricKind, adjustment: CovariateAdjustment? = nil) {
        guard summary.units >= 2 else { return nil }
        let counted = kind == .binary ? summary.withSuccessAndFailure : summary
        guard let line = LinearisedSummary(counted, kind: kind) else { return nil }
        var shift = 0.0
        var squares = line.squares
        if let adjustment {
            let theta = adjustment.theta
            shift = theta * (counted.covariateMean - adjustment.covariateMean)
            squares += theta * (theta * counted.covariateSquares - 2 * line.byCovariate)
        }
        self.init(
            units: counted.units, mean: line.mean - shift, variance: squares / Double(counted.units - 1),
            observed: (kind == .binary ? summary.valueMean : line.mean) - shift,
            isRate: kind == .binary && adjustment == nil)
    }

    /// The estimate of units that got the arm with different propensities: weighted by their inverse.
    ///
    /// - Parameters:
    ///   - sums: the arm's units, each with its value.
    ///   - isRate: whether the values are 0 or 1; one of each is then added, with the weight that the others have on average.
    /// - Returns: nil with fewer than 2 units.
    package init?(weighted sums: PropensitySums, isRate: Bool) {
        guard sums.units >= 2, sums.inverses > 0 else { return nil }
        var (inverses, mean, units) = (sums.inverses, sums.mean, sums.units)
        var (squaredInverses, squaredMean, squares) = (sums.squaredInverses, sums.squaredMean, sums.squares)
        if isRate {
            let weight = squaredInverses / inverses
            mean = (inverses * mean + weight) / (inverses + 2 * weight)
            inverses += 2 * weight
            // The pair has a mean of a half, and half a square around it.
            let added = 2 * weight * weight
            let step = 0.5 - squaredMean
            squares += added * 0.25 + step * step * (squaredInverses / (squaredInverses + added)) * added
            squaredMean += added / (squaredInverses + added) * step
            squaredInverses += added
            units += 2
        }
        let step = squaredMean - mean
        let ofMean = (squares + squaredInverses * step * step) / inverses / inverses
        self.init(
            units: units, mean: mean, variance: ofMean * Double(units), observed: sums.mean, isRate: isRate)
    }
}

/// How the values of units become a metric.
package enum MetricKind: String, Sendable, CaseIterable {
    /// 0 or 1 per unit: a rate.
    case binary
    /// A count or a value per unit: a mean.
    case mean
    /// A numerator and a denominator per unit: the ratio of their means, such as clicks per view.
    case ratio
}

/// An adjustment of means by what units did before the experiment (CUPED). One theta for all arms: a theta for each arm
/// would let the arms be adjusted differently.
///
/// Theta is fitted within the arms, so that the effect itself does not enter it.
///
/// Source: Deng, Xu, Kohavi and Walker, Improving the Sensitivity of Online Controlled Experiments by Utilizing
/// Pre-Experiment Data (WSDM 2013).
package struct CovariateAdjustment: Sendable, Equatable {
    /// What is taken off a unit's value per unit of the covariate.
    package let theta: Double
    /// The mean of the covariate over all arms.
    package let covariateMean: Double

    /// The adjustment for arms that are compared with each other.
    ///
    /// - Parameters:
    ///   - arms: the summaries of all arms.
    ///   - kind: how values become the metric.
    /// - Returns: nil when the covariate is the same for all units, so that it explains nothing.
    package init?(arms: [ArmSummary], kind: MetricKind) {
        var byCovariate = 0.0
        var squares = 0.0
        var all = ArmSummary()
        for arm in arms {
            all.merge(arm)
            guard let line = LinearisedSummary(arm, kind: kind) else { continue }
            byCovariate += line.byCovariate
            squares += arm.covariateSquares
        }
        guard squares > 0 else { return nil }
        theta = byCovariate / squares
        covariateMean = all.covariateMean
    }
}

/// A summary after the delta method: a ratio is replaced by the line that touches it at the means.
private struct LinearisedSummary {
    let mean: Double
    let squares: Double
    let byCovariate: Double

    init?(_ summary: ArmSummary, kind: MetricKind) {
        guard summary.units >= 2 else { return nil }
        guard kind == .ratio else {
            mean = summary.valueMean
            squares = summary.valueSquares
            byCovariate = summary.valueByCovariate
            return
        }
        let below = summary.denominatorMean
        guard below != 0 else { return nil }
        mean = summary.valueMean / below
        guard mean.isFinite else { return nil }
        let crossed = mean * (mean * summary.denominatorSquares - 2 * summary.valueByDenominator)
        squares = (summary.valueSquares + crossed) / (below * below)
        byCovariate = (summary.valueByCovariate - mean * summary.denominatorByCovariate) / below
    }
}
