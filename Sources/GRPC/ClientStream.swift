package import NIOCore
internal import Synchronization

/// A call as whoever makes it sees it. Safe to use from any task.
package final class ClientStream: Sendable {
    /// The replies of a call, in order. Ends when the call ends with OK; throws its `Status` otherwise.
    package struct Responses: AsyncSequence, Sendable {
        /// Hands over one reply after another.
        package struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate let stream: ClientStream
            fileprivate var messages: AsyncThrowingStream<QueuedMessage, any Error>.Iterator

            package mutating func next() async throws -> ByteBuffer? {
                guard let message = try await messages.next() else {
                    try Task.checkCancellation()
                    return nil
                }
                stream.taken(message.cost)
                do throws(Status) {
                    return try message.expanded(bytesMax: stream.messageBytesMax)
                } catch {
                    stream.cancel()
                    throw error
                }
            }
        }

        fileprivate let stream: ClientStream

        package func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(stream: stream, messages: stream.incoming.makeAsyncIterator())
        }
    }

    private struct Facts {
        var headers = Metadata()
        var trailers = Metadata()
        var status: Status?
    }

    private let connection: NIOLoopBound<ClientConnection>
    private let eventLoop: any EventLoop
    private let stream: Int32
    private let messageBytesMax: Int
    private let incoming: AsyncThrowingStream<QueuedMessage, any Error>
    private let continuation: AsyncThrowingStream<QueuedMessage, any Error>.Continuation
    private let facts = Mutex(Facts())

    init(
        connection: NIOLoopBound<ClientConnection>, eventLoop: any EventLoop, stream: Int32, messageBytesMax: Int
    ) {
        self.messageBytesMax = messageBytesMax
        self.connection = connection
        self.eventLoop = eventLoop
        self.stream = stream
        (incoming, continuation) = AsyncThrowingStream.makeStream(of: QueuedMessage.self)
        continuation.onTermination = { [connection, eventLoop, stream] termination in
            guard case .cancelled = termination else { return }
            eventLoop.execute { connection.value.end(stream, Status(.cancelled, "the call was cancelled")) }
        }
    }

    package var responses: Responses { Responses(stream: self) }

    /// What came before the first reply; empty until then.
    package var headers: Metadata { facts.withLock { $0.headers } }
    /// What came with the status; empty until then.
    package var trailers: Metadata { facts.withLock { $0.trailers } }
    /// How the call ended; nil while it goes on.
    package var status: Status? { facts.withLock { $0.status } }

    /// Sends one message; suspends while the peer reads more slowly than this side sends.
    ///
    /// - Throws: UNAVAILABLE when the connection is gone.
    package func send(_ message: ByteBuffer) async throws(Status) {
        do {
            try await eventLoop.flatSubmit { [connection, stream] () -> EventLoopFuture<Void> in
                connection.value.send(message, on: stream)
            }.get()
        } catch {
            throw Status(.unavailable, PlainWords.of(error))
        }
    }

    /// Nothing more will be sent.
    package func finishSending() async {
        // Fails only when the loop is gone, and with it the call.
        _ = try? await eventLoop.submit { [connection, stream] in connection.value.finishSending(stream) }.get()
    }

    /// Breaks the call off; its responses end with CANCELLED.
    package func cancel() {
        eventLoop.execute { [connection, stream] in
            connection.value.end(stream, Status(.cancelled, "the call was cancelled"))
        }
    }

    private func taken(_ cost: Int) {
        eventLoop.execute { [connection, stream] in connection.value.taken(cost, stream) }
    }

    func received(headers: Metadata) {
        facts.withLock { $0.headers = headers }
    }

    func deliver(_ message: QueuedMessage) {
        continuation.yield(message)
    }

    func finished(_ status: Status, trailers: Metadata) {
        facts.withLock {
            $0.status = status
            $0.trailers = trailers
        }
        if status.code == .ok { continuation.finish() } else { continuation.finish(throwing: status) }
    }
}
