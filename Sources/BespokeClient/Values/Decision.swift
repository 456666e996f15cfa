internal import Messages
internal import Model

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Which version a visitor should see, and why.
public struct Decision: Sendable, Hashable {
    /// Names this decision: the same for the same rule set, inputs and time.
    public let id: String
    /// The rule set that decided.
    public let revision: String
    /// The time for which it was decided.
    public let decidedAt: Date?
    /// The target audiences that the visitor belongs to.
    public let segments: [String]
    /// The ideal customer profile that fits best, or the negative one that matches; nil when none does.
    public let icp: ICPMatch?
    /// Engagement score.
    public let engagement: Double
    /// Its level; nil when the rule set defines none.
    public let engagementLevel: String?
    /// Fit and engagement together, such as `A1`; nil when the rule set defines no grades or no profile matches.
    public let grade: String?
    /// Whether the visitor counts as a marketing-qualified lead; nil when the rule set does not say.
    public let isQualifiedLead: Certainty?
    /// How to speak to the visitor; nil when no persona applies.
    public let persona: Persona?
    /// The role in the buying committee, or `none`.
    public let role: String
    /// The stage of the purchase, or `none`.
    public let stage: String
    /// One for each placement asked for, in the order asked.
    public let placements: [PlacementDecision]
    /// Purposes that are not agreed to and that something needs which the decision would have read.
    public let unreadPurposes: [String]
    /// The arm of each experiment in whose scope the visitor or account is, by experiment. Not an exposure.
    public let arms: [String: String]
    /// Who gets the lead, by route asked for; nobody when the text is empty.
    public let routes: [String: String]
    /// Whether something was forced: not to be shown to the visitor.
    public let isPreview: Bool

    /// What the placement of that name shows; nil when it was not asked for.
    public subscript(placement: String) -> PlacementDecision? {
        placements.first { $0.placement == placement }
    }
}

/// An answer that may depend on data that is missing.
public enum Certainty: Sendable, Hashable {
    case no
    case yes
    /// Data that it depends on is missing, too old, or has no consent.
    case unknown
}

/// The ideal customer profile that matches.
public struct ICPMatch: Sendable, Hashable {
    /// As the rule set names it.
    public let name: String
    /// For people to read.
    public let title: String
    /// Such as `a`.
    public let tier: String
    /// 0 to 100.
    public let fit: Double
    /// Whether the profile says who does not fit.
    public let isNegative: Bool
    /// Points of fit by category: `ready`, `willing`, `able`, `success`, `acquisition`, `ascension`, `advocacy`.
    public let subscores: [String: Double]
}

/// How to speak to a visitor: keys for copy.
public struct Persona: Sendable, Hashable {
    /// As the rule set names it.
    public let name: String
    /// For people to read.
    public let title: String
    /// What the visitor wants to reach.
    public let goals: [String]
    /// What moves the visitor.
    public let motives: [String]
    /// What bothers the visitor today.
    public let pains: [String]
    /// What the visitor is afraid of.
    public let fears: [String]
    /// Arguments by the objection that they answer.
    public let objections: [String: String]
    /// What the visitor hopes for in the end.
    public let outcome: String
    /// How the visitor likes to be told, such as `white_paper`.
    public let formats: [String]
}

