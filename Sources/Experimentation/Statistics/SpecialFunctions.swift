internal import RealModule

/// The distribution functions that the results need. Pure, total on finite arguments, and bounded in time.
package enum SpecialFunctions {
    /// Above this a continued fraction or series gives back what it has reached.
    private static let iterationsMax = 200_000
    private static let tiny = 1e-300

    /// The standard normal distribution function.
    ///
    /// - Parameter x: any number.
    /// - Returns: the probability of at most `x`, exact also far in the lower tail.
    package static func normalCDF(_ x: Double) -> Double {
        0.5 * Double.erfc(-x * 0.5.squareRoot())
    }

    /// The inverse of `normalCDF`.
    ///
    /// - Parameter probability: in 0…1; the ends give the infinities.
    /// - Returns: the quantile, to about 1e-14.
    ///
    /// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23 for the start; Halley's method then.
    package static func normalQuantile(_ probability: Double) -> Double {
        guard probability > 0 else { return -.infinity }
        guard probability < 1 else { return .infinity }
        let tail = min(probability, 1 - probability)
        let t = (-2 * Double.log(tail)).squareRoot()
        let top = 2.515517 + t * (0.802853 + t * 0.010328)
        var x = -(t - top / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))
        for _ in 0..<4 {
            let density = Double.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
            guard density > 0 else { break }
            let step = (normalCDF(x) - tail) / density
            x -= step / (1 + 0.5 * x * step)
        }
        return probability < 0.5 ? x : -x
    }

    /// The two-sided p-value of Student's t.
    ///
    /// - Parameters:
    ///   - t: the statistic.
    ///   - degrees: degrees of freedom, positive, not necessarily whole.
    /// - Returns: the probability of a statistic at least as far from zero.
    package static func studentTwoSided(_ t: Double, degrees: Double) -> Double {
        let square = t * t
        guard square.isFinite else { return 0 }
        let whole = degrees + square
        return regularizedBeta(degrees / whole, complement: square / whole, 0.5 * degrees, 0.5)
    }

    /// The probability that a chi-squared variable exceeds `x`.
    ///
    /// - Parameters:
    ///   - x: the statistic, at least 0.
    ///   - degrees: degrees of freedom, positive.
    /// - Returns: the upper tail.
    package static func chiSquaredUpper(_ x: Double, degrees: Double) -> Double {
        regularizedGammaUpper(0.5 * degrees, 0.5 * x)
    }

    /// The regularised upper incomplete gamma function Q(a, x).
    ///
    /// - Parameters:
    ///   - a: the shape, positive.
    ///   - x: at least 0; infinity gives 0.
    /// - Returns: a number in 0…1.
    ///
    /// Source: NIST Digital Library of Mathematical Functions, 8.7.1 (series) and 8.9.2 (continued fraction, by the
    /// modified Lentz method).
    package static func regularizedGammaUpper(_ a: Double, _ x: Double) -> Double {
        guard x > 0 else { return 1 }
        guard x.isFinite else { return 0 }
        let front = Double.exp(a * Double.log(x) - x - Double.logGamma(a))
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            for index in 1...iterationsMax {
                term *= x / (a + Double(index))
                sum += term
                if term < sum * 1e-17 { break }
            }
            return clamped(1 - front * sum)
        }
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / b
        var fraction = d
        for index in 1...iterationsMax {
            let step = Double(index)
            let factor = -step * (step - a)
            b += 2
            d = 1 / kept(factor * d + b)
            c = kept(b + factor / c)
            let change = c * d
            fraction *= change
            if abs(change - 1) < 1e-16 { break }
        }
        return clamped(front * fraction)
    }

    /// The regularised incomplete beta function I_x(a, b).
    ///
    /// - Parameters:
    ///   - x: in 0…1.
    ///   - a: positive.
    ///   - b: positive.
    /// - Returns: a number in 0…1.
    package static func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        regularizedBeta(x, complement: 1 - x, a, b)
    }

    /// The same, for a caller that knows 1 − x more exactly than the subtraction would give it.
    ///
    /// - Parameters:
    ///   - x: in 0…1.
    ///   - complement: 1 − x.
    ///   - a: positive.
    ///   - b: positive.
    /// - Returns: a number in 0…1.
    /// - Complexity: about the square root of the larger of `a` and `b`.
    ///
    /// Source: NIST Digital Library of Mathematical Functions, 8.17.22, by the modified Lentz method.
    package static func regularizedBeta(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard complement > 0 else { return 1 }
        if x > (a + 1) / (a + b + 2) {
            return clamped(1 - lowerBeta(complement, x, b, a))
        }
        return clamped(lowerBeta(x, complement, a, b))
    }

    /// The logarithm of the beta function, without the cancellation of three large logarithms of gamma.
    ///
    /// - Parameters:
    ///   - a: positive.
    ///   - b: positive.
    /// - Returns: log B(a, b).
    ///
    /// Source: W. Fullerton, SLATEC dlbeta (1977), with Stirling's series of DLMF 5.11.1.
    package static func logBeta(_ a: Double, _ b: Double) -> Double {
        let small = min(a, b)
        let large = max(a, b)
        guard large >= 10 else {
            return Double.logGamma(small) + Double.logGamma(large) - Double.logGamma(small + large)
        }
        let share = small / (small + large)
        if small >= 10 {
            let correction = stirling(small) + stirling(large) - stirling(small + large)
            return -0.5 * Double.log(large) + 0.5 * Double.log(2 * .pi) + correction
                + (small - 0.5) * Double.log(share) + large * Double.log(onePlus: -share)
        }
        return Double.logGamma(small) + stirling(large) - stirling(small + large) + small
            - small * Double.log(small + large) + (large - 0.5) * Double.log(onePlus: -share)
    }

    private static func lowerBeta(_ x: Double, _ complement: Double, _ a: Double, _ b: Double) -> Double {
        // The logarithm of the number that lies nearer to 1 comes from the other one.
        let logX = x > 0.5 ? Double.log(onePlus: -complement) : Double.log(x)
        let logComplement = x > 0.5 ? Double.log(complement) : Double.log(onePlus: -x)
        let front = Double.exp(a * logX + b * logComplement - logBeta(a, b)) / a
        guard front > 0 else { return 0 }
        var c = 1.0
        var d = 1 / kept(1 - (a + b) * x / (a + 1))
        var fraction = d
        for index in 1...iterationsMax {
            let m = Double(index)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / kept(1 + even * d)
            c = kept(1 + even / c)
            fraction *= c * d
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / kept(1 + odd * d)
            c = kept(1 + odd / c)
            let change = c * d
            fraction *= change
            if abs(change - 1) < 1e-16 { break }
        }
        return front * fraction
    }

    /// What Stirling's formula leaves out of the logarithm of gamma, from 10 up.
    private static func stirling(_ x: Double) -> Double {
        let inverse = 1 / (x * x)
        let series = 1.0 / 1260 - inverse * (1.0 / 1680 - inverse * (1.0 / 1188 - inverse * (691.0 / 360_360)))
        return (1.0 / 12 - inverse * (1.0 / 360 - inverse * series)) / x
    }

    /// Keeps a denominator of Lentz's method away from zero.
    private static func kept(_ value: Double) -> Double {
        abs(value) < tiny ? tiny : value
    }

    private static func clamped(_ probability: Double) -> Double {
        min(max(probability, 0), 1)
    }
}
