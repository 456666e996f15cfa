internal import HTTP2
internal import NIOCore
internal import NIOTLS
internal import Synchronization

/// One client's connection: feeds the session with what is read, lets it call back, and flushes all replies of a read at once.
///
/// Dynamic exclusivity checks are off: it lives on one event loop, and no property is accessed while it is being changed. They
/// cost five in a hundred of a Decide.
final class ServerConnection: ChannelInboundHandler, SessionDelegate {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Output is handed to the channel in pieces of about this size while the peer keeps reading.
    private static let outputPieceBytes = 128 * 1024
    static let cancel: UInt32 = 8
    private static let noError: UInt32 = 0
    private static let refusedStream: UInt32 = 7
    private static let expandedHereBytesMax = 64 * 1024
    /// Calls of an earlier request are kept for the next.
    private static let sparesMax = 128

    let router: ServiceRouter
    let limits: ServerLimits
    /// Set once, before the first call.
    @exclusivity(unchecked) var peerUserID: UInt32?
    let counters: ServerCounters
    @exclusivity(unchecked) var session: Session!
    /// Held from `handlerAdded` to `handlerRemoved`: it holds this object in turn.
    @exclusivity(unchecked) var context: ChannelHandlerContext!
    @exclusivity(unchecked) var calls: [ServerCall?] = []
    @exclusivity(unchecked) var freeTokens: [Int] = []
    @exclusivity(unchecked) var spares: [ServerCall] = []
    @exclusivity(unchecked) var output = ByteBuffer()
    @exclusivity(unchecked) var isInSession = false
    @exclusivity(unchecked) var isClosing = false
    @exclusivity(unchecked) var isChannelClosing = false
    @exclusivity(unchecked) var isDraining = false
    /// The server takes no further connections: whoever came last is greeted, and told.
    @exclusivity(unchecked) var drainsAtStart = false
    @exclusivity(unchecked) var watch: ConnectionWatch!
    @exclusivity(unchecked) var watchTimer: Scheduled<Void>?
    /// What has been read and waits for its turn; nothing further is read meanwhile.
    @exclusivity(unchecked) var pending: ByteBuffer?
    @exclusivity(unchecked) var waitsSince: UInt64 = 0
    /// The peer has ended its input behind what is pending.
    @exclusivity(unchecked) var hasEndPending = false
    @exclusivity(unchecked) var turnEndsAt: UInt64 = 0
    /// What was counted before: of frames without a request, of frames of answers, of resets.
    @exclusivity(unchecked) var charged = (idle: 0, answered: 0, resets: 0)
    @exclusivity(unchecked) var begunCalls: UInt64 = 0
    /// As the last check saw it.
    @exclusivity(unchecked) var checkedCalls: UInt64 = 0
    @exclusivity(unchecked) var writtenBytes: UInt64 = 0
    /// What lies waiting for the peer or for the rest of its requests; and what of it the counts of address and server know.
    @exclusivity(unchecked) var waitingBytes = 0
    @exclusivity(unchecked) var reportedBytes = 0
    let turnstile: Turnstile
    let load: LoopLoad
    /// What is read comes in it; nil where it comes in buffers of its own.
    let receiving: ReceiveBuffer?
    let address: PeerAddress
    /// Who may call what; nil where everybody may.
    let gate: CallGate?
    /// The connection ends once the answers are out, because the gate says so.
    @exclusivity(unchecked) private var isTurnedAway = false
    /// What is being worked on came after this time; and what was read last, if nothing had been left before.
    @exclusivity(unchecked) var arrivedAt: UInt64 = 0
    @exclusivity(unchecked) var lastRound: UInt64 = 0
    /// The kernel had more than was read last.
    @exclusivity(unchecked) var hasUnread = false
    /// Calls that were begun in this turn.
    @exclusivity(unchecked) var callsOfTurn = 0
    /// Calls at once, the most since the peer was told how many it may have; what it was told, and when.
    @exclusivity(unchecked) var mostCalls = 0
    @exclusivity(unchecked) var announcedStreams: Int
    @exclusivity(unchecked) var announcedAt: UInt64 = 0
    /// Cuts off what the peer does not let end: calls after the end of its input, later the connection.
    @exclusivity(unchecked) var endingTimer: Scheduled<Void>?
    /// Calls whose deadline has no timer yet: most end within the read that brought them.
    @exclusivity(unchecked) var untimed: [Int] = []
    @exclusivity(unchecked) var openCalls = 0
    /// The call that the session spoke of last: it mostly speaks of the same one several times in a row.
    @exclusivity(unchecked) var lastCall: ServerCall?

