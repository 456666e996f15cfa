internal import Synchronization

/// Counts refusals by method, role and reason, and says which are worth a line in the log: at most one a second for each peer.
package final class RefusalLog: Sendable {
    /// What is counted apart.
    package struct Key: Sendable, Hashable {
        package let method: String
        package let role: String
        package let reason: String
    }

    /// What is worth a line.
    package struct Line: Sendable, Hashable {
        package let method: String
        package let role: String
        package let reason: String
        package let peer: String
        /// The token's or the certificate's; empty when there is none.
        package let name: String
        /// Refusals of the peer since its last line, this one included.
        package let count: Int
    }

    private struct Peer {
        var second: UInt32 = 0
        var unsaid = 0
        var guesses: UInt32 = 0
    }

    private struct State {
        var counts: [Key: UInt64] = [:]
        var peers: [String: Peer] = [:]
    }

    /// Peers that are told apart; when there are more, all are forgotten.
    private static let peersMax = 4_096

    /// Wrong credentials that a peer may send at once; one more each second.
    private static let guessesMax: UInt32 = 10

    private let state = Mutex(State())

    package init() {}

    /// - Parameters:
    ///   - method: One of those that are served, so that what is counted is bounded.
    ///   - second: Since 1970.
    /// - Returns: What is to be logged, nil when it is too soon for another line; and whether the peer tries what might fit.
    package func note(
        _ refusal: Refusal, method: String, by principal: Principal, peer: String, second: UInt32
    ) -> (line: Line?, isGuessing: Bool) {
        state.withLock { state in
            let key = Key(method: method, role: principal.roleName, reason: refusal.name)
            state.counts[key, default: 0] += 1
            if state.peers.count >= Self.peersMax, state.peers[peer] == nil { state.peers = [:] }
            var known = state.peers[peer] ?? Peer()
            defer { state.peers[peer] = known }
            known.unsaid += 1
            let passed = second > known.second ? second - known.second : 0
            known.guesses -= min(known.guesses, passed)
            if refusal.isGuess { known.guesses = min(known.guesses + 1, Self.guessesMax + 1) }
            let isGuessing = refusal.isGuess && known.guesses > Self.guessesMax
            guard known.second != second else { return (nil, isGuessing) }
            let line = Line(
                method: key.method, role: key.role, reason: key.reason, peer: peer, name: principal.text,
                count: known.unsaid)
            (known.second, known.unsaid) = (second, 0)
            return (line, isGuessing)
        }
    }

    /// For metrics, in a fixed order.
    package var counts: [(key: Key, count: UInt64)] {
        state.withLock { Array($0.counts) }.map { ($0.key, $0.value) }.sorted {
            ($0.key.method, $0.key.role, $0.key.reason) < ($1.key.method, $1.key.role, $1.key.reason)
        }
    }
}
