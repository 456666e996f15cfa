import Experimentation
import Testing

@Suite("Statistics beside scipy and numpy")
struct StatisticsReferenceTests {
    let references: StatisticsReferences

    init() throws {
        references = try StatisticsReferences.read()
    }

    @Test("Distribution functions are those of scipy")
    func distributions() throws {
        let functions: [String: (Double, [Double]) -> Double] = [
            "normal_quantile": { x, _ in SpecialFunctions.normalQuantile(x) },
            "normal_cdf": { x, _ in SpecialFunctions.normalCDF(x) },
            "chi_squared_upper": { SpecialFunctions.chiSquaredUpper($0, degrees: $1[0]) },
            "student_two_sided": { SpecialFunctions.studentTwoSided($0, degrees: $1[0]) },
            "regularized_beta": { SpecialFunctions.regularizedBeta($0, $1[0], $1[1]) },
        ]
        for (name, points) in references.distributions {
            let function = try #require(functions[name], "no function \(name)")
            for point in points {
                let actual = function(point.x[0], Array(point.x.dropFirst()))
                // Large parameters cost digits in the front factor, in scipy as here.
                #expect(
                    agree(actual, point.value, within: 1e-7) || abs(actual - point.value) < 1e-15,
                    "\(name)\(point.x): \(actual), not \(point.value)")
            }
        }
        #expect(references.distributions.count == functions.count)
    }

    @Test("The confidence sequence is the two-sided normal mixture, and narrowest as planned")
    func sequences() throws {
        for reference in references.sequences {
            let sequence = try ConfidenceSequence(alpha: reference.alpha, unitsPlanned: reference.planned)
            #expect(agree(sequence.multiplier(units: reference.units), reference.multiplier, within: 1e-12))
            let smallest = sequence.multiplier(units: reference.planned)
            #expect(agree(smallest, ConfidenceSequence.smallestMultiplier(alpha: reference.alpha), within: 1e-12))
            for factor in [0.9, 1.1] {
                #expect(sequence.multiplier(units: factor * reference.planned) > smallest)
            }
        }
    }

    @Test("Difference, lift and Welch's p-value are those of scipy and of numeric differentiation")
    func comparison() throws {
        let samples = references.samples
        let arm = try #require(ArmEstimate(summary(samples.arm), kind: .mean))
        let control = try #require(ArmEstimate(summary(samples.control), kind: .mean))
        let sequence = try ConfidenceSequence(alpha: 0.05, unitsPlanned: 1000)
        let comparison = try #require(Comparison(arm, control: control, sequence: sequence))
        #expect(agree(comparison.difference.estimate, samples.difference, within: 1e-11))
        #expect(agree(comparison.difference.standardError, samples.differenceError, within: 1e-11))
        #expect(agree(comparison.pValueFixedHorizon, samples.welch, within: 1e-9))
        let lift = try #require(comparison.lift)
        #expect(agree(lift.estimate, samples.lift, within: 1e-11))
        #expect(agree(lift.standardError, samples.liftError, within: 1e-6))
        let half = samples.differenceError * sequence.multiplier(units: 560)
        #expect(agree(comparison.difference.atAnyTime.high, samples.difference + half, within: 1e-10))
        #expect(
            agree(
                comparison.difference.fixedHorizon.low,
                samples.difference - 1.959963984540054 * samples.differenceError, within: 1e-10))
    }

    @Test("Ratios are those of numeric differentiation")
    func ratios() throws {
        let samples = references.samples
        for (index, rows) in [samples.control, samples.arm].enumerated() {
            let estimate = try #require(ArmEstimate(summary(rows), kind: .ratio))
            #expect(agree(estimate.mean, samples.ratioMeans[index], within: 1e-11))
            #expect(agree(estimate.variance, samples.ratioVariances[index], within: 1e-6))
        }
    }

    @Test("The covariate's adjustment is that of numpy's least squares")
    func covariates() throws {
        let samples = references.samples
        let arms = [try summary(samples.control), try summary(samples.arm)]
        let adjustment = try #require(CovariateAdjustment(arms: arms, kind: .mean))
        #expect(agree(adjustment.theta, samples.theta, within: 1e-10))
        for (index, arm) in arms.enumerated() {
            let estimate = try #require(ArmEstimate(arm, kind: .mean, adjustment: adjustment))
            #expect(agree(estimate.mean, samples.adjustedMeans[index], within: 1e-11))
            #expect(agree(estimate.variance, samples.adjustedVariances[index], within: 1e-10))
            let plain = try #require(ArmEstimate(arm, kind: .mean))
            #expect(estimate.variance < plain.variance)
        }
    }

    @Test("A ratio is adjusted as numpy adjusts its linearised units")
    func covariatesOfRatios() throws {
        let samples = references.samples
        let arms = [try summary(samples.control), try summary(samples.arm)]
        let adjustment = try #require(CovariateAdjustment(arms: arms, kind: .ratio))
        #expect(agree(adjustment.theta, samples.ratioTheta, within: 1e-10))
        for (index, arm) in arms.enumerated() {
            let estimate = try #require(ArmEstimate(arm, kind: .ratio, adjustment: adjustment))
            #expect(agree(estimate.mean, samples.adjustedRatioMeans[index], within: 1e-11))
            #expect(agree(estimate.variance, samples.adjustedRatioVariances[index], within: 1e-10))
        }
    }

    @Test("The probability that a rate is the greater is that of scipy's quadrature")
    func posteriors() {
        for reference in references.posteriors {
            let arm = Posterior.rate(units: reference.arm[0], successes: Double(reference.arm[1]))
            let control = Posterior.rate(units: reference.control[0], successes: Double(reference.control[1]))
            let actual = Posterior.probability(arm, exceeds: control)
            #expect(abs(actual - reference.value) < 1e-6, "\(reference.arm) against \(reference.control): \(actual)")
            #expect(abs(actual + Posterior.probability(control, exceeds: arm) - 1) < 1e-6)
        }
    }

    @Test("The sample-ratio check is scipy's chi-squared test")
    func sampleRatios() throws {
        for reference in references.sampleRatios {
            let check = try SampleRatioCheck(units: reference.units, weights: reference.weights)
            #expect(agree(check.chiSquared, reference.statistic, within: 1e-11))
            #expect(agree(check.pValue, reference.p, within: 1e-9))
            // S4: the alarm holds at any time, so it asks for more than one look's p-value does.
            #expect(!check.isAlarm || reference.p < 0.001)
            #expect(check.pValueAtAnyTime >= reference.p)
            // Differences of logarithms of gamma functions: to so many digits of the larger ones.
            #expect(abs(check.logEvidence - reference.logEvidence) < 1e-7)
        }
    }

    @Test("S1, W51: intervals of rates are those of scipy, lifts by bisection")
    func rates() throws {
        let sequence = try ConfidenceSequence(alpha: 0.05, unitsPlanned: 10_000)
        for reference in references.rates {
            let estimates = try [reference.arm, reference.control].map {
                try #require(ArmEstimate(try ArmSummary(units: $0[0], successes: $0[1]), kind: .binary))
            }
            let comparison = try #require(Comparison(estimates[0], control: estimates[1], sequence: sequence))
            let lift = try #require(comparison.lift?.atAnyTime)
            #expect(abs(comparison.difference.atAnyTime.low - reference.difference[0]) < 1e-12)
            #expect(abs(comparison.difference.atAnyTime.high - reference.difference[1]) < 1e-12)
            #expect(abs(lift.low - reference.lift[0]) < 1e-9 && abs(lift.high - reference.lift[1]) < 1e-9, "\(lift)")
        }
    }

    @Test("Plans ask for the units at which scipy finds the power")
    func plans() throws {
        for reference in references.plans {
            let plan = try SamplePlan(
                baseline: reference.baseline, relativeLift: reference.lift, alpha: reference.alpha,
                power: reference.power, arms: reference.arms)
            #expect(plan.unitsPerArm == reference.units)
            #expect(plan.unitsPerArmAtAnyTime == reference.unitsAtAnyTime)
        }
    }
}
