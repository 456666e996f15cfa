internal import Decisioning
internal import GRPC
internal import Model
internal import NIOCore
internal import Wire

/// Decides and records what is decided as shown, before anybody else writes: caps are exact however many requests race.
struct ExposureRecording {
    let behaviour: BehaviourStore

    /// Clocks of page servers may be ahead by that much.
    private static let aheadMicroseconds: Int64 = 300_000_000

    /// - Parameter decide: Encodes the decision; runs with nobody else writing.
    /// - Returns: The encoded reply, to be held back until the future says that the exposures are on disk.
    func decide(
        _ request: DecideRequestView, with decider: Decider, defaultNow: Timestamp, on loop: any EventLoop
    ) throws(Status) -> (reply: UnsafeRawBufferPointer, isRecorded: EventLoopFuture<Status?>) {
        guard request.visitorID.count > 0 || request.accountID.count > 0 else {
            throw Status(.invalidArgument, "record_exposure: needs visitor_id or account_id; name one of them")
        }
        let now = (try? request.now) ?? defaultNow
        guard now.microseconds <= defaultNow.microseconds + Self.aheadMicroseconds else {
            throw Status(.invalidArgument, "now: lies in the future, where nothing can have been shown")
        }
        let promise = loop.makePromise(of: Status?.self)
        var decideError: DecideError?
        do throws(BehaviourError) {
            let reply = try behaviour.record { recorder throws(BehaviourError) -> Reply in
                let reply: Reply
                let exposures: [BehaviourRecorder.Exposure]
                do throws(DecideError) {
                    let decided = try decider.decided(request, defaultNow: defaultNow)
                    exposures = Self.agreed(Self.exposures(decided), decider)
                    reply = Reply(bytes: try decider.encoded(decided))
                } catch {
                    decideError = error
                    throw .notReady
                }
                for exposure in exposures { try recorder.record(exposure, "placements", nil) }
                return reply
            } done: { outcome in
                switch outcome {
                case .success: promise.succeed(nil)
                case .failure(let error): promise.succeed(Status(error))
                }
            }
            return (reply.bytes, promise.futureResult)
        } catch {
            promise.succeed(nil)
            throw decideError.map { Status($0) } ?? Status(error)
        }
    }

    /// Those exposures that may be recorded, all or none; the decision says how many may not.
    private static func agreed(
        _ exposures: [BehaviourRecorder.Exposure], _ decider: Decider
    ) -> [BehaviourRecorder.Exposure] {
        guard !decider.workspace.isAgreed(decider.snapshot.table.exposurePurposes) else { return exposures }
        decider.workspace.noteNotAgreed(exposures: exposures.count)
        return []
    }

    /// What the decision shows: each placement with a campaign or an arm, and the further experiments that changed it, which
    /// count as one that only assigns does: the creative has been shown once.
    private static func exposures(_ decided: Decider.Decided) -> [BehaviourRecorder.Exposure] {
        let decision = decided.decision.pointee
        let shown = decision.placements.filter { $0.variant.count > 0 || $0.experiment.count > 0 }
        return shown.map { placement in
            let assignment = decision.assignments.first { String($0.experiment) == String(placement.experiment) }
            return exposure(
                decided, placement, assignment, isClick: decision.isClick && placement.reason == .promise)
        }
            + shown.flatMap { $0.furtherExperiments.map { exposure(decided, PlacementDecision(), $0, isClick: false) } }
    }

    private static func exposure(
        _ decided: Decider.Decided, _ placement: PlacementDecision, _ assignment: AssignmentView?, isClick: Bool
    ) -> BehaviourRecorder.Exposure {
        BehaviourRecorder.Exposure(
            visitorID: String(decided.visitorID), accountID: String(decided.accountID),
            decisionID: String(decided.identifier), time: decided.decision.pointee.decidedAt,
            placement: String(placement.placement), campaign: String(placement.campaign),
            variant: String(placement.variant), experiment: String(assignment?.experiment ?? .empty),
            arm: String(assignment?.arm ?? .empty), propensity: assignment?.propensity ?? 0,
            revision: String(decided.decision.pointee.revision), isClick: isClick)
    }

    /// Lives in the loop's arena.
    private struct Reply: @unchecked Sendable {
        // Sendable: it does not leave the event loop.
        let bytes: UnsafeRawBufferPointer
    }
}
