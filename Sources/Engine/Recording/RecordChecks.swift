package import Model
internal import Profiles

/// Whether what is to be recorded can have happened, and is within bounds: before a store sees it, whichever door it came through.
package struct RecordChecks: Sendable {
    /// The time of what comes without one.
    package let now: Timestamp
    private let earliest: Int64
    private let latest: Int64

    /// Events and exposures of one request.
    package static let itemsMax = 1_000
    /// Where a consent was given, or the version of the text that was shown.
    private static let sourceBytesMax = 64
    private static let valueMax = 1e15
    /// Clocks of page servers may be ahead by that much.
    private static let aheadMicroseconds: Int64 = 300_000_000

    /// - Parameter retentionSeconds: What is older is not kept, so it is not taken.
    package init(now: Timestamp, retentionSeconds: Int64) {
        self.now = now
        earliest = now.microseconds - retentionSeconds * 1_000_000
        latest = now.microseconds + Self.aheadMicroseconds
    }

    /// - Throws: `.tooMany`.
    package static func check(itemCount count: Int) throws(BehaviourError) {
        guard count <= itemsMax else { throw .tooMany(count: count) }
    }

    /// - Returns: The time that is given, or now.
    /// - Throws: `.invalid` for one that is to come, or before what is retained.
    package func time(_ given: Timestamp?, _ field: String) throws(BehaviourError) -> Timestamp {
        guard let given else { return now }
        guard given.microseconds <= latest else {
            throw .invalid(field: field + ".time", problem: "lies in the future; look at the caller's clock")
        }
        guard given.microseconds >= earliest else {
            throw .invalid(field: field + ".time", problem: "is before what is retained (event_retention_days)")
        }
        return given
    }

    /// An event's ids and value, but for its time.
    ///
    /// - Throws: `.invalid`.
    package static func check(
        eventID: String, visitorID: String, accountID: String, decisionID: String, value: Double, _ field: String
    ) throws(BehaviourError) {
        try check(id: eventID, field + ".id", isRequired: true)
        try check(visitorID: visitorID, accountID: accountID, field)
        try check(id: decisionID, field + ".decision_id", isRequired: false)
        guard value.magnitude <= valueMax else {
            throw .invalid(field: field + ".value", problem: "is not a number of at most 10^15 in magnitude")
        }
    }

    /// Everything of an exposure but its time and its names, which the rules know.
    ///
    /// - Throws: `.invalid`.
    package static func check(_ exposure: Exposure, _ field: String) throws(BehaviourError) {
        try check(visitorID: exposure.visitorID, accountID: exposure.accountID, field)
        try check(id: exposure.decisionID, field + ".decision_id", isRequired: true)
        guard !exposure.decisionID.hasPrefix("\(Answer.previewPrefix)") else {
            throw .invalid(field: field + ".decision_id", problem: "is that of a preview, which is never an exposure")
        }
        try check(id: exposure.revision, field + ".revision", isRequired: false)
        guard !exposure.placement.isEmpty || !exposure.experiment.isEmpty else {
            throw .invalid(field: field, problem: "names neither a placement nor an experiment; say what was shown")
        }
        guard (0...1).contains(exposure.propensity) else {
            throw .invalid(field: field + ".propensity", problem: "is not between 0 and 1")
        }
    }

    /// Whose consent it is, where it was given and to which text.
    ///
    /// - Throws: `.invalid`.
    package static func check(
        consentOf visitorID: String, source: String, textVersion: String
    ) throws(BehaviourError) {
        try check(id: visitorID, "visitor_id", isRequired: true)
        for (field, text) in [("source", source), ("text_version", textVersion)]
        where text.utf8.count > sourceBytesMax {
            throw .invalid(field: field, problem: "is longer than \(sourceBytesMax) bytes")
        }
    }

    private static func check(visitorID: String, accountID: String, _ field: String) throws(BehaviourError) {
        guard !visitorID.isEmpty || !accountID.isEmpty else {
            throw .invalid(field: field, problem: "names neither visitor_id nor account_id; name one of them")
        }
        try check(id: visitorID, field + ".visitor_id", isRequired: false)
        try check(id: accountID, field + ".account_id", isRequired: false)
    }

    private static func check(id: String, _ field: String, isRequired: Bool) throws(BehaviourError) {
        let count = id.utf8.count
        guard count > 0 || !isRequired else { throw .invalid(field: field, problem: "is empty") }
        guard count <= ProfileLimits.idBytesMax else {
            throw .invalid(field: field, problem: "is \(count) bytes long; the limit is \(ProfileLimits.idBytesMax)")
        }
        guard !id.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .invalid(field: field, problem: "holds a control character")
        }
    }
}
