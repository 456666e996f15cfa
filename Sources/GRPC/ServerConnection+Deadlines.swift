internal import HTTP2
internal import NIOCore

// Deadlines of calls.

extension ServerConnection {
    func startTimers() {
        guard !untimed.isEmpty else { return }
        for token in untimed {
            guard let call = calls[token], let deadline = call.deadline, call.deadlineTimer == nil,
                !call.machine.hasEnded
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
        let action = call.machine.expire(queuedBytes: call.output.readableBytes)
        breakOff(call)
        switch action {
        case .end(let action): perform(action, on: call)
        case .reset: session.reset(stream, errorCode: Self.cancel)
        }
        flush()
    }
}
