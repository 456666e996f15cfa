package import GRPC
package import Messages
package import Model
internal import NIOCore
internal import NIOPosix
internal import Wire

/// Calls the daemon's methods with messages: deadline, retries, errors in words. What the public client is made of.
package final class Caller: Sendable {
    private let target: GRPCChannel.Target
    private let channel: GRPCChannel
    private let deadline: Duration
    private let retries: Retries
    private let metadata: Metadata

    /// - Parameters:
    ///   - token: Shown with each call; nil for none.
    ///   - deadline: For a call with all its retries.
    package init(
        target: GRPCChannel.Target, tls: ClientTLS? = nil, token: Secret? = nil, deadline: Duration,
        retries: Retries = Retries()
    ) {
        self.target = target
        self.deadline = deadline
        self.retries = retries
        var metadata = Metadata()
        if let token { metadata.add("authorization", "Bearer " + token.revealed()) }
        self.metadata = metadata
        var limits = ClientLimits()
        limits.connectMilliseconds = max(1, min(limits.connectMilliseconds, Int(deadline / .milliseconds(1))))
        channel = GRPCChannel(target: target, tls: tls, group: MultiThreadedEventLoopGroup.singleton, limits: limits)
    }

    /// Where the calls go, as people write it.
    package var address: String { target.description }

    /// One message out, one message back.
    ///
    /// - Parameters:
    ///   - method: Of `Methods`.
    ///   - isIdempotent: Whether the call may be sent again when it is not known whether it was processed.
    package func call<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>, _ request: Request, isIdempotent: Bool
    ) async throws(BespokeError) -> Response {
        let bytes = try Self.encoded(request)
        let end = ContinuousClock.now + deadline
        var attempt = 0
        while true {
            do throws(BespokeError) {
                let call: Upload<Request, Response> = try await open(method.path, until: end)
                try await call.send(bytes)
                return try await call.finish()
            } catch {
                attempt += 1
                var generator = SystemRandomNumberGenerator()
                let delay = retries.delay(beforeAttempt: attempt, using: &generator)
                guard error.code == .unavailable, isIdempotent, attempt <= retries.attemptsMax,
                    ContinuousClock.now + delay < end
                else { throw error }
                do {
                    try await Task.sleep(for: delay)
                } catch {
                    throw BespokeError(.cancelled, "the call was cancelled")
                }
            }
        }
    }

    /// Opens a call that takes many messages and gives one. Not repeated, and without a deadline: its length is the sender's.
    package func upload<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>
    ) async throws(BespokeError) -> Upload<Request, Response> {
        try await open(method.path, until: nil)
    }

    /// Makes a call that takes one message and gives many. Not repeated, and without a deadline: its length is the data's.
    ///
    /// - Parameter body: Gets each message in turn.
    package func download<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>, _ request: Request, _ body: (Response) async throws -> Void
    ) async throws {
        let call: Upload<Request, Response> = try await open(method.path, until: nil)
        do {
            try await call.send(request)
            await call.stream.finishSending()
            for try await message in call.stream.responses { try await body(Self.decoded(message)) }
        } catch let status as Status {
            call.cancel()
            throw BespokeError(status)
        } catch {
            call.cancel()
            throw error
        }
    }

    /// Ends the connection; calls under way fail.
    package func close() async {
        await channel.close()
    }

    static func encoded(_ message: some WireMessage) throws(BespokeError) -> ByteBuffer {
        do throws(WireError) {
            return ByteBuffer(bytes: try message.encoded())
        } catch {
            throw BespokeError(error)
        }
    }

    /// - Throws: INTERNAL when the peer's bytes are not the message.
    static func decoded<Message: WireMessage>(_ bytes: ByteBuffer) throws(BespokeError) -> Message {
        do throws(WireError) {
            return try bytes.withUnsafeReadableBytes { (bytes) in
                Result { () throws(WireError) in try Message(decoding: bytes) }
            }.get()
        } catch {
            throw BespokeError(.internalError, "the answer: \(error.description)")
        }
    }

    private func open<Request, Response>(
        _ path: String, until end: ContinuousClock.Instant?
    ) async throws(BespokeError) -> Upload<Request, Response> {
        do throws(Status) {
            // At least one: a call that is late fails as such.
            let milliseconds = end.map { max(1, Int(($0 - ContinuousClock.now) / .milliseconds(1))) }
            return Upload(stream: try await channel.stream(path, metadata: metadata, timeoutMilliseconds: milliseconds))
        } catch {
            throw BespokeError(error, isUnreachable: error.code == .unavailable)
        }
    }
}

/// A call that takes many messages and gives one.
package struct Upload<Request: WireMessage, Response: WireMessage>: Sendable {
    let stream: ClientStream

    /// Suspends while the daemon reads more slowly than this side sends.
    ///
    /// - Throws: The daemon's refusal if there is one already.
    package func send(_ message: Request) async throws(BespokeError) {
        try await send(try Caller.encoded(message))
    }

    /// Sends a message that is encoded already.
    ///
    /// - Parameter encoded: Without framing.
    /// - Throws: As `send`.
    package func send(encoded: [UInt8]) async throws(BespokeError) {
        try await send(ByteBuffer(bytes: encoded))
    }

    func send(_ bytes: ByteBuffer) async throws(BespokeError) {
        do throws(Status) {
            try await stream.send(bytes)
        } catch {
            // The daemon may have ended the call; its own words are better than those of a closed stream.
            if let status = stream.status, status.code != .ok { throw BespokeError(status) }
            throw BespokeError(error)
        }
    }

    /// Ends the messages and waits for the answer.
    package func finish() async throws(BespokeError) -> Response {
        await stream.finishSending()
        var answer: ByteBuffer?
        do {
            for try await message in stream.responses {
                guard answer == nil else { throw Status(.unimplemented, "the call gives one answer; a second came") }
                answer = message
            }
        } catch let status as Status {
            stream.cancel()
            throw BespokeError(status)
        } catch {
            stream.cancel()
            throw BespokeError(.cancelled, "the call was cancelled")
        }
        // A cancelled task ends the answers without an error.
        guard !Task.isCancelled else {
            stream.cancel()
            throw BespokeError(.cancelled, "the call was cancelled")
        }
        guard let answer else { throw BespokeError(.unimplemented, "the call ended without its answer") }
        return try Caller.decoded(answer)
    }

    /// Breaks the call off; nothing of it takes effect.
    package func cancel() {
        stream.cancel()
    }
}
