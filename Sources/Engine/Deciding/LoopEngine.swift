internal import Decisioning
package import Model

/// Decides, on one event loop for one door: on the loop's own rule set, with what is kept in memory, without waiting or allocating.
///
/// Touched on that loop only.
package final class LoopEngine {
    let state: LoopState
    let known: KnownState
    let previews: PreviewAccess

    /// - Parameter previews: Who may preview through the door.
    package init(state: LoopState, known: KnownState, previews: PreviewAccess) {
        (self.state, self.known, self.previews) = (state, known, previews)
    }

    /// - Parameter defaultNow: The time to decide for when the question names none.
    /// - Returns: Valid until the next question on the loop.
    /// - Throws: Naming what is wrong in the question.
    package func decide(_ question: Question, defaultNow: Timestamp) throws(DecideError) -> Answer {
        try decider().decided(question, previews: previews, defaultNow: defaultNow)
    }

    /// To be told once the answer, which must be the last, is on its way: what the sink gets is what was answered.
    @inline(__always)
    package func noteAnswered(_ answer: Answer) {
        if let tap = state.tap { note(answer, in: tap) }
    }

    private func note(_ answer: Answer, in tap: DecisionTap) {
        // A decision in the sink measures as an exposure does.
        guard let table = state.snapshot?.table, !answer.decision.pointee.isPreview,
            state.workspace.isAgreed(table.exposurePurposes)
        else { return }
        tap.add(answer)
    }

    func decider() throws(DecideError) -> Decider {
        if let decider = state.decider { return decider }
        guard let snapshot = state.snapshot else { throw .notReady }
        let decider = Decider(state: state, workspace: state.workspace, snapshot: snapshot, known: known)
        state.decider = decider
        return decider
    }
}
