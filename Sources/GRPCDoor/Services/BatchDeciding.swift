internal import Access
internal import Engine
internal import GRPC
internal import Messages
internal import Model
internal import NIOCore
internal import Wire

/// `BatchDecide` on one event loop. What takes longer than a turn goes on in further ones, between which the loop serves others: a
/// thousand questions on many rules take seconds.
final class BatchDeciding {
    private static let turnNanoseconds: Int64 = 1_000_000
    /// Of the work that one decision may take, in hundredths: so much text against so many conditions is a mistake, or meant ill.
    private static let workPercentMax = 400.0
    /// A rule set that is pushed while a batch is decided makes it begin anew, so that one set answers all of it.
    private static let beginningsMax = 8
    private static let waitingMax = 64
    private static let waitingBytesMax = 64 << 20

    private let engine: LoopEngine
    private let arena: Arena
    private let clock: @Sendable () -> Timestamp
    private var turnstile: Turnstile?
    private var waitingCount = 0
    private var waitingBytes = 0

    /// - Parameter arena: The loop's, reset for each question.
    init(engine: LoopEngine, arena: Arena, clock: @escaping @Sendable () -> Timestamp) {
        (self.engine, self.arena, self.clock) = (engine, arena, clock)
    }

    /// How far a batch has come.
    private struct Progress {
        /// One time for all, so that the same visitor gets the same answer throughout the batch.
        let now: Timestamp
        let principal: Principal?
        var next = 0
        var workPercent = 0.0
        var beginnings = 1
        var rules: ObjectIdentifier?
        var notes: DecisionTap?
    }

    private enum Outcome {
        case complete
        case goesOn
        case refused(Status)
    }

    /// A batch that has not been done in one turn.
    private final class Waiting {
        let request: ByteBuffer
        let context: CallContext
        let outcome: EventLoopPromise<HeldReply>
        var reply: ByteBuffer
        var progress: Progress

        init(
            _ request: ByteBuffer, _ context: CallContext, _ outcome: EventLoopPromise<HeldReply>, reply: ByteBuffer,
            _ progress: Progress
        ) {
            (self.request, self.context, self.outcome) = (request, context, outcome)
            (self.reply, self.progress) = (reply, progress)
        }

        /// A loop that ends drops what waits.
        deinit { outcome.fail(ChannelError.ioOnClosedChannel) }
    }

    func decide(_ bytes: UnsafeRawBufferPointer, _ context: CallContext, _ reply: inout ByteBuffer) -> Status? {
        arena.reset()
        let batch: BatchDecideRequestView
        do throws(WireError) {
            batch = try BatchDecideRequestView(decoding: bytes, into: arena)
        } catch {
            return Status(error)
        }
        let start = reply.writerIndex
        var progress = Progress(now: clock(), principal: context.principal)
        begin(&progress)
        switch turn(batch, &progress, &reply) {
        case .complete: return nil
        case .refused(let status): return status
        case .goesOn: break
        }
        guard waitingCount < Self.waitingMax, waitingBytes + bytes.count <= Self.waitingBytesMax else {
            return Status(
                .resourceExhausted,
                "more batches are being decided than can be; try again later, or send fewer at once",
                retryMilliseconds: 1_000)
        }
        waitingCount += 1
        waitingBytes += bytes.count
        let outcome = context.eventLoop.makePromise(of: HeldReply.self)
        context.holdReply(until: outcome.futureResult)
        let done = reply.getSlice(at: start, length: reply.writerIndex - start) ?? ByteBuffer()
        enter(Waiting(ByteBuffer(bytes: bytes), context, outcome, reply: done, progress), on: context.eventLoop)
        return nil
    }

    private func enter(_ batch: Waiting, on loop: any EventLoop) {
        let turnstile = self.turnstile ?? Turnstile(loop: loop)
        self.turnstile = turnstile
        turnstile.enter { [self] in goOn(batch) }
    }

    private func goOn(_ batch: Waiting) {
        guard !batch.context.isOver else {
            return leave(batch, .refused(Status(.cancelled, "nobody waits for the batch")))
        }
        if batch.progress.rules != engine.servedRules {
            batch.reply.clear()
            begin(&batch.progress)
        }
        arena.reset()
        let outcome = batch.request.withUnsafeReadableBytes { bytes -> Outcome in
            do throws(WireError) {
                return turn(
                    try BatchDecideRequestView(decoding: bytes, into: arena), &batch.progress, &batch.reply)
            } catch {
                return .refused(Status(error))
            }
        }
        switch outcome {
        case .complete: leave(batch, .message(batch.reply))
        case .refused(let status): leave(batch, .refused(status))
        case .goesOn: enter(batch, on: batch.context.eventLoop)
        }
    }

    private func leave(_ batch: Waiting, _ reply: HeldReply) {
        waitingCount -= 1
        waitingBytes -= batch.request.readableBytes
        batch.outcome.succeed(reply)
    }

    /// Nothing of the batch has been decided.
    private func begin(_ progress: inout Progress) {
        progress.next = 0
        progress.beginnings += progress.rules == nil ? 0 : 1
        progress.rules = engine.servedRules
        progress.notes = engine.makeNotes()
    }

    /// Decides questions until the turn is over.
    private func turn(_ batch: BatchDecideRequestView, _ progress: inout Progress, _ reply: inout ByteBuffer) -> Outcome
    {
        guard progress.beginnings <= Self.beginningsMax else {
            return .refused(
                Status(
                    .unavailable, "rule sets are pushed faster than the batch can be decided; send fewer at once",
                    retryMilliseconds: 1_000))
        }
        let end = NIODeadline.now() + .nanoseconds(Self.turnNanoseconds)
        while progress.next < batch.count {
            if let status = decide(batch, progress, &reply) {
                return .refused(
                    Status(
                        status.code, "requests[\(progress.next)]: \(status.message)",
                        isWrongCredential: status.isWrongCredential))
            }
            progress.next += 1
            progress.workPercent += engine.workPercent
            guard progress.workPercent <= Self.workPercentMax else {
                return .refused(
                    Status(
                        .resourceExhausted,
                        "requests[\(progress.next - 1)]: with those before it takes more work than one batch may; send fewer at once"
                    ))
            }
            if progress.next < batch.count, NIODeadline.now() > end { return .goesOn }
        }
        engine.noteAnswered(progress.notes)
        return .complete
    }

    private func decide(_ batch: BatchDecideRequestView, _ progress: Progress, _ reply: inout ByteBuffer) -> Status? {
        do throws(WireError) {
            let question = try batch.request(at: progress.next, into: arena).question(in: arena)
            if let status = DecisionService.refusal(of: question, to: progress.principal) { return status }
            guard !question.recordsExposure else {
                throw .invalid(field: "record_exposure", problem: "is for single decisions only")
            }
            let answer: Answer
            do throws(DecideError) {
                answer = try engine.decide(question, defaultNow: progress.now)
            } catch {
                return Status(error)
            }
            let response = try DecideResponseEncoder.encode(
                answer.decision, decisionID: answer.identifier, arena: arena)
            DecideResponseEncoder.nestedHead(1, byteCount: response.count) { reply.writeInteger($0) }
            reply.writeBytes(response)
            engine.note(answer, in: progress.notes)
            return nil
        } catch {
            return Status(error)
        }
    }
}
