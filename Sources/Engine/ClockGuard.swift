/// Whether the wall clock can be believed, as a value that is told what the clocks say.
///
/// A clock that is wrong for an hour would let what has not expired be deleted for good. So after a jump it is doubted: until it jumps
/// back, or has gone on from there for so long that somebody would have noticed. A machine that was off for long cannot be told
/// from one whose clock is ahead; it only waits.
package struct ClockGuard: Sendable {
    /// A difference to what is expected.
    package struct Doubt: Sendable, Equatable {
        /// Of the wall clock to what was expected; negative when it is behind.
        package var aheadSeconds: Int64
        /// By the steady clock.
        fileprivate var since: Int64
    }

    /// Clocks that are set right now and then differ by less.
    private static let stepSecondsMax: Int64 = 600
    /// As long a machine may have been off without a doubt.
    private static let offSecondsMax: Int64 = 86_400

    private let holdSeconds: Int64
    private var wall: Int64
    private var steady: Int64
    /// How far it may be ahead of `wall`: more where the time in between is not known.
    private var aheadMax: Int64
    /// Nil while the clock is believed.
    package private(set) var doubt: Doubt?

    /// - Parameters:
    ///   - wall: Seconds since 1970.
    ///   - steady: Seconds that only grow.
    ///   - lastSeen: What the wall clock said last when it was believed, in an earlier process; nil when it is not known.
    ///   - holdSeconds: How long a doubt lasts; 0 for never.
    package init(wall: Int64, steady: Int64, lastSeen: Int64?, holdSeconds: Int64) {
        self.holdSeconds = holdSeconds
        (self.wall, self.steady, aheadMax) = (lastSeen ?? wall, steady, Self.offSecondsMax)
        _ = look(wall: wall, steady: steady)
    }

    /// What can be written down as the last time that was believed; nil while it is doubted.
    package var seen: Int64? { doubt == nil ? wall : nil }

    /// To be called now and then.
    ///
    /// - Returns: Whether it is believed now and was not, or the other way round, or has jumped again.
    package mutating func look(wall now: Int64, steady: Int64) -> Bool {
        let ahead = now &- wall &- (steady &- self.steady)
        let isExpected = ahead >= -Self.stepSecondsMax && ahead <= aheadMax
        guard isExpected || holdSeconds == 0 || doubt.map({ isOver($0, ahead, steady) }) == true else {
            if let doubt, isNear(doubt, ahead) { return false }
            doubt = Doubt(aheadSeconds: ahead, since: steady)
            return true
        }
        (wall, self.steady, aheadMax) = (now, steady, Self.stepSecondsMax)
        defer { doubt = nil }
        return doubt != nil
    }

    private func isNear(_ doubt: Doubt, _ ahead: Int64) -> Bool {
        (ahead &- doubt.aheadSeconds).magnitude <= UInt64(Self.stepSecondsMax)
    }

    private func isOver(_ doubt: Doubt, _ ahead: Int64, _ steady: Int64) -> Bool {
        isNear(doubt, ahead) && steady &- doubt.since >= holdSeconds
    }
}
