/// Who calls, as far as it was proved, and what they may.
package final class Principal: Sendable {
    /// How it was proved.
    package enum Proof: Sendable, Hashable {
        /// Not at all: what anybody may who reaches the port.
        case none
        case token
        case certificate
        /// By the system: the other side of the Unix socket is a process that may open it.
        case socket
    }

    package let proof: Proof
    /// Of the token or the certificate, for logs and the history; empty for others.
    package let name: String
    package let roles: RoleSet
    /// nil: everything.
    package let scope: TokenScope?
    let token: Token?

    package init(_ proof: Proof, name: String = "", roles: RoleSet) {
        (self.proof, self.name, self.roles, self.scope, self.token) = (proof, name, roles, nil, nil)
    }

    init(_ token: Token) {
        let facts = token.facts
        (proof, name, roles) = (.token, facts.name, RoleSet(facts.role))
        scope = facts.scope.needs.isEmpty ? nil : facts.scope
        self.token = token
    }

    /// For logs and the history: `token web-1`, `certificate ops.example`; empty when nothing was proved, or the socket says more.
    package var text: String {
        switch proof {
        case .none, .socket: ""
        case .token: "token \(name)"
        case .certificate: "certificate \(name)"
        }
    }

    /// The role as figures name it.
    package var roleName: String {
        switch proof {
        case .none: "none"
        case .socket: Role.admin.name
        case .token, .certificate: roles.roles.first?.name ?? "none"
        }
    }

    /// - Returns: Whether it may see what is stored of persons, not only what it sends along.
    package var seesStoredValues: Bool { !roles.isDisjoint(with: [.privacy, .admin]) }

    /// - Returns: Whether a placement lies within the scope.
    package func reaches(placement: String) -> Bool {
        guard let scope, !scope.placements.isEmpty else { return true }
        return scope.placements.contains(placement)
    }

    /// - Returns: Whether profiles of a kind lie within the scope.
    package func reaches(kind: String) -> Bool {
        guard let scope, !scope.kinds.isEmpty else { return true }
        return scope.kinds.contains(kind)
    }
}
