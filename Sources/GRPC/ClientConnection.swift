internal import HTTP2
internal import NIOCore
internal import NIOTLS

/// One call as its connection sees it.
final class ClientCall {
    let stream: ClientStream
    var reader: MessageReader
    var output = ByteBuffer()
    var hasFinishedSending = false
    var isWaitingForOutput = false
    var waitingSenders: [EventLoopPromise<Void>] = []
    /// What messages cost that were handed over and not yet taken.
    var unreadBytes = 0
    /// Credit kept back until the reader has taken what lies before it.
    var withheldBytes = 0
    var httpStatus: Int?
    var isGRPC = false
    var isGzip = false
    var statusCode: Int?
    var message = ""
    var metadata = Metadata()
    var deadlineTimer: Scheduled<Void>?
    /// Set when this side ends the call.
    var ownStatus: Status?
    private let live: LiveObjects

    init(stream: ClientStream, messageBytesMax: Int, live: LiveObjects) {
        self.stream = stream
        reader = MessageReader(messageBytesMax: messageBytesMax)
        self.live = live
        live.add(1)
    }

    deinit { live.add(-1) }
}

/// A client's connection: the counterpart of `ServerConnection`.
final class ClientConnection: ChannelInboundHandler, SessionDelegate {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let noError: UInt32 = 0
    private static let cancel: UInt32 = 8
    private static let refusedStream: UInt32 = 7
    private static let queuedBytesMax = 256 * 1024
    private static let unreadBytesMax = 1024 * 1024
    private static let outputPieceBytes = 128 * 1024

    private let limits: ClientLimits
    private let scheme: String
    private var session: Session!
    /// Held from `handlerAdded` to `handlerRemoved`: it holds this object in turn.
    private var context: ChannelHandlerContext!
    private let live: LiveObjects
    private var eventLoop: (any EventLoop)!
    private var calls: [Int32: ClientCall] = [:]
    private var isInSession = false
    private var isClosed = false
    private var isGoingAway = false
    /// Why the connection broke, as far as the channel said.
    private(set) var failure: (any Error)?
    /// Completed once the daemon has shown who it is; nil where nothing is encrypted.
    private var handshake: EventLoopPromise<Void>?
    private let serverName: String?

    /// - Parameter serverName: What the other side's certificate must carry, whatever address it is for; nil where nobody named one.
    init(limits: ClientLimits, scheme: String, serverName: String?, live: LiveObjects) {
        self.limits = limits
        self.scheme = scheme
        self.serverName = serverName
        self.live = live
        live.add(1)
    }

    deinit { live.add(-1) }

    /// Whether new calls can begin.
    var isUsable: Bool { session != nil && !isClosed && !isGoingAway }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        eventLoop = context.eventLoop
        if scheme == "https" { handshake = context.eventLoop.makePromise() }
        if context.channel.isActive { start() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        handshake?.fail(failure ?? ChannelError.eof)
        endCalls()
        session = nil
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        var hasFailed = false
        isInSession = true
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            do throws(SessionError) { try session.receive(bytes) } catch { hasFailed = true }
        }
        isInSession = false
        flush()
        if hasFailed { context.close(promise: nil) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        handshake?.fail(failure ?? ChannelError.eof)
        endCalls()
        context.fireChannelInactive()
    }

