import GRPC
import NIOCore
import Testing

/// `#expect` takes no calls that change what they are called on.
private func expect(_ holds: Bool, _ comment: Comment? = nil, at place: SourceLocation = #_sourceLocation) {
    #expect(holds, comment, sourceLocation: place)
}

/// A machine with what it takes to speak to it in bytes.
private struct Stream {
    var machine: ServerStreamMachine
    /// What was said of the bytes so far, in order.
    var log: [String] = []

    init(_ kind: ServerStreamMachine.Kind = .unary, takesGzip: Bool = false, limits: ServerLimits = Self.limits) {
        machine = ServerStreamMachine(limits: limits)
        expect(machine.headersEnded(.accept, kind: kind, takesGzip: takesGzip) == .accept)
    }

    static var limits: ServerLimits {
        var limits = ServerLimits()
        limits.receivedMessageBytesMax = 1_000
        limits.unreadMessageBytesMax = 1_000
        limits.headerListBytesMax = 200
        return limits
    }

    /// Hands bytes over in pieces and takes whatever comes of them.
    mutating func feed(_ bytes: [UInt8], piece: Int) {
        for start in stride(from: 0, to: bytes.count, by: piece) {
            bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { part in
                switch machine.received(part) {
                case .discard: log.append("discard")
                case .discardAndReset: log.append("reset")
                case .unary(let message, let isCompressed):
                    answer(Array(message), isCompressed)
                case .kept: takeMessages()
                case .fail(let status): fail(status)
                }
            }
        }
    }

    mutating func end() {
        expect(machine.peerEnded())
        takeMessages()
    }

    mutating func takeMessages() {
        while true {
            switch machine.nextMessage() {
            case .wait: return
            case .unary(let bytes, let isCompressed): answer(Array(buffer: bytes), isCompressed)
            case .streaming(let message):
                log.append("\(message.isCompressed ? "gzip " : "")\(Array(buffer: message.bytes))")
            case .finishMessages: return log.append("finish")
            case .answer: return log.append("answer")
            case .fail(let status): return fail(status)
            }
        }
    }

    private mutating func answer(_ message: [UInt8], _ isCompressed: Bool) {
        log.append("\(isCompressed ? "gzip " : "")\(message)")
        machine.replied(nil, isHeld: false)
    }

    private mutating func fail(_ status: Status) {
        log.append(status.code.name)
        _ = machine.fail(status)
    }
}

extension [UInt8] {
    fileprivate init(buffer: ByteBuffer) { self = Array(buffer.readableBytesView) }
}

