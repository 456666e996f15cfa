internal import HTTP2
internal import NIOCore
internal import Synchronization

// How a connection ends: by this side, by the peer, and what is let go of.

extension ServerConnection {
    /// GOAWAY now; the connection closes when its last call has ended.
    func drain() {
        guard session != nil, !isClosing, !isDraining else { return }
        session.announceShutdown()
        flush()
        // The notice needs a round trip so that no request is lost; then no further stream is taken.
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(50)) {
            let connection = bound.value
            guard !connection.isClosing else { return }
            connection.session.goAway()
            connection.isDraining = true
            connection.flush()
        }
    }

    func close() {
        guard !isClosing else { return }
        flushAndClose()
    }

    /// The peer sends nothing more. It may still read answers, so those under way get a little time; a request that can no
    /// longer be completed ends at once. Nothing tells such a peer from one that was killed and will never read.
    func inputEnded() {
        guard !isClosing, session != nil else { return }
        isDraining = true
        for case let call? in calls where !call.machine.peerHasEnded {
            session.reset(call.stream, errorCode: Self.cancel)
        }
        flush()
        guard !isClosing else { return }
        // Where places are scarce they go to those who are there.
        guard counters.openConnections.load(ordering: .relaxed) <= limits.connectionsMax / 4 * 3 else {
            return cutOff()
        }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        endingTimer = context.eventLoop.scheduleTask(in: .milliseconds(Int64(limits.halfClosedMilliseconds))) {
            bound.value.cutOff()
        }
    }

    private func cutOff() {
        guard !isClosing else { return }
        for case let call? in calls { session.reset(call.stream, errorCode: Self.cancel) }
        flushAndClose()
    }

    func flushAndClose() {
        flush()
        closeChannel()
    }

    func closeChannel() {
        guard let context, !isClosing || context.channel.isActive, !isChannelClosing else { return }
        isClosing = true
        isChannelClosing = true
        endingTimer?.cancel()
        // Behind what is still being written, so that no answer is cut off; but a peer that does not read cannot keep it open.
        let channel = context.channel
        endingTimer = context.eventLoop.scheduleTask(in: .milliseconds(Int64(limits.lingerMilliseconds))) {
            channel.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

    func cancelTimers() {
        watchTimer?.cancel()
        watchTimer = nil
        endingTimer?.cancel()
        endingTimer = nil
    }

    /// Ends every call on this side; the connection is gone. A call holds its stream, which holds the connection: none may stay.
    func endCalls() {
        let open = calls
        calls = []
        freeTokens = []
        untimed = []
        lastCall = nil
        for case let call? in open {
            finish(call)
            call.recycle()
        }
        report()
    }

    /// Lets go of whatever holds this object, and of what should not stay as long as somebody holds it, such as a task that
    /// still runs. The channel removes its handlers in a turn of their own, never amid a call of the session.
    func letGo() {
        isClosing = true
        cancelTimers()
        endCalls()
        spares = []
        pending = nil
        output = ByteBuffer()
        session = nil
        context = nil
    }
}
