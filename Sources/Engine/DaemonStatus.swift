package import Model
internal import Ruleset

/// What operators see of a daemon at one moment.
package struct DaemonStatus: Sendable {
    package var version: String
    package var isReady: Bool
    /// Empty when it is.
    package var notReadyBecause: String
    package var startedAt: Timestamp
    package var eventLoops: Int
    package var residentBytes: UInt64
    package var openConnections: Int
    /// Of the configuration.
    package var warnings: [String]
    /// Empty when nothing is served.
    package var revision = ""
    package var pushedAt: Timestamp?
    package var visitors: UInt64 = 0
    package var accounts: UInt64 = 0
    package var campaigns = 0
    package var placements = 0
    package var segments = 0
    package var icps = 0
    package var goals: [GoalProgress] = []

    /// A daemon that serves nothing.
    package init(
        version: String, isReady: Bool, notReadyBecause: String, startedAt: Timestamp, eventLoops: Int,
        residentBytes: UInt64, openConnections: Int, warnings: [String]
    ) {
        (self.version, self.isReady, self.notReadyBecause) = (version, isReady, notReadyBecause)
        (self.startedAt, self.eventLoops, self.residentBytes) = (startedAt, eventLoops, residentBytes)
        (self.openConnections, self.warnings) = (openConnections, warnings)
    }

    /// Adds what is served.
    package mutating func add(_ active: RuleStore.Active, at now: Timestamp) {
        (revision, pushedAt) = (active.record.revision, active.record.pushedAt)
        (campaigns, placements) = (active.ruleSet.campaigns.count, active.ruleSet.placements.count)
        (segments, icps) = (active.ruleSet.segments.count, active.ruleSet.icps.count)
        goals = active.goals(at: now)
    }
}
