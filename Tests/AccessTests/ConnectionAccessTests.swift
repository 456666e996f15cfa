internal import Access
internal import Synchronization
internal import Testing

@Suite("Who may call what")
struct ConnectionAccessTests {
    /// How somebody shows who they are; each must do for its role what the table says, and nothing else.
    enum Way: CaseIterable { case token, certificate }

    @Test("Every method × every role, by token and by certificate", arguments: Role.allCases, Way.allCases)
    func matrix(role: Role, way: Way) {
        var door = Door()
        let bearer = way == .token ? "Bearer " + door.token(role) : nil
        var connection = door.connection()
        if way == .certificate { connection.prove(Principal(.certificate, name: "a.example", roles: RoleSet(role))) }
        for row in MethodRights.table {
            let refusal = connection.call(row.path, bearer)
            if row.roles.contains(RoleSet(role)) {
                #expect(refusal == nil, "\(role) may call \(row.path)")
            } else {
                #expect(refusal == .role(has: role.name, needed: row.roles), "\(role) may not call \(row.path)")
            }
        }
    }

    @Test("Every method without a credential, expired, revoked, unknown, and by the socket")
    func others() {
        var door = Door()
        let expired = "Bearer " + door.token(.admin, expiresAt: Door.now)
        let revoked = "Bearer " + door.token(.admin, revokedAt: Door.now)
        var stranger = door.connection()
        // Who may without a credential gains nothing by a bad one.
        var local = door.connection(own: Principal(.none, roles: .all))
        var socket = door.connection(own: Principal(.socket, roles: .all))
        for row in MethodRights.table {
            #expect(stranger.call(row.path, nil) == .noCredential(needed: row.roles))
            #expect(socket.call(row.path, nil) == nil && local.call(row.path, nil) == nil)
            for (bearer, refusal) in [
                (expired, Refusal.expired), (revoked, .revoked),
                ("Bearer bespoke_" + String(repeating: "0", count: 64), .unknown), ("Bearer ", .unknown),
                ("", .unknown),
                ("Basic dXNlcjpwYXNz", .unknown), (String(expired.dropLast()), .unknown), (expired + expired, .unknown),
                ("Bearer \0\u{1}\u{ff}", .unknown), (String(repeating: "x", count: 65_536), .unknown),
            ] {
                #expect(stranger.call(row.path, bearer) == refusal)
                #expect(local.call(row.path, bearer) == refusal)
            }
        }
    }

    @Test("A port that is open to decide lets strangers do that and no more")
    func loopback() {
        var local = Door().connection(own: Principal(.none, roles: .decide))
        for row in MethodRights.table {
            let refusal = local.call(row.path, nil)
            #expect(row.roles.contains(.decide) ? refusal == nil : refusal == .noCredential(needed: row.roles))
        }
    }

    @Test("A scope holds: what a method does not look at is refused")
    func scope() {
        var door = Door()
        let placements = "Bearer " + door.token(.admin, scope: TokenScope(placements: ["hero"]))
        let kinds = "Bearer " + door.token(.admin, scope: TokenScope(kinds: ["account"]))
        var connection = door.connection()
        for row in MethodRights.table {
            #expect(connection.call(row.path, placements) == (row.scopes.contains(.placements) ? nil : .scope))
            #expect(connection.principal.reaches(placement: "hero") && !connection.principal.reaches(placement: "foot"))
            #expect(connection.principal.reaches(kind: "visitor"))
            #expect(connection.call(row.path, kinds) == (row.scopes.contains(.kinds) ? nil : .scope))
            #expect(connection.principal.reaches(kind: "account") && !connection.principal.reaches(kind: "visitor"))
        }
    }

    @Test("A token that is revoked, or that has expired, ends at once on connections that have shown it")
    func revoking() {
        var door = Door()
        let text = door.token(.decide, expiresAt: Door.now + 10)
        let decide = "/bespoke.v1.DecisionService/Decide"
        var connection = door.connection()
        #expect(connection.call(decide, "bearer " + text, now: 1_000_000_000) == nil)
        #expect(connection.call(decide, "bearer " + text, now: 10_900_000_000) == nil)
        // The clock may stand or jump: what is left was counted when it was looked up.
        var late = door.connection(clock: { Door.now + 10 })
        #expect(late.call(decide, "Bearer " + text) == .expired)
        let token = door.book.tokens[0]
        #expect(token.current.lastUsedAt == Door.now)
        var facts = token.current
        facts.revokedAt = Door.now
        door.book.put(token.digest, facts)
        #expect(connection.call(decide, "bearer " + text, now: 10_900_000_001) == .revoked)
        door.book.remove(token.digest)
        #expect(connection.call(decide, "bearer " + text, now: 10_900_000_002) == .unknown)
    }

