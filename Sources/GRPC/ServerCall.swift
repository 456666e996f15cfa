internal import NIOCore

/// One call on a server's connection; recycled when the stream has closed. Lives on its event loop.
///
/// Dynamic exclusivity checks are off: it lives on one event loop, and no property is accessed while it is being changed. They
/// cost five in a hundred of a Decide.
final class ServerCall {
    /// A buffer that has grown beyond this is not kept for the next call.
    static let keptBytesMax = 256 * 1024

    @exclusivity(unchecked) var stream: Int32 = 0
    @exclusivity(unchecked) var generation: UInt64 = 0
    /// Index into the router's methods; -1 when unknown.
    @exclusivity(unchecked) var method = -1
    @exclusivity(unchecked) var path = ""
    @exclusivity(unchecked) var head = RequestHead()
    /// What of it was counted last as waiting, for the peer or for the rest of its request.
    @exclusivity(unchecked) var waitingBytes = 0
    /// What is to be done with what comes and goes.
    @exclusivity(unchecked) var machine: ServerStreamMachine
    /// Who calls, as the gate found; until the call has ended.
    @exclusivity(unchecked) var permit: CallGate.Permit?
    /// What came and was put out since the gate was told last.
    @exclusivity(unchecked) var passedBytes = 0
    @exclusivity(unchecked) var trailers = Metadata()
    /// Prefixed messages still to be sent.
    @exclusivity(unchecked) var output = ByteBuffer()
    @exclusivity(unchecked) var usesGzip = false
    @exclusivity(unchecked) var startedAt: UInt64 = 0
    @exclusivity(unchecked) var deadline: NIODeadline?
    @exclusivity(unchecked) var deadlineTimer: Scheduled<Void>?
    /// The reply waits for this.
    @exclusivity(unchecked) var heldUntil: EventLoopFuture<HeldReply>?
    /// The handler answers once this has happened.
    @exclusivity(unchecked) var later: (ready: EventLoopFuture<Status?>, handler: ServiceRouter.UnaryHandler)?
    /// Present for calls that are answered by a task.
    @exclusivity(unchecked) var serverStream: ServerStream?
    @exclusivity(unchecked) var task: Task<Void, Never>?
    /// Senders that wait for the queue to shrink.
    @exclusivity(unchecked) var waitingSenders: [EventLoopPromise<Void>] = []

    private let live: LiveObjects

    init(limits: ServerLimits, live: LiveObjects) {
        machine = ServerStreamMachine(limits: limits)
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
        waitingBytes = 0
        passedBytes = 0
        path = ""
        head.reset()
        permit = nil
        machine.reset()
        if !trailers.entries.isEmpty { trailers = Metadata() }
        if output.capacity > Self.keptBytesMax { output = ByteBuffer() } else { output.clear() }
        usesGzip = false
        deadline = nil
        deadlineTimer = nil
        heldUntil = nil
        later = nil
        serverStream = nil
        task = nil
        waitingSenders = []
    }
}