/// What one placement shows, and why.
public struct PlacementDecision: Sendable, Hashable {
    /// Why a placement got what it got.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The campaign that won by priority, fit and name.
        case campaign
        /// The page that keeps the promise of the clicked ad.
        case promise
        /// No campaign applied.
        case `default`
        /// A legal block holds.
        case blocked
        /// The visitor or account is in the holdout.
        case holdout
        /// Forced by an authorised preview.
        case forced
        /// Campaigns applied, but each had reached a cap.
        case capped
        /// Campaigns applied, but each was excluded.
        case excluded
        /// Campaigns applied, but none had a variant open for this placement now.
        case noVariant = "no_variant"
        /// Campaigns applied, but each had delivered what its goal asks for by now.
        case paced
        /// A reason that a newer daemon gives.
        case unknown
    }

    /// The placement, by name.
    public let placement: String
    /// nil for the placement's default.
    public let campaign: String?
    /// The creative; nil for the placement's default.
    public let variant: String?
    /// The content by field name, escaped for each field's type. Empty: show nothing.
    public let fields: [String: String]
    /// What an ad promises and its page keeps.
    public let promise: String?
    /// For an ad: the page variant to which it leads.
    public let page: String?
    /// For an ad: the address to which a click leads.
    public let landingURL: String?
    /// The experiment that laid its arm over the variant.
    public let experiment: String?
    /// The arm of `experiment`.
    public let arm: String?
    /// The arms of further experiments that changed other fields of it, by experiment. Each is shown: to record that, record
    /// an exposure of the experiment without a placement.
    public let furtherArms: [String: String]
    /// Why this placement got this content.
    public let reason: Reason
    /// Words for the reason, such as the text of a legal block.
    public let because: String?
    /// Whether a campaign was passed over because data it needs is missing or too old.
    public let lackedData: Bool
    /// Whether a campaign was passed over because data it needs has no consent.
    public let lackedConsent: Bool
}

extension Decision {
    init(_ message: DecideResponseMessage) {
        id = message.decisionID
        revision = message.revision
        decidedAt = message.decidedAt?.date
        segments = message.segments
        icp = message.icp.map(ICPMatch.init)
        engagement = message.engagement
        engagementLevel = message.engagementLevel.nonEmpty
        grade = message.grade.nonEmpty
        isQualifiedLead =
            switch message.mql {
            case .no: .no
            case .yes: .yes
            case .unknown: .unknown
            case nil: nil
            }
        persona = message.persona.map(Persona.init)
        role = message.role
        stage = message.stage
        placements = message.placements.map(PlacementDecision.init)
        unreadPurposes = message.unreadPurposes
        routes = message.routes.byName
        isPreview = message.isPreview
        arms = Dictionary(message.assignments.map { ($0.experiment, $0.arm) }) { _, last in last }
    }
}

extension ICPMatch {
    fileprivate init(_ message: IcpMatchMessage) {
        name = message.name
        title = message.title
        tier = message.tier
        fit = message.fit
        isNegative = message.negative
        let subscores = message.subscores ?? Subscores()
        self.subscores = Dictionary(uniqueKeysWithValues: Category.allCases.map { ($0.name, subscores[$0]) })
    }
}

extension Persona {
    fileprivate init(_ message: PersonaMessage) {
        name = message.name
        title = message.title
        goals = message.goals
        motives = message.motives
        pains = message.pains
        fears = message.fears
        objections = message.objections.byName
        outcome = message.outcome
        formats = message.formats
    }
}

extension PlacementDecision {
    fileprivate init(_ message: PlacementDecisionMessage) {
        placement = message.placement
        campaign = message.campaign.nonEmpty
        variant = message.variant.nonEmpty
        fields = message.fields.byName
        promise = message.promise.nonEmpty
        page = message.page.nonEmpty
        landingURL = message.landingURL.nonEmpty
        experiment = message.experiment.nonEmpty
        arm = message.arm.nonEmpty
        furtherArms = Dictionary(message.furtherExperiments.map { ($0.experiment, $0.arm) }) { _, last in last }
        reason = message.reason.flatMap { Reason(rawValue: $0.name) } ?? .unknown
        because = message.because.nonEmpty
        lackedData = message.lackedData
        lackedConsent = message.lackedConsent
    }
}

extension [TextEntry] {
    /// Of a name that stands twice the last holds, as in every protobuf map.
    fileprivate var byName: [String: String] {
        Dictionary(map { ($0.name, $0.text) }, uniquingKeysWith: { _, last in last })
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
