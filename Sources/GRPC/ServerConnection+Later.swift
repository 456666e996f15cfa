internal import NIOCore

// Unary calls whose handler needs something that an event loop must not wait for.

extension ServerConnection {
    /// The reply is held back meanwhile, as for one that waits for the disk.
    func answerLater(
        _ call: ServerCall, _ message: UnsafeRawBufferPointer, _ ready: EventLoopFuture<Status?>,
        _ handler: @escaping ServiceRouter.UnaryHandler
    ) {
        call.later = nil
        call.output.clear()
        call.machine.replied(nil, isHeld: true)
        let bound = NIOLoopBound((self, ByteBuffer(bytes: message), handler), eventLoop: context.eventLoop)
        let (stream, generation) = (call.stream, call.generation)
        ready.hop(to: context.eventLoop).whenComplete { outcome in
            let (connection, message, handler) = bound.value
            guard let call = connection.call(stream, generation: generation) else { return }
            switch outcome {
            case .success(let status?): connection.fail(call, status)
            case .failure(let error): connection.fail(call, Status(.internalError, "\(error)"))
            case .success(nil):
                // It may have ended meanwhile.
                guard call.machine.isTalking else { return }
                message.withUnsafeReadableBytes { connection.deliver(call, $0, to: handler) }
                // While it is held back still there is nothing to be taken.
                connection.takeMessages(call)
            }
            connection.flush()
        }
    }
}