    private func endCalls() {
        isClosed = true
        let reason = failure.map { ": \(PlainWords.of($0))" } ?? ""
        let open = calls
        calls = [:]
        for call in open.values { finish(call, Status(.unavailable, "the connection was closed\(reason)")) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            if let serverName, !CertificateName.isCarried(serverName, byPeerOf: context) {
                errorCaught(context: context, error: Self.otherName)
            } else {
                handshake?.succeed()
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private static let otherName = Status(
        .unavailable, "the certificate is for another name than the one that was asked for")

    /// Done when calls may begin; fails with what is wrong with the daemon's certificate.
    var isReady: EventLoopFuture<Void> { handshake?.futureResult ?? eventLoop.makeSucceededVoidFuture() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if failure == nil { failure = error }
        handshake?.fail(error)
        context.close(promise: nil)
    }

    private func start() {
        guard session == nil else { return }
        do throws(SessionError) {
            session = try Session(.client, limits: SessionLimits(), delegate: self)
        } catch {
            context.close(promise: nil)
            return
        }
        flush()
    }

    private func flush() {
        guard !isInSession, !isClosed, session != nil else { return }
        while context.channel.isWritable {
            var output = context.channel.allocator.buffer(capacity: 0)
            var isDrained = true
            isInSession = true
            do throws(SessionError) {
                isDrained = try session.drain(upTo: Self.outputPieceBytes) { output.writeBytes($0) }
            } catch {
                context.close(promise: nil)
            }
            isInSession = false
            if output.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(output), promise: nil) }
            if isDrained { break }
        }
        if session.isFinished { context.close(promise: nil) }
    }

    func close() -> EventLoopFuture<Void> {
        guard !isClosed, session != nil, let context else { return eventLoop.makeSucceededVoidFuture() }
        session.goAway()
        flush()
        return context.close()
    }

    // MARK: Calls

    /// - Throws: UNAVAILABLE when the connection takes no further calls.
    func open(
        _ path: String, authority: String, metadata: Metadata, deadline: NIODeadline?
    ) throws -> ClientStream {
        guard isUsable else { throw Status(.unavailable, "the connection is closing") }
        var fields: [(name: [UInt8], value: [UInt8])] = [
            (Array(":method".utf8), Array("POST".utf8)), (Array(":scheme".utf8), Array(scheme.utf8)),
            (Array(":path".utf8), Array(path.utf8)), (Array(":authority".utf8), Array(authority.utf8)),
            (Array("te".utf8), Array("trailers".utf8)),
            (Array("content-type".utf8), Array("application/grpc".utf8)),
            (Array("user-agent".utf8), Array("grpc-bespoke".utf8)),
        ]
        if authority.hasPrefix("unix:") { fields[3].value = Array("localhost".utf8) }
        if limits.acceptsGzip { fields.append((Array("grpc-accept-encoding".utf8), Array("identity,gzip".utf8))) }
        if limits.compressesRequests { fields.append((Array("grpc-encoding".utf8), Array("gzip".utf8))) }
        if let deadline {
            let rest = max(0, (deadline - NIODeadline.now()).nanoseconds)
            fields.append((Array("grpc-timeout".utf8), Array(Timeout.text(nanoseconds: rest).utf8)))
        }
        fields += metadata.wire
        let stream = try withHeaderFields(fields) { try session.submitRequest($0) }
        let clientStream = ClientStream(
            connection: NIOLoopBound(self, eventLoop: eventLoop), eventLoop: eventLoop, stream: stream,
            messageBytesMax: limits.receivedMessageBytesMax)
        let call = ClientCall(
            stream: clientStream, messageBytesMax: limits.receivedMessageBytesMax, live: live)
        calls[stream] = call
        if let deadline {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            call.deadlineTimer = eventLoop.scheduleTask(deadline: deadline) {
                bound.value.end(stream, Status(.deadlineExceeded, "the deadline passed before the call had ended"))
            }
        }
        flush()
        return clientStream
    }

    func send(_ message: ByteBuffer, on stream: Int32) -> EventLoopFuture<Void> {
        guard let call = calls[stream], !call.hasFinishedSending, call.ownStatus == nil else {
            // The peer has answered already: what it said comes with the responses.
            return eventLoop.makeSucceededVoidFuture()
        }
        var body = message
        var flag: UInt8 = 0
        if limits.compressesRequests, let compressed = message.withUnsafeReadableBytes({ Gzip.compress($0) }) {
            body = compressed
            flag = 1
        }
        call.output.writeInteger(flag)
        call.output.writeInteger(UInt32(body.readableBytes))
        call.output.writeBuffer(&body)
        resume(call, stream)
        // Writing may have shown that the peer is gone, and the call with it.
        guard calls[stream] === call, call.output.readableBytes > Self.queuedBytesMax else {
            return eventLoop.makeSucceededVoidFuture()
        }
        let promise = eventLoop.makePromise(of: Void.self)
        call.waitingSenders.append(promise)
        return promise.futureResult
    }

    func finishSending(_ stream: Int32) {
        guard let call = calls[stream] else { return }
        call.hasFinishedSending = true
        resume(call, stream)
    }

    /// The reader has taken a message: the peer may send as much again.
    func taken(_ cost: Int, _ stream: Int32) {
        guard !isClosed, let call = calls[stream] else { return }
        call.unreadBytes -= cost
        guard call.unreadBytes <= Self.unreadBytesMax, call.withheldBytes > 0 || call.reader.isAmidMessage
        else { return }
        cutMessages(call, stream)
        if call.unreadBytes <= Self.unreadBytesMax { giveBack(call, stream) }
        flush()
    }

    /// Credit that was kept back while the reader lagged behind. However a call ends, the connection gets it back: it is
    /// everybody's.
    private func giveBack(_ call: ClientCall, _ stream: Int32) {
        guard call.withheldBytes > 0 else { return }
        session.consume(stream, byteCount: call.withheldBytes)
        call.withheldBytes = 0
    }

    /// Ends a call from this side.
    func end(_ stream: Int32, _ status: Status) {
        guard let call = calls[stream], call.ownStatus == nil else { return }
        fail(call, stream, status)
        flush()
    }

    private func resume(_ call: ClientCall, _ stream: Int32) {
        if call.isWaitingForOutput {
            call.isWaitingForOutput = false
            session.resume(stream)
        }
        flush()
    }

    private func finish(_ call: ClientCall, _ status: Status) {
        call.deadlineTimer?.cancel()
        for promise in call.waitingSenders { promise.succeed() }
        call.waitingSenders = []
        call.stream.finished(status, trailers: call.metadata)
    }

    // MARK: Session

    func headersBegan(on stream: Int32) {}

    func header(on stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let call = calls[stream] else { return true }
        if matches(name, ":status") {
            call.httpStatus = Int(String(decoding: value, as: UTF8.self))
        } else if matches(name, "content-type") {
            call.isGRPC = value.starts(with: "application/grpc".utf8)
        } else if matches(name, "grpc-encoding") {
            call.isGzip = matches(value, "gzip")
        } else if matches(name, "grpc-status") {
            call.statusCode = Int(String(decoding: value, as: UTF8.self))
        } else if matches(name, "grpc-message") {
            call.message = StatusMessage.decode(value)
        } else {
            call.metadata.addReceived(name: name, value: value)
        }
        return true
    }

    func headersEnded(on stream: Int32) {
        guard let call = calls[stream], call.httpStatus == 200, call.isGRPC else { return }
        call.stream.received(headers: call.metadata)
    }

    func data(on stream: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let call = calls[stream], call.ownStatus == nil else {
            session.consume(stream, byteCount: bytes.count)
            return
        }
        // A message that is being gathered is credited as it comes; behind whole ones that nobody takes credit ends.
        if call.unreadBytes > Self.unreadBytesMax {
            call.withheldBytes += bytes.count
        } else {
            session.consume(stream, byteCount: bytes.count)
        }
        call.reader.feed(bytes)
        cutMessages(call, stream)
    }

    /// Takes messages out of what has come. What lies before a reader that takes none stays as it came: cut, small messages
    /// would need many times the memory of their bytes.
    ///
    /// - Parameter isLast: The stream ends, and what is left of it, no more than a window, is handed over at once.
    private func cutMessages(_ call: ClientCall, _ stream: Int32, isLast: Bool = false) {
        while call.ownStatus == nil, isLast || call.unreadBytes <= Self.unreadBytesMax {
            switch call.reader.next() {
            case .needMore:
                return
            case .message(let message, let isCompressed):
                let queued = QueuedMessage(bytes: message, isCompressed: isCompressed)
                call.unreadBytes += queued.cost
                call.stream.deliver(queued)
            case .tooLong(let byteCount):
                return fail(
                    call, stream,
                    Status(
                        .resourceExhausted,
                        "the reply is \(byteCount) bytes long; the limit is \(limits.receivedMessageBytesMax)"))
            case .badFlag:
                return fail(call, stream, Status(.internalError, "the reply is not a gRPC message"))
            }
        }
    }

    /// The server's end is the call's end, whatever is still being sent.
    func peerEnded(_ stream: Int32) {
        guard let call = calls[stream], !call.hasFinishedSending || call.output.readableBytes > 0 else { return }
        session.reset(stream, errorCode: Self.noError)
    }

    func sentEnd(_ stream: Int32) {}

    func peerResets(_ stream: Int32) -> OnPeerReset { .over }

    func streamClosed(_ stream: Int32, errorCode: UInt32) {
        guard let call = calls.removeValue(forKey: stream) else { return }
        cutMessages(call, stream, isLast: true)
        // The stream can no longer give its credit back; the connection's must not be lost with it.
        if call.withheldBytes > 0 { session.consumeConnection(byteCount: call.withheldBytes) }
        finish(call, status(of: call, errorCode: errorCode))
    }

    func peerGoesAway(lastStream: Int32) {
        isGoingAway = true
    }

    func body(of stream: Int32, into room: UnsafeMutableRawBufferPointer) -> OnBody {
        guard let call = calls[stream] else { return .fail }
        let count = call.output.dequeue(into: room)
        if call.output.readableBytes <= Self.queuedBytesMax / 2, !call.waitingSenders.isEmpty {
            let waiting = call.waitingSenders
            call.waitingSenders = []
            for promise in waiting { promise.succeed() }
        }
        if call.output.readableBytes == 0, call.hasFinishedSending { return .end(count) }
        guard count > 0 else {
            call.isWaitingForOutput = true
            return .wait
        }
        return .bytes(count)
    }

    private func fail(_ call: ClientCall, _ stream: Int32, _ status: Status) {
        call.ownStatus = status
        giveBack(call, stream)
        call.reader.reset()
        session.reset(stream, errorCode: Self.cancel)
    }

    /// Source: github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md and PROTOCOL-HTTP2.md, "Errors".
    private func status(of call: ClientCall, errorCode: UInt32) -> Status {
        if let own = call.ownStatus { return own }
        if let code = call.statusCode { return Status(Status.Code(rawValue: code) ?? .unknown, call.message) }
        if let http = call.httpStatus, http != 200 || !call.isGRPC {
            let code: Status.Code =
                switch http {
                case 400: .internalError
                case 401: .unauthenticated
                case 403: .permissionDenied
                case 404: .unimplemented
                case 429, 502, 503, 504: .unavailable
                default: .unknown
                }
            return Status(code, "the server answered with HTTP \(http), not gRPC")
        }
        switch errorCode {
        case Self.refusedStream: return Status(.unavailable, "the server refused the call before it began")
        case Self.cancel: return Status(.cancelled, "the server broke the call off")
        default: return Status(.internalError, "the call ended without a status (HTTP/2 error \(errorCode))")
        }
    }
}
