internal import Decisioning
package import Model

/// A decision with its explanation, and what its texts live in.
package struct Explained {
    /// Why it came out so.
    package let explanation: Explanation
    private let workspace: DecisionWorkspace
    private let decision: Decision
    private let hash: Hash.Wide

    fileprivate init(
        _ workspace: DecisionWorkspace, _ decision: Decision, _ explanation: Explanation, _ hash: Hash.Wide
    ) {
        (self.workspace, self.decision, self.explanation, self.hash) = (workspace, decision, explanation, hash)
    }

    /// - Parameter body: Gets the decision with its id, valid during the call.
    package func withDecision<Result, Failure: Error>(
        _ body: (UnsafePointer<Decision>, BorrowedText) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let room = UnsafeMutablePointer<UInt8>.allocate(capacity: Answer.identifierBytesMax)
        defer {
            room.deallocate()
            // The decision's texts are the workspace's.
            withExtendedLifetime(workspace) {}
        }
        let identifier = Answer.identifier(hash, isPreview: decision.isPreview, in: room)
        return try withUnsafePointer(to: decision) { decision throws(Failure) in try body(decision, identifier) }
    }
}

/// Decides once more as `LoopEngine` would, away from the event loops, and says why.
package struct DecisionExplainer: Sendable {
    private let loops: LoopRegistry
    private let known: KnownState
    private let previews: PreviewAccess

    /// - Parameter previews: Who may preview through the door.
    package init(loops: LoopRegistry, known: KnownState, previews: PreviewAccess) {
        (self.loops, self.known, self.previews) = (loops, known, previews)
    }

    /// A question whose memory is kept until it is explained.
    private struct Asked: @unchecked Sendable {
        // Sendable: whoever asks waits for the loop that reads it.
        let question: Question
    }

    /// A decision whose inputs are gathered and whose texts are the workspace's own.
    private struct Prepared: @unchecked Sendable {
        // Sendable: the workspace was made for this decision, and whoever holds this is the only one to use it.
        let workspace: DecisionWorkspace
        let snapshot: Snapshot
        let hash: Hash.Wide
    }

    /// - Parameters:
    ///   - question: Its memory must last until this returns.
    ///   - searchesNearestMisses: As `DecisionWorkspace.explain` has it.
    /// - Returns: nil when the daemon ends meanwhile.
    /// - Throws: As `LoopEngine.decide`.
    package func explain(
        _ question: Question, defaultNow: Timestamp, searchesNearestMisses: Bool
    ) async throws(DecideError) -> Explained? {
        let asked = Asked(question: question)
        // Profiles are read on an event loop only.
        let outcome = await loops.onOne { [known, previews] state in
            Result { () throws(DecideError) in
                try Self.prepare(asked.question, state, known, previews, defaultNow: defaultNow)
            }
        }
        guard let prepared = try outcome?.get() else { return nil }
        let (decision, explanation) = prepared.workspace.explain(
            prepared.snapshot.ruleSet, searchesNearestMisses: searchesNearestMisses)
        guard !prepared.workspace.isOverBudget else { throw .tooMuchWork }
        return Explained(prepared.workspace, decision, explanation, prepared.hash)
    }

    private static func prepare(
        _ question: Question, _ state: LoopState, _ known: KnownState, _ previews: PreviewAccess, defaultNow: Timestamp
    ) throws(DecideError) -> Prepared {
        guard let snapshot = state.snapshot else { throw .notReady }
        let workspace = DecisionWorkspace()
        let decider = Decider(state: state, workspace: workspace, snapshot: snapshot, known: known)
        let hash = try decider.prepare(question, previews: previews, defaultNow: defaultNow).hash
        workspace.keepTexts()
        return Prepared(workspace: workspace, snapshot: snapshot, hash: hash)
    }
}
