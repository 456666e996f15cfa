internal import Conditions
internal import Matching
internal import Model

/// The reusable memory of one workspace: everything that a decision reads and writes beside the table.
///
/// Trivial and held at a fixed address, so that deciding counts no references and checks no exclusivity.
struct DecisionState: BitwiseCopyable {
    // Values.
    var slots: UnsafeMutablePointer<Scalar>
    /// Slots that differ from the table's defaults, to be reset.
    var touched: UnsafeMutablePointer<Row<Slot>>
    var touchedCount = 0
    var isTouched: UnsafeMutablePointer<Bool>
    var now = Timestamp(microseconds: 0)
    var isURLTaken = true

    // Consent.
    var isGranted: UnsafeMutablePointer<Bool>
    /// Denied by the person's own choice, which a request does not open.
    var isHeld: UnsafeMutablePointer<Bool>
    var isConsentChanged = false
    /// By set of purposes: whether one of them is not granted, and whether that kept something from being looked at.
    var isDenied: UnsafeMutablePointer<Bool>
    var isUnread: UnsafeMutablePointer<Bool>

    // What is known so far in this decision.
    /// Counts decisions, so that nothing has to be cleared between them; 24 bits.
    var epoch: UInt32 = 0
    /// Epoch in the upper 24 bits, bits of the verdict in the lower 8.
    var memo: UnsafeMutablePointer<UInt32>
    var icps: UnsafeMutablePointer<ICPState>
    var reportedICP = Found<ICPRow>()
    var persona = Found<PersonaRow>()
    /// The role, then the stage.
    var named: UnsafeMutablePointer<Found<NamedRow>>
    var engagement = 0.0
    /// How far what may not be read could move it, up or down.
    var engagementSpread = 0.0
    var engagementLack = Verdict.no
    var engagementEpoch: UInt32 = 0
    var grade: BorrowedText = .empty
    var gradeEpoch: UInt32 = 0
    var promise = Found<PromiseRow>()

    /// Of `Work.max`; below 0 the decision is none.
    var workLeft = Work.max

    /// What the general evaluator found lacking in the condition at hand, as bits of a verdict.
    var generalLack: UInt8 = 0

    // Matching.
    /// By coder: what the code of its slot's value is, and the decision in which that was so.
    var codes: UnsafeMutablePointer<UInt16>
    var codeEpochs: UnsafeMutablePointer<UInt32>
    var cursors: UnsafeMutablePointer<MatchCursor>
    /// Whether a value was told as withheld that the request's consent does not withhold.
    var hasWithheldInput = false

    // Experiments.
    var visitorID: BorrowedText = .empty
    var accountID: BorrowedText = .empty
    /// Epoch in the upper 32 bits, the unit's slot in the layer in the lower.
    var layerSlots: UnsafeMutablePointer<UInt64>
    var assignments: UnsafeMutablePointer<AssignmentView>
    /// Which arm row is behind each assignment, and where it changes fields.
    var assignedArms: UnsafeMutablePointer<AssignedArm>
    var assignmentCount = 0
    /// By experiment: the decision in which its arm was last laid over a placement.
    var laidEpochs: UnsafeMutablePointer<UInt32>
    /// Experiments that placements name behind their first.
    var further: UnsafeMutablePointer<AssignmentView>
    var furtherCount = 0
    var isHeldOut = false
    /// Arm rows that the unit keeps, by experiment: epoch in the upper 32 bits, row in the lower.
    var keptArms: UnsafeMutablePointer<UInt64>

    // What a preview forces; cleared with the inputs.
    var isPreview = false
    var isForcedSegment: UnsafeMutablePointer<Bool>
    /// By experiment, none for those that are not forced.
    var forcedArms: UnsafeMutablePointer<Row<ArmRow>>
    /// By placement.
    var forcedVariants: UnsafeMutablePointer<ForcedVariant>

    /// Those that a click before this page view lets hold; the latest click first.
    var keptPromises: UnsafeMutablePointer<Row<PromiseRow>>
    var keptPromiseCount = 0

    // What was shown before.
    var shows: UnsafeMutablePointer<ShowRow>
    var showCount = 0
    var showRoom = 0

    /// What was delivered so far, by goal.
    var delivered: UnsafeMutablePointer<UInt64>

    // What was asked for and is answered.
    var decision: UnsafeMutablePointer<Decision>
    var icpVerdict: UnsafeMutablePointer<ICPVerdict>
    var asked: UnsafeMutablePointer<Row<PlacementRow>>
    var askedCount = 0
    var isAsked: UnsafeMutablePointer<Bool>
    /// Routes asked for, and their answers.
    var askedRoutes: UnsafeMutablePointer<Row<RouteRow>>
    var askedRouteCount = 0
    var routes: UnsafeMutablePointer<TextPair>
    var segments: UnsafeMutablePointer<BorrowedText>
    var placements: UnsafeMutablePointer<PlacementDecision>
    var contents: UnsafeMutablePointer<TextPair>
    var contentCount = 0
    var unreadPurposes: UnsafeMutablePointer<BorrowedText>
    /// At an address of its own, so that a writer can hold on to it.
    var arena: UnsafeMutablePointer<ByteArena>

    static let epochMax: UInt32 = 0xFF_FFFF

    /// What a placement shows because a preview says so, if anything.
    struct ForcedVariant: BitwiseCopyable {
        var campaign = Row<CampaignRow>.none
        var variant = Row<VariantRow>.none
    }

    /// An arm that changes fields of a placement, or of none.
    struct AssignedArm: BitwiseCopyable {
        var experiment = Row<ExperimentRow>.none
        var placement = Row<PlacementRow>.none
        var arm = Row<ArmRow>.none
    }

    /// A row that was looked for in this decision, if there is one.
    struct Found<Element>: BitwiseCopyable {
        var epoch: UInt32 = 0
        var index = Row<Element>.none
        /// What keeps rows before it from being known not to hold, as bits of a verdict; 0 when it is certain.
        var lack: UInt8 = 0
    }

    /// What is known of one ICP in this decision.
    struct ICPState: BitwiseCopyable {
        var matchEpoch: UInt32 = 0
        /// What conditions see.
        var match = Verdict.no
        /// Whether the answer may report it.
        var stands = false
        var scoreEpoch: UInt32 = 0
        /// 0 to 100.
        var fit = 0.0
        /// The fit if every unknown criterion with negative points were true.
        var fitMin = 0.0
        /// The fit if every unknown criterion with positive points were true.
        var fitMax = 0.0
        /// Why criteria are unknown, if some are.
        var lack = Verdict.no
        var subscores = Subscores()
    }
}
