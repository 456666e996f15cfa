package import Access
package import Ledger
package import Model
package import Store

/// Tokens as the journal keeps them: under `token/` and the hash of each, what is known of it. The clear text is never kept.
package actor TokenStore {
    static let prefix = Array("token/".utf8)

    private let ledger: Ledger
    private let form: StoredForm<TokenFacts>
    /// One change after the other: what is written down of a use must not overtake that a token was revoked.
    private let turns = Turns()
    /// What connections ask.
    package nonisolated let book = TokenBook()

    /// Nothing is read yet.
    ///
    /// - Parameter form: How tokens stand on disk.
    package init(ledger: Ledger, form: StoredForm<TokenFacts>) { (self.ledger, self.form) = (ledger, form) }

    /// Takes in what is stored.
    ///
    /// - Throws: `EngineError` when it cannot be read, or one is damaged.
    package func load() throws(EngineError) {
        var damaged = false
        do throws(StoreError) {
            try ledger.scan(.meta, under: Self.prefix) { key, value in
                guard let digest = TokenDigest(stored: key.dropFirst(Self.prefix.count)),
                    let facts = try? form.decode(value)
                else {
                    damaged = true
                    return false
                }
                book.put(digest, facts)
                return true
            }
        } catch {
            throw EngineError("the tokens cannot be read: \(error)")
        }
        if damaged { throw EngineError("a stored token cannot be read; restore the newest backup") }
    }

    /// Writes when tokens were last used. Called now and then, and at the end.
    ///
    /// - Throws: What the ledger says.
    package func saveUses() async throws(StoreError) {
        await turns.take()
        defer { turns.end() }
        var changes = Changes(for: ledger)
        for token in book.tokens where token.current.lastUsedAt != saved[token.digest] ?? token.stored.lastUsedAt {
            changes.append(.token(key: Self.key(token.digest), record: value(token.current)))
            saved[token.digest] = token.current.lastUsedAt
        }
        if !changes.isEmpty { try await ledger.submit(changes) }
    }

    /// The last uses that are on disk.
    private var saved: [TokenDigest: UInt32] = [:]

    /// - Returns: What is known of the token, and its clear text.
    /// - Throws: `.invalid` naming the field; `.exists`; `.tooMuch`.
    package func create(_ wish: TokenWish, now: UInt32) async throws(EngineError) -> (TokenFacts, secret: Secret) {
        let facts = try wish.checked(now: now)
        await turns.take()
        defer { turns.end() }
        guard holding(facts.name, now: now).isEmpty else {
            throw EngineError(
                .exists, "token.name: \(facts.name) holds already; rotate or revoke it, or take another name")
        }
        return try await add(facts, now: now)
    }

    /// Ends every token of that name that holds.
    ///
    /// - Returns: How many there were.
    /// - Throws: `.notFound`.
    package func revoke(_ name: String, now: UInt32) async throws(EngineError) -> Int {
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
    /// - Throws: `.notFound`.
    package func rotate(_ name: String, graceSeconds: UInt32, now: UInt32) async throws(EngineError) -> (
        TokenFacts, secret: Secret
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
    static func fault(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ form: StoredForm<TokenFacts>
    ) -> String? {
        guard TokenDigest(stored: key.dropFirst(prefix.count)) != nil else { return "is stored under no hash" }
        do {
            _ = try form.decode(value)
            return nil
        } catch {
            return "\(error)"
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
    ) async throws(EngineError) -> (TokenFacts, secret: Secret) {
        var spentOnes: [TokenDigest] = []
        if book.count >= TokenBook.countMax {
            let spent = book.tokens.filter {
                $0.current.revokedAt != 0 || ($0.current.expiresAt != 0 && $0.current.expiresAt <= now)
            }
            guard !spent.isEmpty else {
                throw EngineError(.tooMuch, "there are \(TokenBook.countMax) tokens that hold; revoke some")
            }
            spentOnes = spent.map(\.digest)
        }
        var generator = SystemRandomNumberGenerator()
        let (text, digest) = TokenText.make(using: &generator)
        try await commit([(digest, facts)] + others, forgetting: spentOnes)
        return (facts, Secret(text))
    }

    /// On disk first: what is acknowledged holds after a crash, and what is revoked stays so.
    private func commit(
        _ facts: [(TokenDigest, TokenFacts)], forgetting spent: [TokenDigest] = []
    ) async throws(EngineError) {
        var changes = Changes(for: ledger)
        for digest in spent { changes.append(.token(key: Self.key(digest), record: nil)) }
        for (digest, facts) in facts { changes.append(.token(key: Self.key(digest), record: value(facts))) }
        do throws(StoreError) {
            try await ledger.submit(changes)
        } catch {
            throw EngineError(error)
        }
        for digest in spent { book.remove(digest) }
        for (digest, facts) in facts { book.put(digest, facts) }
    }

    private static func none(_ name: String) -> EngineError {
        EngineError(.notFound, "no token of the name \"\(name)\" holds; `bespokectl tokens list` shows all")
    }

    private static func key(_ digest: TokenDigest) -> [UInt8] { prefix + digest.bytes }

    private func value(_ facts: TokenFacts) -> [UInt8] {
        guard let bytes = try? form.encode(facts) else {
            preconditionFailure("what was checked can be written")
        }
        return bytes
    }
}
