/// Why a call was refused, before its handler saw it but for `wrongSecret`.
package enum Refusal: Sendable, Hashable {
    /// There is no credential, and without one the method is not for this port.
    case noCredential(needed: RoleSet)
    /// More than one was sent.
    case twoCredentials
    /// It is none of this daemon's, whatever is wrong with it.
    case unknown
    case expired
    case revoked
    case role(has: String, needed: RoleSet)
    /// The scope is narrower than what the method looks at.
    case scope
    case budget(BudgetRefusal)
    /// A secret inside the request is not the right one: that of previews.
    case wrongSecret

    /// As figures name it.
    package var name: String {
        switch self {
        case .noCredential: "no_credential"
        case .twoCredentials: "two_credentials"
        case .unknown: "unknown"
        case .expired: "expired"
        case .revoked: "revoked"
        case .role: "role"
        case .scope: "scope"
        case .budget(.rate): "rate"
        case .budget(.concurrent): "concurrent"
        case .budget(.bytes): "bytes"
        case .wrongSecret: "wrong_secret"
        }
    }

    /// Whether it may be somebody who tries what might fit.
    package var isGuess: Bool {
        switch self {
        case .unknown, .twoCredentials, .wrongSecret: true
        default: false
        }
    }

    /// What the caller is told: which role is needed and how to get it, and nothing else. That a token has expired or was revoked is told
    /// only to whoever holds it.
    package var message: String {
        switch self {
        case .noCredential(let needed):
            "a credential is needed: a token of the role \(Self.words(needed)) as `authorization: Bearer`; whoever runs the daemon makes one with `bespokectl tokens create`"
        case .twoCredentials: "authorization: was sent more than once; send one"
        case .unknown: "the credential is not valid; whoever runs the daemon makes one with `bespokectl tokens create`"
        case .expired: "the token has expired; whoever runs the daemon renews it with `bespokectl tokens rotate`"
        case .revoked: "the token was revoked; whoever runs the daemon makes another with `bespokectl tokens create`"
        case .role(let has, let needed):
            "the role \(Self.words(needed)) is needed, and this is \(has); whoever runs the daemon makes a token of it with `bespokectl tokens create`"
        case .scope:
            "the token's scope is narrower than the call; leave out what is beyond it, or ask for a token with a wider one"
        case .budget(.rate(let perSecond, let milliseconds)):
            "the token may begin \(perSecond) calls a second; try again in \(milliseconds) ms"
        case .budget(.bytes(let perSecond, let milliseconds)):
            "the token may send and receive \(perSecond) bytes a second; try again in \(milliseconds) ms"
        case .budget(.concurrent(let max)):
            "the token may have \(max) calls under way; wait for one to end"
        case .wrongSecret: "a secret in the request is not the right one"
        }
    }

    /// `marketer or privacy`: without `admin`, which may all and is asked of nobody, unless it alone may.
    private static func words(_ roles: RoleSet) -> String {
        let names = roles.subtracting(.admin).roles.map(\.name)
        return names.isEmpty ? Role.admin.name : names.joined(separator: " or ")
    }
}
