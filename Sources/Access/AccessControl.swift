/// What the doors share: tokens, what certificates are for, how refusals are counted and told.
package final class AccessControl: Sendable {
    package let tokens: TokenBook
    package let refusals = RefusalLog()
    /// Roles by the name that a certificate carries, in lower case.
    private let certificateRoles: [String: Role]
    private let report: @Sendable (RefusalLog.Line) -> Void
    /// Seconds since 1970.
    package let clock: @Sendable () -> UInt32

    /// - Parameters:
    ///   - certificateRoles: By the alternative name of a client's certificate. One that has none of these has the role `decide`.
    ///   - report: Gets what is worth a line in the log.
    package init(
        tokens: TokenBook, certificateRoles: [String: Role], clock: @escaping @Sendable () -> UInt32,
        report: @escaping @Sendable (RefusalLog.Line) -> Void
    ) {
        self.tokens = tokens
        self.certificateRoles = Dictionary(
            certificateRoles.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        (self.clock, self.report) = (clock, report)
    }

    /// Whoever shows a certificate of the authority that the configuration names.
    package func principal(certificateNames names: [String]) -> Principal {
        for name in names {
            guard let role = certificateRoles[name.lowercased()] else { continue }
            return Principal(.certificate, name: name, roles: RoleSet(role))
        }
        return Principal(.certificate, name: names.first ?? "", roles: .decide)
    }

    /// Counts a refusal, and tells of it if it is time.
    ///
    /// - Returns: Whether the peer has sent more wrong credentials than a mistake explains.
    package func note(_ refusal: Refusal, method: String, by principal: Principal, peer: String) -> Bool {
        let (line, isGuessing) = refusals.note(refusal, method: method, by: principal, peer: peer, second: clock())
        if let line { report(line) }
        return isGuessing
    }
}
