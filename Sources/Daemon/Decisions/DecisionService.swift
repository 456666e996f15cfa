internal import Decisioning
internal import GRPC
internal import Model
internal import NIOCore
internal import Wire

/// `bespoke.v1.DecisionService` on one event loop: bytes in, decision, bytes out, without suspension or allocation.
struct DecisionService {
    let state: LoopState
    let loops: LoopRegistry
    let profiles: ProfileReader
    let behaviour: BehaviourStore
    let previews: PreviewAccess
    let explanations: WorkPool

    func register(in router: inout ServiceRouter) {
        registerExplain(in: &router)
        router.unary("/bespoke.v1.DecisionService/Decide") {
            [state, profiles, behaviour, previews] context, request, reply in
            guard let snapshot = state.snapshot else { return Self.notReady }
            state.arena.reset()
            do throws(DecideError) {
                let view = try Self.decode(request, into: state.arena)
                let decider = Decider(
                    state: state, workspace: state.workspace, snapshot: snapshot, profiles: profiles,
                    behaviour: behaviour, previews: previews)
                if view.recordsExposure { return Self.decideAndRecord(view, decider, context, &reply) }
                let response = try decider.decide(view, defaultNow: Clock.now())
                reply.writeBytes(response)
                return nil
            } catch {
                return Status(error)
            }
        }
        router.unary("/bespoke.v1.DecisionService/BatchDecide") {
            [state, profiles, behaviour, previews] _, request, reply in
            guard let snapshot = state.snapshot else { return Self.notReady }
            state.arena.reset()
            do throws(DecideError) {
                let decider = Decider(
                    state: state, workspace: state.workspace, snapshot: snapshot, profiles: profiles,
                    behaviour: behaviour, previews: previews)
                try Self.decideBatch(request, decider, reply: &reply)
                return nil
            } catch {
                return Status(error)
            }
        }
    }

    /// Explaining takes milliseconds, so it leaves the loop as soon as the inputs are gathered.
    private func registerExplain(in router: inout ServiceRouter) {
        router.stream("/bespoke.v1.DecisionService/Explain", on: explanations) {
            [loops, profiles, behaviour, previews] stream in
            let request: ExplainRequest = try await stream.onlyMessage()
            let explainer = DecisionExplainer(
                loops: loops, profiles: profiles, behaviour: behaviour, previews: previews)
            let response = try await explainer.explain(request)
            try await stream.send(response)
        }
    }

    private static func decideAndRecord(
        _ view: DecideRequestView, _ decider: Decider, _ context: CallContext, _ reply: inout ByteBuffer
    ) -> Status? {
        do throws(Status) {
            let recording = ExposureRecording(behaviour: decider.behaviour)
            let decided = try recording.decide(
                view, with: decider, defaultNow: Clock.now(), on: context.eventLoop)
            reply.writeBytes(decided.reply)
            context.holdReply(until: decided.isRecorded)
            return nil
        } catch {
            return error
        }
    }

    static let notReady = Status(
        .unavailable, "no rule set is loaded yet; push one with `bespokectl rules push DIR`")

    static func decode(
        _ bytes: UnsafeRawBufferPointer, into arena: Arena
    ) throws(DecideError) -> DecideRequestView {
        do throws(WireError) {
            return try DecideRequestView(decoding: bytes, into: arena)
        } catch {
            throw .wire(error)
        }
    }

    private static func decideBatch(
        _ bytes: UnsafeRawBufferPointer, _ decider: Decider, reply: inout ByteBuffer
    ) throws(DecideError) {
        let state = decider.state
        let batch: BatchDecideRequestView
        do throws(WireError) {
            batch = try BatchDecideRequestView(decoding: bytes, into: state.arena)
        } catch {
            throw .wire(error)
        }
        // One time for all, so that the same visitor gets the same answer throughout the batch.
        let now = Clock.now()
        for index in 0..<batch.count {
            do throws(DecideError) {
                let view: DecideRequestView
                do throws(WireError) {
                    view = try batch.request(at: index, into: state.arena)
                } catch {
                    throw .wire(error)
                }
                guard !view.recordsExposure else {
                    throw DecideError.wire(.invalid(field: "record_exposure", problem: "is for single decisions only"))
                }
                let response = try decider.decide(view, defaultNow: now)
                DecideResponseEncoder.batchElementHead(byteCount: response.count) { reply.writeInteger($0) }
                reply.writeBytes(response)
            } catch {
                throw .inBatch(index: index, Status(error))
            }
        }
    }
}