    init(
        router: ServiceRouter, limits: ServerLimits, counters: ServerCounters, turnstile: Turnstile,
        load: LoopLoad, receiving: ReceiveBuffer?, address: PeerAddress, peer: ConnectionPeer
    ) {
        self.router = router
        gate = router.makeGate?(peer)
        self.turnstile = turnstile
        self.load = load
        self.receiving = receiving
        announcedStreams = limits.concurrentStreamsMax
        self.address = address
        self.limits = limits
        self.counters = counters
        counters.live.add(1)
    }

    deinit { counters.live.add(-1) }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { letGo() }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var bytes = unwrapInboundIn(data)
        let now = NIODeadline.now().uptimeNanoseconds
        load.begin(now)
        let arrived = arrival(of: bytes)
        if pending == nil {
            arrivedAt = arrived
            work(on: bytes, now: now)
        } else {
            pending?.writeBuffer(&bytes)
        }
        receiving?.give(bytes)
    }

    /// Takes requests until there are none, or until it is others' turn.
    func work(on bytes: ByteBuffer, now: UInt64) {
        var failure: SessionError?
        var taken = 0
        callsOfTurn = 0
        turnEndsAt = now + UInt64(limits.turnMicroseconds) * 1_000
        defer { address.worked(since: now) }
        isInSession = true
        bytes.withUnsafeReadableBytes { bytes in
            do throws(SessionError) { taken = try session.receive(bytes) } catch { failure = error }
        }
        isInSession = false
        if failure != nil {
            counters.protocolErrors.wrappingAdd(1, ordering: .relaxed)
            flushAndClose()
            return
        }
        if session.isPaused { waitForTurn(bytes, from: taken) }
        announceStreams()
        flush()
        startTimers()
        charge()
        if isTurnedAway, !isClosing, session != nil { end(.guesses) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Whoever does not read answers gets no further requests read.
        readOn()
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        cancelTimers()
        endCalls()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted(let negotiated) = event, negotiated != "h2" {
            // Without ALPN nothing says that the client speaks HTTP/2. Source: RFC 9113, section 3.2.
            counters.ended(.protocolName)
            context.close(promise: nil)
        } else if case TLSUserEvent.handshakeCompleted = event, let gate {
            let names = TLS.namesOfPeer(context)
            if let names { gate.showed(names) }
        } else if case ChannelEvent.inputClosed = event {
            if pending == nil { inputEnded() } else { hasEndPending = true }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func start(_ context: ChannelHandlerContext) {
        guard session == nil else { return }
        var sessionLimits = SessionLimits()
        sessionLimits.concurrentStreamsMax = UInt32(clamping: limits.concurrentStreamsMax)
        sessionLimits.headerListBytesMax = UInt32(clamping: limits.headerListBytesMax)
        sessionLimits.headerBlockBytesMax = limits.headerBlockBytesMax
        do throws(SessionError) {
            session = try Session(.server, limits: sessionLimits, delegate: self)
        } catch {
            context.close(promise: nil)
            return
        }
        watch = ConnectionWatch(limits: limits, now: context.eventLoop.now, jitter: .random(in: -1...1))
        scheduleCheck()
        flush()
        if drainsAtStart { drain() }
    }

    /// Hands everything that is ready to the channel, as long as the peer reads.
    func flush() {
        guard !isInSession, session != nil, !isClosing else { return }
        while context.channel.isWritable {
            output.clear()
            var isDrained = true
            isInSession = true
            do throws(SessionError) {
                isDrained = try session.drain(upTo: Self.outputPieceBytes) { output.writeBytes($0) }
            } catch {
                isClosing = true
            }
            isInSession = false
            writtenBytes &+= UInt64(output.readableBytes)
            if output.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(output), promise: nil) }
            if isClosing { break }
            if isDrained { break }
        }
        report()
        if isClosing || session.isFinished || (isDraining && openCalls == 0) { closeChannel() }
    }

    // MARK: Session

    func headersBegan(on stream: Int32) {
        // A second block is trailers of the request, which gRPC does not know.
        guard session.token(of: stream) == 0 else { return }
        guard openCalls < limits.concurrentStreamsMax else {
            return session.reset(stream, errorCode: Self.refusedStream)
        }
        let call = spares.popLast() ?? ServerCall(limits: limits, live: counters.live)
        call.stream = stream
        call.startedAt = NIODeadline.now().uptimeNanoseconds
        if call.startedAt > turnEndsAt { session.pause() }
        begunCalls &+= 1
        let token: Int
        if let free = freeTokens.popLast() {
            token = free
            calls[token] = call
        } else {
            token = calls.count
            calls.append(call)
        }
        session.setToken(token + 1, of: stream)
        lastCall = call
        openCalls += 1
        if openCalls > mostCalls { mostCalls = openCalls }
        counters.openStreams.wrappingAdd(1, ordering: .relaxed)
    }

    func header(on stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let call = call(stream) else { return true }
        switch call.machine.field(nameBytes: name.count, valueBytes: value.count) {
        case .take: break
        case .skip: return true
        case .cutOff: return false
        }
        if name.count == 5, matches(name, ":path") {
            call.method = router.index(of: value)
            if call.method < 0 { call.path = String(decoding: value.prefix(256), as: UTF8.self) }
        } else {
            call.head.add(name: name, value: value)
        }
        return true
    }

    func headersEnded(on stream: Int32) {
        guard let call = call(stream) else { return }
        let kind = call.method < 0 ? .unary : router.methods[call.method].kind
        let action = call.machine.headersEnded(
            call.head.verdict(isKnownMethod: call.method >= 0, path: call.path), kind: kind,
            takesGzip: call.head.encoding == .gzip)
        switch action {
        case .ignore: break
        case .accept: accept(call)
        case .refuseHTTP(let status): refuse(call, httpStatus: status)
        case .fail(let status): fail(call, status)
        }
    }

    private func accept(_ call: ServerCall) {
        if let gate, let refusal = refusal(of: gate, call) { return fail(call, refusal) }
        if let refusal = refusal() ?? router.methods[call.method].refusal?() { return fail(call, refusal) }
        call.usesGzip = call.head.acceptsGzip && limits.compressesReplies
        if let nanoseconds = call.head.timeoutNanoseconds {
            call.deadline = .uptimeNanoseconds(arrivedAt) + .nanoseconds(nanoseconds)
        }
        if let shed = shed(call) { return refuse(call, shed) }
        if call.deadline != nil {
            untimed.append(session.token(of: call.stream) - 1)
        }
        if case .stream(let handler, let pool) = router.methods[call.method].handler {
            startTask(call, handler, on: pool)
        }
    }

    /// - Returns: nil when the gate lets the call in.
    private func refusal(of gate: CallGate, _ call: ServerCall) -> Status? {
        let verdict = call.head.authorization.withUnsafeBufferPointer {
            gate.admit(call.method, $0, call.head.authorizationCount, call.startedAt)
        }
        switch verdict {
        case .admit(let permit):
            call.permit = permit
            return nil
        case .refuse(let status): return status
        case .refuseAndEnd(let status):
            isTurnedAway = true
            return status
        }
    }

    func data(on stream: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let call = call(stream) else { return session.consume(stream, byteCount: bytes.count) }
        call.passedBytes &+= bytes.count
        if !call.machine.withholdsCredit(byteCount: bytes.count) { session.consume(stream, byteCount: bytes.count) }
        switch call.machine.received(bytes) {
        case .discard: break
        case .discardAndReset: session.reset(stream, errorCode: Self.noError)
        case .unary(let message, let isCompressed): receive(call, message, isCompressed: isCompressed)
        case .kept:
            takeMessages(call)
            // A body may hold many messages, none of which begins a call.
            if NIODeadline.now().uptimeNanoseconds > turnEndsAt { session.pause() }
            count(call)
            if call.machine.isTalking, let refusal = refusal() ?? spent(call) { fail(call, refusal) }
        case .fail(let status): fail(call, status)
        }
    }

    func takeMessages(_ call: ServerCall) {
        while perform(call.machine.nextMessage(), on: call) {}
    }

    func peerEnded(_ stream: Int32) {
        guard let call = call(stream), call.machine.peerEnded() else { return }
        takeMessages(call)
    }

    /// - Returns: Whether there may be more to be done.
    @discardableResult
    private func perform(_ action: ServerStreamMachine.OnMessage, on call: ServerCall) -> Bool {
        switch action {
        case .wait: return false
        case .unary(let message, let isCompressed):
            message.withUnsafeReadableBytes { receive(call, $0, isCompressed: isCompressed) }
            return true
        case .streaming(let message):
            if let refusal = router.methods[call.method].refusal?() {
                fail(call, refusal)
                return false
            }
            call.serverStream?.deliver(message)
            return true
        case .finishMessages: call.serverStream?.finishMessages()
        case .answer: submitHeaders(call)
        case .fail(let status): fail(call, status)
        }
        return false
    }

    func sentEnd(_ stream: Int32) {
        guard let call = call(stream), call.machine.isResetBehindAnswer else { return }
        session.reset(stream, errorCode: Self.noError)
    }

    /// A client whose time is up resets its call, and under overload many do: that is nobody's attack. What was answered already costs
    /// nothing more.
    func peerResets(_ stream: Int32) -> OnPeerReset {
        guard let call = call(stream) else { return .over }
        guard let deadline = call.deadline, let timeout = call.head.timeoutNanoseconds else { return .provoked }
        return (deadline - .now()).nanoseconds > timeout / 2 ? .provoked : .excused
    }

    func streamClosed(_ stream: Int32, errorCode: UInt32) {
        let token = session.token(of: stream)
        guard token > 0, let call = calls[token - 1], call.stream == stream else { return }
        if lastCall === call { lastCall = nil }
        calls[token - 1] = nil
        freeTokens.append(token - 1)
        // The stream can no longer give its credit back; the connection's must not be lost with it.
        let credit = call.machine.stopReading()
        if credit > 0 { session.consumeConnection(byteCount: credit) }
        finish(call)
        call.recycle()
        if spares.count < Self.sparesMax { spares.append(call) }
    }

    func peerGoesAway(lastStream: Int32) {
        isDraining = true
    }

    func body(of stream: Int32, into room: UnsafeMutableRawBufferPointer) -> OnBody {
        guard let call = call(stream) else { return .fail }
        let count = call.output.dequeue(into: room)
        let rest = call.output.readableBytes
        let action = call.machine.wrote(byteCount: count, rest: rest)
        self.count(call)
        if rest <= limits.queuedReplyBytesMax / 2, !call.waitingSenders.isEmpty {
            let waiting = call.waitingSenders
            call.waitingSenders = []
            for promise in waiting { promise.succeed() }
        }
        switch action {
        case .bytes: return .bytes(count)
        case .wait: return .wait
        case .trailers:
            submitTrailers(call)
            return .trailers(count)
        }
    }

    // MARK: Calls

    func call(_ stream: Int32) -> ServerCall? {
        if let lastCall, lastCall.stream == stream { return lastCall }
        let token = session.token(of: stream)
        guard token > 0, let call = calls[token - 1], call.stream == stream else { return nil }
        lastCall = call
        return call
    }

    private func receive(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer, isCompressed: Bool) {
        guard isCompressed else { return deliver(call, bytes) }
        // A little is expanded at once. A lot takes milliseconds, and is not the loop's to do.
        let bytesMax = min(Self.expandedHereBytesMax, limits.receivedMessageBytesMax)
        do throws(Gzip.Failure) {
            let expanded = try Gzip.expand(bytes, bytesMax: bytesMax)
            expanded.withUnsafeReadableBytes { deliver(call, $0) }
        } catch .tooLong where bytesMax < limits.receivedMessageBytesMax {
            expandAside(call, ByteBuffer(bytes: bytes))
        } catch {
            fail(call, QueuedMessage.status(error, bytesMax: limits.receivedMessageBytesMax))
        }
    }

    func deliver(_ call: ServerCall, _ message: UnsafeRawBufferPointer) {
        guard case .unary(let handler) = router.methods[call.method].handler else { return }
        deliver(call, message, to: handler)
    }

    func deliver(_ call: ServerCall, _ message: UnsafeRawBufferPointer, to handler: ServiceRouter.UnaryHandler) {
        let context = CallContext(path: router.methods[call.method].path, call: call, eventLoop: context.eventLoop)
        call.output.writeRepeatingByte(0, count: MessageReader.prefixBytes)
        let status = handler(context, message, &call.output)
        if let later = call.later { return answerLater(call, message, later.ready, later.handler) }
        if status == nil { seal(call, from: 0) } else { call.output.clear() }
        call.passedBytes &+= call.output.readableBytes
        call.machine.replied(status, isHeld: call.heldUntil != nil)
        count(call)
        if let outcome = call.heldUntil { hold(call, until: outcome) }
    }

    private func hold(_ call: ServerCall, until outcome: EventLoopFuture<HeldReply>) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let (stream, generation) = (call.stream, call.generation)
        outcome.hop(to: context.eventLoop).whenComplete { outcome in
            guard let call = bound.value.call(stream, generation: generation) else { return }
            call.heldUntil = nil
            var refusal: Status?
            switch outcome {
            case .success(.asWritten): break
            case .success(.message(let message)): bound.value.replace(call, with: message)
            case .success(.refused(let status)): refusal = status
            case .failure(let error): refusal = Status(.internalError, "\(error)")
            }
            bound.value.perform(call.machine.released(refusal), on: call)
            bound.value.flush()
        }
    }

    private func replace(_ call: ServerCall, with message: ByteBuffer) {
        call.output.clear()
        call.output.writeRepeatingByte(0, count: MessageReader.prefixBytes)
        call.output.writeImmutableBuffer(message)
        seal(call, from: 0)
        count(call)
    }

    /// Writes the prefix of the message whose prefix was left room for at `start`, compressed if that is worth it.
    func seal(_ call: ServerCall, from start: Int) {
        let first = call.output.readerIndex + start
        let messageStart = first + MessageReader.prefixBytes
        var byteCount = call.output.writerIndex - messageStart
        var flag: UInt8 = 0
        if call.usesGzip, byteCount > limits.compressionThresholdBytes,
            let slice = call.output.getSlice(at: messageStart, length: byteCount),
            let compressed = slice.withUnsafeReadableBytes({ Gzip.compress($0) }), compressed.readableBytes < byteCount
        {
            call.output.moveWriterIndex(to: messageStart)
            byteCount = compressed.readableBytes
            call.output.writeImmutableBuffer(compressed)
            flag = 1
        }
        call.output.setInteger(flag, at: first)
        call.output.setInteger(UInt32(byteCount), at: first + 1)
    }

    func submitHeaders(_ call: ServerCall) {
        session.submitResponse(on: call.stream, call.usesGzip ? ResponseFields.gzip : ResponseFields.identity)
    }

    private func submitTrailers(_ call: ServerCall) {
        let status = call.machine.status
        if status.code == .ok, call.trailers.entries.isEmpty {
            session.submitTrailers(on: call.stream, ResponseFields.okTrailers)
            return
        }
        ResponseFields.withTrailers(status, call.trailers) { session.submitTrailers(on: call.stream, $0) }
    }

    /// Ends a call with a status that is not OK; what the peer still sends is passed over.
    func fail(_ call: ServerCall, _ status: Status) {
        let action = call.machine.fail(status)
        breakOff(call)
        perform(action, on: call)
    }

    /// Its task need not go on.
    func breakOff(_ call: ServerCall) {
        stopReading(call)
        call.task?.cancel()
        // Not a regular end: whoever gathers messages must not take what has come for all there is.
        call.serverStream?.cancelled()
    }

    func perform(_ action: ServerStreamMachine.OnEnd, on call: ServerCall) {
        switch action {
        case .ignore, .drain: break
        case .submitHeaders: submitHeaders(call)
        case .submitHeadersOnly:
            call.output.clear()
            ResponseFields.withTrailersOnly(call.machine.status, call.trailers) {
                session.submitHeadersOnly(on: call.stream, $0)
            }
        case .resume: session.resume(call.stream)
        }
    }

    private func refuse(_ call: ServerCall, httpStatus: Int) {
        session.submitHeadersOnly(
            on: call.stream, httpStatus == 415 ? ResponseFields.unsupportedMediaType : ResponseFields.methodNotAllowed)
    }

    /// Everything that is left to do for a call whose stream is gone.
    func finish(_ call: ServerCall) {
        openCalls -= 1
        let now = NIODeadline.now().uptimeNanoseconds
        if let gate, let permit = call.permit {
            gate.ended(permit, call.passedBytes, now)
            if call.machine.status.isWrongCredential, gate.guessed(call.method, permit) { isTurnedAway = true }
        }
        counters.openStreams.wrappingSubtract(1, ordering: .relaxed)
        call.deadlineTimer?.cancel()
        waitingBytes -= call.waitingBytes
        call.waitingBytes = 0
        call.serverStream?.cancelled()
        call.task?.cancel()
        for promise in call.waitingSenders { promise.fail(CancellationError()) }
        router.onCallEnd?(call.method, call.machine.finalCode, now - call.startedAt)
    }
}
