internal import NIOCore

/// One call on a server's connection; recycled when the stream has closed. Lives on its event loop.
///
/// Dynamic exclusivity checks are off: it lives on one event loop, and no property is accessed while it is being changed. They
/// cost five in a hundred of a Decide.
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

    @exclusivity(unchecked) var stream: Int32 = 0
    @exclusivity(unchecked) var generation: UInt64 = 0
    /// Index into the router's methods; -1 when unknown.
    @exclusivity(unchecked) var method = -1
    @exclusivity(unchecked) var path = ""
    @exclusivity(unchecked) var head = RequestHead()
    @exclusivity(unchecked) var headerBytes = 0
    /// Of a request that had been answered before it ended.
    @exclusivity(unchecked) var discardedBytes = 0
    @exclusivity(unchecked) var reader: MessageReader
    @exclusivity(unchecked) var phase = Phase.open
    @exclusivity(unchecked) var peerHasEnded = false
    /// A unary call has had its message.
    @exclusivity(unchecked) var hasMessage = false
    @exclusivity(unchecked) var status = Status.ok
    @exclusivity(unchecked) var trailers = Metadata()
    /// Prefixed messages still to be sent.
    @exclusivity(unchecked) var output = ByteBuffer()
    /// Whether nghttp2 waits for more output.
    @exclusivity(unchecked) var isWaitingForOutput = false
    @exclusivity(unchecked) var usesGzip = false
    @exclusivity(unchecked) var startedAt: UInt64 = 0
    @exclusivity(unchecked) var deadline: NIODeadline?
    @exclusivity(unchecked) var deadlineTimer: Scheduled<Void>?
    /// The reply waits for this.
    @exclusivity(unchecked) var heldUntil: EventLoopFuture<Status?>?
    /// Present for calls that are answered by a task.
    @exclusivity(unchecked) var serverStream: ServerStream?
    @exclusivity(unchecked) var task: Task<Void, Never>?
    /// What messages cost that were handed to the task and not yet taken.
    @exclusivity(unchecked) var unreadBytes = 0
    /// Credit kept back until the task has taken what lies before it.
    @exclusivity(unchecked) var withheldBytes = 0
    /// Senders that wait for the queue to shrink.
    @exclusivity(unchecked) var waitingSenders: [EventLoopPromise<Void>] = []

    private let live: LiveObjects

    init(messageBytesMax: Int, live: LiveObjects) {
        reader = MessageReader(messageBytesMax: messageBytesMax)
        self.live = live
        live.add(1)
    }

    deinit { live.add(-1) }

    var metadata: Metadata { head.metadata }

    /// Makes the object ready for another stream; buffers keep their memory.
    func recycle() {
        generation &+= 1
        stream = 0
        method = -1
        path = ""
        head.reset()
        headerBytes = 0
        discardedBytes = 0
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
        heldUntil = nil
        serverStream = nil
        task = nil
        unreadBytes = 0
        withheldBytes = 0
        waitingSenders = []
    }
}
