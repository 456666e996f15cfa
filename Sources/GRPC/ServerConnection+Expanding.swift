internal import NIOCore
internal import NIOPosix
internal import Synchronization

// Compressed messages of unary calls that expand to much.

/// Where they are expanded: a thread of its own, however many servers there are, so that a kilobyte of zeros never holds a loop.
enum Expander {
    private static let waitingMax = 256
    private static let waiting = Atomic<Int>(0)
    /// Lives as long as the process.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    static let refusal = Status(
        .resourceExhausted, "\(waitingMax) compressed messages wait to be expanded; try again later",
        retryMilliseconds: 1_000)

    /// - Parameter done: Called on the thread.
    /// - Returns: Whether there is room.
    static func expand(
        _ bytes: ByteBuffer, bytesMax: Int, _ done: @escaping @Sendable (Result<ByteBuffer, Gzip.Failure>) -> Void
    ) -> Bool {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= waitingMax else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        pool.submit { _ in
            let expanded = Result { () throws(Gzip.Failure) in try Gzip.expand(bytes, bytesMax: bytesMax) }
            waiting.wrappingSubtract(1, ordering: .relaxed)
            done(expanded)
        }
        return true
    }
}

extension ServerConnection {
    /// The reply is held back meanwhile, as for one that waits for the disk.
    func expandAside(_ call: ServerCall, _ bytes: ByteBuffer) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let (stream, generation) = (call.stream, call.generation)
        let isTaken = Expander.expand(bytes, bytesMax: limits.receivedMessageBytesMax) { expanded in
            loop.execute { bound.value.expanded(expanded, stream, generation: generation) }
        }
        guard isTaken else { return fail(call, Expander.refusal) }
        call.machine.replied(nil, isHeld: true)
    }

    private func expanded(_ outcome: Result<ByteBuffer, Gzip.Failure>, _ stream: Int32, generation: UInt64) {
        guard let call = call(stream, generation: generation) else { return }
        switch outcome {
        case .failure(let failure):
            fail(call, QueuedMessage.status(failure, bytesMax: limits.receivedMessageBytesMax))
        case .success(let message):
            guard call.machine.isTalking else { return }
            message.withUnsafeReadableBytes { deliver(call, $0) }
            // A handler that holds its reply back has said so; any other has answered, and the request may have ended meanwhile.
            if call.heldUntil == nil { takeMessages(call) }
        }
        flush()
    }
}
