internal import Conditions
internal import Experimentation
internal import Model

/// Marks an absent node, schedule, ICP, …
let noRow = UInt32.max

struct NamedRow: BitwiseCopyable {
    let name: BorrowedText
    let node: UInt32
}

/// A level and its lower bound; levels stand highest bound first.
struct LevelRow: BitwiseCopyable {
    let name: BorrowedText
    let lowerBound: Double
}

struct EventRow: BitwiseCopyable {
    /// Slot of the count; those of `last` and `score` follow.
    let firstSlot: UInt32
    let points: Double
    /// 0 for points that do not fade.
    let halfLifeMicroseconds: Double
    /// Bound of the score's magnitude.
    let maximumPoints: Double
}

struct ICPRow: BitwiseCopyable {
    let name: BorrowedText
    let title: BorrowedText
    let isNegative: Bool
    /// Constant of the product for which it is, or `noRow`.
    let product: UInt32
    /// Segment from which it comes, or `noRow`.
    let segment: UInt32
    /// Nodes in the children's table.
    let required: Run
    let excluded: Run
    let criteria: Run
    /// Highest bound first.
    let tiers: Run
    /// In the unit of the criteria's points.
    let positivePoints: Double
}

struct CriterionRow: BitwiseCopyable {
    let node: UInt32
    let category: Category
    /// A whole number, in a unit that all criteria of the ICP share.
    let points: Double
}

struct PersonaRow: BitwiseCopyable {
    let node: UInt32
    let icp: UInt32
    /// Lives as long as the table.
    let view: UnsafePointer<PersonaView>
}

struct PlacementRow: BitwiseCopyable {
    let name: BorrowedText
    let isPage: Bool
    /// Highest priority first, then by name.
    let candidates: Run
    let defaultContents: Run
}

/// A campaign that has variants for a placement.
struct CandidateRow: BitwiseCopyable {
    let campaign: UInt32
    let priority: Int
    let variants: Run
}

struct CampaignRow: BitwiseCopyable {
    let name: BorrowedText
    /// `noRow` when every visitor is eligible.
    let node: UInt32
    /// Nodes in the children's table.
    let excluded: Run
    let starts: Int64
    let ends: Int64
    let schedule: UInt32
    /// Whether a clicked ad's promise is kept only for those who are eligible.
    let keepsPromiseIfEligible: Bool
    /// ICPs that the condition names, in the children's table.
    let icps: Run
    let caps: Run
    /// `noRow` when it is not paced.
    let goal: UInt32
}

/// What a campaign delivers evenly over a time.
struct GoalRow: BitwiseCopyable {
    let campaign: UInt32
    /// `noRow` for all.
    let placement: UInt32
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
    let node: UInt32
    let schedule: UInt32
    let contents: Run
    /// `?utm_source=…` of the click that an ad causes.
    let landingQuery: BorrowedText
    /// Which UTM values it has, in the order of `BuiltIn.utm`.
    let landingMask: UInt8
    /// Content that holds the address of the click, or `noRow`.
    let landingContent: UInt32
    let caps: Run
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
    let pieces: Run
}

/// A part of a field's content: literal text, or an insertion with its fallback.
struct PieceRow: BitwiseCopyable {
    enum Source: UInt8 {
        case literal
        /// `index` is a slot.
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
    let index: UInt32
    let text: BorrowedText
    let fallback: BorrowedText
    /// In grapheme clusters.
    let maximumLength: Int
}

/// The part of a layer that an experiment has; apart from its row, for most experiments are passed over by it.
struct SlotRow: BitwiseCopyable {
    /// Index of the layer, or `noRow`.
    let layer: UInt32
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
    let node: UInt32
    let starts: Int64
    let ends: Int64
    /// Where its arms change fields, or `noRow`.
    let placement: UInt32
    /// Experiments that change a field of the same placement that this one changes too, in the children's table.
    let rivals: Run
    let arms: Run
    /// Where the arms end.
    let bounds: Run
}

struct ArmRow: BitwiseCopyable {
    let name: BorrowedText
    /// The share of units that it gets.
    let share: Double
    /// The fields that it changes.
    let contents: Run
}

struct ArmBoundRow: BitwiseCopyable {
    let upper: Double
    /// In the table of arms, or `noRow` for positions that get none.
    let arm: UInt32
}

/// How often something may be shown within a time.
struct CapRow: BitwiseCopyable {
    let per: Entity
    let shows: Int
    let withinMicroseconds: Int64
    /// What is counted; `noRow` for all.
    let campaign: UInt32
    let placement: UInt32
    let variant: UInt32
}

/// A creative that was shown to the visitor or the account.
struct ShowRow: BitwiseCopyable {
    let per: Entity
    let campaign: UInt32
    let placement: UInt32
    let variant: UInt32
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
    let targets: Run
}

/// Who gets a lead, and when.
struct RouteTargetRow: BitwiseCopyable {
    let to: BorrowedText
    let node: UInt32
    let schedule: UInt32
}

struct BlockRow: BitwiseCopyable {
    let node: UInt32
    let because: BorrowedText
    /// Whether it holds where its condition is unknown.
    let blocksUnknown: Bool
}

/// The page that keeps the promise of an ad.
struct PromiseRow: BitwiseCopyable {
    let campaign: UInt32
    let placement: UInt32
    /// The variant that the ad names.
    let variant: UInt32
    /// All variants of the campaign for the placement.
    let variants: Run
}

struct ScheduleRow: BitwiseCopyable {
    /// Zone of the database, or `noRow` for that of the visitor.
    let zone: UInt32
    /// Slot of `visitor.timezone`, or `noRow`.
    let zoneSlot: UInt32
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
