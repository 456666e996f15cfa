internal import Conditions
internal import Experimentation
internal import Model

struct SegmentRow: BitwiseCopyable {
    let name: BorrowedText
    let node: Row<Node>
}

/// A role or a stage.
struct NamedRow: BitwiseCopyable {
    let name: BorrowedText
    let node: Row<Node>
}

/// A level and its lower bound; levels stand highest bound first.
struct LevelRow: BitwiseCopyable {
    let name: BorrowedText
    let lowerBound: Double
}

struct EventRow: BitwiseCopyable {
    /// Slot of the count; those of `last` and `score` follow.
    let firstSlot: Row<Slot>
    let points: Double
    /// 0 for points that do not fade.
    let halfLifeMicroseconds: Double
    /// Bound of the score's magnitude.
    let maximumPoints: Double

    var lastSlot: Row<Slot> { Row(firstSlot.index + 1) }
    var scoreSlot: Row<Slot> { Row(firstSlot.index + 2) }
}

struct ICPRow: BitwiseCopyable {
    let name: BorrowedText
    let title: BorrowedText
    let isNegative: Bool
    /// The product for which it is, if any.
    let product: Row<Scalar>
    /// The segment from which it comes, if any.
    let segment: Row<SegmentRow>
    let required: Run<Row<Node>>
    let excluded: Run<Row<Node>>
    let criteria: Run<CriterionRow>
    /// Highest bound first.
    let tiers: Run<LevelRow>
    /// In the unit of the criteria's points.
    let positivePoints: Double
}

struct CriterionRow: BitwiseCopyable {
    let node: Row<Node>
    let category: Category
    /// A whole number, in a unit that all criteria of the ICP share.
    let points: Double
}

struct PersonaRow: BitwiseCopyable {
    let node: Row<Node>
    let icp: Row<ICPRow>
    /// Lives as long as the table.
    let view: UnsafePointer<PersonaView>
}

struct PlacementRow: BitwiseCopyable {
    let name: BorrowedText
    let isPage: Bool
    /// Highest priority first, then by name.
    let candidates: Run<CandidateRow>
    let defaultContents: Run<ContentRow>
}

/// A campaign that has variants for a placement.
struct CandidateRow: BitwiseCopyable {
    let campaign: Row<CampaignRow>
    let priority: Int
    let variants: Run<VariantRow>
}

struct CampaignRow: BitwiseCopyable {
    let name: BorrowedText
    /// None when every visitor is eligible.
    let node: Row<Node>
    let excluded: Run<Row<Node>>
    let starts: Int64
    let ends: Int64
    let schedule: Row<ScheduleRow>
    /// Whether a clicked ad's promise is kept only for those who are eligible.
    let keepsPromiseIfEligible: Bool
    /// ICPs that the condition names.
    let icps: Run<Row<ICPRow>>
    let caps: Run<CapRow>
    /// None when it is not paced.
    let goal: Row<GoalRow>
}

/// What a campaign delivers evenly over a time.
struct GoalRow: BitwiseCopyable {
    let campaign: Row<CampaignRow>
    /// None for all.
    let placement: Row<PlacementRow>
    let count: UInt64
    let starts: Int64
    let ends: Int64

    /// How much is to be delivered by a time: an even share of the whole, at least one.
    func due(at microseconds: Int64) -> UInt64 {
        guard microseconds < ends else { return count }
        guard microseconds > starts else { return 1 }
        let share = (Double(microseconds) - Double(starts)) / (Double(ends) - Double(starts))
        return min(count, max(1, UInt64((Double(count) * share).rounded(.up))))
    }
}

struct VariantRow: BitwiseCopyable {
    let name: BorrowedText
    let promise: BorrowedText
    let page: BorrowedText
    let node: Row<Node>
    let schedule: Row<ScheduleRow>
    let contents: Run<ContentRow>
    /// `?utm_source=…` of the click that an ad causes.
    let landingQuery: BorrowedText
    /// Which UTM values it has, in the order of `BuiltIn.utm`.
    let landingMask: UInt8
    /// Which of its contents holds the address of the click, if any.
    let landingContent: Row<TextPair>
    let caps: Run<CapRow>
}

/// What one field shows.
struct ContentRow: BitwiseCopyable {
    enum Escaping: UInt8 { case none, html, url }

    let name: BorrowedText
    let escaping: Escaping
    /// In grapheme clusters.
    let maximumLength: Int
    /// The whole content when `pieces` is empty.
    let text: BorrowedText
    let pieces: Run<PieceRow>
}

/// A part of a field's content: literal text, or an insertion with its fallback.
struct PieceRow: BitwiseCopyable {
    enum Source: UInt8 {
        case literal
        /// What is in `slot`.
        case slot
        case role
        case stage
        case personaName
        case personaTitle
        case personaOutcome
        /// `text` names the objection.
        case personaObjection
    }

