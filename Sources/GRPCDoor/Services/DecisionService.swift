internal import Access
package import Engine
package import GRPC
internal import Messages
package import Model
internal import NIOCore
internal import Wire

/// `bespoke.v1.DecisionService` on one event loop: bytes in, question, answer, bytes out, without suspension or allocation.
package final class DecisionService {
    /// What the service needs beside the engine.
    package struct Surroundings: Sendable {
        let explainer: DecisionExplainer
        let explanations: WorkPool
        let exposures: ExposureLog
        let reads: WorkPool
        let requestMemoryBytesMax: Int
        let clock: @Sendable () -> Timestamp

        /// - Parameters:
        ///   - explanations: Where explanations are worked out: each takes milliseconds.
        ///   - reads: Where the disk is read when what is shown has to be compared with what was recorded long ago.
        ///   - requestMemoryBytesMax: What one request may take while it is decoded and answered.
        ///   - clock: The time for which is decided when a request names none.
        package init(
            explainer: DecisionExplainer, explanations: WorkPool, exposures: ExposureLog, reads: WorkPool,
            requestMemoryBytesMax: Int, clock: @escaping @Sendable () -> Timestamp
        ) {
            (self.explainer, self.explanations, self.exposures) = (explainer, explanations, exposures)
            (self.reads, self.requestMemoryBytesMax, self.clock) = (reads, requestMemoryBytesMax, clock)
        }
    }

    private let engine: LoopEngine
    private let surroundings: Surroundings
    private let arena: Arena
    private let batches: BatchDeciding

    /// - Parameter engine: Of the loop on which the service answers.
    package init(engine: LoopEngine, _ surroundings: Surroundings) {
        (self.engine, self.surroundings) = (engine, surroundings)
        arena = Arena(budgetBytes: surroundings.requestMemoryBytesMax)
        batches = BatchDeciding(engine: engine, arena: arena, clock: surroundings.clock)
    }

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        router.unary(Methods.Decision.decide.path) { [self] context, request, reply in
            decide(request, context, &reply)
        }
        router.unary(Methods.Decision.batchDecide.path) { [self] context, request, reply in
            batches.decide(request, context, &reply)
        }
        // Explaining takes milliseconds, so it leaves the loop.
        router.stream(Methods.Decision.explain, on: surroundings.explanations) { [surroundings] stream in
            let request: ExplainRequest = try await stream.onlyMessage()
            try await stream.send(try await Self.explain(request, for: stream.principal, surroundings))
        }
    }

    // MARK: Deciding

    private func decide(
        _ bytes: UnsafeRawBufferPointer, _ context: CallContext, _ reply: inout ByteBuffer,
        knowing reads: AwaitedReads? = nil
    ) -> Status? {
        arena.reset()
        let question: Question
        do throws(WireError) {
            question = try DecideRequestView(decoding: bytes, into: arena).question(in: arena)
        } catch {
            return Status(error)
        }
        if let status = Self.refusal(of: question, to: context.principal) { return status }
        if question.recordsExposure { return decideAndRecord(question, context, &reply, reads) }
        return answer(question, now: surroundings.clock(), &reply)
    }

    /// - Returns: nil when the question lies within the caller's scope.
    static func refusal(of question: Question, to principal: Principal?) -> Status? {
        guard let principal, principal.scope != nil else { return nil }
        guard question.placements.count > 0, question.routes.count == 0 else {
            return Status(
                .permissionDenied,
                "placements: the token is for some; name those of them that you ask for, and no routes")
        }
        for placement in question.placements where !principal.reaches(placement: String(placement)) {
            return Status(.permissionDenied, "placement \(String(placement)): is not in the token's scope")
        }
        return nil
    }

    private func answer(_ question: Question, now: Timestamp, _ reply: inout ByteBuffer) -> Status? {
        let answer: Answer
        do throws(DecideError) {
            answer = try engine.decide(question, defaultNow: now)
        } catch {
            return Status(error)
        }
        do throws(WireError) {
            reply.writeBytes(try encoded(answer))
        } catch {
            return Status(error)
        }
        engine.noteAnswered(answer)
        return nil
    }

    private func encoded(_ answer: Answer) throws(WireError) -> UnsafeRawBufferPointer {
        try DecideResponseEncoder.encode(answer.decision, decisionID: answer.identifier, arena: arena)
    }

    /// The reply is held back until the exposures are on disk.
    ///
    /// - Parameter reads: What an earlier attempt had to know of the disk.
    private func decideAndRecord(
        _ question: Question, _ context: CallContext, _ reply: inout ByteBuffer, _ reads: AwaitedReads?
    ) -> Status? {
        let isRecorded = context.eventLoop.makePromise(of: HeldReply.self)
        var failure: WireError?
        let start = reply.writerIndex
        let awaited: AwaitedReads?
        do throws(DecideError) {
            awaited = try engine.decideAndRecord(
                question, clock: surroundings.clock, in: surroundings.exposures, knowing: reads,
                accept: { answer in
                    reply.moveWriterIndex(to: start)
                    do throws(WireError) {
                        reply.writeBytes(try encoded(answer))
                    } catch {
                        failure = error
                        return false
                    }
                    return true
                },
                done: { isRecorded.succeed($0.map { .refused(Status($0)) } ?? .asWritten) })
        } catch {
            isRecorded.succeed(.asWritten)
            return Status(error)
        }
        if let awaited {
            isRecorded.succeed(.asWritten)
            answer(context, onceFetched: awaited)
            return nil
        }
        if let failure { return Status(failure) }
        context.holdReply(until: isRecorded.futureResult)
        return nil
    }

    /// The question is asked once more when the disk has been read, which no loop waits for.
    private func answer(_ context: CallContext, onceFetched awaited: AwaitedReads) {
        let isRead = surroundings.reads.run(for: context.eventLoop) {
            do throws(BehaviourError) {
                try awaited.fetch()
                return nil
            } catch {
                return Status(error)
            }
        }
        context.answerLater(once: isRead) { [self] context, bytes, reply in
            decide(bytes, context, &reply, knowing: awaited)
        }
    }

    // MARK: Explaining

    private static func explain(
        _ request: ExplainRequest, for principal: Principal?, _ surroundings: Surroundings
    ) async throws(Status) -> ByteBuffer {
        let arena = Arena(budgetBytes: surroundings.requestMemoryBytesMax)
        // It outlives the question that borrows from it.
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: request.request.count, alignment: 1)
        defer { withExtendedLifetime(arena) { bytes.deallocate() } }
        bytes.copyBytes(from: request.request)
        let explained: Explained?
        do {
            let view = try DecideRequestView(decoding: UnsafeRawBufferPointer(bytes), into: arena)
            let question = try view.question(in: arena)
            if let status = refusal(of: question, to: principal) ?? refusalOfStored(question, to: principal) {
                throw status
            }
            explained = try await surroundings.explainer.explain(
                question, defaultNow: surroundings.clock(),
                searchesNearestMisses: !request.skipsNearestMisses)
        } catch let error as Status {
            throw error
        } catch let error as WireError {
            throw Status(error)
        } catch let error as DecideError {
            throw Status(error)
        } catch {
            throw Status(.internalError, "\(error)")
        }
        guard let explained else { throw Status(.unavailable, "the daemon is shutting down") }
        do throws(WireError) {
            return try encoded(explained)
        } catch {
            throw Status(error)
        }
    }

    /// What is stored of somebody is told to those alone who may read it anyway; others may have explained what they send along.
    private static func refusalOfStored(_ question: Question, to principal: Principal?) -> Status? {
        guard let principal, !principal.seesStoredValues else { return nil }
        let readsLinks = (question.page?.ip?.count ?? 0) > 0
        let namesEmail = question.visitor.contains { $0.name.bytes.elementsEqual("email".utf8) }
        guard question.visitorID.count > 0 || question.accountID.count > 0 || readsLinks || namesEmail else {
            return nil
        }
        return Status(
            .permissionDenied,
            "visitor_id, account_id, page.ip and visitor.email lead to what is stored, which the role privacy may have explained: leave them out and send the attributes along"
        )
    }

    /// `bespoke.v1.ExplainResponse`: the decision as Decide writes it, then the explanation.
    private static func encoded(_ explained: Explained) throws(WireError) -> ByteBuffer {
        let arena = Arena(budgetBytes: .max)
        let explanation = try explained.explanation.encoded()
        return try explained.withDecision { decision, identifier throws(WireError) in
            let response = try DecideResponseEncoder.encode(decision, decisionID: identifier, arena: arena)
            var reply = ByteBuffer()
            DecideResponseEncoder.nestedHead(1, byteCount: response.count) { reply.writeInteger($0) }
            reply.writeBytes(response)
            DecideResponseEncoder.nestedHead(2, byteCount: explanation.count) { reply.writeInteger($0) }
            reply.writeBytes(explanation)
            return reply
        }
    }
}
