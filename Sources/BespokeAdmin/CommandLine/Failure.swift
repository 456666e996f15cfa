/// Why a command did not do what it was asked.
package struct Failure: Error, Sendable, Hashable {
    /// What the exit code says.
    package enum Kind: Int32, Sendable {
        case refused = 1
        case unreachable = 3
    }

    package let kind: Kind
    /// A word for programs, such as `NOT_FOUND`.
    package let code: String
    /// What, where, and how to mend it; nil when everything has been said already.
    package let message: String?

    package init(_ code: String = "FAILED", _ message: String?, kind: Kind = .refused) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    /// Refused, and what is wrong has been printed.
    package static let said = Failure("REFUSED", nil)

    /// Asked whether it is meant, somebody has said no.
    package static let notConfirmed = Failure("CANCELLED", "nothing was pushed")
}
