package import NIOCore

/// How much may come in the long run, and at once. Pure: the time is handed in.
package struct TokenBucket {
    private let perSecond: Int64
    private let nanotokensMax: Int64
    private var nanotokens: Int64
    private var filledAt: NIODeadline

    private static let one: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - perSecond: What comes back each second, at most a million.
    ///   - burst: What there is at first, and at most; up to a thousand million.
    package init(perSecond: Int, burst: Int, now: NIODeadline) {
        self.perSecond = Int64(perSecond)
        nanotokensMax = Int64(burst) * Self.one
        nanotokens = nanotokensMax
        filledAt = now
    }

    /// - Returns: Whether there were as many; if not, none are left.
    package mutating func take(_ count: Int, now: NIODeadline) -> Bool {
        let passed = min(max(0, (now - filledAt).nanoseconds), 3_600 * Self.one)
        filledAt = now
        nanotokens = min(nanotokensMax, nanotokens + passed * perSecond)
        guard Int64(count) * Self.one <= nanotokens else {
            nanotokens = 0
            return false
        }
        nanotokens -= Int64(count) * Self.one
        return true
    }

    /// The same, but what is there stays when it is not enough.
    package mutating func has(_ count: Int, now: NIODeadline) -> Bool {
        let before = self
        if take(count, now: now) { return true }
        self = before
        return false
    }

    /// Gives some back.
    package mutating func add(_ count: Int) {
        nanotokens = min(nanotokensMax, nanotokens + Int64(count) * Self.one)
    }
}