    @Test("One connection may show one token after the other")
    func changing() {
        var door = Door()
        let (one, two) = ("Bearer " + door.token(.decide), "Bearer " + door.token(.privacy))
        var connection = door.connection()
        let (decide, get) = ("/bespoke.v1.DecisionService/Decide", "/bespoke.v1.ProfileService/GetProfile")
        for _ in 0..<3 {
            #expect(connection.call(decide, one) == nil && connection.call(get, two) == nil)
            #expect(connection.call(get, one) != nil && connection.call(decide, two) != nil)
            #expect(connection.call(decide, nil) == .noCredential(needed: [.decide, .marketer, .admin]))
        }
        #expect(
            Array(one.utf8).withUnsafeBufferPointer { connection.admit(0, authorization: $0, count: 2, now: 1) }
                == .twoCredentials)
    }

    @Test("Messages say which role is needed, and tell a stranger nothing else")
    func messages() {
        let refusal = Refusal.noCredential(needed: [.marketer, .privacy, .admin])
        #expect(refusal.message.contains("marketer or privacy") && refusal.message.contains("bespokectl tokens create"))
        #expect(Refusal.noCredential(needed: .admin).message.contains("role admin"))
        #expect(Refusal.unknown.message == Refusal.unknown.message.replacing("expired", with: ""))
        #expect(Refusal.budget(.rate(perSecond: 10, milliseconds: 50)).message.contains("50 ms"))
    }

    @Test("Refusals are counted, and said at most once a second for each peer")
    func log() throws {
        let log = RefusalLog()
        let nobody = Principal(.none, roles: [])
        func note(_ peer: String, _ second: UInt32) -> RefusalLog.Line? {
            log.note(.unknown, method: "/a/B", by: nobody, peer: peer, second: second).line
        }
        #expect(try #require(note("192.0.2.1", 10)).count == 1)
        for _ in 0..<99 { #expect(note("192.0.2.1", 10) == nil) }
        #expect(try #require(note("192.0.2.2", 10)).peer == "192.0.2.2")
        #expect(try #require(note("192.0.2.1", 11)).count == 100)
        for peer in 0..<10_000 { _ = note("\(peer)", 12) }
        #expect(log.counts.map(\.count) == [10_102])
        #expect(log.counts[0].key.reason == "unknown" && log.counts[0].key.role == "none")
    }

    @Test("Who sends one wrong credential after the other is found out; who had one too many is not")
    func guessing() {
        let log = RefusalLog()
        let nobody = Principal(.none, roles: [])
        func guess(_ refusal: Refusal, _ second: UInt32, _ peer: String = "192.0.2.1") -> Bool {
            log.note(refusal, method: "/a/B", by: nobody, peer: peer, second: second).isGuessing
        }
        for _ in 0..<100 { #expect(!guess(.expired, 10) && !guess(.noCredential(needed: .admin), 10)) }
        for _ in 0..<10 { #expect(!guess(.unknown, 10)) }
        #expect(guess(.unknown, 10) && guess(.twoCredentials, 10) && !guess(.unknown, 10, "192.0.2.2"))
        #expect(!guess(.unknown, 12) && guess(.unknown, 12) && !guess(.unknown, 60))
    }

    @Test("A certificate has the role that its name is for, and else decide")
    func certificates() {
        let control = AccessControl(
            tokens: TokenBook(), certificateRoles: ["Ops.Example": .operator], clock: { 1 }, report: { _ in })
        #expect(control.principal(certificateNames: ["web", "ops.EXAMPLE"]).roles == .operator)
        #expect(control.principal(certificateNames: ["ops.example.net"]).roles == .decide)
        #expect(control.principal(certificateNames: []).roles == .decide)
        #expect(control.principal(certificateNames: ["web"]).text == "certificate web")
    }
}
