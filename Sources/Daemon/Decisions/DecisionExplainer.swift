internal import Decisioning
internal import GRPC
internal import Model
internal import Wire

/// Decides once more as Decide would, away from the event loops, and says why.
struct DecisionExplainer: Sendable {
    let loops: LoopRegistry
    let profiles: ProfileReader
    let behaviour: BehaviourStore
    let previews: PreviewAccess

    /// A decision whose inputs are gathered and whose texts are the workspace's own.
    private struct Prepared: @unchecked Sendable {
        // Sendable: the workspace was made for this decision, and whoever holds this is the only one to use it.
        let workspace: DecisionWorkspace
        let snapshot: Snapshot
        let hash: Hash.Wide
    }

    /// - Throws: `Status`, as Decide.
    func explain(_ request: ExplainRequest) async throws -> ExplainResponse {
        let prepared = try await loops.onOne { state in
            try prepare(request.request, state)
        }
        let (decision, explanation) = prepared.workspace.explain(
            prepared.snapshot.ruleSet, searchesNearestMisses: !request.skipsNearestMisses)
        return ExplainResponse(decision: try Self.message(decision, prepared.hash), explanation: explanation)
    }

    /// Reads profiles, which only an event loop may.
    private func prepare(_ bytes: [UInt8], _ state: LoopState) throws(Status) -> Prepared {
        guard let snapshot = state.snapshot else { throw DecisionService.notReady }
        state.arena.reset()
        let workspace = DecisionWorkspace()
        let decider = Decider(
            state: state, workspace: workspace, snapshot: snapshot, profiles: profiles, behaviour: behaviour,
            previews: previews)
        let hash: Hash.Wide
        do throws(DecideError) {
            hash = try bytes.withUnsafeBytes { bytes in
                Result { () throws(DecideError) in
                    let view = try DecisionService.decode(bytes, into: state.arena)
                    let hash = try decider.prepare(view, defaultNow: Clock.now()).hash
                    workspace.keepTexts()
                    return hash
                }
            }.get()
        } catch {
            throw Status(error)
        }
        return Prepared(workspace: workspace, snapshot: snapshot, hash: hash)
    }

    private static func message(_ decision: Decision, _ hash: Hash.Wide) throws(Status) -> DecideResponseMessage {
        let arena = Arena(budgetBytes: .max)
        do throws(WireError) {
            let identifier = try Decider.identifier(hash, isPreview: decision.isPreview, arena)
            return try withUnsafePointer(to: decision) { decision throws(WireError) in
                try DecideResponseMessage(
                    decoding: try DecideResponseEncoder.encode(decision, decisionID: identifier, arena: arena))
            }
        } catch {
            throw Status(error)
        }
    }
}
