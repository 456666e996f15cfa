internal import Model
internal import Profiles
internal import Ruleset
internal import Wire

/// What must be known of an experiment to count what its units did: of one that the rules have, or of one that has ended.
struct CountedExperiment: Sendable {
    struct Arm: Sendable {
        let name: String
        let weight: Double
        /// Whether the rules have it no longer.
        var isGone = false
    }

    let name: String
    let unit: Entity
    let metrics: [String]
    /// Whether the shares of its arms follow their outcomes.
    let isSteered: Bool
    /// In the rules' order.
    private(set) var arms: [Arm]
    /// nil while the rules have it.
    var endedAt: Timestamp?

    init(_ experiment: Ruleset.Experiment, in ruleSet: RuleSet, endedAt: Timestamp? = nil) {
        name = experiment.name
        unit = experiment.unit(in: ruleSet)
        metrics = experiment.metrics
        isSteered = experiment.bandit != nil
        arms = experiment.arms.map { Arm(name: $0.name, weight: $0.weight) }
        self.endedAt = endedAt
    }

    init(_ ended: EndedExperimentMessage) {
        name = ended.name
        unit = Entity(name: ended.unit) ?? .visitor
        metrics = ended.metrics
        isSteered = ended.steered
        arms = ended.arms.map { Arm(name: $0.name, weight: $0.weight) }
        endedAt = ended.endedAt
    }

    /// The same with every other arm that units were ever exposed to, behind those of the rules.
    func withFormerArms(of behaviour: BehaviourStore) -> CountedExperiment {
        var all = self
        let prefix = name + "/"
        let known = behaviour.withBook { $0.all(.arm).map(\.name) }
        for arm in known where arm.hasPrefix(prefix) {
            let name = String(arm.dropFirst(prefix.count))
            guard !arms.contains(where: { $0.name == name }) else { continue }
            all.arms.append(Arm(name: name, weight: 0, isGone: true))
        }
        return all
    }
}

extension Ruleset.Experiment {
    /// Who gets an arm: as it says, or as its layer does.
    func unit(in ruleSet: RuleSet) -> Entity {
        unit ?? ruleSet.layers.first { $0.name == layer }?.unit ?? .visitor
    }
}
