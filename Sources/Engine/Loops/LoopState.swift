internal import Decisioning
internal import Model
package import Profiles
package import Telemetry

/// What one event loop decides with. Touched on that loop only; everything is reused, so that a request allocates nothing.
///
/// Dynamic exclusivity checks are off: it lives on one event loop, and no property is accessed while it is being changed. They
/// cost five in a hundred of a Decide.
package final class LoopState {
    /// The rule set that is served; nil until the first is loaded.
    @exclusivity(unchecked) package var snapshot: Snapshot? {
        didSet { decider = nil }
    }
    /// Decides on the snapshot in the loop's own workspace; made with its first question, gone with it.
    @exclusivity(unchecked) var decider: Decider?
    /// From networks and e-mail domains to accounts; nil when there are none.
    @exclusivity(unchecked) package var links: AccountLinks?
    let workspace = DecisionWorkspace()
    package let latency: LatencyRecorder
    /// What the sink is to get; nil when it gets no decisions.
    package let tap: DecisionTap?
    /// Room for the members of sets in stored profiles: one profile of each kind.
    let visitorScratch: UnsafeMutableBufferPointer<BorrowedText>
    let accountScratch: UnsafeMutableBufferPointer<BorrowedText>
    /// Where the last answer's id stands.
    let identifierRoom: UnsafeMutablePointer<UInt8>
    /// Where texts of the last question's page stand that came in another form than theirs.
    private let pageRoom: UnsafeMutablePointer<UInt8>
    @exclusivity(unchecked) private var pageRoomUsed = 0
    /// Decided placements by `DecisionReason.rawValue`, so that every fallback is counted.
    @exclusivity(unchecked) package internal(set) var reasonCounts = [UInt64](repeating: 0, count: 16)

    private static let pageRoomBytes = PageForm.Field.allCases.count * Question.pageTextBytesMax

    /// - Parameter tap: What the sink is to get; nil when it gets no decisions.
    package init(latency: LatencyRecorder, tap: DecisionTap?) {
        self.tap = tap
        self.latency = latency
        identifierRoom = .allocate(capacity: Answer.identifierBytesMax)
        pageRoom = .allocate(capacity: Self.pageRoomBytes)
        visitorScratch = .allocate(capacity: ProfileRow.scratchMembersMax)
        accountScratch = .allocate(capacity: ProfileRow.scratchMembersMax)
    }

    deinit {
        visitorScratch.deallocate()
        accountScratch.deallocate()
        identifierRoom.deallocate()
        pageRoom.deallocate()
    }

    /// Before the next question's page.
    func beginPage() { pageRoomUsed = 0 }

    /// - Returns: Memory until the next question's page; nil when its texts are longer than a question's may be.
    func takePageRoom(byteCount: Int) -> UnsafeMutablePointer<UInt8>? {
        guard byteCount <= Self.pageRoomBytes - pageRoomUsed else { return nil }
        defer { pageRoomUsed += byteCount }
        return pageRoom + pageRoomUsed
    }
}
