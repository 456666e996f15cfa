internal import Access
internal import Engine
internal import Messages
internal import Model

extension TokenFacts {
    /// - Returns: nil when a time or the role is none.
    init?(_ message: TokenMessage) {
        guard let role = Role(name: message.role) else { return nil }
        var seconds: [UInt32] = []
        for time in [message.createdAt, message.expiresAt, message.revokedAt, message.lastUsedAt] {
            guard let second = UInt32(exactly: (time?.microseconds ?? 0) / 1_000_000) else { return nil }
            seconds.append(second)
        }
        self.init(
            name: message.name, role: role, scope: TokenScope(placements: message.placements, kinds: message.kinds),
            createdAt: seconds[0], expiresAt: seconds[1], revokedAt: seconds[2], lastUsedAt: seconds[3],
            callsPerSecondMax: message.callsPerSecondMax, concurrentCallsMax: message.concurrentCallsMax,
            bytesPerSecondMax: message.bytesPerSecondMax)
    }
}

extension TokenMessage {
    init(_ facts: TokenFacts) {
        func time(_ seconds: UInt32) -> Timestamp? {
            seconds == 0 ? nil : Timestamp(microseconds: Int64(seconds) * 1_000_000)
        }
        self.init()
        (name, role) = (facts.name, facts.role.name)
        (placements, kinds) = (facts.scope.placements, facts.scope.kinds)
        (createdAt, expiresAt) = (time(facts.createdAt), time(facts.expiresAt))
        (revokedAt, lastUsedAt) = (time(facts.revokedAt), time(facts.lastUsedAt))
        (callsPerSecondMax, concurrentCallsMax) = (facts.callsPerSecondMax, facts.concurrentCallsMax)
        bytesPerSecondMax = facts.bytesPerSecondMax
    }
}

extension TokenWish {
    init(_ message: TokenMessage) {
        self.init(name: message.name, role: message.role)
        (placements, kinds, expiresAt) = (message.placements, message.kinds, message.expiresAt)
        (callsPerSecondMax, concurrentCallsMax) = (message.callsPerSecondMax, message.concurrentCallsMax)
        bytesPerSecondMax = message.bytesPerSecondMax
    }
}