    enum LetterCase: UInt8 { case asIs, upper, lower, title }

    let source: Source
    let letterCase: LetterCase
    let slot: Row<Slot>
    let text: BorrowedText
    let fallback: BorrowedText
    /// In grapheme clusters.
    let maximumLength: Int
}

/// The part of a layer that an experiment has; apart from its row, for most experiments are passed over by it.
struct SlotRow: BitwiseCopyable {
    /// None for an experiment outside all layers.
    let layer: Row<LayerRow>
    let firstSlot: UInt32
    let endSlot: UInt32
}

struct ExperimentRow: BitwiseCopyable {
    let name: BorrowedText
    let unit: Entity
    let contract: HashContract
    let salt: BorrowedText
    /// Sum of the weights as the contract counts them.
    let total: UInt32
    let node: Row<Node>
    let starts: Int64
    let ends: Int64
    /// Where its arms change fields, if anywhere.
    let placement: Row<PlacementRow>
    /// Experiments that change a field of the same placement that this one changes too.
    let rivals: Run<Row<ExperimentRow>>
    let arms: Run<ArmRow>
    /// Where the arms end.
    let bounds: Run<ArmBoundRow>
}

struct ArmRow: BitwiseCopyable {
    let name: BorrowedText
    /// The share of units that it gets.
    let share: Double
    /// The fields that it changes.
    let contents: Run<ContentRow>
}

struct ArmBoundRow: BitwiseCopyable {
    let upper: Double
    /// None for positions that get none.
    let arm: Row<ArmRow>
}

/// How often something may be shown within a time.
struct CapRow: BitwiseCopyable {
    let per: Entity
    let shows: Int
    let withinMicroseconds: Int64
    /// What is counted; none for all.
    let campaign: Row<CampaignRow>
    let placement: Row<PlacementRow>
    let variant: Row<VariantRow>
}

/// A creative that was shown to the visitor or the account.
struct ShowRow: BitwiseCopyable {
    let per: Entity
    let campaign: Row<CampaignRow>
    let placement: Row<PlacementRow>
    let variant: Row<VariantRow>
    let microseconds: Int64
}

struct LayerRow: BitwiseCopyable {
    let name: BorrowedText
    let unit: Entity
    /// Units whose bucket is below are in none of its experiments; 0 when it has no holdout.
    let holdoutBuckets: UInt32
    let holdoutSalt: BorrowedText
}

struct RouteRow: BitwiseCopyable {
    let name: BorrowedText
    /// In file order.
    let targets: Run<RouteTargetRow>
}

/// Who gets a lead, and when.
struct RouteTargetRow: BitwiseCopyable {
    let to: BorrowedText
    let node: Row<Node>
    let schedule: Row<ScheduleRow>
}

struct BlockRow: BitwiseCopyable {
    let node: Row<Node>
    let because: BorrowedText
    /// Whether it holds where its condition is unknown.
    let blocksUnknown: Bool
}

/// The page that keeps the promise of an ad.
struct PromiseRow: BitwiseCopyable {
    let campaign: Row<CampaignRow>
    let placement: Row<PlacementRow>
    /// The variant that the ad names.
    let variant: Row<VariantRow>
    /// All variants of the campaign for the placement.
    let variants: Run<VariantRow>
}

struct ScheduleRow: BitwiseCopyable {
    /// None for that of the visitor.
    let zone: Row<ZoneTable.Zone>
    /// Of `visitor.timezone`, if it is asked for and declared.
    let zoneSlot: Row<Slot>
    /// Bit 0 is Monday.
    let days: UInt8
    /// Minutes from local midnight; above 1,440 they reach into the next day.
    let opens: Int32
    let closes: Int32
    /// Local seconds; see `Schedule`.
    let localStarts: Int64
    let localEnds: Int64
}

/// The slots of values that every rule set has.
enum BuiltIn: Int, CaseIterable {
    case now
    case referrer
    case ip
    case country
    case language
    case device
    // From here on the URL and what is taken from it, on demand.
    case url
    case host
    case path
    case utmSource
    case utmMedium
    case utmCampaign
    case utmTerm
    case utmContent

    /// Fields below `request`.
    var path: [String] {
        switch self {
        case .now: []
        case .referrer: ["referrer"]
        case .ip: ["ip"]
        case .country: ["country"]
        case .language: ["language"]
        case .device: ["device"]
        case .url: ["url"]
        case .host: ["host"]
        case .path: ["path"]
        case .utmSource: ["utm", "source"]
        case .utmMedium: ["utm", "medium"]
        case .utmCampaign: ["utm", "campaign"]
        case .utmTerm: ["utm", "term"]
        case .utmContent: ["utm", "content"]
        }
    }

    static let utm: [BuiltIn] = [.utmSource, .utmMedium, .utmCampaign, .utmTerm, .utmContent]
}
