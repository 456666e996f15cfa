internal import Decisioning
package import Model

/// Where exposures are kept.
package struct ExposureLog: Sendable {
    /// Runs `shown` with nobody else writing and keeps what it returns, all or nothing; throws what it throws. `done` is called once, from
    /// any thread, when everything is on disk or has failed; not when anything is thrown or returned.
    ///
    /// Returns what has to be read from disk first, by whoever may wait: nothing has been kept then, and it is to be asked again with that.
    package typealias Keep =
        @Sendable (
            _ known: AwaitedReads?, _ shown: () throws(DecideError) -> [Exposure],
            _ done: @escaping @Sendable (BehaviourError?) -> Void
        ) throws(DecideError) -> AwaitedReads?

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
    ///   - clock: The time to decide for when the question names none. Asked when nobody else writes any more, so that of two questions
    ///     that are alike, one is decided later.
    ///   - known: What an earlier call for the question returned, fetched.
    ///   - accept: Gets the answer with nobody else writing; what it refuses, because it cannot be sent, is not recorded.
    ///   - done: Called once, from any thread, when what was shown is on disk or could not be kept; not when this throws or returns
    ///     something.
    /// - Returns: What has to be read from disk first, which no event loop does: nothing is recorded, what was accepted does not count, and
    ///   the question is to be asked again with it.
    /// - Throws: As `decide`, `.shownToNobody`, `.shownLater` or `.notRecorded`.
    package func decideAndRecord(
        _ question: Question, clock: () -> Timestamp, in log: ExposureLog, knowing known: AwaitedReads? = nil,
        accept: (Answer) -> Bool, done: @escaping @Sendable (BehaviourError?) -> Void
    ) throws(DecideError) -> AwaitedReads? {
        guard question.visitorID.count > 0 || question.accountID.count > 0 else { throw .shownToNobody }
        if let now = question.now, now.microseconds > clock().microseconds + Self.aheadMicroseconds {
            throw .shownLater
        }
        let decider = try decider()
        var answered: Answer?
        let shown = { [previews] () throws(DecideError) -> [Exposure] in
            let answer = try decider.decided(question, previews: previews, defaultNow: clock())
            var exposures = Self.agreed(Self.exposures(answer), decider)
            for index in exposures.indices {
                exposures[index].hasOwnAccount = question.accountID.count > 0
                exposures[index].isDecidedNow = question.now == nil
            }
            answered = accept(answer) ? answer : nil
            return answered == nil ? [] : exposures
        }
        if let awaited = try log.keep(known, shown, done) {
            // It will be decided once more.
            if let answered { decider.uncount(answered) }
            return awaited
        }
        if let answered { noteAnswered(answered) }
        return nil
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
