internal import Experimentation
package import Messages
internal import Model
package import Ruleset

/// Counts the arms that simulated units get.
package struct ExperimentSimulation {
    private let experiment: Experiment
    /// The experiments that may not share a unit with this one.
    private let rivals: Set<String>
    private var units = [Int]()
    private var total = 0
    private var shared = 0
    private var checks = 0
    private var alarms = 0

    /// - Parameter ruleSet: Tells which experiments share its layer.
    package init(_ experiment: Experiment, in ruleSet: RuleSet) {
        self.experiment = experiment
        units = [Int](repeating: 0, count: experiment.arms.count)
        rivals = Set(
            ruleSet.experiments.filter { $0.layer != nil && $0.layer == experiment.layer && $0.name != experiment.name }
                .map(\.name))
    }

    /// - Parameter assignments: Of each unit of a batch.
    package mutating func add(_ assignments: [[AssignmentMessage]]) {
        var batch = [Int](repeating: 0, count: units.count)
        for unit in assignments {
            total += 1
            guard let own = unit.first(where: { $0.experiment == experiment.name }),
                let arm = experiment.arms.firstIndex(where: { $0.name == own.arm })
            else { continue }
            batch[arm] += 1
            if unit.contains(where: { rivals.contains($0.experiment) }) { shared += 1 }
        }
        for index in units.indices { units[index] += batch[index] }
        guard let check = try? SampleRatioCheck(units: batch, weights: experiment.arms.map(\.weight)),
            batch.reduce(0, +) > 0
        else { return }
        checks += 1
        if check.isAlarm { alarms += 1 }
    }

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
        let weights = experiment.arms.map(\.weight)
        let taking = units.reduce(0, +)
        let weightSum = weights.reduce(0, +)
        let check = try SampleRatioCheck(units: units, weights: weights)
        return Report(
            experiment: experiment.name,
            arms: experiment.arms.indices.map { index in
                (
                    experiment.arms[index].name, units[index], taking > 0 ? Double(units[index]) / Double(taking) : 0,
                    weightSum > 0 ? weights[index] / weightSum : 0
                )
            }, drawn: total, pValue: check.pValue, shared: shared, checks: checks, alarms: alarms)
    }
}
