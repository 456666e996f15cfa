package import Experimentation
package import Model
internal import Profiles

/// The units of an arm.
package struct ArmCount: Sendable {
    package private(set) var summary = ArmSummary()
    package private(set) var propensities = PropensitySums()
    /// The earliest first exposure.
    package private(set) var since: Timestamp?

    @inline(__always)
    mutating func add(_ value: Double, countBefore: UInt32, trial: Behaviour.Trial) {
        // Values are bounded when they are recorded.
        try? summary.add(value, covariate: Double(countBefore))
        propensities.add(Double(trial.propensity), value: value)
        since = since.map { min($0, trial.since) } ?? trial.since
    }

    mutating func merge(_ other: ArmCount) {
        summary.merge(other.summary)
        propensities.merge(other.propensities)
        if let theirs = other.since { since = since.map { min($0, theirs) } ?? theirs }
    }
}
