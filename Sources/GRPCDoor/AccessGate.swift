package import Access
package import GRPC

/// Asks `Access` before each call of one connection, and puts what it says into a status.
package final class AccessGate {
    /// Which door the connection came through, as far as it changes what a stranger may.
    package enum Port: Sendable {
        /// Whoever opens the socket may everything.
        case socket
        /// A process of this machine may decide without a credential; others may nothing.
        case data
        /// Whoever reaches it may everything: for networks in which nobody else is.
        case open
        /// Nothing without a credential.
        case closed
    }

    private let control: AccessControl
    private let paths: [String]
    private let peer: ConnectionPeer
    @exclusivity(unchecked) private var access: ConnectionAccess

    private init(
        _ control: AccessControl, port: Port, paths: [String], rights: [MethodRights], peer: ConnectionPeer
    ) {
        (self.control, self.paths, self.peer) = (control, paths, peer)
        let own: Principal =
            switch port {
            case .socket: Principal(.socket, roles: .all)
            case .open: Principal(.none, roles: .all)
            case .data: Principal(.none, roles: peer.origin == .loopback ? .decide : [])
            case .closed: Principal(.none, roles: [])
            }
        access = ConnectionAccess(book: control.tokens, rights: rights, own: own, clock: control.clock)
    }

    /// - Parameters:
    ///   - paths: Of the methods by their index.
    ///   - rights: Of the same.
    /// - Returns: What stands before the calls of a connection from `peer`.
    package static func make(
        _ control: AccessControl, port: Port, paths: [String], rights: [MethodRights], peer: ConnectionPeer
    ) -> CallGate {
        let gate = AccessGate(control, port: port, paths: paths, rights: rights, peer: peer)
        return CallGate(
            admit: { method, authorization, count, now in gate.admit(method, authorization, count, now) },
            ended: { permit, bytes, now in
                ConnectionAccess.ended(unsafeDowncast(permit, to: Principal.self), bytes: bytes, now: now)
            },
            spent: { method, permit, bytes, now in
                gate.spent(method, unsafeDowncast(permit, to: Principal.self), bytes, now)
            },
            showed: { names in gate.access.prove(gate.control.principal(certificateNames: names)) },
            guessed: { method, permit in
                control.note(
                    .wrongSecret, method: paths[method], by: unsafeDowncast(permit, to: Principal.self),
                    peer: peer.address)
            })
    }

    private func spent(_ method: Int, _ principal: Principal, _ bytes: Int, _ now: UInt64) -> Status? {
        guard let refusal = ConnectionAccess.spent(principal, bytes: bytes, now: now) else { return nil }
        _ = control.note(refusal, method: paths[method], by: principal, peer: peer.address)
        return Status(refusal)
    }

    private func admit(
        _ method: Int, _ authorization: UnsafeBufferPointer<UInt8>, _ count: Int, _ now: UInt64
    ) -> CallGate.OnCall {
        guard let refusal = access.admit(method, authorization: authorization, count: count, now: now) else {
            return .admit(access.principal)
        }
        let isGuessing = control.note(refusal, method: paths[method], by: access.principal, peer: peer.address)
        return isGuessing ? .refuseAndEnd(Status(refusal)) : .refuse(Status(refusal))
    }
}

extension Status {
    /// A call was refused before its handler saw it.
    package init(_ refusal: Refusal) {
        switch refusal {
        case .noCredential, .twoCredentials, .unknown, .expired, .revoked: self.init(.unauthenticated, refusal.message)
        case .role, .scope, .wrongSecret: self.init(.permissionDenied, refusal.message)
        case .budget(let budget):
            self.init(.resourceExhausted, refusal.message, retryMilliseconds: budget.retryMilliseconds)
        }
    }
}

extension CallContext {
    /// Who calls; nil where there is no gate.
    var principal: Principal? { permit.map { unsafeDowncast($0, to: Principal.self) } }
}

extension ServerStream {
    /// Who calls; nil where there is no gate.
    package var principal: Principal? { permit.map { unsafeDowncast($0, to: Principal.self) } }

    /// - Throws: PERMISSION_DENIED when the caller's scope has other kinds of profiles.
    package func check(kind: String) throws(Status) {
        guard principal?.reaches(kind: kind) ?? true else { throw Status(.scope) }
    }
}
