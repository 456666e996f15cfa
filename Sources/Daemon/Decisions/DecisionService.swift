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

    func register(in router: inout ServiceRouter) {
        registerExplain(in: &router)
        router.unary("/bespoke.v1.DecisionService/Decide") { [state, profiles] _, request, reply in
            guard let snapshot = state.snapshot else { return Self.notReady }
            state.arena.reset()
            do throws(DecideError) {
                let view = try Self.decode(request, into: state.arena)
                var decider = Decider(state: state, workspace: state.workspace, snapshot: snapshot, profiles: profiles)
                let response = try decider.decide(view, defaultNow: Clock.now())
                reply.writeBytes(response)
                return nil
            } catch {
                return Status(error)
            }
        }
        router.unary("/bespoke.v1.DecisionService/BatchDecide") { [state, profiles] _, request, reply in
            guard let snapshot = state.snapshot else { return Self.notReady }
            state.arena.reset()
            do throws(DecideError) {
                try Self.decideBatch(request, state: state, snapshot: snapshot, profiles: profiles, reply: &reply)
                return nil
            } catch {
                return Status(error)
            }
        }
    }

    /// Explaining takes milliseconds, so it leaves the loop as soon as the inputs are gathered.
    private func registerExplain(in router: inout ServiceRouter) {
        router.stream("/bespoke.v1.DecisionService/Explain") { [loops, profiles] stream in
            let request: ExplainRequest = try await stream.onlyMessage()
            let response = try await DecisionExplainer(loops: loops, profiles: profiles).explain(request)
            try await stream.send(response)
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
        _ bytes: UnsafeRawBufferPointer, state: LoopState, snapshot: Snapshot, profiles: ProfileReader,
        reply: inout ByteBuffer
    ) throws(DecideError) {
        let batch: BatchDecideRequestView
        do throws(WireError) {
            batch = try BatchDecideRequestView(decoding: bytes, into: state.arena)
        } catch {
            throw .wire(error)
        }
        // One time for all, so that the same visitor gets the same answer throughout the batch.
        let now = Clock.now()
        var decider = Decider(state: state, workspace: state.workspace, snapshot: snapshot, profiles: profiles)
        for index in 0..<batch.count {
            do throws(DecideError) {
                let view: DecideRequestView
                do throws(WireError) {
                    view = try batch.request(at: index, into: state.arena)
                } catch {
                    throw .wire(error)
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
