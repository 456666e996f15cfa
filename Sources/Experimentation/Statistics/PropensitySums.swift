/// The propensities of an arm's units, as far as a sample-ratio check needs them: how the arm's size fits weights that changed while
/// the experiment ran.
package struct PropensitySums: Sendable, Equatable {
    /// Units whose propensity is known.
    package private(set) var units = 0
    /// The sum of 1/p: on average all units of the experiment, whatever the weights were.
    package private(set) var inverses = 0.0
    /// The sum of (1 − p)/p²: an unbiased estimate of the variance of `inverses`.
    package private(set) var variances = 0.0

    /// Sums of no units.
    package init() {}

    /// Sums that were counted elsewhere.
    ///
    /// - Throws: `outOfRange` for what no units can have.
    package init(units: Int, inverses: Double, variances: Double) throws(StatisticsError) {
        try StatisticsError.check("units", Double(units), in: 0...1e15)
        for sum in [inverses, variances] {
            try StatisticsError.check("sums of propensities", sum, in: 0...Double.greatestFiniteMagnitude)
        }
        (self.units, self.inverses, self.variances) = (units, inverses, variances)
    }

    /// Adds a unit; one whose propensity nobody knows (0) is left out.
    ///
    /// - Parameter propensity: The share of units that got the arm when this one did.
    package mutating func add(_ propensity: Double) {
        guard propensity > 0, propensity <= 1 else { return }
        units += 1
        inverses += 1 / propensity
        variances += (1 - propensity) / (propensity * propensity)
    }

    /// Adds the units of other sums of the same arm.
    package mutating func merge(_ other: PropensitySums) {
        units += other.units
        inverses += other.inverses
        variances += other.variances
    }

    /// Whether the units of all arms got them with other shares than the weights say now.
    ///
    /// - Parameter arms: Weight and sums of each.
    static func haveVaried(_ arms: [ArmInput]) -> Bool {
        let whole = arms.reduce(0) { $0 + $1.weight }
        guard arms.allSatisfy({ $0.propensities.units == $0.summary.units }), whole > 0 else { return false }
        return arms.contains { arm in
            guard arm.propensities.units > 0 else { return false }
            let mean = arm.propensities.inverses / Double(arm.propensities.units)
            return (mean * arm.weight / whole - 1).magnitude > varies
        }
    }

    /// Beyond what storing propensities in 32 bits and whole buckets does to them.
    private static let varies = 1e-3
}
