internal import CEL
internal import Conditions
internal import Matching
internal import Model

/// Everything that decides, as flat tables at fixed addresses.
///
/// Trivial, so that reading it counts no references; the `DecisionTable` that it belongs to keeps the memory.
struct TableView: BitwiseCopyable {
    var revision: BorrowedText

    // What requests name.
    /// By `Entity.rawValue`.
    var attributeNames: UnsafePointer<TextIndex>
    var placementNames: TextIndex
    var purposeNames: TextIndex
    var eventNames: TextIndex
    var routeNames: TextIndex

    // Conditions.
    var nodeCount: Int
    var nodes: UnsafePointer<Node>
    var children: UnsafePointer<UInt32>
    var constants: UnsafePointer<Scalar>
    /// Verdicts kept during a decision: those of shared conditions, then one for each campaign.
    var memoCount: Int
    var firstCampaignMemo: Int
    /// Which of many conditions may hold.
    var matching: UnsafePointer<MatchTable>
    /// By placement.
    var placementIndexes: UnsafePointer<MatchIndex>
    var lists: UnsafePointer<ListRow>
    var patterns: UnsafePointer<Unmanaged<RegularExpression>>

    // Values: attributes, built-ins, query parameters, events.
    var attributeCount: Int
    /// What a known value of each attribute is.
    var attributeKinds: UnsafePointer<Scalar.Kind>
    var allowedValues: UnsafePointer<AllowedValues>
    /// In seconds.
    var maximumAges: UnsafePointer<Int64>
    var slotCount: Int
    var slotDefaults: UnsafePointer<Scalar>
    var slotPurposes: UnsafePointer<UInt16>
    var firstBuiltIn: Int
    /// The URL and what is taken from it stand from here to the last slot.
    var firstURLSlot: Int
    var queryKeys: TextIndex
    var queryKeyCount: Int
    var productSlot: Row<Slot>

    // Purposes. Set 0 is empty.
    var purposes: UnsafeBufferPointer<BorrowedText>
    var purposeDefaults: UnsafePointer<Bool>
    var purposeSets: UnsafeBufferPointer<Run<UInt16>>
    var purposeSetMembers: UnsafePointer<UInt16>
    /// What everything about a visitor needs, what every event needs, and what exposures need.
    var visitorPurposes: UInt16
    var eventPurposes: UInt16
    var exposurePurposes: UInt16

    // Who it is.
    var events: UnsafeBufferPointer<EventRow>
    var segments: UnsafeBufferPointer<SegmentRow>
    var icps: UnsafeBufferPointer<ICPRow>
    /// The negative ICPs that veto positive ones when they match, in file order.
    var vetoes: UnsafeBufferPointer<Row<ICPRow>>
    var criteria: UnsafePointer<CriterionRow>
    var levels: UnsafePointer<LevelRow>
    var engagementLevels: Run<LevelRow>
    var gradeFits: Run<LevelRow>
    var gradeEngagements: Run<LevelRow>
    /// A text for each pair of the two, by fit then engagement.
    var gradeNames: UnsafePointer<BorrowedText>
    /// None without grades.
    var mqlNode: Row<Node>
    var personas: UnsafeBufferPointer<PersonaRow>
    var roles: UnsafeBufferPointer<NamedRow>
    var stages: UnsafeBufferPointer<NamedRow>
    var none: BorrowedText

    // What they see.
    var placements: UnsafeBufferPointer<PlacementRow>
    var candidates: UnsafePointer<CandidateRow>
    var campaigns: UnsafeBufferPointer<CampaignRow>
    var variants: UnsafePointer<VariantRow>
    var contents: UnsafePointer<ContentRow>
    var pieces: UnsafePointer<PieceRow>
    /// The fields of all placements together, the most that one decision shows.
    var contentCountMax: Int
    var blocks: UnsafeBufferPointer<BlockRow>
    /// Which UTM values ads declare, as sets of bits in the order of `BuiltIn.utm`; the most specific first.
    var promiseMasks: UnsafeBufferPointer<UInt8>
    var promiseKeys: TextIndex
    var promises: UnsafeBufferPointer<PromiseRow>
    var keepPromiseMicroseconds: Int64
    var routes: UnsafeBufferPointer<RouteRow>
    var routeTargets: UnsafePointer<RouteTargetRow>
    var experiments: UnsafeBufferPointer<ExperimentRow>
    /// By experiment.
    var experimentSlots: UnsafePointer<SlotRow>
    var arms: UnsafePointer<ArmRow>
    var armBounds: UnsafePointer<ArmBoundRow>
    var layers: UnsafeBufferPointer<LayerRow>
    var caps: UnsafeBufferPointer<CapRow>
    var goals: UnsafeBufferPointer<GoalRow>
    /// Those that hold for everything.
    var generalCaps: Run<CapRow>
    /// Units whose bucket is below get the defaults everywhere; 0 when there is no holdout.
    var holdoutBuckets: UInt32
    var holdoutSalt: BorrowedText
    var schedules: UnsafePointer<ScheduleRow>
    var zones: ZoneTable

    func slot(_ builtIn: BuiltIn) -> Row<Slot> { Row(firstBuiltIn + builtIn.rawValue) }
}