private func prefixed(_ content: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    [flag, 0, 0, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
}

@Suite struct ServerStreamMachineTests {
    private let aborted = Status(.aborted, "enough")

    // MARK: Head

    @Test("Fields count with their overhead, and the last byte that fits is taken")
    func fieldLimit() {
        for (value, expected) in [(64, ServerStreamMachine.OnField.take), (65, .skip)] {
            var machine = ServerStreamMachine(limits: Stream.limits)
            expect(machine.field(nameBytes: 4, valueBytes: 64) == .take)
            expect(machine.field(nameBytes: 4, valueBytes: value) == expected)
            let action = machine.headersEnded(.accept, kind: .unary, takesGzip: false)
            guard case .fail(let status) = action else {
                expect(expected == .take && action == .accept)
                continue
            }
            expect(expected == .skip && status.code == .resourceExhausted)
            expect(status.message == "the header fields have more than the limit of 200 bytes; send less metadata")
        }
    }

    @Test("Fields far beyond the limit are not even looked at")
    func fieldsCutOff() {
        var machine = ServerStreamMachine(limits: Stream.limits)
        for _ in 0..<32 { expect(machine.field(nameBytes: 4, valueBytes: 64) != .cutOff) }
        expect(machine.field(nameBytes: 0, valueBytes: 0) == .cutOff)
    }

    @Test("What is too large is not judged")
    func tooLargeIsNotJudged() {
        var machine = ServerStreamMachine(limits: Stream.limits)
        _ = machine.field(nameBytes: 4, valueBytes: 500)
        func judge() -> RequestHead.OnHeaders {
            Issue.record("the fields are incomplete")
            return .accept
        }
        guard case .fail = machine.headersEnded(judge(), kind: .unary, takesGzip: false) else {
            Issue.record("it was taken")
            return
        }
    }

    @Test("A request that is no gRPC ends with an HTTP status; what it still sends is passed over")
    func refusedHTTP() {
        var machine = ServerStreamMachine(limits: Stream.limits)
        expect(
            machine.headersEnded(.refuseHTTP(status: 415), kind: .unary, takesGzip: false) == .refuseHTTP(status: 415))
        expect(machine.hasEnded && machine.finalCode == .unknown)
        [UInt8](repeating: 0, count: 100).withUnsafeBytes {
            guard case .discard = machine.received($0) else {
                Issue.record("bytes of a refused request were taken")
                return
            }
        }
        expect(machine.nextMessage() == .wait)
        expect(machine.fail(aborted) == .ignore)
    }

    @Test("A verdict that fails the call is handed on")
    func failedVerdict() {
        var machine = ServerStreamMachine(limits: Stream.limits)
        let status = Status(.unimplemented, "there is no method /x")
        expect(machine.headersEnded(.fail(status), kind: .unary, takesGzip: false) == .fail(status))
        expect(machine.fail(status) == .submitHeadersOnly)
        expect(machine.finalCode == .unimplemented)
    }

    @Test("Trailers of a request are passed over")
    func trailers() {
        var stream = Stream()
        expect(stream.machine.field(nameBytes: 3, valueBytes: 3) == .skip)
        expect(stream.machine.headersEnded(.refuseHTTP(status: 405), kind: .streaming, takesGzip: true) == .ignore)
        stream.feed(prefixed([1]), piece: 6)
        stream.end()
        expect(stream.log == ["[1]", "answer"])
    }

    // MARK: Unary calls

    @Test("A unary call is answered once its request has ended, however it is cut", arguments: 1...9)
    func unary(piece: Int) {
        var stream = Stream()
        stream.feed(prefixed([7, 8, 9]), piece: piece)
        expect(stream.log == ["[7, 8, 9]"])
        stream.end()
        expect(stream.log == ["[7, 8, 9]", "answer"])
        expect(stream.machine.wrote(byteCount: 5, rest: 3) == .bytes)
        expect(stream.machine.wrote(byteCount: 3, rest: 0) == .trailers)
        expect(stream.machine.finalCode == .ok && stream.machine.hasEnded)
        expect(!stream.machine.peerEnded(), "the end is told once")
    }

    @Test("A second message fails a unary call, however it is cut", arguments: 1...14)
    func secondMessage(piece: Int) {
        var stream = Stream()
        stream.feed(prefixed([1]) + prefixed([2]), piece: piece)
        // What comes behind the failure is passed over.
        expect(stream.log.prefix(2) == ["[1]", "UNIMPLEMENTED"])
        expect(stream.log.dropFirst(2).allSatisfy { $0 == "discard" })
        expect(stream.machine.status.message == "the call takes one message; a second came")
    }

    @Test("The end of a request without a message, and within one, fails the call")
    func incomplete() {
        var none = Stream()
        none.end()
        expect(none.log == ["UNIMPLEMENTED"])
        for cut in 1..<7 {
            for kind in [ServerStreamMachine.Kind.unary, .streaming] {
                var stream = Stream(kind)
                stream.feed(Array(prefixed([1, 2]).prefix(cut)), piece: 1)
                stream.end()
                expect(stream.log == ["INTERNAL"])
                expect(stream.machine.status.message == "the request ended within a message")
            }
        }
    }

    @Test("The length and the flag are judged on the prefix alone", arguments: [1, 2, 5])
    func badPrefixes(piece: Int) {
        var long = Stream()
        long.feed([0, 0, 0, 0x03, 0xe9], piece: piece)
        expect(long.log == ["RESOURCE_EXHAUSTED"])
        expect(long.machine.status.message == "the message is 1001 bytes long; the limit is 1000")
        var flagged = Stream(.streaming)
        flagged.feed([2, 0, 0, 0, 0], piece: piece)
        expect(flagged.log == ["INTERNAL"])
        var largest = Stream()
        largest.feed([0, 0, 0, 0x03, 0xe8], piece: piece)
        expect(largest.log.isEmpty)
    }

    @Test("Compressed messages are for those who announced them")
    func compression() {
        for kind in [ServerStreamMachine.Kind.unary, .streaming] {
            for piece in [1, 100] {
                var stream = Stream(kind, takesGzip: true)
                stream.feed(prefixed([1], flag: 1), piece: piece)
                expect(stream.log == ["gzip [1]"])
                var unannounced = Stream(kind)
                unannounced.feed(prefixed([1], flag: 1), piece: piece)
                expect(unannounced.log == ["INTERNAL"])
            }
        }
    }

    @Test("The status of a unary handler ends the call once the request has ended")
    func handlerFails() {
        var machine = Stream().machine
        prefixed([1]).withUnsafeBytes { _ = machine.received($0) }
        machine.replied(Status(.notFound, "nobody"), isHeld: false)
        expect(machine.nextMessage() == .wait)
        expect(machine.peerEnded())
        expect(machine.nextMessage() == .fail(Status(.notFound, "nobody")))
        expect(machine.fail(machine.status) == .submitHeadersOnly)
        expect(machine.finalCode == .notFound)
    }

    @Test("A held reply goes out when both the request has ended and it was released", arguments: [true, false])
    func heldReply(endsFirst: Bool) {
        for outcome in [nil, Status(.unavailable, "the disk")] {
            var machine = Stream().machine
            prefixed([1]).withUnsafeBytes { _ = machine.received($0) }
            machine.replied(nil, isHeld: true)
            let action: ServerStreamMachine.OnMessage
            if endsFirst {
                expect(machine.peerEnded())
                expect(machine.nextMessage() == .wait)
                action = machine.released(outcome)
            } else {
                expect(machine.released(outcome) == .wait)
                expect(machine.peerEnded())
                action = machine.nextMessage()
            }
            expect(action == outcome.map { .fail($0) } ?? .answer)
            expect(machine.released(nil) == .wait, "it is released once")
        }
    }

    @Test("What comes behind an answer is passed over up to a bound, then the peer is told to stop")
    func discards() {
        var stream = Stream()
        expect(stream.machine.fail(aborted) == .submitHeadersOnly)
        let piece = [UInt8](repeating: 0, count: 1_024)
        for _ in 0..<ServerStreamMachine.discardedBytesMax / piece.count { stream.feed(piece, piece: piece.count) }
        expect(stream.log.allSatisfy { $0 == "discard" })
        stream.feed([0], piece: 1)
        expect(stream.log.last == "reset")
        expect(!stream.machine.withholdsCredit(byteCount: 10))
    }

    // MARK: Streaming calls

    @Test("Messages come out in order and whole, however they are cut", arguments: 1...20)
    func streaming(piece: Int) {
        var stream = Stream(.streaming, takesGzip: true)
        stream.feed(prefixed([1, 2]) + prefixed([]) + prefixed([3], flag: 1), piece: piece)
        stream.end()
        expect(stream.log == ["[1, 2]", "[]", "gzip [3]", "finish"])
    }

    @Test("Credit is kept back while the task lags behind, and all of it comes back")
    func credit() {
        var stream = Stream(.streaming)
        // Each costs its bytes and what it takes to keep it: the fourth passes the limit of 1,000.
        let cost = QueuedMessage(bytes: ByteBuffer(bytes: [1]), isCompressed: false).cost
        expect(cost > 250)
        for _ in 0..<4 {
            expect(!stream.machine.withholdsCredit(byteCount: 6))
            stream.feed(prefixed([1]), piece: 6)
        }
        expect(stream.log.count == 4)
        expect(stream.machine.withholdsCredit(byteCount: 6))
        stream.feed(prefixed([5]), piece: 6)
        expect(stream.log.count == 4, "what the task has no room for stays as it came")
        expect(stream.machine.releasedCredit() == 0)
        expect(stream.machine.taken(cost: cost))
        stream.takeMessages()
        expect(stream.log.last == "[5]")
        expect(stream.machine.releasedCredit() == 0, "the fifth fills what the first had left")
        expect(stream.machine.taken(cost: cost))
        expect(stream.machine.releasedCredit() == 6)
        expect(stream.machine.releasedCredit() == 0)
        expect(!stream.machine.taken(cost: cost), "nothing waits for it")
    }

    @Test("The end of the messages waits for the task to take what lies before it")
    func endWaits() {
        var stream = Stream(.streaming)
        for value in 0..<5 { stream.feed(prefixed([UInt8(value)]), piece: 6) }
        stream.end()
        expect(stream.log.count == 4)
        expect(stream.machine.taken(cost: 262))
        stream.takeMessages()
        expect(stream.machine.taken(cost: 262))
        stream.takeMessages()
        expect(stream.log.suffix(2) == ["[4]", "finish"])
    }

    @Test("A call that ends gives its credit back and takes nothing more")
    func stopReading() {
        var stream = Stream(.streaming)
        for _ in 0..<4 { stream.feed(prefixed([1]), piece: 6) }
        expect(stream.machine.withholdsCredit(byteCount: 7))
        stream.feed([0, 0, 0, 0, 1, 1, 0], piece: 7)
        expect(stream.machine.end(.ok) == .submitHeaders)
        expect(stream.machine.stopReading() == 7)
        expect(stream.machine.stopReading() == 0)
        expect(stream.machine.nextMessage() == .wait)
        expect(!stream.machine.withholdsCredit(byteCount: 7))
    }

    @Test("Headers come before the first message and trailers behind the last")
    func answers() {
        var machine = Stream(.streaming).machine
        expect(machine.isUnanswered)
        expect(machine.send() == .submitHeaders)
        expect(!machine.isUnanswered)
        expect(machine.send() == .queue)
        expect(machine.wrote(byteCount: 10, rest: 0) == .bytes)
        expect(machine.wrote(byteCount: 0, rest: 0) == .wait)
        expect(machine.send() == .resume)
        expect(machine.send() == .queue)
        expect(machine.end(.ok) == .drain)
        expect(!machine.isTalking && !machine.hasEnded)
        expect(machine.send() == .refuse)
        expect(machine.end(aborted) == .ignore)
        expect(machine.wrote(byteCount: 5, rest: 5) == .bytes)
        expect(machine.finalCode == .cancelled, "what is not out yet may still be broken off")
        expect(machine.wrote(byteCount: 5, rest: 0) == .trailers)
        expect(machine.finalCode == .ok)
    }

    @Test("An answer without messages has headers and trailers, a failure only one of them")
    func emptyAnswers() {
        var machine = Stream(.streaming).machine
        expect(machine.end(.ok) == .submitHeaders)
        expect(machine.wrote(byteCount: 0, rest: 0) == .trailers)
        var failed = Stream(.streaming).machine
        expect(failed.end(aborted) == .submitHeadersOnly)
        expect(failed.hasEnded && failed.finalCode == .aborted)
    }

    @Test("A session that waits for output is told of the end")
    func endResumes() {
        var machine = Stream(.streaming).machine
        expect(machine.send() == .submitHeaders)
        expect(machine.wrote(byteCount: 1, rest: 0) == .bytes)
        expect(machine.wrote(byteCount: 0, rest: 0) == .wait)
        expect(machine.end(aborted) == .resume)
        expect(machine.wrote(byteCount: 0, rest: 0) == .trailers)
        expect(machine.finalCode == .aborted)
    }

    @Test("A failure behind the end takes the place of its status while the trailers are not out")
    func lateFailure() {
        var machine = Stream(.streaming).machine
        _ = machine.send()
        expect(machine.end(.ok) == .drain)
        expect(machine.fail(aborted) == .ignore)
        expect(machine.wrote(byteCount: 9, rest: 0) == .trailers)
        expect(machine.status == aborted)
    }

    // MARK: Deadlines

    @Test("The deadline of a call without an answer is told, and then the peer is told to stop")
    func deadlineUnanswered() {
        var machine = Stream().machine
        expect(machine.expire(queuedBytes: 400) == .end(.submitHeadersOnly), "a held reply is dropped")
        expect(machine.finalCode == .deadlineExceeded)
        expect(machine.isResetBehindAnswer)
        expect(machine.peerEnded())
        expect(!machine.isResetBehindAnswer)
    }

    @Test("The deadline amid an answer is told by the trailers, or by a reset when the peer takes nothing")
    func deadlineAmid() {
        var machine = Stream(.streaming).machine
        _ = machine.send()
        var other = machine
        expect(machine.expire(queuedBytes: 0) == .end(.drain))
        expect(machine.status.code == .deadlineExceeded)
        expect(other.expire(queuedBytes: 1) == .reset)
    }

    @Test("At its deadline a call that was answered, but never ended by the peer, is reset")
    func deadlineAnswered() {
        var machine = Stream().machine
        _ = machine.fail(aborted)
        expect(machine.expire(queuedBytes: 0) == .reset)
    }

    // MARK: Time that passes

    private func watch(_ machine: inout ServerStreamMachine, queued: Int = 0, at seconds: Int64)
        -> ServerStreamMachine.OnWatch
    {
        machine.watch(
            queuedBytes: queued, bodyMilliseconds: 10_000, stallMilliseconds: 20_000,
            now: .uptimeNanoseconds(1) + .seconds(seconds))
    }

    @Test("A request that pauses amid its message fails, one that goes on does not")
    func bodyPauses() {
        for kind in [ServerStreamMachine.Kind.unary, .streaming] {
            var stream = Stream(kind)
            stream.feed([0, 0], piece: 2)
            expect(watch(&stream.machine, at: 0) == .goOn)
            expect(watch(&stream.machine, at: 9) == .goOn)
            stream.feed([0], piece: 1)
            expect(watch(&stream.machine, at: 10) == .goOn)
            expect(watch(&stream.machine, at: 19) == .goOn)
            guard case .fail(let status) = watch(&stream.machine, at: 20) else {
                Issue.record("it may pause for ever")
                continue
            }
            expect(status.code == .deadlineExceeded)
            _ = stream.machine.fail(status)
            expect(watch(&stream.machine, at: 40) == .reset, "its request never ends")
        }
    }

    @Test("A stream may pause between messages, and one whose request is complete may work")
    func mayPause() {
        var streaming = Stream(.streaming)
        streaming.feed(prefixed([1]), piece: 100)
        var complete = Stream(.streaming)
        complete.end()
        for seconds in [0, 1_000, 2_000] as [Int64] {
            expect(watch(&streaming.machine, at: seconds) == .goOn)
            expect(watch(&complete.machine, at: seconds) == .goOn)
        }
    }

    @Test("An answer that nobody reads is given up, one that is read a little is not")
    func answerStalls() {
        var machine = Stream(.streaming).machine
        _ = machine.send()
        for step in 0..<5 as Range<Int64> {
            expect(watch(&machine, queued: 100, at: 19 * step) == .goOn)
            expect(machine.wrote(byteCount: 1, rest: 99) == .bytes)
        }
        expect(watch(&machine, queued: 99, at: 100) == .goOn)
        expect(watch(&machine, queued: 99, at: 119) == .goOn)
        expect(watch(&machine, queued: 99, at: 120) == .reset)
    }

    // MARK: Again, and all of it

    @Test("A machine that was reset is as a new one")
    func reset() {
        var stream = Stream(.streaming, takesGzip: true)
        for _ in 0..<4 { stream.feed(prefixed([1]) + [0], piece: 7) }
        _ = stream.machine.withholdsCredit(byteCount: 3)
        _ = stream.machine.send()
        _ = stream.machine.peerEnded()
        stream.machine.reset()
        expect(stream.machine.releasedCredit() == 0)
        expect(stream.machine.isUnanswered && !stream.machine.peerHasEnded && stream.machine.status == .ok)
        expect(stream.machine.headersEnded(.accept, kind: .unary, takesGzip: false) == .accept)
        stream.log = []
        stream.feed(prefixed([1]), piece: 6)
        stream.end()
        expect(stream.log == ["[1]", "answer"])
    }

    @Test(
        "Whatever the order of things, there is at most one head and one end, and credit comes back",
        arguments: [ServerStreamMachine.Kind.unary, .streaming])
    func everyOrder(kind: ServerStreamMachine.Kind) {
        let length = 5
        var events = [Int](repeating: 0, count: length)
        while true {
            var run = Run(kind)
            for event in events { run.apply(event) }
            if run.fault != nil {
                Issue.record("\(kind) \(events): \(run.fault ?? "")")
                return
            }
            guard let position = events.lastIndex(where: { $0 < Run.eventsMax - 1 }) else { return }
            events[position] += 1
            for later in position + 1..<length { events[later] = 0 }
        }
    }
}

/// One order of events, with what must hold of every order.
private struct Run {
    static let eventsMax = 9
    private static let message: [UInt8] = prefixed([1])
    private static let large: [UInt8] = prefixed([UInt8](repeating: 1, count: 900))

    private var machine: ServerStreamMachine
    private let kind: ServerStreamMachine.Kind
    private var heads = 0
    private var ends = 0
    private var held = 0
    private var unread: [Int] = []
    private(set) var fault: String?

    init(_ kind: ServerStreamMachine.Kind) {
        self.kind = kind
        machine = ServerStreamMachine(limits: Stream.limits)
        _ = machine.headersEnded(.accept, kind: kind, takesGzip: false)
    }

    mutating func apply(_ event: Int) {
        switch event {
        case 0, 1, 2:
            let bytes = event == 0 ? Self.message : event == 1 ? Array(Self.message.prefix(3)) : Self.large
            guard !machine.peerHasEnded else { return }
            if machine.withholdsCredit(byteCount: bytes.count) { held += bytes.count }
            bytes.withUnsafeBytes { bytes in
                switch machine.received(bytes) {
                case .discard, .discardAndReset: if heads == 0 { fault = "bytes of an open call are passed over" }
                case .unary: machine.replied(nil, isHeld: false)
                case .kept: takeMessages()
                case .fail(let status): fail(status)
                }
            }
        case 3: if machine.peerEnded() { takeMessages() }
        case 4 where kind == .streaming && machine.isTalking: if machine.send() == .submitHeaders { heads += 1 }
        case 5 where kind == .streaming: end(machine.end(.ok))
        case 6: fail(Status(.aborted))
        case 7: if heads > 0, ends == 0, machine.wrote(byteCount: 1, rest: 0) == .trailers { ends += 1 }
        case 8 where !unread.isEmpty:
            if machine.taken(cost: unread.removeFirst()) {
                takeMessages()
                held -= machine.releasedCredit()
            }
        default: break
        }
        if heads > 1 || ends > 1 { fault = "\(heads) heads, \(ends) ends" }
        if machine.hasEnded != (ends == 1) { fault = "the end was not told" }
        if held < 0 || (held > 0 && unread.isEmpty) { fault = "\(held) bytes of credit are kept back from nobody" }
    }

    private mutating func takeMessages() {
        while true {
            switch machine.nextMessage() {
            case .wait, .finishMessages: return
            case .unary: machine.replied(nil, isHeld: false)
            case .streaming(let message): unread.append(message.cost)
            case .answer:
                heads += 1
                return
            case .fail(let status): return fail(status)
            }
        }
    }

    private mutating func fail(_ status: Status) { end(machine.fail(status)) }

    private mutating func end(_ action: ServerStreamMachine.OnEnd) {
        guard action != .ignore else { return }
        held -= machine.stopReading()
        switch action {
        case .submitHeaders: heads += 1
        case .submitHeadersOnly:
            heads += 1
            ends += 1
        case .ignore, .resume, .drain: break
        }
    }
}
