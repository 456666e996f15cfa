internal import Decisioning
internal import Model
internal import Profiles
internal import Telemetry
internal import Wire

/// What one event loop decides with. Touched on that loop only; everything is reused, so that a request allocates nothing.
///
/// Dynamic exclusivity checks are off: it lives on one event loop, and no property is accessed while it is being changed. They
/// cost five in a hundred of a Decide.
final class LoopState {
    /// The rule set that is served; nil until the first is loaded.
    @exclusivity(unchecked) var snapshot: Snapshot?
    /// From networks and e-mail domains to accounts; nil when there are none.
    @exclusivity(unchecked) var links: AccountLinks?
    let arena: Arena
    let workspace = DecisionWorkspace()
    let latency: LatencyRecorder
    /// What the sink is to get; nil when it gets no decisions.
    let tap: DecisionTap?
    /// Room for the members of sets in stored profiles: one profile of each kind.
    let visitorScratch: UnsafeMutableBufferPointer<BorrowedText>
    let accountScratch: UnsafeMutableBufferPointer<BorrowedText>
    /// Decided placements by `DecisionReason.rawValue`, so that every fallback is counted.
    @exclusivity(unchecked) var reasonCounts = [UInt64](repeating: 0, count: 16)

    init(requestMemoryBytesMax: Int, latency: LatencyRecorder, tap: DecisionTap?) {
        self.tap = tap
        arena = Arena(budgetBytes: requestMemoryBytesMax)
        self.latency = latency
        visitorScratch = .allocate(capacity: ProfileRow.scratchMembersMax)
        accountScratch = .allocate(capacity: ProfileRow.scratchMembersMax)
    }

    deinit {
        visitorScratch.deallocate()
        accountScratch.deallocate()
    }
}
