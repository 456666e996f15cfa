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

    /// What becomes the sink's when all of it has been answered; nil when it gets no decisions.
    package func makeNotes() -> DecisionTap? { state.tap == nil ? nil : DecisionTap() }

    /// Keeps the answer, which must be the last, until it is known whether it goes out.
    package func note(_ answer: Answer, in notes: DecisionTap?) {
        if let notes { note(answer, in: notes) }
    }

    /// All that is noted was answered.
    package func noteAnswered(_ notes: DecisionTap?) {
        if let notes { state.tap?.add(notes) }
    }

    /// What the last decision has worked, in hundredths of what one may.
    package var workPercent: Double { state.workspace.workPercent }

    /// Which rule set decides, to be compared.
    package var servedRules: ObjectIdentifier? { state.snapshot.map { ObjectIdentifier($0) } }

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
