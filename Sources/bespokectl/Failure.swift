internal import BespokeAdmin
internal import BespokeClient

/// Why a command did not do what it was asked.
struct Failure: Error {
    /// What the exit code says.
    enum Kind: Int32 {
        case refused = 1
        case unreachable = 3
    }

    let kind: Kind
    /// A word for programs, such as `NOT_FOUND`.
    let code: String
    /// What, where, and how to mend it; nil when everything has been said already.
    let message: String?

    init(_ code: String = "FAILED", _ message: String?, kind: Kind = .refused) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    /// Refused, and what is wrong has been printed.
    static let said = Failure("REFUSED", nil)

    /// Asked whether it is meant, somebody has said no.
    static let notConfirmed = Failure("CANCELLED", "nothing was pushed")

    init(_ error: BespokeError) {
        self.init(
            error.code.rawValue,
            CallProblem.words(code: error.code.rawValue, message: error.message, isUnreachable: error.isUnreachable),
            kind: error.isUnreachable ? .unreachable : .refused)
    }
}
