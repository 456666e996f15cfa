internal import HTTP2
internal import NIOCore

// Deadlines of calls.

extension ServerConnection {
    func startTimers() {
        guard !untimed.isEmpty else { return }
        for token in untimed {
            guard let call = calls[token], let deadline = call.deadline, call.deadlineTimer == nil,
                call.phase != .ended
            else { continue }
            let stream = call.stream
            let generation = call.generation
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            call.deadlineTimer = context.eventLoop.scheduleTask(deadline: deadline) {
                bound.value.expire(stream, generation: generation)
            }
        }
        untimed.removeAll(keepingCapacity: true)
    }

    private func expire(_ stream: Int32, generation: UInt64) {
        guard let call = call(stream, generation: generation) else { return }
        fail(call, Status(.deadlineExceeded, "the deadline passed before the call had ended"))
        // What is queued will not be waited for.
        if call.phase == .ending, call.output.readableBytes > 0 { session.reset(stream, errorCode: Self.cancel) }
        flush()
    }
}
