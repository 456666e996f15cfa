internal import Access
package import Model

/// A token as somebody wants it.
package struct TokenWish: Sendable {
    package var name: String
    /// By its name.
    package var role: String
    package var placements: [String] = []
    package var kinds: [String] = []
    /// Nil for never.
    package var expiresAt: Timestamp?
    package var callsPerSecondMax: UInt32 = 0
    package var concurrentCallsMax: UInt32 = 0
    package var bytesPerSecondMax: UInt32 = 0

    private static let nameBytesMax = 64
    private static let scopeMax = 100

    /// One without bounds.
    package init(name: String, role: String) { (self.name, self.role) = (name, role) }

    /// - Throws: `.invalid` naming the field.
    func checked(now: UInt32) throws(EngineError) -> TokenFacts {
        func isName(_ byte: UInt8, first: Bool) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: !first && "_.-".utf8.contains(byte)
            }
        }
        let letters = name.utf8
        guard (1...Self.nameBytesMax).contains(letters.count), isName(letters.first ?? 0, first: true),
            letters.allSatisfy({ isName($0, first: false) })
        else {
            throw EngineError(
                .invalid,
                "token.name: must have 1 to \(Self.nameBytesMax) of a-z, 0-9, `_`, `.` and `-`, the first a letter or digit"
            )
        }
        guard let role = Role(name: self.role) else {
            let roles = Role.allCases.map(\.name)
            let meant = Spelling.nearest(to: self.role, among: roles).map { "; did you mean `\($0)`?" } ?? ""
            throw EngineError(.invalid, "token.role: is none of \(roles.joined(separator: ", "))\(meant)")
        }
        for kind in kinds where kind != "visitor" && kind != "account" {
            throw EngineError(.invalid, "token.kinds: \"\(kind)\" is neither visitor nor account")
        }
        guard placements.count <= Self.scopeMax, placements.allSatisfy({ (1...64).contains($0.utf8.count) })
        else {
            throw EngineError(.invalid, "token.placements: takes at most \(Self.scopeMax) names of 1 to 64 bytes")
        }
        let expiry = expiresAt.map { $0.microseconds / 1_000_000 } ?? 0
        guard let end = UInt32(exactly: expiry), end == 0 || end > now else {
            throw EngineError(.invalid, "token.expires_at: must lie in the future, and before 2106")
        }
        return TokenFacts(
            name: name, role: role, scope: TokenScope(placements: placements, kinds: kinds), createdAt: now,
            expiresAt: end, revokedAt: 0, lastUsedAt: 0, callsPerSecondMax: callsPerSecondMax,
            concurrentCallsMax: concurrentCallsMax, bytesPerSecondMax: bytesPerSecondMax)
    }
}
