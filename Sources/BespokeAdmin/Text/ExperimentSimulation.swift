package import Model
internal import Experimentation
package import Ruleset
package import Wire

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
        let experiment: String
        let arms: [(name: String, units: Int, share: Double, expected: Double)]
        let drawn: Int
        let pValue: Double
        let shared: Int
        let checks: Int
        let alarms: Int

        /// - Returns: Lines, each with a line end.
        package func text(style: Style) -> String {
            var table = TextTable([.left, .right, .right, .right])
            table.add(["arm", "units", "share", "by weight"])
            for arm in arms {
                table.add([
                    arm.name, "\(arm.units)", percent(arm.share), percent(arm.expected),
                ])
            }
            let taking = arms.reduce(0) { $0 + $1.units }
            return style.bold("\(Style.printable(experiment)): \(taking) of \(drawn) units take part") + "\n"
                + table.text(indent: "  ") + "  balance: p = \(Experimentation.NumberText.pValue(pValue))\n"
                + "  units that are also in another experiment of its layer: \(shared)\n"
                + "  sample-ratio alarms: \(alarms) of \(checks) batches of 1,000 units (at most 1 of 1,000 is to be expected)\n"
        }

        private func percent(_ share: Double) -> String { NumberText.rounded(share * 100, digits: 3) + "%" }

        package var json: JSON {
            .object([
                .init("experiment", .string(experiment)), .init("drawn", .long(drawn)),
                .init(
                    "arms",
                    .array(
                        arms.map { arm in
                            .object([
                                .init("arm", .string(arm.name)), .init("units", .long(arm.units)),
                                .init("share", .number(arm.share)), .init("expected", .number(arm.expected)),
                            ])
                        })), .init("pValue", .number(pValue)), .init("sharedUnits", .long(shared)),
                .init("checks", .long(checks)), .init("alarms", .long(alarms)),
            ])
        }
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
