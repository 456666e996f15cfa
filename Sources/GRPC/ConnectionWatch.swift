package import NIOCore

/// Why this side ends a connection, beside HTTP/2 that is broken.
package enum ConnectionEnd: Int, Sendable, CaseIterable {
    case noPreface, noSettings, slowFrame, stall, idle, age, idleFrames, resets, guesses, protocolName

    /// As the figures name it.
    package var name: String {
        switch self {
        case .noPreface: "preface"
        case .noSettings: "settings"
        case .slowFrame: "frame"
        case .stall: "stall"
        case .idle: "idle"
        case .age: "age"
        case .idleFrames: "idle_frames"
        case .resets: "resets"
        case .guesses: "guesses"
        case .protocolName: "alpn"
        }
    }

    /// HTTP/2's. Source: RFC 9113, section 7.
    package var errorCode: UInt32 {
        switch self {
        case .idle, .age: 0
        case .noPreface, .slowFrame, .stall, .protocolName: 2
        case .noSettings: 4
        case .idleFrames, .resets, .guesses: 11
        }
    }

    /// For the peer's logs.
    package var reason: String {
        switch self {
        case .noPreface: "the preface did not come in time"
        case .noSettings: "SETTINGS were not acknowledged in time"
        case .slowFrame: "a frame that had begun did not come to its end in time"
        case .stall: "answers were not read in time"
        case .idle: "there was no call for a long time"
        case .age: "the connection has reached its age"
        case .idleFrames: "too many frames that carry no request"
        case .resets: "too many streams had to be reset"
        case .guesses: "too many credentials that are not valid"
        case .protocolName: "ALPN does not offer h2"
        }
    }
}

/// What a connection may do and how long it may take, as a value: it is told what can be seen of the connection and what time it is.
///
/// Nothing is noted while requests are served: a check now and then compares with what the check before saw. So a limit is met at the
/// latest a quarter of it, or ten seconds, later.
package struct ConnectionWatch {
    /// What can be seen of a connection.
    package struct Sight: Equatable, Sendable {
        /// Whether the client's preface is complete.
        package var hasPreface = false
        /// Whether this side's SETTINGS were acknowledged.
        package var hasSettings = false
        /// The number of the frame that has begun and not ended; nil between frames.
        package var frame: UInt64?
        /// Calls that are open.
        package var openCalls = 0
        /// Calls that have begun so far.
        package var calls: UInt64 = 0
        /// Bytes that have been handed to the channel.
        package var writtenBytes: UInt64 = 0
        /// Whether the channel takes no more.
        package var isStalled = false
        /// Whether most places are taken.
        package var isCrowded = false

        package init() {}
    }

    /// What is to be done.
    package enum OnCheck: Equatable {
        case goOn
        /// No further calls; those under way get their time.
        case drain(ConnectionEnd)
        case end(ConnectionEnd)
    }

    /// No check is later than this, so that what begins in between is seen.
    private static let checkMillisecondsMax = 10_000
    private static let framesForEachAnswered = 4

    private let limits: ServerLimits
    private let openedAt: NIODeadline
    private let ageNanoseconds: Int64
    private var idleFrames: TokenBucket
    private var resets: TokenBucket
    private var before = Sight()
    private var frameSince: NIODeadline
    private var stalledSince: NIODeadline
    private var idleSince: NIODeadline
    private var drainedAt: NIODeadline?

    /// - Parameter jitter: From -1 to 1, by which ages differ: connections made together do not end together.
    package init(limits: ServerLimits, now: NIODeadline, jitter: Double) {
        self.limits = limits
        openedAt = now
        ageNanoseconds = Int64(Double(limits.ageMilliseconds) * (1 + jitter / 10) * 1_000_000)
        idleFrames = TokenBucket(
            perSecond: limits.idleFramesPerSecondMax, burst: limits.idleFramesPerSecondMax * 10, now: now)
        resets = TokenBucket(perSecond: limits.resetsPerSecondMax, burst: limits.resetsPerSecondMax * 30, now: now)
        frameSince = now
        stalledSince = now
        idleSince = now
    }

    /// When to check next.
    package var interval: TimeAmount {
        var shortest = Self.checkMillisecondsMax
        func heed(_ milliseconds: Int) { if milliseconds > 0 { shortest = min(shortest, max(1, milliseconds / 4)) } }
        if !before.hasPreface { heed(limits.prefaceMilliseconds) }
        if !before.hasSettings { heed(limits.settingsMilliseconds) }
        heed(limits.frameMilliseconds)
        heed(limits.bodyMilliseconds)
        heed(limits.stallMilliseconds)
        heed(limits.idleMilliseconds)
        heed(limits.ageMilliseconds)
        if drainedAt != nil { heed(limits.ageGraceMilliseconds) }
        return .milliseconds(Int64(shortest))
    }

    /// To be asked again and again.
    package mutating func check(_ sight: Sight, now: NIODeadline) -> OnCheck {
        defer { before = sight }
        if sight.frame == nil || sight.frame != before.frame { frameSince = now }
        if !sight.isStalled || sight.writtenBytes != before.writtenBytes { stalledSince = now }
        if sight.openCalls > 0 || sight.calls != before.calls { idleSince = now }
        let age = (now - openedAt).nanoseconds
        if !sight.hasPreface {
            return has(limits.prefaceMilliseconds, passed: age) ? .end(.noPreface) : .goOn
        }
        if !sight.hasSettings, has(limits.settingsMilliseconds, passed: age) { return .end(.noSettings) }
        if has(limits.frameMilliseconds, passed: (now - frameSince).nanoseconds) { return .end(.slowFrame) }
        if has(limits.stallMilliseconds, passed: (now - stalledSince).nanoseconds) { return .end(.stall) }
        if let drainedAt {
            let isOver = has(limits.ageGraceMilliseconds, passed: (now - drainedAt).nanoseconds)
            return isOver ? .end(.age) : .goOn
        }
        let idle = sight.isCrowded ? limits.idleMilliseconds / 10 : limits.idleMilliseconds
        if has(idle, passed: (now - idleSince).nanoseconds) {
            drainedAt = now
            return .drain(.idle)
        }
        if limits.ageMilliseconds > 0, age >= ageNanoseconds {
            drainedAt = now
            return .drain(.age)
        }
        return .goOn
    }

    /// Frames that carry no request have come, and frames of answers have gone.
    ///
    /// - Returns: Why the connection ends, if it does.
    package mutating func came(idleFrames count: Int, answered: Int, now: NIODeadline) -> ConnectionEnd? {
        idleFrames.add(answered * Self.framesForEachAnswered)
        return idleFrames.take(count, now: now) ? nil : .idleFrames
    }

    /// This side had to reset streams.
    ///
    /// - Returns: Why the connection ends, if it does.
    package mutating func provoked(resets count: Int, now: NIODeadline) -> ConnectionEnd? {
        resets.take(count, now: now) ? nil : .resets
    }

    private func has(_ milliseconds: Int, passed nanoseconds: Int64) -> Bool {
        milliseconds > 0 && nanoseconds >= Int64(milliseconds) * 1_000_000
    }
}
