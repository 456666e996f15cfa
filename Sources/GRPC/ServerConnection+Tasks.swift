internal import HTTP2
internal import NIOCore

// Calls that are answered by tasks.

extension ServerConnection {
    private static let spentAtOnce = 64 * 1_024

    func startTask(_ call: ServerCall, _ handler: @escaping ServiceRouter.StreamHandler, on pool: WorkPool?) {
        if let pool, !pool.enter() { return fail(call, pool.refusal) }
        let serverStream = ServerStream(
            connection: NIOLoopBound(self, eventLoop: context.eventLoop), eventLoop: context.eventLoop,
            stream: call.stream, generation: call.generation, metadata: call.metadata, deadline: call.deadline,
            peerUserID: peerUserID, permit: call.permit, messageBytesMax: limits.receivedMessageBytesMax,
            live: counters.live)
        call.serverStream = serverStream
        call.task = Task(executorPreference: pool) {
            defer { pool?.leave() }
            let status: Status
            do {
                // It may have waited for a thread until nobody waited for it.
                try Task.checkCancellation()
                try await handler(serverStream)
                status = .ok
            } catch let error as Status {
                status = error
            } catch is CancellationError {
                status = Status(.cancelled, "the call was cancelled")
            } catch {
                status = Status(.internalError, "\(error)")
            }
            serverStream.finish(status)
        }
    }

    /// The call that a task speaks for, unless its stream is gone.
    func call(_ stream: Int32, generation: UInt64) -> ServerCall? {
        guard !isClosing, session != nil, let call = call(stream), call.generation == generation else { return nil }
        return call
    }

    /// Queues a message; the future succeeds when the queue has room again.
    func send(_ message: ByteBuffer, on call: ServerCall) -> EventLoopFuture<Void> {
        let generation = call.generation
        let start = call.output.readableBytes
        call.output.writeRepeatingByte(0, count: MessageReader.prefixBytes)
        call.output.writeImmutableBuffer(message)
        seal(call, from: start)
        call.passedBytes &+= call.output.readableBytes - start
        count(call)
        switch call.machine.send() {
        case .refuse: preconditionFailure("the call was asked whether it talks")
        case .submitHeaders: submitHeaders(call)
        case .resume: session.resume(call.stream)
        case .queue: break
        }
        flush()
        if call.generation == generation, let refusal = spent(call) {
            fail(call, refusal)
            flush()
        }
        // Writing may have shown that the peer is gone, and the call with it.
        guard call.generation == generation, call.output.readableBytes > limits.queuedReplyBytesMax else {
            return context.eventLoop.makeSucceededVoidFuture()
        }
        let promise = context.eventLoop.makePromise(of: Void.self)
        call.waitingSenders.append(promise)
        return promise.futureResult
    }

    /// Tells the gate of what came and went in a stream, in steps.
    ///
    /// - Returns: Why the call ends, if it does.
    func spent(_ call: ServerCall) -> Status? {
        guard call.passedBytes >= Self.spentAtOnce, let gate, let permit = call.permit else { return nil }
        let bytes = call.passedBytes
        call.passedBytes = 0
        return gate.spent(call.method, permit, bytes, NIODeadline.now().uptimeNanoseconds)
    }

    /// Ends a call that a task answered.
    func end(_ call: ServerCall, _ status: Status) {
        let action = call.machine.end(status)
        guard action != .ignore else { return }
        stopReading(call)
        perform(action, on: call)
        flush()
    }

    /// The task has taken a message: the peer may send as much again.
    func taken(_ cost: Int, by call: ServerCall) {
        guard call.machine.taken(cost: cost) else { return }
        takeMessages(call)
        count(call)
        giveBack(call.machine.releasedCredit(), to: call)
        flush()
    }

    /// No further messages are taken from the call.
    func stopReading(_ call: ServerCall) {
        giveBack(call.machine.stopReading(), to: call)
        count(call)
    }

    private func giveBack(_ credit: Int, to call: ServerCall) {
        if credit > 0 { session.consume(call.stream, byteCount: credit) }
    }
}
