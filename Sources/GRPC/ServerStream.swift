package import NIOCore

/// A call as its task sees it. Everything happens on the connection's event loop; the task hops there and back.
package final class ServerStream: Sendable {
    /// The messages of a call, in order; each is handed over once.
    package struct Messages: AsyncSequence, Sendable {
        /// Hands over one message after another.
        package struct AsyncIterator: AsyncIteratorProtocol {
            private let stream: ServerStream
            private var messages: AsyncThrowingStream<QueuedMessage, any Error>.Iterator

            init(_ stream: ServerStream) {
                self.stream = stream
                messages = stream.incoming.makeAsyncIterator()
            }

            /// - Throws: `CancellationError` when the call has been broken off; `Status` for a message that cannot be expanded.
            package mutating func next() async throws -> ByteBuffer? {
                guard let message = try await messages.next() else {
                    // A cancelled task sees an end too: it must not take it for the end of the messages.
                    try Task.checkCancellation()
                    return nil
                }
                stream.taken(message.cost)
                return try message.expanded(bytesMax: stream.messageBytesMax)
            }
        }

        let stream: ServerStream

        package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream) }
    }

    /// What the caller sent along.
    package let metadata: Metadata
    /// When the caller stops waiting; nil when it did not say.
    package let deadline: NIODeadline?
    /// The user of this machine on the other side of a Unix socket, as the system says; nil for other connections.
    package let peerUserID: UInt32?
    /// Who calls, as the gate found; nil where there is no gate.
    package let permit: CallGate.Permit?
    package let eventLoop: any EventLoop
    private let connection: NIOLoopBound<ServerConnection>
    private let stream: Int32
    private let generation: UInt64
    private let messageBytesMax: Int
    private let live: LiveObjects
    private let incoming: AsyncThrowingStream<QueuedMessage, any Error>
    private let continuation: AsyncThrowingStream<QueuedMessage, any Error>.Continuation

    init(
        connection: NIOLoopBound<ServerConnection>, eventLoop: any EventLoop, stream: Int32, generation: UInt64,
        metadata: Metadata, deadline: NIODeadline?, peerUserID: UInt32?,
        permit: CallGate.Permit?, messageBytesMax: Int, live: LiveObjects
    ) {
        self.connection = connection
        self.eventLoop = eventLoop
        self.stream = stream
        self.generation = generation
        self.metadata = metadata
        self.deadline = deadline
        self.peerUserID = peerUserID
        self.permit = permit
        self.messageBytesMax = messageBytesMax
        self.live = live
        // Bounded by the connection: it cuts no further messages when the task lags behind.
        (incoming, continuation) = AsyncThrowingStream.makeStream(of: QueuedMessage.self)
        live.add(1)
    }

    deinit { live.add(-1) }

    package var messages: Messages { Messages(stream: self) }

    /// Sends one message; suspends while the peer reads more slowly than this side sends.
    ///
    /// - Throws: `CancellationError` when the call is over.
    package func send(_ message: ByteBuffer) async throws {
        try Task.checkCancellation()
        try await eventLoop.flatSubmit { [self] () -> EventLoopFuture<Void> in
            guard let call = connection.value.call(stream, generation: generation), call.machine.isTalking
            else { return eventLoop.makeFailedFuture(CancellationError()) }
            return connection.value.send(message, on: call)
        }.get()
    }

    /// Goes with the final status.
    package func setTrailers(_ trailers: Metadata) async throws {
        try await eventLoop.submit { [self] in
            connection.value.call(stream, generation: generation)?.trailers = trailers
        }.get()
    }

    func finish(_ status: Status) {
        eventLoop.execute { [self] in
            guard let call = connection.value.call(stream, generation: generation) else { return }
            connection.value.end(call, status)
        }
    }

    private func taken(_ cost: Int) {
        eventLoop.execute { [self] in
            guard let call = connection.value.call(stream, generation: generation) else { return }
            connection.value.taken(cost, by: call)
        }
    }

    func deliver(_ message: QueuedMessage) {
        continuation.yield(message)
    }

    func finishMessages() {
        continuation.finish()
    }

    func cancelled() {
        continuation.finish(throwing: CancellationError())
    }
}
