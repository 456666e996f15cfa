package import Model
package import Ruleset

/// What must be known of an experiment to count what its units did: of one that the rules have, or of one that has ended.
package struct CountedExperiment: Sendable {
    /// An arm with its share.
    package struct Arm: Sendable {
        package let name: String
        package let weight: Double
        /// Whether the rules have it no longer.
        package private(set) var isGone = false

        /// An arm that the rules had.
        package init(name: String, weight: Double) {
            (self.name, self.weight) = (name, weight)
        }

        /// One that they no longer have.
        static func former(_ name: String) -> Arm {
            var arm = Arm(name: name, weight: 0)
            arm.isGone = true
            return arm
        }
    }

    package let name: String
    package let unit: Entity
    package let metrics: [String]
    /// Whether the shares of its arms follow their outcomes.
    package let isSteered: Bool
    /// In the rules' order.
    package private(set) var arms: [Arm]
    /// nil while the rules have it.
    package var endedAt: Timestamp?

    /// One that the rules have, or had until then.
    package init(_ experiment: Ruleset.Experiment, in ruleSet: RuleSet, endedAt: Timestamp? = nil) {
        name = experiment.name
        unit = experiment.unit(in: ruleSet)
        metrics = experiment.metrics
        isSteered = experiment.bandit != nil
        arms = experiment.arms.map { Arm(name: $0.name, weight: $0.weight) }
        self.endedAt = endedAt
    }

    /// One that has ended, as it was then.
    package init(
        name: String, unit: Entity, metrics: [String], isSteered: Bool, arms: [Arm], endedAt: Timestamp?
    ) {
        (self.name, self.unit, self.metrics) = (name, unit, metrics)
        (self.isSteered, self.arms, self.endedAt) = (isSteered, arms, endedAt)
    }

    /// - Parameter known: As they are kept, such as `experiment/arm`.
    func withFormerArms(_ known: [String]) -> CountedExperiment {
        var all = self
        let prefix = name + "/"
        for arm in known where arm.hasPrefix(prefix) {
            let name = String(arm.dropFirst(prefix.count))
            guard !arms.contains(where: { $0.name == name }) else { continue }
            all.arms.append(.former(name))
        }
        return all
    }
}

extension Ruleset.Experiment {
    /// Who gets an arm: as it says, or as its layer does.
    package func unit(in ruleSet: RuleSet) -> Entity {
        unit ?? ruleSet.layers.first { $0.name == layer }?.unit ?? .visitor
    }
}
