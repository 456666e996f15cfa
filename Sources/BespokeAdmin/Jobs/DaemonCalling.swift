package import Messages

/// A daemon as commands call it: over gRPC, and in tests without.
package protocol DaemonCalling: Sendable {
    /// One message out, one message back.
    ///
    /// - Parameter isIdempotent: Whether the call may be sent again when it is not known whether it was processed.
    /// - Throws: `CallFailure`.
    func call<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>, _ request: Request, isIdempotent: Bool
    ) async throws -> Response

    /// Ids of all stored profiles of a kind.
    ///
    /// - Throws: `CallFailure`.
    func ids(of kind: ProfileKind) async throws -> [String]

    /// Opens a call that takes many messages and gives one.
    ///
    /// - Throws: `CallFailure`.
    func open<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>
    ) async throws -> any DaemonUpload<Request, Response>
}

/// A call that takes many messages and gives one. Nothing of it takes effect before its end.
package protocol DaemonUpload<Request, Response>: Sendable {
    associatedtype Request: WireMessage
    associatedtype Response: WireMessage

    /// - Throws: `CallFailure`.
    func send(_ message: Request) async throws

    /// Sends a message that is encoded already.
    ///
    /// - Throws: `CallFailure`.
    func send(encoded: [UInt8]) async throws

    /// Ends the messages and waits for the answer.
    ///
    /// - Throws: `CallFailure`.
    func finish() async throws -> Response

    /// Breaks the call off.
    func cancel()
}

/// Why a call has no answer.
package protocol CallFailure: Error {
    /// The name of the gRPC status, such as `NOT_FOUND`.
    var codeName: String { get }
    /// What, where, and how to mend it.
    var message: String { get }
    /// Whether nobody answered at all.
    var isUnreachable: Bool { get }
}

extension Failure {
    /// What to say of a call that has no answer.
    package init(_ error: any CallFailure) {
        self.init(
            error.codeName,
            CallProblem.words(code: error.codeName, message: error.message, isUnreachable: error.isUnreachable),
            kind: error.isUnreachable ? .unreachable : .refused)
    }
}
