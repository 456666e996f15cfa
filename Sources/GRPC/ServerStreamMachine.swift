package import NIOCore

/// What a stream of a server's connection is in, as a value: it is told what has happened and says what is to be done. It knows no
/// socket, no task and no HTTP/2 session, so it is tested byte by byte; `ServerConnection` performs.
package struct ServerStreamMachine {
    /// How the method of the call is answered.
    package enum Kind: Sendable, Equatable {
        /// By a function of the event loop, from one message.
        case unary
        /// By a task that takes and sends messages.
        case streaming
    }

    /// What is to be done with a header field.
    package enum OnField: Equatable {
        case take
        /// It is beyond the limit or part of trailers, which gRPC does not know in requests.
        case skip
        /// So far beyond the limit that even to look at each costs too much: the stream is reset. Twelve thousand references to one
        /// field of 4 kilobytes fit into a frame.
        case cutOff
    }

    /// What is to be done once the header fields are complete.
    package enum OnHeadersEnd: Equatable {
        /// These were trailers, or the call has been answered.
        case ignore
        case accept
        /// An HTTP error, no gRPC; it ends the answer.
        case refuseHTTP(status: Int)
        /// To be handed to `fail`.
        case fail(Status)
    }

    /// What is to be done with part of a body.
    package enum OnData {
        /// The call has been answered: nothing.
        case discard
        /// The call has been answered long ago: the peer is told to stop.
        case discardAndReset
        /// These bytes are the one message of a unary call; valid as long as what was handed in.
        case unary(UnsafeRawBufferPointer, isCompressed: Bool)
        /// They are kept; `nextMessage` says what there is.
        case kept
        /// To be handed to `fail`.
        case fail(Status)
    }

    /// What comes next of the messages.
    package enum OnMessage: Equatable {
        /// Nothing for now.
        case wait
        /// The one message of a unary call.
        case unary(ByteBuffer, isCompressed: Bool)
        /// A message for the task. It counts as unread until `taken`.
        case streaming(QueuedMessage)
        /// The task gets no further messages.
        case finishMessages
        /// The reply of the unary call is to be sent: its headers now, its bytes and trailers as they are asked for.
        case answer
        /// To be handed to `fail`.
        case fail(Status)
    }

    /// What is to be done with a message that a task sends; it is in the queue by then.
    package enum OnSend: Equatable {
        /// The call is over: the message goes nowhere.
        case refuse
        /// The first: response headers come before it.
        case submitHeaders
        /// The session waits for output.
        case resume
        /// The session will ask for it.
        case queue
    }

    /// What is to be done when the final status is known.
    package enum OnEnd: Equatable {
        /// It was known before.
        case ignore
        /// Response headers; the trailers are asked for behind them.
        case submitHeaders
        /// Status and trailers as the only headers; what was queued is dropped.
        case submitHeadersOnly
        /// The session waits for output, which now is the trailers.
        case resume
        /// The trailers follow what is queued.
        case drain
    }

    /// What is to be done at the deadline, beside what `fail` said.
    package enum OnDeadline: Equatable {
        case end(OnEnd)
        /// The peer did not take in time what was left to send: nobody waits for it.
        case reset
    }

    /// What the session gets that asked for output.
    package enum OnOutput: Equatable {
        /// What was written into its room.
        case bytes
        /// That, and the trailers: they are to be submitted.
        case trailers
        /// Nothing yet.
        case wait
    }

    /// What is to be done about the time that has passed.
    package enum OnWatch: Equatable {
        case goOn
        /// To be handed to `fail`.
        case fail(Status)
        /// The stream is reset.
        case reset
    }

    /// What has been sent of the answer.
    private enum Answer {
        /// Nothing yet.
        case open
        /// Response headers; messages may follow.
        case streaming
        /// The final status is known; what is queued is still being sent.
        case ending
        /// Trailers or a refusal have been submitted.
        case ended
    }

    /// Counted for each header field beside its bytes. Source: RFC 9113, section 6.5.2.
    private static let fieldOverheadBytes = 32
    /// Fields up to so many times the limit are read past, so that the call gets its status.
    package static let skippedFactorMax = 16
    /// curl takes a reset, even one without an error, for a failure: so a small request may be finished after its answer.
    package static let discardedBytesMax = 64 * 1024
    private static let unannouncedCompression = Status(
        .internalError, "a compressed message came without grpc-encoding: gzip")

    private let headerListBytesMax: Int
    private let messageBytesMax: Int
    private let unreadBytesMax: Int
    private var reader: MessageReader
    private var answer = Answer.open
    private var kind = Kind.unary
    private var takesGzip = false
    private var hasHead = false
    private var hasMessage = false
    private var isHeld = false
    private var isWaitingForOutput = false
    private var headerBytes = 0
    private var discardedBytes = 0
    /// What messages cost that the task has before it.
    private var unreadBytes = 0
    /// Credit that is kept back until the task has taken what lies before it.
    private var withheldBytes = 0

    /// Counts whatever moves; what it was at the check before, and since when.
    private var progress: UInt32 = 0
    private var seenProgress: UInt32 = 0
    private var seenSince: NIODeadline?

    /// The final status as far as it is known.
    package private(set) var status = Status.ok
    /// Whether the peer sends nothing more.
    package private(set) var peerHasEnded = false

    package init(limits: ServerLimits) {
        headerListBytesMax = limits.headerListBytesMax
        messageBytesMax = limits.receivedMessageBytesMax
        unreadBytesMax = limits.unreadMessageBytesMax
        reader = MessageReader(messageBytesMax: limits.receivedMessageBytesMax)
    }

    /// Back to the beginning, for another stream; the memory of buffers is kept.
    package mutating func reset() {
        reader.reset()
        answer = .open
        kind = .unary
        takesGzip = false
        hasHead = false
        hasMessage = false
        isHeld = false
        isWaitingForOutput = false
        headerBytes = 0
        discardedBytes = 0
        unreadBytes = 0
        withheldBytes = 0
        progress = 0
        seenProgress = 0
        seenSince = nil
        status = .ok
        peerHasEnded = false
    }

    /// Whether messages may still come in, and go out from a task.
    package var isTalking: Bool { answer == .open || answer == .streaming }
    /// What has come and lies waiting.
    package var bufferedBytes: Int { reader.bufferedBytes + unreadBytes }
    /// Whether nothing has been said yet.
    package var isUnanswered: Bool { answer == .open }
    /// Whether trailers or a refusal have been submitted.
    package var hasEnded: Bool { answer == .ended }
    /// For the records, once the stream is gone.
    package var finalCode: Status.Code { answer == .ended ? status.code : .cancelled }

    // MARK: Head

    /// A header field has come.
    package mutating func field(nameBytes: Int, valueBytes: Int) -> OnField {
        headerBytes += nameBytes + valueBytes + Self.fieldOverheadBytes
        if headerBytes <= headerListBytesMax, !hasHead { return .take }
        return headerBytes <= headerListBytesMax * Self.skippedFactorMax ? .skip : .cutOff
    }

    /// The header fields are complete.
    ///
    /// - Parameters:
    ///   - verdict: On the fields, asked for only if they are to be judged.
    ///   - kind: Of the method; anything when there is none.
    ///   - takesGzip: Whether compressed messages were announced.
    package mutating func headersEnded(
        _ verdict: @autoclosure () -> RequestHead.OnHeaders, kind: Kind, takesGzip: Bool
    ) -> OnHeadersEnd {
        guard !hasHead, answer == .open else { return .ignore }
        hasHead = true
        guard headerBytes <= headerListBytesMax else {
            let reason = "the header fields have more than the limit of \(headerListBytesMax) bytes; send less metadata"
            return .fail(Status(.resourceExhausted, reason))
        }
        switch verdict() {
        case .accept:
            self.kind = kind
            self.takesGzip = takesGzip
            return .accept
        case .refuseHTTP(let httpStatus):
            status = Status(.unknown, "HTTP \(httpStatus)")
            answer = .ended
            return .refuseHTTP(status: httpStatus)
        case .fail(let status): return .fail(status)
        }
    }

    // MARK: Messages that come

    /// Part of a body has come, in any split.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> OnData {
        progress &+= 1
        guard isTalking else {
            discardedBytes += bytes.count
            return discardedBytes > Self.discardedBytesMax ? .discardAndReset : .discard
        }
        if kind == .unary, let whole = reader.wholeMessage(in: bytes) {
            if let status = admit(isCompressed: whole.isCompressed) { return .fail(status) }
            return .unary(whole.message, isCompressed: whole.isCompressed)
        }
        reader.feed(bytes)
        return .kept
    }

    /// Whether the peer's credit for bytes that have come is kept back, because the task lags behind. Otherwise it goes back at once:
    /// what a unary call sends is bounded by the limit of its message.
    package mutating func withholdsCredit(byteCount: Int) -> Bool {
        guard unreadBytes > unreadBytesMax, isTalking else { return false }
        withheldBytes += byteCount
        return true
    }

    /// To be asked after `received`, `peerEnded` and `taken`, until there is nothing to be done. What lies before a task that takes
    /// none stays as it came: cut, small messages would need many times the memory of their bytes.
    package mutating func nextMessage() -> OnMessage {
        guard isTalking, unreadBytes <= unreadBytesMax else { return .wait }
        switch reader.next() {
        case .needMore:
            return peerHasEnded ? endOfMessages() : .wait
        case .message(let bytes, let isCompressed):
            if let status = admit(isCompressed: isCompressed) { return .fail(status) }
            guard kind == .streaming else { return .unary(bytes, isCompressed: isCompressed) }
            let message = QueuedMessage(bytes: bytes, isCompressed: isCompressed)
            unreadBytes += message.cost
            return .streaming(message)
        case .tooLong(let byteCount):
            return .fail(
                Status(
                    .resourceExhausted, "the message is \(byteCount) bytes long; the limit is \(messageBytesMax)"))
        case .badFlag(let flag):
            return .fail(Status(.internalError, "the message prefix begins with \(flag), not with 0 or 1"))
        }
    }

    /// The peer sends nothing more.
    ///
    /// - Returns: Whether that is new.
    package mutating func peerEnded() -> Bool {
        guard !peerHasEnded else { return false }
        peerHasEnded = true
        return true
    }

    /// The task has taken a message.
    ///
    /// - Returns: Whether `nextMessage` is to be asked, and `releasedCredit` after it.
    package mutating func taken(cost: Int) -> Bool {
        unreadBytes -= cost
        return unreadBytes <= unreadBytesMax && (withheldBytes > 0 || reader.isAmidMessage || peerHasEnded)
    }

    /// How much of the credit kept back the peer gets now.
    package mutating func releasedCredit() -> Int {
        guard unreadBytes <= unreadBytesMax else { return 0 }
        defer { withheldBytes = 0 }
        return withheldBytes
    }

    /// No further messages are taken.
    ///
    /// - Returns: Credit that was kept back: however a call ends, the connection gets it again, for it is everybody's.
    package mutating func stopReading() -> Int {
        reader.reset()
        defer { withheldBytes = 0 }
        return withheldBytes
    }

    private mutating func admit(isCompressed: Bool) -> Status? {
        guard !isCompressed || takesGzip else { return Self.unannouncedCompression }
        guard kind == .streaming || !hasMessage else {
            return Status(.unimplemented, "the call takes one message; a second came")
        }
        hasMessage = true
        return nil
    }

    /// All messages have been cut, and no further bytes come.
    private mutating func endOfMessages() -> OnMessage {
        if reader.isAmidMessage { return .fail(Status(.internalError, "the request ended within a message")) }
        guard kind == .unary else { return .finishMessages }
        guard answer == .open else { return .wait }
        // The wrong number of messages is UNIMPLEMENTED. Source: github.com/grpc/grpc/blob/master/doc/statuscodes.md
        guard hasMessage else { return .fail(Status(.unimplemented, "the call takes one message; none came")) }
        guard !isHeld else { return .wait }
        guard status.code == .ok else { return .fail(status) }
        answer = .ending
        return .answer
    }

    // MARK: The answer

    /// The handler of a unary call has returned; the answer goes out once the request has ended.
    ///
    /// - Parameters:
    ///   - status: nil for OK.
    ///   - isHeld: Whether the reply waits for `released`.
    package mutating func replied(_ status: Status?, isHeld: Bool) {
        if let status { self.status = status }
        self.isHeld = isHeld
    }

    /// What the reply was held back for has happened.
    ///
    /// - Parameter status: nil for the reply as it is, else what ends the call instead.
    package mutating func released(_ status: Status?) -> OnMessage {
        guard isHeld, answer == .open else { return .wait }
        isHeld = false
        if let status { self.status = status }
        return peerHasEnded ? endOfMessages() : .wait
    }

    /// A task sends a message.
    package mutating func send() -> OnSend {
        switch answer {
        case .open:
            answer = .streaming
            return .submitHeaders
        case .streaming:
            guard isWaitingForOutput else { return .queue }
            isWaitingForOutput = false
            return .resume
        case .ending, .ended: return .refuse
        }
    }

    /// The task has ended.
    package mutating func end(_ status: Status) -> OnEnd {
        switch answer {
        case .open:
            self.status = status
            answer = status.code == .ok ? .ending : .ended
            return status.code == .ok ? .submitHeaders : .submitHeadersOnly
        case .streaming:
            self.status = status
            answer = .ending
            guard isWaitingForOutput else { return .drain }
            isWaitingForOutput = false
            return .resume
        case .ending, .ended: return .ignore
        }
    }

    /// The call fails, whatever its task does. Where the trailers have not gone out yet they carry this status.
    ///
    /// - Precondition: `status` is not OK.
    package mutating func fail(_ status: Status) -> OnEnd {
        guard isTalking else {
            self.status = status
            return .ignore
        }
        return end(status)
    }

    /// The deadline has passed.
    ///
    /// - Parameter queuedBytes: What is left of the messages to be sent.
    package mutating func expire(queuedBytes: Int) -> OnDeadline {
        // What is in line now was in line before: whoever did not take it in time waits no longer.
        let isStuck = answer == .ended || (!isUnanswered && queuedBytes > 0)
        let action = fail(Status(.deadlineExceeded, "the deadline passed before the call had ended"))
        return isStuck ? .reset : .end(action)
    }

    /// To be asked now and then: a peer that neither goes on with its request nor reads the answer holds what others need. Between
    /// two messages of a stream nobody waits for anybody.
    ///
    /// - Parameters:
    ///   - queuedBytes: What is left of the messages to be sent.
    ///   - bodyMilliseconds: How long a request may pause.
    ///   - stallMilliseconds: How long an answer may lie unread.
    package mutating func watch(
        queuedBytes: Int, bodyMilliseconds: Int, stallMilliseconds: Int, now: NIODeadline
    ) -> OnWatch {
        guard let since = seenSince, progress == seenProgress else {
            seenProgress = progress
            seenSince = now
            return .goOn
        }
        let passed = (now - since).nanoseconds / 1_000_000
        if !isUnanswered, queuedBytes > 0 { return passed >= stallMilliseconds ? .reset : .goOn }
        guard !peerHasEnded, passed >= bodyMilliseconds else { return .goOn }
        if answer == .ended { return .reset }
        let isAmidRequest = hasHead && (kind == .unary || reader.isAmidMessage) && unreadBytes <= unreadBytesMax
        guard isTalking, isAmidRequest else { return .goOn }
        return .fail(Status(.deadlineExceeded, "nothing came of the request for \(bodyMilliseconds) ms"))
    }

    /// Whoever missed the deadline is told to stop, once the answer is out: sooner, nghttp2 would drop it. Others may finish their
    /// request.
    package var isResetBehindAnswer: Bool { !peerHasEnded && status.code == .deadlineExceeded }

    /// The session took from the queue.
    ///
    /// - Parameters:
    ///   - byteCount: How much it took.
    ///   - rest: How much is left.
    package mutating func wrote(byteCount: Int, rest: Int) -> OnOutput {
        if rest == 0, answer == .ending {
            answer = .ended
            return .trailers
        }
        guard byteCount > 0 else {
            isWaitingForOutput = true
            return .wait
        }
        progress &+= 1
        return .bytes
    }
}
