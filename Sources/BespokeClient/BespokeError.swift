internal import GRPC
internal import Wire

/// Why a call has no answer. The message says what is wrong, where, and how to mend it.
public struct BespokeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is; the raw values are the names of the gRPC status codes.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The request is wrong; sending it again will not help.
        case invalidArgument = "INVALID_ARGUMENT"
        /// There is no such placement, profile or method.
        case notFound = "NOT_FOUND"
        /// A write expected another version than the stored one.
        case aborted = "ABORTED"
        /// A message or a limit was exceeded.
        case resourceExhausted = "RESOURCE_EXHAUSTED"
        /// The deadline passed first.
        case deadlineExceeded = "DEADLINE_EXCEEDED"
        /// The daemon cannot be reached or is not ready; trying again later may help.
        case unavailable = "UNAVAILABLE"
        /// The task was cancelled.
        case cancelled = "CANCELLED"
        /// The daemon does not know the method: it is older than this client, or the port does not serve it.
        case unimplemented = "UNIMPLEMENTED"
        case alreadyExists = "ALREADY_EXISTS"
        case permissionDenied = "PERMISSION_DENIED"
        case unauthenticated = "UNAUTHENTICATED"
        case failedPrecondition = "FAILED_PRECONDITION"
        case outOfRange = "OUT_OF_RANGE"
        case dataLoss = "DATA_LOSS"
        case internalError = "INTERNAL"
        case unknown = "UNKNOWN"
    }

    /// What kind of failure it is.
    public let code: Code
    /// What, where, and how to mend it, in one line.
    public let message: String
    /// Whether the daemon could not be reached at all, rather than having refused.
    public let isUnreachable: Bool

    package init(_ code: Code, _ message: String, isUnreachable: Bool = false) {
        self.code = code
        self.message = message
        self.isUnreachable = isUnreachable
    }

    /// The code and the message.
    public var description: String { message.isEmpty ? code.rawValue : "\(code.rawValue): \(message)" }
}

extension BespokeError {
    init(_ status: Status, isUnreachable: Bool = false) {
        self.init(Code(rawValue: status.code.name) ?? .unknown, status.message, isUnreachable: isUnreachable)
    }

    /// Of a message that this side could not write or read.
    init(_ error: WireError) {
        switch error {
        case .invalid: self.init(.invalidArgument, error.description)
        case .overBudget: self.init(.resourceExhausted, error.description)
        case .malformed: self.init(.internalError, error.description)
        }
    }
}
