internal import Model

/// What one connection may, call by call. Lives on the connection's event loop; pure: what time it is comes from outside.
///
/// A token is looked up once for a connection, not for each call: later ones are compared with the text that was found good, for up to
/// `secondsKept`, or until any token changes.
package struct ConnectionAccess {
    /// What has been found out about the text that is in `seen`.
    private struct Found {
        let principal: Principal
        let generation: UInt64
        /// Nanoseconds of the process.
        let until: UInt64
    }

    /// How long a token counts as looked up; as often its last use is noted.
    private static let secondsKept: UInt64 = 30

    private let book: TokenBook
    private let rights: [MethodRights]
    private let clock: @Sendable () -> UInt32
    /// Who it is without a token.
    private var own: Principal
    private var seen: [UInt8] = []
    private var found: Found?
    /// Who began the call that was admitted last.
    package private(set) var principal: Principal

    /// - Parameters:
    ///   - rights: Of the methods by their index.
    ///   - own: Who it is without a token: by the port, the socket or a certificate.
    ///   - clock: Seconds since 1970.
    package init(book: TokenBook, rights: [MethodRights], own: Principal, clock: @escaping @Sendable () -> UInt32) {
        (self.book, self.rights, self.own, self.clock) = (book, rights, own, clock)
        principal = own
    }

    /// The peer has shown who it is in another way than by a token.
    package mutating func prove(_ principal: Principal) {
        own = principal
        self.principal = principal
    }

    /// Asked before each call; who calls is `principal` afterwards.
    ///
    /// - Parameters:
    ///   - method: Index of the method.
    ///   - authorization: The value of the header field; empty when there is none.
    ///   - count: How many such fields came.
    ///   - now: Nanoseconds of a clock that never goes back.
    /// - Returns: nil to let it in; `ended` is to be called then once it is over.
    package mutating func admit(
        _ method: Int, authorization: UnsafeBufferPointer<UInt8>, count: Int, now: UInt64
    ) -> Refusal? {
        if count == 0 {
            principal = own
        } else if let refusal = look(at: authorization, count: count, now: now) {
            return refusal
        }
        let rights = rights[method]
        guard !principal.roles.isDisjoint(with: rights.roles) else {
            guard principal.proof != .none else { return .noCredential(needed: rights.roles) }
            return .role(has: principal.roleName, needed: rights.roles)
        }
        if let scope = principal.scope, !scope.needs.isSubset(of: rights.scopes) { return .scope }
        return principal.token?.begin(now: now).map { .budget($0) }
    }

    private mutating func look(at authorization: UnsafeBufferPointer<UInt8>, count: Int, now: UInt64) -> Refusal? {
        principal = own
        guard count == 1 else { return .twoCredentials }
        if let found, found.until > now, found.generation == book.generation,
            seen.withUnsafeBytes({ ConstantTime.areEqual($0, UnsafeRawBufferPointer(authorization)) })
        {
            principal = found.principal
            return nil
        }
        return lookUp(authorization, now: now)
    }

    private mutating func lookUp(_ authorization: UnsafeBufferPointer<UInt8>, now: UInt64) -> Refusal? {
        found = nil
        let generation = book.generation
        guard let text = Self.bearer(authorization), let digest = TokenText.digest(text), let token = book.find(digest)
        else { return .unknown }
        let seconds = clock()
        let facts = token.facts
        guard facts.revokedAt == 0 else { return .revoked }
        guard facts.expiresAt == 0 || seconds < facts.expiresAt else { return .expired }
        token.use(at: seconds)
        let left = facts.expiresAt == 0 ? .max : UInt64(facts.expiresAt - seconds)
        principal = Principal(token)
        found = Found(
            principal: principal, generation: generation,
            until: now + min(left, Self.secondsKept) * 1_000_000_000)
        seen.removeAll(keepingCapacity: true)
        seen += authorization
        return nil
    }

    /// What stands behind `Bearer `. Source: RFC 6750, section 2.1; the scheme's case does not count (RFC 9110, section 11.1).
    private static func bearer(_ value: UnsafeBufferPointer<UInt8>) -> UnsafeRawBufferPointer? {
        let scheme: StaticString = "bearer "
        guard value.count > scheme.utf8CodeUnitCount else { return nil }
        for index in 0..<scheme.utf8CodeUnitCount where value[index] | 0x20 != scheme.utf8Start[index] { return nil }
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(value)[scheme.utf8CodeUnitCount...])
    }

    /// A call that was let in is over.
    ///
    /// - Parameters:
    ///   - principal: Who began it.
    ///   - bytes: What came and went, beside what `spent` was told of.
    ///   - now: Nanoseconds of a clock that never goes back.
    package static func ended(_ principal: Principal, bytes: Int = 0, now: UInt64 = 0) {
        guard let token = principal.token else { return }
        token.end()
        _ = token.spend(bytes: bytes, now: now)
    }

    /// What came and went in a call that goes on.
    ///
    /// - Parameters: As `ended` has them.
    /// - Returns: Why it has to end, if that is more than the token may.
    package static func spent(_ principal: Principal, bytes: Int, now: UInt64) -> Refusal? {
        principal.token?.spend(bytes: bytes, now: now).map { .budget($0) }
    }
}
