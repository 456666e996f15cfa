import BespokeAdmin
import Messages
import Synchronization
import Testing
import Wire

/// A daemon that answers as a test says.
final class FakeDaemon: DaemonCalling {
    /// What a test answers with instead.
    struct Refusal: CallFailure {
        var codeName: String
        var message = "no"
        var isUnreachable = false
    }

    /// Gets all messages of a call.
    typealias Answer = @Sendable ([any WireMessage]) throws -> any WireMessage

    private let answers: Mutex<[String: Answer]>
    private let log = Mutex<[String]>([])
    private let stored: [String]

    /// - Parameters:
    ///   - answers: By the method's name, such as `GetRules`.
    ///   - stored: Ids of profiles.
    init(stored: [String] = [], _ answers: [String: Answer] = [:]) {
        self.stored = stored
        self.answers = Mutex(answers)
    }

    /// Names of the methods that were called, in order; with `!` those whose call was broken off.
    var calls: [String] { log.withLock { $0 } }

    func answer(_ name: String, _ answer: @escaping Answer) { answers.withLock { $0[name] = answer } }

    func call<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>, _ request: Request, isIdempotent: Bool
    ) async throws -> Response {
        try answered(method.path, [request])
    }

    func ids(of kind: ProfileKind) async throws -> [String] { stored }

    func open<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>
    ) async throws -> any DaemonUpload<Request, Response> {
        FakeUpload(self, method.path)
    }

    fileprivate func answered<Response>(_ path: String, _ messages: [any WireMessage]) throws -> Response {
        let name = note(path)
        guard let answer = answers.withLock({ $0[name] }) else {
            throw Refusal(codeName: "UNIMPLEMENTED", message: name)
        }
        return try #require(try answer(messages) as? Response)
    }

    @discardableResult
    fileprivate func note(_ path: String, _ mark: String = "") -> String {
        let name = String(path.split(separator: "/").last ?? "")
        log.withLock { $0.append(name + mark) }
        return name
    }
}

private final class FakeUpload<Request: WireMessage, Response: WireMessage>: DaemonUpload {
    private let daemon: FakeDaemon
    private let path: String
    private let messages = Mutex<[Request]>([])

    init(_ daemon: FakeDaemon, _ path: String) {
        (self.daemon, self.path) = (daemon, path)
    }

    func send(_ message: Request) async throws { messages.withLock { $0.append(message) } }

    func send(encoded: [UInt8]) async throws {
        let message = try encoded.withUnsafeBytes { try Request(decoding: $0) }
        messages.withLock { $0.append(message) }
    }

    func finish() async throws -> Response { try daemon.answered(path, messages.withLock { $0 }) }

    func cancel() { daemon.note(path, "!") }
}
