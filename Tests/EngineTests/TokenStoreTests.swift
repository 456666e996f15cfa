internal import Access
internal import Engine
internal import GRPCDoor
internal import Ledger
internal import Model
internal import Store
internal import Testing

@Suite struct TokenStoreTests {
    private static let now: UInt32 = 1_800_000_000

    private func wanted(_ name: String, _ role: String = "decide", _ change: (inout TokenWish) -> Void = { _ in })
        -> TokenWish
    {
        var token = TokenWish(name: name, role: role)
        change(&token)
        return token
    }

    /// What a connection that shows a token is told of one of the methods.
    private func refusal(_ store: TokenStore, _ secret: Secret, _ method: String = "Decide") -> Refusal? {
        let path = "/bespoke.v1.DecisionService/\(method)"
        var connection = ConnectionAccess(
            book: store.book, rights: [MethodRights.of(path)], own: Principal(.none, roles: []), clock: { Self.now })
        return Array("Bearer \(secret.revealed())".utf8).withUnsafeBufferPointer {
            connection.admit(0, authorization: $0, count: 1, now: 1)
        }
    }

    @Test func `A token survives a restart, its clear text is nowhere, and revoking survives too`() async throws {
        let disk = MemoryStore()
        let store = try TokenStore(ledger: Ledger(disk), form: StoredForms.messages.tokens)
        let made = try await store.create(
            wanted("web-1") {
                $0.placements = ["hero"]; $0.callsPerSecondMax = 7
            }, now: Self.now)
        #expect(made.0.role == .decide && made.0.createdAt == Self.now && "\(made)".contains("***"))
        #expect(refusal(store, made.secret) == nil)

        let second = try TokenStore(ledger: Ledger(disk), form: StoredForms.messages.tokens)
        try await second.load()
        #expect(refusal(second, made.secret) == nil && refusal(second, Secret("bespoke_0")) == .unknown)
        let facts = try #require(second.book.tokens.first?.current)
        #expect(facts.scope == TokenScope(placements: ["hero"]) && facts.callsPerSecondMax == 7)
        try disk.scan(.meta, from: nil) { key, value in
            let text = String(decoding: key, as: UTF8.self) + String(decoding: value, as: UTF8.self)
            #expect(!text.contains(made.secret.revealed()) && !text.contains(made.secret.revealed().dropFirst(8)))
            return true
        }
        #expect(try await second.revoke("web-1", now: Self.now) == 1)
        #expect(refusal(second, made.secret) == .revoked)
        let third = try TokenStore(ledger: Ledger(disk), form: StoredForms.messages.tokens)
        try await third.load()
        #expect(refusal(third, made.secret) == .revoked)
    }

    @Test func `A rotated token holds on for its grace and no longer`() async throws {
        let store = try TokenStore(ledger: Ledger(MemoryStore()), form: StoredForms.messages.tokens)
        let first = try await store.create(
            wanted("ops", "operator") { $0.expiresAt = Timestamp(microseconds: (Int64(Self.now) + 100) * 1_000_000) },
            now: Self.now)
        let second = try await store.rotate("ops", graceSeconds: 60, now: Self.now + 10)
        #expect(second.0.role == .operator && first.secret != second.secret)
        #expect(second.0.expiresAt == Self.now + 110)
        let ends = store.book.tokens.map(\.current.expiresAt)
        #expect(ends.sorted() == [Self.now + 70, Self.now + 110])
        let third = try await store.rotate("ops", graceSeconds: 0, now: Self.now + 10)
        #expect(refusal(store, first.secret) == .revoked && refusal(store, second.secret) == .revoked)
        #expect(refusal(store, third.secret) != .revoked)
        #expect(try await store.revoke("ops", now: Self.now + 10) == 1)
    }

    @Test func `The last use is written down`() async throws {
        let disk = MemoryStore()
        let store = try TokenStore(ledger: Ledger(disk), form: StoredForms.messages.tokens)
        let made = try await store.create(wanted("web"), now: Self.now)
        _ = refusal(store, made.secret)
        try await store.saveUses()
        let second = try TokenStore(ledger: Ledger(disk), form: StoredForms.messages.tokens)
        try await second.load()
        #expect(second.book.tokens.first?.current.lastUsedAt == Self.now)
    }

    @Test(arguments: [
        ("", "decide"), ("Web", "decide"), ("-web", "decide"), ("we b", "decide"), ("web\u{0}", "decide"),
        (String(repeating: "a", count: 65), "decide"), ("web", ""), ("web", "root"), ("web", "Decide"),
    ])
    func `What is no name or role is refused`(name: String, role: String) async throws {
        let store = try TokenStore(ledger: Ledger(MemoryStore()), form: StoredForms.messages.tokens)
        await #expect { _ = try await store.create(wanted(name, role), now: Self.now) } throws: { error in
            (error as? EngineError)?.kind == .invalid
        }
        #expect(store.book.count == 0)
    }

    @Test func `Names, times and kinds are checked`() async throws {
        let store = try TokenStore(ledger: Ledger(MemoryStore()), form: StoredForms.messages.tokens)
        func code(_ token: TokenWish) async -> EngineError.Kind? {
            do {
                _ = try await store.create(token, now: Self.now)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(await code(wanted("a") { $0.kinds = ["person"] }) == .invalid)
        #expect(await code(wanted("a") { $0.placements = [""] }) == .invalid)
        for seconds: Int64 in [0, -1, Int64(Self.now), Int64(UInt32.max) + 1] where seconds != 0 {
            let time = Timestamp(microseconds: seconds * 1_000_000)
            #expect(await code(wanted("a") { $0.expiresAt = time }) == .invalid, "\(seconds)")
        }
        #expect(await code(wanted("a")) == nil)
        #expect(await code(wanted("a")) == .exists)
        #expect(try await store.revoke("a", now: Self.now) == 1)
        #expect(await code(wanted("a")) == nil)
        await #expect(throws: EngineError.self) { try await store.revoke("b", now: Self.now) }
        await #expect(throws: EngineError.self) { _ = try await store.rotate("b", graceSeconds: 0, now: Self.now) }
    }
}
