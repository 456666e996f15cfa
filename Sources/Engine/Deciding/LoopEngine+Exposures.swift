internal import Decisioning
package import Model

/// Where exposures are kept.
package struct ExposureLog: Sendable {
    /// Runs the first closure with nobody else writing and keeps what it returns, all or nothing; throws what it throws. The second is
    /// called once, from any thread, when everything is on disk or has failed; not when anything is thrown.
    package typealias Keep =
        @Sendable (
            _ shown: () throws(DecideError) -> [Exposure], _ done: @escaping @Sendable (BehaviourError?) -> Void
        ) throws(DecideError) -> Void

    /// What keeps them.
    package let keep: Keep

    /// A log that keeps exposures as the closure does.
    package init(_ keep: @escaping Keep) {
        self.keep = keep
    }
}

extension LoopEngine {
    /// Clocks of page servers may be ahead by that much.
    private static let aheadMicroseconds: Int64 = 300_000_000

    /// Decides and records what is decided as shown, before anybody else writes: caps are exact however many requests race.
    ///
    /// - Parameters:
    ///   - accept: Gets the answer with nobody else writing; what it refuses, because it cannot be sent, is not recorded.
    ///   - done: Called once, from any thread, when what was shown is on disk or could not be kept; not when this throws.
    /// - Throws: As `decide`, `.shownToNobody`, `.shownLater` or `.notRecorded`.
    package func decideAndRecord(
        _ question: Question, defaultNow: Timestamp, in log: ExposureLog, accept: (Answer) -> Bool,
        done: @escaping @Sendable (BehaviourError?) -> Void
    ) throws(DecideError) {
        guard question.visitorID.count > 0 || question.accountID.count > 0 else { throw .shownToNobody }
        guard (question.now ?? defaultNow).microseconds <= defaultNow.microseconds + Self.aheadMicroseconds else {
            throw .shownLater
        }
        let decider = try decider()
        let shown = { [previews] () throws(DecideError) -> [Exposure] in
            let answer = try decider.decided(question, previews: previews, defaultNow: defaultNow)
            var exposures = Self.agreed(Self.exposures(answer), decider)
            if question.accountID.count > 0 {
                for index in exposures.indices { exposures[index].hasOwnAccount = true }
            }
            return accept(answer) ? exposures : []
        }
        try log.keep(shown, done)
    }

    /// Those exposures that may be recorded, all or none; the decision says how many may not.
    private static func agreed(_ exposures: [Exposure], _ decider: Decider) -> [Exposure] {
        guard !decider.workspace.isAgreed(decider.snapshot.table.exposurePurposes) else { return exposures }
        decider.workspace.noteNotAgreed(exposures: exposures.count)
        return []
    }

    /// What the decision shows: each placement with a campaign or an arm, and the further experiments that changed it, which
    /// count as one that only assigns does: the creative has been shown once.
    private static func exposures(_ answer: Answer) -> [Exposure] {
        let decision = answer.decision.pointee
        let shown = decision.placements.filter { $0.variant.count > 0 || $0.experiment.count > 0 }
        return shown.map { placement in
            let assignment = decision.assignments.first { $0.experiment.isEqual(to: placement.experiment) }
            return exposure(
                answer, placement, assignment, isClick: decision.isClick && placement.reason == .promise)
        }
            + shown.flatMap { $0.furtherExperiments.map { exposure(answer, PlacementDecision(), $0, isClick: false) } }
    }

    private static func exposure(
        _ answer: Answer, _ placement: PlacementDecision, _ assignment: AssignmentView?, isClick: Bool
    ) -> Exposure {
        Exposure(
            visitorID: String(answer.visitorID), accountID: String(answer.accountID),
            decisionID: String(answer.identifier), time: answer.decision.pointee.decidedAt,
            placement: String(placement.placement), campaign: String(placement.campaign),
            variant: String(placement.variant), experiment: String(assignment?.experiment ?? .empty),
            arm: String(assignment?.arm ?? .empty), propensity: assignment?.propensity ?? 0,
            revision: String(answer.decision.pointee.revision), isClick: isClick)
    }
}

extension BorrowedText {
    /// Whether both have the same bytes.
    func isEqual(to other: BorrowedText) -> Bool { bytes.elementsEqual(other.bytes) }
}
