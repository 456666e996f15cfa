internal import RealModule

/// What is believed of an arm's mean after its units.
package enum Posterior: Sendable, Equatable {
    /// A rate, as Beta(alpha, beta).
    case beta(alpha: Double, beta: Double)
    /// A mean, as a normal distribution.
    case normal(mean: Double, standardDeviation: Double)

    /// The posterior of a rate under a flat prior.
    ///
    /// - Parameters:
    ///   - units: all units, at least 0.
    ///   - successes: those with the outcome, 0…units; bounded into that range.
    /// - Returns: Beta(1 + successes, 1 + failures).
    package static func rate(units: Int, successes: Double) -> Posterior {
        let bounded = min(max(successes, 0), Double(max(units, 0)))
        return .beta(alpha: 1 + bounded, beta: 1 + Double(max(units, 0)) - bounded)
    }

    /// The probability that `arm` is greater than `control`, by numeric integration: the same inputs give the same bits.
    ///
    /// - Parameters:
    ///   - arm: the one asked about.
    ///   - control: what it is compared with, of the same form.
    /// - Returns: a number in 0…1; two forms that differ are compared by their normal approximations.
    /// - Complexity: for rates some thousand evaluations of the incomplete beta function.
    package static func probability(_ arm: Posterior, exceeds control: Posterior) -> Double {
        if case .beta(let a, let b) = arm, case .beta(let c, let d) = control {
            // Over the narrower density, so that the function between is the smoother one.
            if betaVariance(a, b) <= betaVariance(c, d) {
                return integral(overBeta: a, b) { SpecialFunctions.regularizedBeta($0, c, d) }
            }
            return 1 - integral(overBeta: c, d) { SpecialFunctions.regularizedBeta($0, a, b) }
        }
        let spread = (arm.variance + control.variance).squareRoot()
        let step = arm.mean - control.mean
        guard spread > 0 else { return step > 0 ? 1 : (step < 0 ? 0 : 0.5) }
        return SpecialFunctions.normalCDF(step / spread)
    }

    /// The mean of the posterior.
    package var mean: Double {
        switch self {
        case .beta(let alpha, let beta): alpha / (alpha + beta)
        case .normal(let mean, _): mean
        }
    }

    /// The variance of the posterior.
    package var variance: Double {
        switch self {
        case .beta(let alpha, let beta): Self.betaVariance(alpha, beta)
        case .normal(_, let deviation): deviation * deviation
        }
    }

    private static func betaVariance(_ a: Double, _ b: Double) -> Double {
        let whole = a + b
        return a / whole * (b / whole) / (whole + 1)
    }

    /// The mean of `function` under Beta(a, b), both at least 1: Simpson's rule over all but e⁻⁴⁰ of the density's height,
    /// divided by the same rule's total, so that its constant is not needed.
    private static func integral(overBeta a: Double, _ b: Double, _ function: (Double) -> Double) -> Double {
        let mode = a + b > 2 ? (a - 1) / (a + b - 2) : 0.5
        func height(_ x: Double) -> Double {
            let left = a > 1 ? (a - 1) * Double.log(x) : 0
            let right = b > 1 ? (b - 1) * Double.log(onePlus: -x) : 0
            return left + right
        }
        let peak = height(mode)
        func edge(_ outside: Double) -> Double {
            guard height(outside) < peak - 40 else { return outside }
            var (far, near) = (outside, mode)
            for _ in 0..<60 {
                let middle = 0.5 * (far + near)
                if height(middle) < peak - 40 { far = middle } else { near = middle }
            }
            return far
        }
        let low = edge(0)
        let high = edge(1)
        let panels = 2_000
        let step = (high - low) / Double(panels)
        guard step > 0 else { return function(mode) }
        var total = 0.0
        var weighted = 0.0
        for index in 0...panels {
            let x = index == panels ? high : low + step * Double(index)
            let inner = index.isMultiple(of: 2) ? 2.0 : 4.0
            let weight = (index == 0 || index == panels ? 1 : inner) * Double.exp(height(x) - peak)
            guard weight > 0 else { continue }
            total += weight
            weighted += weight * function(x)
        }
        return min(max(weighted / total, 0), 1)
    }
}
