internal import Conditions
internal import Experimentation
internal import Model
internal import Ruleset

extension TableCompiler {
    /// The rows that say who gets which arm.
    struct Trials {
        var experiments: [ExperimentRow] = []
        var slots: [SlotRow] = []
        var arms: [ArmRow] = []
        var bounds: [ArmBoundRow] = []
    }

    mutating func compileExperiments() -> Trials {
        var trials = Trials()
        for experiment in ruleSet.experiments { append(experiment, to: &trials) }
        return trials
    }

    private mutating func append(_ experiment: Experiment, to trials: inout Trials) {
        let contract =
            experiment.hash.flatMap { HashContract(name: $0, isOverBytes: experiment.isHashedOverBytes) } ?? .bespoke
        let bounds = bounds(of: experiment, contract)
        let layer = experiment.layer.flatMap { name in ruleSet.layers.firstIndex { $0.name == name } }
        let placement = placement(experiment.placement)
        let weightSum = experiment.arms.reduce(0) { $0 + $1.weight }
        let firstArm = trials.arms.count
        let firstBound = trials.bounds.count
        for arm in experiment.arms {
            trials.arms.append(
                ArmRow(
                    name: storage.text(arm.name), share: share(of: arm, in: experiment, weightSum: weightSum),
                    contents: placement.isNone ? Run() : contentRun(arm.fields, ruleSet.placements[placement.position]))
            )
        }
        trials.bounds += bounds.bounds.map { bound in
            ArmBoundRow(upper: bound.upper, arm: Row(orNone: bound.arm.map { firstArm + $0 }))
        }
        trials.slots.append(
            SlotRow(
                layer: Row(orNone: layer), firstSlot: UInt32(experiment.slots?.lowerBound ?? 0),
                endSlot: UInt32(experiment.slots?.upperBound ?? HashContract.bucketCount)))
        trials.experiments.append(
            ExperimentRow(
                name: storage.text(experiment.name), unit: experiment.unit(in: ruleSet),
                contract: contract,
                salt: storage.text(experiment.salt ?? experiment.name), total: bounds.total,
                node: node(experiment.condition), starts: experiment.starts?.microseconds ?? .min,
                ends: experiment.ends?.microseconds ?? .max, placement: placement,
                rivals: rivals(of: experiment),
                arms: Run(first: firstArm, count: experiment.arms.count),
                bounds: Run(first: firstBound, count: bounds.bounds.count)))
    }

    private mutating func rivals(of experiment: Experiment) -> Run<Row<ExperimentRow>> {
        let rivals = ruleSet.experiments.indices.filter {
            let other = ruleSet.experiments[$0]
            return other.name != experiment.name && other.placement == experiment.placement
                && !other.changedFields.isDisjoint(with: experiment.changedFields)
        }
        return conditions.nodes.run(rivals.map { Row($0) })
    }

    private func bounds(of experiment: Experiment, _ contract: HashContract) -> ArmBounds {
        let weights = experiment.arms.map { (arm: $0.name, weight: $0.weight) }
        guard contract == .bespoke else {
            return ArmBounds(weights.map(\.weight), contract: contract, coverage: experiment.traffic)
        }
        let allocation = allocations[experiment.name] ?? Allocation(weights, traffic: experiment.traffic)
        return ArmBounds(allocation, arms: weights.map(\.arm))
    }

    /// Of the units that get an arm; a bandit's is what it has come to.
    private func share(of arm: Experiment.Arm, in experiment: Experiment, weightSum: Double) -> Double {
        if experiment.bandit != nil, let allocation = allocations[experiment.name] {
            return allocation.share(of: arm.name)
        }
        return weightSum > 0 ? arm.weight / weightSum : 0
    }

    /// The fields that an arm changes.
    private mutating func contentRun(_ fields: [(name: String, content: Template)], _ placement: Placement) -> Run<
        ContentRow
    > {
        let rows = fields.compactMap { name, content in
            placement.fields.first { $0.name == name }.map { row(content, $0) }
        }
        let run = Run<ContentRow>(first: contents.count, count: rows.count)
        contents += rows
        return run
    }
}

extension Experiment {
    /// What is assigned: as it says, else as its layer says, else the visitor.
    func unit(in ruleSet: RuleSet) -> Entity {
        unit ?? ruleSet.layers.first { $0.name == layer }?.unit ?? .visitor
    }
}
