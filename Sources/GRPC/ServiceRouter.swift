internal import Glibc
package import NIOCore

/// What a handler may know of its call; valid during the handler only.
package struct CallContext {
    /// The method's path, such as `/bespoke.v1.DecisionService/Decide`.
    package let path: String
    /// When the caller stops waiting; nil when it did not say.
    package let deadline: NIODeadline?
    package let eventLoop: any EventLoop
    private let call: ServerCall
    private let generation: UInt64

    init(path: String, call: ServerCall, eventLoop: any EventLoop) {
        self.path = path
        generation = call.generation
        self.deadline = call.deadline
        self.call = call
        self.eventLoop = eventLoop
    }

    /// Keeps back the reply that the handler of a unary call returns until something has happened, such as a write to disk.
    ///
    /// - Parameter outcome: Of the event loop.
    package func holdReply(until outcome: EventLoopFuture<HeldReply>) { call.heldUntil = outcome }

    /// Whether nobody waits for the answer any more: what is still being worked out is for nothing. To be asked on the event loop.
    package var isOver: Bool { call.generation != generation || call.machine.hasEnded }

    /// Lets the handler of a unary call answer later: what it has written meanwhile is dropped.
    ///
    /// - Parameters:
    ///   - ready: Of the event loop; nil to go on, else the status that ends the call instead.
    ///   - handler: Called on the loop then, with a copy of the message.
    package func answerLater(
        once ready: EventLoopFuture<Status?>, by handler: @escaping ServiceRouter.UnaryHandler
    ) { call.later = (ready, handler) }

    /// Who calls, as the gate found; nil where there is no gate.
    package var permit: CallGate.Permit? { call.permit }

    /// What the caller sent along; built when asked for.
    package func metadata() -> Metadata { call.metadata }
}

/// What becomes of a reply that was held back.
package enum HeldReply: Sendable {
    /// It goes out as the handler wrote it.
    case asWritten
    /// This message, without its prefix, goes out instead.
    case message(ByteBuffer)
    /// The status ends the call.
    case refused(Status)
}

/// Which handler answers which path. One for each event loop, so that handlers may keep state of their loop.
package struct ServiceRouter {
    /// - Parameters:
    ///   - request: One message, expanded, valid during the call.
    ///   - reply: Takes the reply message, without its prefix.
    /// - Returns: nil for OK, else the status that ends the call; the reply is then dropped.
    package typealias UnaryHandler = (CallContext, UnsafeRawBufferPointer, inout ByteBuffer) -> Status?
    /// Returning ends the call with OK, throwing a `Status` with that, throwing anything else with INTERNAL.
    package typealias StreamHandler = @Sendable (ServerStream) async throws -> Void

    enum Handler {
        case unary(UnaryHandler)
        case stream(StreamHandler, on: WorkPool?)
    }

    struct Method {
        let path: String
        let pathBytes: [UInt8]
        let handler: Handler
        /// Served however much others ask for.
        let isVital: Bool
        /// Why nothing can be taken now.
        var refusal: (@Sendable () -> Status?)?

        var kind: ServerStreamMachine.Kind {
            switch handler {
            case .unary: .unary
            case .stream: .streaming
            }
        }
    }

    private(set) var methods: [Method] = []
    /// Called on the loop at the end of every call: index of the method, its status, nanoseconds from the request's headers to
    /// the end of the reply. Calls to unknown methods have the index -1.
    package var onCallEnd: ((_ method: Int, _ status: Status.Code, _ nanoseconds: UInt64) -> Void)?
    /// Makes what stands before the calls of a connection; nil lets everybody in.
    package var makeGate: ((ConnectionPeer) -> CallGate)?

    package init() {}

    /// Lets a method be refused for as long as something says so; asked when a call begins, and for each message of a stream.
    ///
    /// - Parameter refusal: Why, or nil to go on; called on event loops, so it must not wait.
    package mutating func guardMethods(
        _ isMeant: (_ path: String) -> Bool, by refusal: @escaping @Sendable () -> Status?
    ) {
        for index in methods.indices where isMeant(methods[index].path) { methods[index].refusal = refusal }
    }

    /// Paths by method index.
    package var paths: [String] { methods.map(\.path) }

    /// Registers a synchronous handler: it runs on the event loop and must not wait for anything.
    ///
    /// - Returns: The method's index, for `onCallEnd`.
    @discardableResult
    package mutating func unary(_ path: String, _ handler: @escaping UnaryHandler) -> Int {
        add(path, .unary(handler), isVital: false)
    }

    /// Registers a handler of any kind of call: it runs as a task.
    ///
    /// - Parameters:
    ///   - pool: Whose threads it takes; nil for Swift's own, which are for what never works for long.
    ///   - isVital: Whether it is served however much others ask for, such as health.
    @discardableResult
    package mutating func stream(
        _ path: String, on pool: WorkPool? = nil, isVital: Bool = false, _ handler: @escaping StreamHandler
    ) -> Int {
        add(path, .stream(handler, on: pool), isVital: isVital)
    }

    /// - Complexity: O(methods), a comparison of lengths for most.
    func index(of path: UnsafeBufferPointer<UInt8>) -> Int {
        for index in methods.indices where methods[index].pathBytes.count == path.count {
            let isEqual = methods[index].pathBytes.withUnsafeBytes { bytes in
                bytes.isEmpty || memcmp(bytes.baseAddress!, path.baseAddress!, bytes.count) == 0
            }
            if isEqual { return index }
        }
        return -1
    }

    private mutating func add(_ path: String, _ handler: Handler, isVital: Bool) -> Int {
        precondition(!methods.contains { $0.path == path }, "a path has one handler")
        methods.append(Method(path: path, pathBytes: Array(path.utf8), handler: handler, isVital: isVital))
        return methods.count - 1
    }
}
