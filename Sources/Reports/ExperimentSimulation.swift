internal import Experimentation

/// Counts the arms that simulated units get.
package struct ExperimentSimulation {
    /// One of the experiment's arms.
    package struct Arm: Sendable, Hashable {
        package let name: String
        package let weight: Double

        package init(name: String, weight: Double) {
            (self.name, self.weight) = (name, weight)
        }
    }

    /// The arm that a unit has in an experiment.
    package struct Assignment: Sendable, Hashable {
        package let experiment: String
        package let arm: String

        package init(experiment: String, arm: String) {
            (self.experiment, self.arm) = (experiment, arm)
        }
    }

    private let experiment: String
    private let arms: [Arm]
    /// The experiments that may not share a unit with this one.
    private let rivals: Set<String>
    private var units = [Int]()
    private var total = 0
    private var shared = 0
    private var checks = 0
    private var alarms = 0

    /// - Parameter rivals: The other experiments of its layer.
    package init(_ experiment: String, arms: [Arm], rivals: Set<String>) {
        (self.experiment, self.arms, self.rivals) = (experiment, arms, rivals)
        units = [Int](repeating: 0, count: arms.count)
    }

    /// - Parameter assignments: Of each unit of a batch.
    package mutating func add(_ assignments: [[Assignment]]) {
        var batch = [Int](repeating: 0, count: units.count)
        for unit in assignments {
            total += 1
            guard let own = unit.first(where: { $0.experiment == experiment }),
                let arm = arms.firstIndex(where: { $0.name == own.arm })
            else { continue }
            batch[arm] += 1
            if unit.contains(where: { rivals.contains($0.experiment) }) { shared += 1 }
        }
        for index in units.indices { units[index] += batch[index] }
        guard let check = try? SampleRatioCheck(units: batch, weights: arms.map(\.weight)),
            batch.reduce(0, +) > 0
        else { return }
        checks += 1
        if check.isAlarm { alarms += 1 }
    }

    /// Whether any unit takes part.
    package var hasTaken: Bool { units.contains { $0 > 0 } }

    /// What came out.
    package struct Report {
        package let experiment: String
        /// Units of each arm, their share of those that take part, and the share that the weights give.
        package let arms: [(name: String, units: Int, share: Double, expected: Double)]
        /// All units, whether they take part or not.
        package let drawn: Int
        /// Of the units per arm and the weights.
        package let pValue: Double
        /// Units that are in another experiment of the layer as well: 0, when all is well.
        package let shared: Int
        /// Batches that were looked at by themselves, and those of them that gave a false alarm.
        package let checks: Int
        package let alarms: Int
    }

    /// - Throws: `StatisticsError` when no unit takes part.
    package func report() throws -> Report {
        let weights = arms.map(\.weight)
        let taking = units.reduce(0, +)
        let weightSum = weights.reduce(0, +)
        let check = try SampleRatioCheck(units: units, weights: weights)
        return Report(
            experiment: experiment,
            arms: arms.indices.map { index in
                (
                    arms[index].name, units[index], taking > 0 ? Double(units[index]) / Double(taking) : 0,
                    weightSum > 0 ? weights[index] / weightSum : 0
                )
            }, drawn: total, pValue: check.pValue, shared: shared, checks: checks, alarms: alarms)
    }
}
