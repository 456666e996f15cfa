package import GRPC
package import Messages
package import NIOCore
internal import Wire

extension ServerStream {
    /// The request of a call that takes exactly one.
    ///
    /// - Throws: `Status` UNIMPLEMENTED when there is none or more than one, INVALID_ARGUMENT when it is malformed.
    package func onlyMessage<Message: WireMessage>() async throws -> Message {
        var message: Message?
        for try await bytes in messages {
            guard message == nil else { throw Status(.unimplemented, "the call takes one message; a second came") }
            message = try Message(bytes)
        }
        guard let message else { throw Status(.unimplemented, "the call takes one message; none came") }
        return message
    }

    /// Sends one message.
    ///
    /// - Throws: `Status` when it cannot be encoded.
    package func send(_ message: some WireMessage) async throws {
        let bytes: [UInt8]
        do {
            bytes = try message.encoded()
        } catch {
            throw Status(error)
        }
        try await send(ByteBuffer(bytes: bytes))
    }
}

extension WireMessage {
    /// - Throws: `Status` INVALID_ARGUMENT or RESOURCE_EXHAUSTED.
    package init(_ bytes: ByteBuffer) throws(Status) {
        do throws(WireError) {
            self = try bytes.withUnsafeReadableBytes { (bytes) throws(WireError) -> Self in try Self(decoding: bytes) }
        } catch {
            throw Status(error)
        }
    }
}

extension ServiceRouter {
    /// Registers a method that takes one message and gives one.
    ///
    /// - Parameter pool: As for `stream`.
    package mutating func answer<Request: WireMessage, Response: WireMessage>(
        _ method: Messages.Method<Request, Response>, on pool: WorkPool? = nil,
        _ answer: @escaping @Sendable (Request) async throws -> Response
    ) {
        stream(method, on: pool) { stream in
            let request: Request = try await stream.onlyMessage()
            try await stream.send(try await answer(request))
        }
    }

    /// Registers a method of any kind, which reads and writes its messages itself; what it throws becomes a status.
    ///
    /// - Parameters:
    ///   - pool: As for `stream`.
    ///   - isVital: As for `stream`.
    package mutating func stream<Request: WireMessage, Response: WireMessage>(
        _ method: Messages.Method<Request, Response>, on pool: WorkPool? = nil, isVital: Bool = false,
        _ handler: @escaping StreamHandler
    ) {
        stream(method.path, on: pool, isVital: isVital) { stream in
            do {
                try await handler(stream)
            } catch {
                throw Status.answering(error)
            }
        }
    }
}
