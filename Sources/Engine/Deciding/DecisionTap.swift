internal import Model

/// What the sink is to get of the answers that one event loop gave, until it is gathered: bytes, for values would cost a loop
/// more than the decision.
///
/// Touched on its loop only.
package final class DecisionTap {
    /// Gathered ten times a second, so this holds 40,000 usual answers a second.
    private static let bytesMax = 4 << 20

    /// Answers one behind the other, in the form that `add` writes.
    package struct Gathered: Sendable {
        fileprivate(set) var bytes: [UInt8] = []
        /// Answers for which there was no room.
        package fileprivate(set) var dropped: UInt64 = 0

        /// Nothing.
        package init() {}
    }

    @exclusivity(unchecked) private var gathered = Gathered()
    @exclusivity(unchecked) private var count: UInt64 = 0

    /// Nothing gathered yet.
    package init() {}

    /// Keeps one answer.
    func add(_ answer: Answer) {
        guard gathered.bytes.count < Self.bytesMax else {
            gathered.dropped += 1
            return
        }
        count += 1
        let decision = answer.decision.pointee
        append(answer.identifier)
        append(answer.visitorID)
        append(answer.accountID)
        append(decision.revision)
        append(UInt64(bitPattern: decision.decidedAt.microseconds))
        append(decision.icp?.pointee.name ?? .empty)
        append(decision.persona?.pointee.name ?? .empty)
        append(UInt64(decision.placements.count))
        for placement in decision.placements {
            append(placement.placement)
            append(UInt64(placement.reason.rawValue))
            append(placement.campaign)
            append(placement.variant)
            append(placement.experiment)
            append(placement.arm)
        }
        append(UInt64(decision.assignments.count))
        for assignment in decision.assignments {
            append(assignment.experiment)
            append(assignment.arm)
            append(assignment.propensity.bitPattern)
        }
    }

    /// Keeps what another has kept.
    func add(_ other: DecisionTap) {
        guard gathered.bytes.count < Self.bytesMax else {
            gathered.dropped += other.count
            return
        }
        gathered.bytes += other.gathered.bytes
        gathered.dropped += other.gathered.dropped
        count += other.count
    }

    private func append(_ number: UInt64) {
        withUnsafeBytes(of: number) { gathered.bytes.append(contentsOf: $0) }
    }

    private func append(_ text: BorrowedText) {
        withUnsafeBytes(of: UInt32(text.count)) { gathered.bytes.append(contentsOf: $0) }
        gathered.bytes.append(contentsOf: text.bytes)
    }

    /// Hands over what has come together, and begins anew.
    package func take() -> Gathered {
        defer { (gathered, count) = (Gathered(), 0) }
        return gathered
    }
}
