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
    /// Counted for each header field beside its bytes. Source: RFC 9113, section 6.5.2.
    private static let headerOverheadBytes = 32
    private static let noError: UInt32 = 0
    private static let discardedBytesMax = 64 * 1024
    /// Calls of an earlier request are kept for the next.
    private static let sparesMax = 128

    let router: ServiceRouter
    let limits: ServerLimits
    /// Set once, before the first call.
    @exclusivity(unchecked) var peerUserID: UInt32?
    private let counters: ServerCounters
    @exclusivity(unchecked) private(set) var session: Session!
    @exclusivity(unchecked) private(set) var context: ChannelHandlerContext!
    @exclusivity(unchecked) private(set) var calls: [ServerCall?] = []
    @exclusivity(unchecked) private var freeTokens: [Int] = []
    @exclusivity(unchecked) private var spares: [ServerCall] = []
    @exclusivity(unchecked) private var output = ByteBuffer()
    @exclusivity(unchecked) private var isInSession = false
    @exclusivity(unchecked) private var isClosing = false
    @exclusivity(unchecked) private var isDraining = false
    @exclusivity(unchecked) private var handshakeTimer: Scheduled<Void>?
    /// Calls whose deadline has no timer yet: most end within the read that brought them.
    @exclusivity(unchecked) var untimed: [Int] = []
    @exclusivity(unchecked) private(set) var openCalls = 0
    /// The call that the session spoke of last: it mostly speaks of the same one several times in a row.
    @exclusivity(unchecked) private var lastCall: ServerCall?

    init(router: ServiceRouter, limits: ServerLimits, counters: ServerCounters) {
        self.router = router
        self.limits = limits
        self.counters = counters
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let bytes = unwrapInboundIn(data)
        handshakeTimer?.cancel()
        handshakeTimer = nil
        var failure: SessionError?
        isInSession = true
        bytes.withUnsafeReadableBytes { bytes in
            do throws(SessionError) { try session.receive(bytes) } catch { failure = error }
        }
        isInSession = false
        if failure != nil {
            counters.protocolErrors.wrappingAdd(1, ordering: .relaxed)
            flushAndClose()
            return
        }
        flush()
        startTimers()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Whoever does not read answers gets no further requests read.
        context.channel.setOption(.autoRead, value: context.channel.isWritable).whenFailure { _ in }
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        handshakeTimer?.cancel()
        for case let call? in calls { finish(call, errorCode: Self.cancel) }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted(let negotiated) = event, negotiated != "h2" {
            context.close(promise: nil)
        } else if case ChannelEvent.inputClosed = event {
            // The peer sends nothing more, but may still read what was asked for.
            if openCalls == 0 { flushAndClose() } else { isDraining = true }
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
        do throws(SessionError) {
            session = try Session(.server, limits: sessionLimits, delegate: self)
        } catch {
            context.close(promise: nil)
            return
        }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        handshakeTimer = context.eventLoop.scheduleTask(in: .milliseconds(Int64(limits.handshakeMilliseconds))) {
            bound.value.context.close(promise: nil)
        }
        flush()
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
            if output.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(output), promise: nil) }
            if isClosing { break }
            if isDrained { break }
        }
        if isClosing || session.isFinished || (isDraining && openCalls == 0) { closeChannel() }
    }

    private func flushAndClose() {
        flush()
        closeChannel()
    }

    private func closeChannel() {
        guard !isClosing || context.channel.isActive else { return }
        isClosing = true
        // Behind what is still being written, so that no answer is cut off.
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

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

    // MARK: Session

    func headersBegan(on stream: Int32) {
        // A second block is trailers of the request, which gRPC does not know.
        guard session.token(of: stream) == 0 else { return }
        let call = spares.popLast() ?? ServerCall(messageBytesMax: limits.receivedMessageBytesMax)
        call.stream = stream
        call.startedAt = NIODeadline.now().uptimeNanoseconds
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
        counters.openStreams.wrappingAdd(1, ordering: .relaxed)
    }

    func header(on stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        guard let call = call(stream) else { return }
        call.headerBytes += name.count + value.count + Self.headerOverheadBytes
        guard call.headerBytes <= limits.headerListBytesMax else { return }
        if name.count == 5, matches(name, ":path") {
            call.method = router.index(of: value)
            if call.method < 0 { call.path = String(decoding: value.prefix(256), as: UTF8.self) }
        } else {
            call.head.add(name: name, value: value)
        }
    }

    func headersEnded(on stream: Int32) {
        guard let call = call(stream), call.phase == .open, call.serverStream == nil, !call.hasMessage else { return }
        guard call.headerBytes <= limits.headerListBytesMax else {
            let reason = "the header fields have \(call.headerBytes) bytes; the limit is \(limits.headerListBytesMax)"
            return fail(call, Status(.resourceExhausted, reason))
        }
        switch call.head.verdict(isKnownMethod: call.method >= 0, path: call.path) {
        case .accept:
            break
        case .refuseHTTP(let status):
            refuse(call, httpStatus: status)
            return
        case .fail(let status):
            fail(call, status)
            return
        }
        call.usesGzip = call.head.acceptsGzip && limits.compressesReplies
        if let nanoseconds = call.head.timeoutNanoseconds {
            call.deadline = .uptimeNanoseconds(call.startedAt) + .nanoseconds(nanoseconds)
            untimed.append(session.token(of: stream) - 1)
        }
        if case .stream(let handler, let pool) = router.methods[call.method].handler {
            startTask(call, handler, on: pool)
        }
    }

    func data(on stream: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let call = call(stream), call.phase == .open || call.phase == .answering else {
            discard(bytes, stream)
            return
        }
        credit(call, bytes.count)
        if call.serverStream == nil, let whole = call.reader.wholeMessage(in: bytes) {
            receive(call, whole.message, isCompressed: whole.isCompressed)
            return
        }
        call.reader.feed(bytes)
        while call.phase == .open || call.phase == .answering {
            switch call.reader.next() {
            case .needMore:
                return
            case .message(let message, let isCompressed):
                if let serverStream = call.serverStream {
                    deliver(call, to: serverStream, QueuedMessage(bytes: message, isCompressed: isCompressed))
                } else {
                    message.withUnsafeReadableBytes { receive(call, $0, isCompressed: isCompressed) }
                }
            case .tooLong(let byteCount):
                fail(
                    call,
                    Status(
                        .resourceExhausted,
                        "the message is \(byteCount) bytes long; the limit is \(limits.receivedMessageBytesMax)"))
            case .badFlag(let flag):
                fail(call, Status(.internalError, "the message prefix begins with \(flag), not with 0 or 1"))
            }
        }
    }

    func peerEnded(_ stream: Int32) {
        guard let call = call(stream), !call.peerHasEnded else { return }
        call.peerHasEnded = true
        if call.reader.isAmidMessage, call.phase == .open || call.phase == .answering {
            fail(call, Status(.internalError, "the request ended within a message"))
            return
        }
        if let serverStream = call.serverStream {
            serverStream.finishMessages()
        } else if call.phase == .open {
            guard call.hasMessage else {
                fail(call, Status(.invalidArgument, "the call takes one message; none came"))
                return
            }
            if call.heldUntil == nil { answerUnary(call) }
        }
    }

    /// Whoever missed the deadline is told to stop, once the answer is out: sooner, nghttp2 would drop it. Others may finish their
    /// request, see `discard`.
    func sentEnd(_ stream: Int32) {
        guard let call = call(stream), !call.peerHasEnded, call.status.code == .deadlineExceeded else { return }
        session.reset(stream, errorCode: Self.noError)
    }

    func streamClosed(_ stream: Int32, errorCode: UInt32) {
        let token = session.token(of: stream)
        guard token > 0, let call = calls[token - 1], call.stream == stream else { return }
        if lastCall === call { lastCall = nil }
        calls[token - 1] = nil
        freeTokens.append(token - 1)
        finish(call, errorCode: errorCode)
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
        if rest == 0, call.phase == .ending {
            submitTrailers(call)
            return .trailers(count)
        }
        if rest <= limits.queuedReplyBytesMax / 2, !call.waitingSenders.isEmpty {
            let waiting = call.waitingSenders
            call.waitingSenders = []
            for promise in waiting { promise.succeed() }
        }
        guard count > 0 else {
            call.isWaitingForOutput = true
            return .wait
        }
        return .bytes(count)
    }

    // MARK: Calls

    /// What comes for a call that has been answered. Small requests may be finished: curl takes a reset, even one
    /// without an error, for a failure.
    private func discard(_ bytes: UnsafeRawBufferPointer, _ stream: Int32) {
        session.consume(stream, byteCount: bytes.count)
        guard let call = call(stream) else { return }
        call.discardedBytes += bytes.count
        if call.discardedBytes > Self.discardedBytesMax { session.reset(stream, errorCode: Self.noError) }
    }

    func call(_ stream: Int32) -> ServerCall? {
        if let lastCall, lastCall.stream == stream { return lastCall }
        let token = session.token(of: stream)
        guard token > 0, let call = calls[token - 1], call.stream == stream else { return nil }
        lastCall = call
        return call
    }

    /// Unary bodies are bounded by the message limit and credited at once, streams as their handler takes messages.
    private func credit(_ call: ServerCall, _ byteCount: Int) {
        if call.unreadBytes > limits.unreadMessageBytesMax {
            call.withheldBytes += byteCount
        } else {
            session.consume(call.stream, byteCount: byteCount)
        }
    }

    private func receive(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer, isCompressed: Bool) {
        guard isCompressed else { return deliver(call, bytes) }
        guard call.head.encoding == .gzip else { return fail(call, Self.unannouncedCompression) }
        do throws(Status) {
            let message = QueuedMessage(bytes: ByteBuffer(bytes: bytes), isCompressed: true)
            let expanded = try message.expanded(bytesMax: limits.receivedMessageBytesMax)
            expanded.withUnsafeReadableBytes { deliver(call, $0) }
        } catch {
            fail(call, error)
        }
    }

    private static let unannouncedCompression = Status(
        .internalError, "a compressed message came without grpc-encoding: gzip")

    private func deliver(_ call: ServerCall, to serverStream: ServerStream, _ message: QueuedMessage) {
        guard !message.isCompressed || call.head.encoding == .gzip else {
            return fail(call, Self.unannouncedCompression)
        }
        call.unreadBytes += message.bytes.readableBytes
        serverStream.deliver(message)
    }

    private func deliver(_ call: ServerCall, _ message: UnsafeRawBufferPointer) {
        guard !call.hasMessage else {
            return fail(call, Status(.unimplemented, "the call takes one message; a second came"))
        }
        call.hasMessage = true
        guard case .unary(let handler) = router.methods[call.method].handler else { return }
        let context = CallContext(path: router.methods[call.method].path, call: call, eventLoop: context.eventLoop)
        call.output.writeRepeatingByte(0, count: MessageReader.prefixBytes)
        if let status = handler(context, message, &call.output) {
            call.output.clear()
            call.status = status
        } else {
            seal(call, from: 0)
            if let outcome = call.heldUntil { hold(call, until: outcome) }
        }
    }

    private func hold(_ call: ServerCall, until outcome: EventLoopFuture<Status?>) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let (stream, generation) = (call.stream, call.generation)
        outcome.hop(to: context.eventLoop).whenComplete { outcome in
            guard let call = bound.value.call(stream, generation: generation), call.phase == .open else { return }
            call.heldUntil = nil
            switch outcome {
            case .success(nil): break
            case .success(let status?): call.status = status
            case .failure(let error): call.status = Status(.internalError, "\(error)")
            }
            if call.status.code != .ok { call.output.clear() }
            guard call.peerHasEnded else { return }
            bound.value.answerUnary(call)
            bound.value.flush()
        }
    }

    /// Writes the prefix of the message whose prefix was left room for at `start`, compressed if that is worth it.
    private func seal(_ call: ServerCall, from start: Int) {
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

    private func answerUnary(_ call: ServerCall) {
        guard call.status.code == .ok else { return fail(call, call.status) }
        call.phase = .ending
        submitHeaders(call)
    }

    private func submitHeaders(_ call: ServerCall) {
        session.submitResponse(on: call.stream, call.usesGzip ? ResponseFields.gzip : ResponseFields.identity)
    }

    private func submitTrailers(_ call: ServerCall) {
        call.phase = .ended
        if call.status.code == .ok, call.trailers.entries.isEmpty {
            session.submitTrailers(on: call.stream, ResponseFields.okTrailers)
            return
        }
        ResponseFields.withTrailers(call.status, call.trailers) { session.submitTrailers(on: call.stream, $0) }
    }

    /// Ends a call with a status that is not OK; what the peer still sends is passed over.
    func fail(_ call: ServerCall, _ status: Status) {
        call.status = status
        call.task?.cancel()
        // Not a regular end: whoever gathers messages must not take what has come for all there is.
        call.serverStream?.cancelled()
        switch call.phase {
        case .open:
            call.phase = .ended
            call.output.clear()
            ResponseFields.withTrailersOnly(status, call.trailers) {
                session.submitHeadersOnly(on: call.stream, $0)
            }
        case .answering:
            end(call, status)
        case .ending, .ended:
            break
        }
    }

    private func refuse(_ call: ServerCall, httpStatus: Int) {
        call.status = Status(.unknown, "HTTP \(httpStatus)")
        call.phase = .ended
        session.submitHeadersOnly(
            on: call.stream, httpStatus == 415 ? ResponseFields.unsupportedMediaType : ResponseFields.methodNotAllowed)
    }

    /// Everything that is left to do for a call whose stream is gone.
    private func finish(_ call: ServerCall, errorCode: UInt32) {
        openCalls -= 1
        counters.openStreams.wrappingSubtract(1, ordering: .relaxed)
        call.deadlineTimer?.cancel()
        call.serverStream?.cancelled()
        call.task?.cancel()
        for promise in call.waitingSenders { promise.fail(CancellationError()) }
        let code = call.phase == .ended ? call.status.code : .cancelled
        router.onCallEnd?(call.method, code, NIODeadline.now().uptimeNanoseconds - call.startedAt)
    }

    // MARK: Tasks

    private func startTask(_ call: ServerCall, _ handler: @escaping ServiceRouter.StreamHandler, on pool: WorkPool?) {
        if let pool, !pool.enter() { return fail(call, pool.refusal) }
        let serverStream = ServerStream(
            connection: NIOLoopBound(self, eventLoop: context.eventLoop), eventLoop: context.eventLoop,
            stream: call.stream, generation: call.generation, metadata: call.metadata, deadline: call.deadline,
            peerUserID: peerUserID, messageBytesMax: limits.receivedMessageBytesMax)
        call.serverStream = serverStream
        call.task = Task(executorPreference: pool) {
            defer { pool?.leave() }
            let status: Status
            do {
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
        let start = call.output.readableBytes
        call.output.writeRepeatingByte(0, count: MessageReader.prefixBytes)
        call.output.writeImmutableBuffer(message)
        seal(call, from: start)
        if call.phase == .open {
            call.phase = .answering
            submitHeaders(call)
        } else if call.isWaitingForOutput {
            call.isWaitingForOutput = false
            session.resume(call.stream)
        }
        flush()
        guard call.output.readableBytes > limits.queuedReplyBytesMax else {
            return context.eventLoop.makeSucceededVoidFuture()
        }
        let promise = context.eventLoop.makePromise(of: Void.self)
        call.waitingSenders.append(promise)
        return promise.futureResult
    }

    /// Ends a call that a task answered.
    func end(_ call: ServerCall, _ status: Status) {
        guard call.phase == .open || call.phase == .answering else { return }
        call.status = status
        if call.phase == .open {
            if status.code == .ok {
                call.phase = .ending
                submitHeaders(call)
            } else {
                fail(call, status)
            }
        } else {
            call.phase = .ending
            if call.isWaitingForOutput {
                call.isWaitingForOutput = false
                session.resume(call.stream)
            }
        }
        flush()
    }

    /// The task has taken a message: the peer may send as much again.
    func taken(_ byteCount: Int, by call: ServerCall) {
        call.unreadBytes -= byteCount
        guard call.withheldBytes > 0, call.unreadBytes <= limits.unreadMessageBytesMax else { return }
        session.consume(call.stream, byteCount: call.withheldBytes)
        call.withheldBytes = 0
        flush()
    }
}
