internal import NIOCore

/// One call on a server's connection; recycled when the stream has closed. Lives on its event loop.
final class ServerCall {
    /// A buffer that has grown beyond this is not kept for the next call.
    static let keptBytesMax = 256 * 1024

    /// What has been sent of the answer.
    enum Phase {
        /// Nothing yet.
        case open
        /// Response headers are submitted; messages may follow.
        case answering
        /// The final status is known; what is queued is still being sent.
        case ending
        /// Trailers or a refusal have been submitted.
        case ended
    }

    var stream: Int32 = 0
    var generation: UInt64 = 0
    /// Index into the router's methods; -1 when unknown.
    var method = -1
    var path = ""
    var head = RequestHead()
    var headerBytes = 0
    var reader: MessageReader
    var phase = Phase.open
    var peerHasEnded = false
    /// A unary call has had its message.
    var hasMessage = false
    var status = Status.ok
    var trailers = Metadata()
    /// Prefixed messages still to be sent.
    var output = ByteBuffer()
    /// Whether nghttp2 waits for more output.
    var isWaitingForOutput = false
    var usesGzip = false
    var startedAt: UInt64 = 0
    var deadline: NIODeadline?
    var deadlineTimer: Scheduled<Void>?
    /// Present for calls that are answered by a task.
    var serverStream: ServerStream?
    var task: Task<Void, Never>?
    /// Bytes of messages handed to the task and not yet taken.
    var unreadBytes = 0
    /// Credit kept back until the task has taken what lies before it.
    var withheldBytes = 0
    /// Senders that wait for the queue to shrink.
    var waitingSenders: [EventLoopPromise<Void>] = []

    init(messageBytesMax: Int) {
        reader = MessageReader(messageBytesMax: messageBytesMax)
    }

    var metadata: Metadata { head.metadata }

    /// Makes the object ready for another stream; buffers keep their memory.
    func recycle() {
        generation &+= 1
        stream = 0
        method = -1
        path = ""
        head.reset()
        headerBytes = 0
        reader.reset()
        phase = .open
        peerHasEnded = false
        hasMessage = false
        status = .ok
        if !trailers.entries.isEmpty { trailers = Metadata() }
        if output.capacity > Self.keptBytesMax { output = ByteBuffer() } else { output.clear() }
        isWaitingForOutput = false
        usesGzip = false
        deadline = nil
        deadlineTimer = nil
        serverStream = nil
        task = nil
        unreadBytes = 0
        withheldBytes = 0
        waitingSenders = []
    }
}
