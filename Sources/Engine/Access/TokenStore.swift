package import Access
package import GRPC
package import Ledger
package import Messages
package import Model
package import Store
internal import Wire

/// Tokens as the journal keeps them: under `token/` and the hash of each, what is known of it. The clear text is never kept.
package actor TokenStore {
    static let prefix = Array("token/".utf8)
    private static let nameBytesMax = 64
    private static let scopeMax = 100

    private let ledger: Ledger
    /// One change after the other: what is written down of a use must not overtake that a token was revoked.
    private let turns = Turns()
    /// What connections ask.
    package nonisolated let book = TokenBook()

    /// Nothing is read yet.
    package init(ledger: Ledger) { self.ledger = ledger }

    /// Takes in what is stored.
    ///
    /// - Throws: `DaemonError` when it cannot be read, or one is damaged.
    package func load() throws(DaemonError) {
        var damaged = false
        do throws(StoreError) {
            try ledger.scan(.meta, under: Self.prefix) { key, value in
                guard let digest = TokenDigest(stored: key.dropFirst(Self.prefix.count)),
                    let message = try? TokenMessage(decoding: value), let facts = TokenFacts(message)
                else {
                    damaged = true
                    return false
                }
                book.put(digest, facts)
                return true
            }
        } catch {
            throw DaemonError("the tokens cannot be read: \(error)")
        }
        if damaged { throw DaemonError("a stored token cannot be read; restore the newest backup") }
    }

    /// Writes when tokens were last used. Called now and then, and at the end.
    ///
    /// - Throws: What the ledger says.
    package func saveUses() async throws(StoreError) {
        await turns.take()
        defer { turns.end() }
        var changes = Changes(for: ledger)
        for token in book.tokens where token.current.lastUsedAt != saved[token.digest] ?? token.stored.lastUsedAt {
            changes.append(.token(key: Self.key(token.digest), record: Self.value(token.current)))
            saved[token.digest] = token.current.lastUsedAt
        }
        if !changes.isEmpty { try await ledger.submit(changes) }
    }

    /// The last uses that are on disk.
    private var saved: [TokenDigest: UInt32] = [:]

    /// - Returns: What is known of the token, and its clear text.
    /// - Throws: INVALID_ARGUMENT naming the field; ALREADY_EXISTS; RESOURCE_EXHAUSTED.
    package func create(_ message: TokenMessage, now: UInt32) async throws(Status) -> (TokenMessage, secret: Secret) {
        let facts = try Self.checked(message, now: now)
        await turns.take()
        defer { turns.end() }
        guard holding(facts.name, now: now).isEmpty else {
            throw Status(
                .alreadyExists, "token.name: \(facts.name) holds already; rotate or revoke it, or take another name")
        }
        return try await add(facts, now: now)
    }

    /// Ends every token of that name that holds.
    ///
    /// - Returns: How many there were.
    /// - Throws: NOT_FOUND.
    package func revoke(_ name: String, now: UInt32) async throws(Status) -> Int {
        await turns.take()
        defer { turns.end() }
        let tokens = holding(name, now: now)
        guard !tokens.isEmpty else { throw Self.none(name) }
        var changes: [(TokenDigest, TokenFacts)] = []
        for token in tokens {
            var facts = token.current
            facts.revokedAt = now
            changes.append((token.digest, facts))
        }
        try await commit(changes)
        return tokens.count
    }

    /// Makes another token with the name and the rights of the newest that holds.
    ///
    /// - Parameter graceSeconds: How long the former ones hold on.
    /// - Returns: As `create`.
    /// - Throws: NOT_FOUND.
    package func rotate(_ name: String, graceSeconds: UInt32, now: UInt32) async throws(Status) -> (
        TokenMessage, secret: Secret
    ) {
        await turns.take()
        defer { turns.end() }
        guard let newest = holding(name, now: now).max(by: { $0.current.createdAt < $1.current.createdAt }) else {
            throw Self.none(name)
        }
        var next = newest.current
        (next.createdAt, next.lastUsedAt) = (now, 0)
        // As long as the former one was for, from now on.
        if next.expiresAt != 0 { next.expiresAt = now &+ (next.expiresAt - newest.current.createdAt) }
        var former: [(TokenDigest, TokenFacts)] = []
        for token in holding(name, now: now) {
            var facts = token.current
            if graceSeconds == 0 {
                facts.revokedAt = now
            } else {
                let end = now.addingReportingOverflow(graceSeconds)
                let last = end.overflow ? .max : end.partialValue
                facts.expiresAt = facts.expiresAt == 0 ? last : min(facts.expiresAt, last)
            }
            former.append((token.digest, facts))
        }
        return try await add(next, now: now, with: former)
    }

    /// What is wrong with an entry of the journal; nil when nothing is.
    static func fault(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> String? {
        guard TokenDigest(stored: key.dropFirst(prefix.count)) != nil else { return "is stored under no hash" }
        do throws(WireError) {
            return TokenFacts(try TokenMessage(decoding: value)) == nil ? "has no role, or a time that is none" : nil
        } catch {
            return error.description
        }
    }

    // MARK: Parts

    private func holding(_ name: String, now: UInt32) -> [Token] {
        book.tokens.filter { token in
            let facts = token.current
            return facts.name == name && facts.revokedAt == 0 && (facts.expiresAt == 0 || facts.expiresAt > now)
        }
    }

    private func add(
        _ facts: TokenFacts, now: UInt32, with others: [(TokenDigest, TokenFacts)] = []
    ) async throws(Status) -> (TokenMessage, secret: Secret) {
        var spentOnes: [TokenDigest] = []
        if book.count >= TokenBook.countMax {
            let spent = book.tokens.filter {
                $0.current.revokedAt != 0 || ($0.current.expiresAt != 0 && $0.current.expiresAt <= now)
            }
            guard !spent.isEmpty else {
                throw Status(.resourceExhausted, "there are \(TokenBook.countMax) tokens that hold; revoke some")
            }
            spentOnes = spent.map(\.digest)
        }
        var generator = SystemRandomNumberGenerator()
        let (text, digest) = TokenText.make(using: &generator)
        try await commit([(digest, facts)] + others, forgetting: spentOnes)
        return (TokenMessage(facts), Secret(text))
    }

    /// On disk first: what is acknowledged holds after a crash, and what is revoked stays so.
    private func commit(
        _ facts: [(TokenDigest, TokenFacts)], forgetting spent: [TokenDigest] = []
    ) async throws(Status) {
        var changes = Changes(for: ledger)
        for digest in spent { changes.append(.token(key: Self.key(digest), record: nil)) }
        for (digest, facts) in facts { changes.append(.token(key: Self.key(digest), record: Self.value(facts))) }
        do throws(StoreError) {
            try await ledger.submit(changes)
        } catch {
            throw Status(error)
        }
        for digest in spent { book.remove(digest) }
        for (digest, facts) in facts { book.put(digest, facts) }
    }

    private static func checked(_ message: TokenMessage, now: UInt32) throws(Status) -> TokenFacts {
        func isName(_ byte: UInt8, first: Bool) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: !first && "_.-".utf8.contains(byte)
            }
        }
        let name = message.name.utf8
        guard (1...nameBytesMax).contains(name.count), isName(name.first ?? 0, first: true),
            name.allSatisfy({ isName($0, first: false) })
        else {
            throw Status(
                .invalidArgument,
                "token.name: must have 1 to \(nameBytesMax) of a-z, 0-9, `_`, `.` and `-`, the first a letter or digit")
        }
        guard Role(name: message.role) != nil else {
            let roles = Role.allCases.map(\.name)
            let meant = Spelling.nearest(to: message.role, among: roles).map { "; did you mean `\($0)`?" } ?? ""
            throw Status(.invalidArgument, "token.role: is none of \(roles.joined(separator: ", "))\(meant)")
        }
        for kind in message.kinds where kind != "visitor" && kind != "account" {
            throw Status(.invalidArgument, "token.kinds: \"\(kind)\" is neither visitor nor account")
        }
        guard message.placements.count <= scopeMax, message.placements.allSatisfy({ (1...64).contains($0.utf8.count) })
        else {
            throw Status(.invalidArgument, "token.placements: takes at most \(scopeMax) names of 1 to 64 bytes")
        }
        guard var facts = TokenFacts(message), facts.expiresAt == 0 || facts.expiresAt > now else {
            throw Status(.invalidArgument, "token.expires_at: must lie in the future, and before 2106")
        }
        (facts.createdAt, facts.revokedAt, facts.lastUsedAt) = (now, 0, 0)
        return facts
    }

    private static func none(_ name: String) -> Status {
        Status(.notFound, "no token of the name \"\(name)\" holds; `bespokectl tokens list` shows all")
    }

    private static func key(_ digest: TokenDigest) -> [UInt8] { prefix + digest.bytes }

    private static func value(_ facts: TokenFacts) -> [UInt8] {
        guard let bytes = try? TokenMessage(facts).encoded() else {
            preconditionFailure("what was checked can be written")
        }
        return bytes
    }
}

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
            callsPerSecondMax: message.callsPerSecondMax, concurrentCallsMax: message.concurrentCallsMax)
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
    }
}
