internal import HTTP2
internal import NIOCore
internal import Synchronization

// What a connection may take of time, work and memory.

extension ServerConnection {
    // MARK: Turns

    /// Others go on first; nothing further is read meanwhile.
    func waitForTurn(_ bytes: ByteBuffer, from taken: Int) {
        var rest = bytes
        rest.moveReaderIndex(forwardBy: taken)
        pending = rest
        waitsSince = NIODeadline.now().uptimeNanoseconds
        counters.turns.wrappingAdd(1, ordering: .relaxed)
        readOn()
        turnstile.enter { [self] in takeTurn() }
    }

    private func takeTurn() {
        guard !isClosing, session != nil, let bytes = pending else { return }
        pending = nil
        let now = NIODeadline.now().uptimeNanoseconds
        load.begin(now)
        load.gauge.waited(now &- waitsSince)
        work(on: bytes, now: now)
        guard pending == nil, !isClosing, session != nil else { return }
        readOn()
        if hasEndPending {
            hasEndPending = false
            inputEnded()
        }
    }

    /// Whoever does not read answers gets no further requests read, nor whoever has some waiting.
    func readOn() {
        context.channel.setOption(.autoRead, value: context.channel.isWritable && pending == nil).whenFailure { _ in }
    }

    // MARK: Work that is none

    /// Counts what has come without bringing a request.
    func charge() {
        guard !isClosing, session != nil else { return }
        let idleFrames = session.idleFrames - session.excusedResets
        let idle = max(0, idleFrames - charged.idle)
        let resets = session.provokedResets - charged.resets
        guard idle > 0 || resets > 0 else { return }
        let answered = session.answeredFrames - charged.answered
        charged = (idleFrames, session.answeredFrames, session.provokedResets)
        let now = context.eventLoop.now
        if let reason = watch.came(idleFrames: idle, answered: answered, now: now) {
            end(reason)
        } else if resets > 0, let reason = watch.provoked(resets: resets, now: now) {
            end(reason)
        }
    }

    // MARK: Memory

    /// What a connection may have waiting however much others have.
    private static var ownBytes: Int { 256 * 1024 }

    /// Notes what a call has waiting.
    @inline(__always)
    func count(_ call: ServerCall) {
        let bytes = call.machine.bufferedBytes + call.output.readableBytes
        waitingBytes += bytes - call.waitingBytes
        call.waitingBytes = bytes
    }

    /// Tells address and server what has changed. While all is answered at once nothing does.
    @inline(__always)
    func report() {
        let difference = waitingBytes - reportedBytes
        guard difference != 0 else { return }
        reportedBytes = waitingBytes
        address.waiting.add(difference)
        counters.waiting.add(difference)
    }

    /// Why nothing further can be kept for this peer; nil when there is room.
    func refusal() -> Status? {
        // No call is refused for what others keep waiting, unless this connection does, too.
        guard waitingBytes > Self.ownBytes else { return nil }
        let most = max(limits.connectionBytesMax, 2 * limits.receivedMessageBytesMax)
        let place: String
        if waitingBytes > most {
            place = "on this connection, more than \(most)"
        } else if address.waiting.isFull {
            place = "on connections from this address, together more than \(address.waiting.bytesMax)"
        } else if counters.waiting.isFull {
            place = "here, with those of others more than \(counters.waiting.bytesMax)"
        } else {
            return nil
        }
        counters.refusedCalls.wrappingAdd(1, ordering: .relaxed)
        return Status(
            .resourceExhausted,
            "\(waitingBytes) bytes wait \(place): read the answers and complete the requests before sending more",
            retryMilliseconds: 1_000)
    }

    // MARK: Time

    func scheduleCheck() {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watchTimer = context.eventLoop.scheduleTask(in: watch.interval) { bound.value.check() }
    }

    private func check() {
        guard !isClosing, session != nil else { return }
        let now = context.eventLoop.now
        watchCalls(now)
        guard !isClosing, session != nil else { return }
        rest()
        switch watch.check(sight, now: now) {
        case .goOn: break
        case .drain(let reason):
            if !isDraining { counters.ended(reason) }
            drain()
        case .end(let reason): end(reason)
        }
        if !isClosing, session != nil { scheduleCheck() }
    }

    /// A connection that has had no call since the last check keeps nothing for the next one.
    private func rest() {
        defer { checkedCalls = begunCalls }
        guard freeTokens.count == calls.count, begunCalls == checkedCalls, pending == nil, !isInSession else { return }
        (spares, calls, freeTokens, untimed) = ([], [], [], [])
        lastCall = nil
        output = ByteBuffer()
    }

    private var sight: ConnectionWatch.Sight {
        var sight = ConnectionWatch.Sight()
        sight.hasPreface = session.hasPreface
        sight.hasSettings = session.hasSettings
        // What waits for its turn here is not the peer's fault.
        sight.frame = pending == nil ? session.openFrame : nil
        sight.openCalls = openCalls
        sight.calls = begunCalls
        sight.writtenBytes = writtenBytes
        sight.isStalled = !context.channel.isWritable
        sight.isCrowded = counters.openConnections.load(ordering: .relaxed) > limits.connectionsMax / 4 * 3
        return sight
    }

    private func watchCalls(_ now: NIODeadline) {
        guard openCalls > 0, pending == nil else { return }
        for case let call? in calls {
            let action = call.machine.watch(
                queuedBytes: call.output.readableBytes, bodyMilliseconds: limits.bodyMilliseconds,
                stallMilliseconds: limits.stallMilliseconds, now: now)
            switch action {
            case .goOn: break
            case .fail(let status): fail(call, status)
            case .reset: session.reset(call.stream, errorCode: Self.cancel)
            }
        }
        flush()
    }

    /// Ends the connection and says why, as far as the peer reads.
    func end(_ reason: ConnectionEnd) {
        counters.ended(reason)
        // Who has not greeted does not speak HTTP/2, and who does not read is told nothing.
        guard reason != .noPreface, reason != .stall else { return context.close(promise: nil) }
        session.goAway(errorCode: reason.errorCode, reason: reason.reason)
        flushAndClose()
    }
}
