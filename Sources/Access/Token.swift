internal import Synchronization

/// What a token may reach; an empty part means all.
package struct TokenScope: Sendable, Hashable {
    /// Names of placements.
    package var placements: [String]
    /// `visitor`, `account`.
    package var kinds: [String]

    package init(placements: [String] = [], kinds: [String] = []) {
        (self.placements, self.kinds) = (placements, kinds)
    }

    /// What of it a method has to look at.
    var needs: MethodRights.Scopes {
        var needs: MethodRights.Scopes = []
        if !placements.isEmpty { needs.insert(.placements) }
        if !kinds.isEmpty { needs.insert(.kinds) }
        return needs
    }
}

/// What is known of a token beside its digest.
package struct TokenFacts: Sendable, Hashable {
    /// Of `[a-z0-9][a-z0-9_.-]{0,63}`.
    package var name: String
    package var role: Role
    package var scope: TokenScope
    /// Seconds since 1970; 0: never.
    package var createdAt: UInt32
    package var expiresAt: UInt32
    package var revokedAt: UInt32
    /// When it was last used, as far as it has been noted.
    package var lastUsedAt: UInt32
    /// Calls that may begin each second, twice as many at once; 0: as many as come.
    package var callsPerSecondMax: UInt32
    /// Calls that may be under way; 0: as many as come.
    package var concurrentCallsMax: UInt32
    /// Bytes that may come and go each second, twice as many at once; 0: as many as come.
    package var bytesPerSecondMax: UInt32

    package init(
        name: String, role: Role, scope: TokenScope = TokenScope(), createdAt: UInt32, expiresAt: UInt32 = 0,
        revokedAt: UInt32 = 0, lastUsedAt: UInt32 = 0, callsPerSecondMax: UInt32 = 0, concurrentCallsMax: UInt32 = 0,
        bytesPerSecondMax: UInt32 = 0
    ) {
        (self.name, self.role, self.scope) = (name, role, scope)
        (self.createdAt, self.expiresAt, self.revokedAt) = (createdAt, expiresAt, revokedAt)
        self.lastUsedAt = lastUsedAt
        (self.callsPerSecondMax, self.concurrentCallsMax) = (callsPerSecondMax, concurrentCallsMax)
        self.bytesPerSecondMax = bytesPerSecondMax
    }
}

/// A token as connections hold it. What it has used of its budget is counted here for all of them, without a lock.
package final class Token: Sendable {
    package let digest: TokenDigest
    let facts: TokenFacts
    private let usedAt: Atomic<UInt32>
    /// When the budget would be as it was at first, in nanoseconds of the process.
    private let fullAt = Atomic<UInt64>(0)
    private let calls = Atomic<UInt32>(0)
    /// The same for bytes.
    private let bytesFullAt = Atomic<UInt64>(0)

    init(digest: TokenDigest, facts: TokenFacts) {
        (self.digest, self.facts) = (digest, facts)
        usedAt = Atomic(facts.lastUsedAt)
    }

    /// The facts as they were put, without what was used since.
    package var stored: TokenFacts { facts }

    /// The facts as they stand, with the last use.
    package var current: TokenFacts {
        var facts = facts
        facts.lastUsedAt = usedAt.load(ordering: .relaxed)
        return facts
    }

    func use(at seconds: UInt32) { usedAt.store(seconds, ordering: .relaxed) }

    /// Takes one call out of the budget.
    ///
    /// - Parameter now: Nanoseconds of a clock that never goes back.
    ///
    /// Source: the generic cell rate algorithm, ITU-T I.371, as a virtual schedule: one number and no timer.
    func begin(now: UInt64) -> BudgetRefusal? {
        if facts.concurrentCallsMax > 0 {
            let before = calls.wrappingAdd(1, ordering: .relaxed).oldValue
            if before >= facts.concurrentCallsMax {
                calls.wrappingSubtract(1, ordering: .relaxed)
                return .concurrent(max: facts.concurrentCallsMax)
            }
        }
        if let refusal = bytesRefusal(now: now) {
            end()
            return refusal
        }
        guard facts.callsPerSecondMax > 0 else { return nil }
        let interval = 1_000_000_000 / UInt64(facts.callsPerSecondMax)
        // As much as two seconds bring may come at once.
        let burst = max(interval, Self.burstNanoseconds) - interval
        var seen = fullAt.load(ordering: .relaxed)
        while true {
            let from = max(seen, now)
            guard from - now <= burst else {
                end()
                return .rate(perSecond: facts.callsPerSecondMax, milliseconds: (from - now - burst) / 1_000_000 + 1)
            }
            let (isExchanged, original) = fullAt.compareExchange(
                expected: seen, desired: from + interval, ordering: .relaxed)
            if isExchanged { return nil }
            seen = original
        }
    }

    /// Takes what came and went out of the budget. How much a call brings is known afterwards only, so what is beyond the budget is owed,
    /// and no call begins until it is paid off.
    ///
    /// - Returns: That more is owed than may be.
    func spend(bytes: Int, now: UInt64) -> BudgetRefusal? {
        guard facts.bytesPerSecondMax > 0, bytes > 0 else { return nil }
        let cost = UInt64(min(bytes, Self.bytesAtOnceMax)) * 1_000_000_000 / UInt64(facts.bytesPerSecondMax)
        var seen = bytesFullAt.load(ordering: .relaxed)
        while true {
            let (isExchanged, original) = bytesFullAt.compareExchange(
                expected: seen, desired: max(seen, now) + cost, ordering: .relaxed)
            if isExchanged { return bytesRefusal(now: now) }
            seen = original
        }
    }

    private func bytesRefusal(now: UInt64) -> BudgetRefusal? {
        guard facts.bytesPerSecondMax > 0 else { return nil }
        let fullAt = bytesFullAt.load(ordering: .relaxed)
        guard fullAt > now, fullAt - now > Self.burstNanoseconds else { return nil }
        return .bytes(
            perSecond: facts.bytesPerSecondMax, milliseconds: (fullAt - now - Self.burstNanoseconds) / 1_000_000 + 1)
    }

    private static let burstNanoseconds: UInt64 = 2_000_000_000
    /// Beyond it the cost would not fit; no message is longer.
    private static let bytesAtOnceMax = 1 << 33

    /// A call that `begin` let in has ended.
    func end() {
        if facts.concurrentCallsMax > 0 { calls.wrappingSubtract(1, ordering: .relaxed) }
    }
}

/// Why a call is beyond a token's budget.
package enum BudgetRefusal: Sendable, Hashable {
    /// Another may come in so many milliseconds.
    case rate(perSecond: UInt32, milliseconds: UInt64)
    case concurrent(max: UInt32)
    /// Another may come in so many milliseconds.
    case bytes(perSecond: UInt32, milliseconds: UInt64)

    /// When it is worth to try again. When another call ends nobody knows.
    package var retryMilliseconds: Int {
        switch self {
        case .rate(_, let milliseconds), .bytes(_, let milliseconds): Int(clamping: milliseconds)
        case .concurrent: 100
        }
    }
}
