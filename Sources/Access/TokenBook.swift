internal import Synchronization

/// All tokens, for every connection of the process: looked up by digest, changed as a whole.
package final class TokenBook: Sendable {
    /// Tokens that there may be, those that have expired or were revoked included.
    package static let countMax = 10_000

    private struct State {
        var byPrefix: [UInt64: Token] = [:]
    }

    private let state = Mutex(State())
    /// Changes with every change: a connection that has looked a token up looks again.
    private let generationCount = Atomic<UInt64>(0)

    package init() {}

    /// One plain read on the way of each call; the lock is taken only when it has changed.
    var generation: UInt64 { generationCount.load(ordering: .acquiring) }

    /// All tokens, by name.
    package var tokens: [Token] {
        state.withLock { Array($0.byPrefix.values) }.sorted {
            ($0.facts.name, $0.facts.createdAt) < ($1.facts.name, $1.facts.createdAt)
        }
    }

    package var count: Int { state.withLock { $0.byPrefix.count } }

    /// - Returns: The token that a text is; nil when there is none.
    func find(_ digest: TokenDigest) -> Token? {
        guard let token = state.withLock({ $0.byPrefix[digest.prefix] }), token.digest == digest else { return nil }
        return token
    }

    /// Adds a token, or puts it in the place of the one with the same digest.
    package func put(_ digest: TokenDigest, _ facts: TokenFacts) {
        let token = Token(digest: digest, facts: facts)
        state.withLock { $0.byPrefix[digest.prefix] = token }
        generationCount.wrappingAdd(1, ordering: .releasing)
    }

    /// Forgets a token.
    package func remove(_ digest: TokenDigest) {
        state.withLock { $0.byPrefix[digest.prefix] = nil }
        generationCount.wrappingAdd(1, ordering: .releasing)
    }
}
