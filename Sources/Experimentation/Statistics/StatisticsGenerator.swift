internal import RealModule

/// Random numbers that a seed decides, for sampling and simulation only: not for secrets.
///
/// Source: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (OOPSLA 2014), SplitMix64.
package struct StatisticsGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator.
    ///
    /// - Parameter seed: the same seed gives the same numbers.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number strictly between 0 and 1.
    ///
    /// - Returns: one of 2⁵² equally likely numbers.
    package mutating func uniform() -> Double {
        (Double(next() >> 12) + 0.5) * 0x1p-52
    }

    /// A standard normal number.
    ///
    /// - Returns: by Marsaglia's polar method; the second number of each pair is thrown away.
    package mutating func normal() -> Double {
        while true {
            let x = 2 * uniform() - 1
            let y = 2 * uniform() - 1
            let square = x * x + y * y
            if square > 0, square < 1 { return x * (-2 * Double.log(square) / square).squareRoot() }
        }
    }

    /// A number of the gamma distribution with scale 1.
    ///
    /// - Parameter shape: at least 1.
    /// - Returns: a positive number.
    ///
    /// Source: Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (ACM TOMS 26, 2000).
    package mutating func gamma(shape: Double) -> Double {
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if Double.log(uniform()) < 0.5 * x * x + d * (1 - v + Double.log(v)) { return d * v }
        }
    }

    /// A number drawn from a posterior.
    ///
    /// - Parameter posterior: a beta form with both parameters at least 1, or a normal one.
    /// - Returns: a possible mean of the arm.
    package mutating func draw(_ posterior: Posterior) -> Double {
        switch posterior {
        case .beta(let alpha, let beta):
            let left = gamma(shape: alpha)
            return left / (left + gamma(shape: beta))
        case .normal(let mean, let deviation):
            return mean + deviation * normal()
        }
    }
}
