package import Model
package import Ruleset

/// A rule set as it was pushed, with what is known of its push: what a history keeps.
package struct PushedRules: Sendable, Hashable {
    package var revision: String
    package var files: [RuleFile]
    package var pushedAt: Timestamp?
    /// As the caller said.
    package var author: String
    package var reason: String
    /// The number of the push that this one restored; 0 for none.
    package var restoredPush: UInt64 = 0
    /// The revision whose push this one took back; empty for none.
    package var reverts = ""
    /// Who pushed, as the daemon's system says; empty when it is not known.
    package var peer = ""
    /// Experiments that were served once and are not any more, as long as their events are retained.
    package var ended: [EndedExperiment] = []

    /// A push that restores and takes back nothing.
    package init(revision: String, files: [RuleFile], pushedAt: Timestamp?, author: String, reason: String) {
        (self.revision, self.files, self.pushedAt) = (revision, files, pushedAt)
        (self.author, self.reason) = (author, reason)
    }
}

/// An experiment that the rules have no longer, as it was when they had it.
package struct EndedExperiment: Sendable, Hashable {
    /// One of its arms.
    package struct Arm: Sendable, Hashable {
        package var name: String
        package var weight: Double

        package init(name: String, weight: Double) {
            (self.name, self.weight) = (name, weight)
        }
    }

    package var name: String
    /// Empty for none.
    package var title = ""
    package var unit = Entity.visitor
    package var metrics: [String] = []
    package var arms: [Arm] = []
    package var endedAt: Timestamp?
    /// The last that had it.
    package var revision = ""
    /// Who had which arm, should it come back; empty when that was not kept.
    package var allocation = ""
    /// Whether the shares of its arms followed their outcomes.
    package var isSteered = false

    package init(name: String) {
        self.name = name
    }
}

/// How far the goal of a campaign has come.
package struct GoalProgress: Sendable {
    package var campaign: String
    package var measure: Campaign.Goal.Measure
    package var count: UInt64
    package var delivered: UInt64
    /// What it is to have delivered by now.
    package var due: UInt64
    package var starts: Timestamp?
    package var ends: Timestamp?

    package init(
        campaign: String, measure: Campaign.Goal.Measure, count: UInt64, delivered: UInt64, due: UInt64,
        starts: Timestamp?, ends: Timestamp?
    ) {
        (self.campaign, self.measure, self.count) = (campaign, measure, count)
        (self.delivered, self.due, self.starts, self.ends) = (delivered, due, starts, ends)
    }
}

extension CountedExperiment {
    /// One that has ended, as it was then.
    package init(_ ended: EndedExperiment) {
        self.init(
            name: ended.name, unit: ended.unit, metrics: ended.metrics, isSteered: ended.isSteered,
            arms: ended.arms.map { Arm(name: $0.name, weight: $0.weight) }, endedAt: ended.endedAt)
    }
}
