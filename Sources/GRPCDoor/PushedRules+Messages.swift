package import Engine
package import Messages
internal import Model
internal import Ruleset
package import Wire

// Besides on the wire, pushes stand in this form on disk: whoever changes it changes what older daemons stored.

extension GetRulesResponse {
    /// A push as the wire, and the history on disk, have it.
    package init(_ pushed: PushedRules) {
        self.init(
            revision: pushed.revision, files: pushed.files.map { RuleFileMessage(path: $0.path, content: $0.content) },
            pushedAt: pushed.pushedAt, author: pushed.author, reason: pushed.reason)
        (restoredPush, reverts, peer) = (pushed.restoredPush, pushed.reverts, pushed.peer)
        ended = pushed.ended.map(EndedExperimentMessage.init)
    }
}

extension PushedRules {
    /// The push that a message tells.
    package init(_ message: GetRulesResponse) {
        self.init(
            revision: message.revision, files: message.files.map { RuleFile(path: $0.path, content: $0.content) },
            pushedAt: message.pushedAt, author: message.author, reason: message.reason)
        (restoredPush, reverts, peer) = (message.restoredPush, message.reverts, message.peer)
        ended = message.ended.map(EndedExperiment.init)
    }

    /// A push as it is stored.
    ///
    /// - Throws: `WireError` when it is none.
    package init(stored bytes: UnsafeRawBufferPointer) throws(WireError) {
        self.init(try GetRulesResponse(decoding: bytes))
    }

    /// The form that `init(stored:)` reads.
    ///
    /// - Throws: `WireError` for a time outside the years 1 to 9999.
    package func stored() throws(WireError) -> [UInt8] {
        try GetRulesResponse(self).encoded()
    }
}

extension EndedExperimentMessage {
    init(_ ended: EndedExperiment) {
        self.init(name: ended.name)
        (title, unit, metrics, steered) = (ended.title, ended.unit.name, ended.metrics, ended.isSteered)
        arms = ended.arms.map { EndedArmMessage(name: $0.name, weight: $0.weight) }
        (endedAt, revision, allocation) = (ended.endedAt, ended.revision, ended.allocation)
    }
}

extension EndedExperiment {
    fileprivate init(_ message: EndedExperimentMessage) {
        self.init(name: message.name)
        (title, metrics, isSteered) = (message.title, message.metrics, message.steered)
        unit = Entity(name: message.unit) ?? .visitor
        arms = message.arms.map { Arm(name: $0.name, weight: $0.weight) }
        (endedAt, revision, allocation) = (message.endedAt, message.revision, message.allocation)
    }
}

extension RevisionMessage {
    /// A push in the history, by its number.
    package init(_ number: UInt64, _ pushed: PushedRules) {
        self.init(
            revision: pushed.revision, pushedAt: pushed.pushedAt, author: pushed.author, reason: pushed.reason)
        (self.number, restoredPush) = (number, pushed.restoredPush)
        (reverts, peer) = (pushed.reverts, pushed.peer)
    }
}

extension GoalProgressMessage {
    /// How far a goal has come.
    package init(_ goal: GoalProgress) {
        self.init(
            campaign: goal.campaign, measure: goal.measure.rawValue, count: goal.count, delivered: goal.delivered,
            due: goal.due, starts: goal.starts, ends: goal.ends)
    }
}
