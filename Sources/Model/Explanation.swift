/// Why a decision came out as it did: every condition that mattered, with its verdict and the values that it read.
///
/// Shaped like `bespoke.v1.Explanation`. Arrays stand in the rule set's order unless they say otherwise.
package struct Explanation: Sendable, Hashable {
    package var segments: [NamedCheck] = []
    package var icps: [ICPExplanation] = []
    package var events: [EventScore] = []
    package var personas: [NamedCheck] = []
    package var roles: [NamedCheck] = []
    package var stages: [NamedCheck] = []
    /// Legal blocks, named by their words.
    package var blocks: [NamedCheck] = []
    /// In the order of the decision.
    package var placements: [PlacementExplanation] = []
    /// What could not be read although a condition that stayed unknown asks for it.
    package var lacking: [Input] = []
    /// The fewest changes that would bring another answer.
    package var nearestMisses: [NearestMiss] = []
    /// Whether the search for nearest misses ended before it had tried everything.
    package var isSearchCutShort = false
    /// Purposes that the visitor's stored choice denies, which no request opens.
    package var heldPurposes: [String] = []

    package init() {}

    /// Whether a value can be used.
    package enum InputState: UInt8, Sendable, Hashable {
        case known = 1
        case missing = 2
        /// There is a value, but it is older than the rules allow.
        case stale = 3
        /// There is a value, but a purpose that it needs is not granted.
        case withoutConsent = 4
    }

    /// Whether a condition holds, or why that is not known. The raw values are those of `bespoke.v1.Verdict`.
    package enum Verdict: UInt8, Sendable, Hashable {
        case no = 1
        case yes = 2
        case lacksData = 3
        case lacksConsent = 4
        case lacksDataAndConsent = 5
        /// A computation failed, such as a division by zero.
        case failed = 6
    }

    /// A value that a condition reads.
    package struct Input: Sendable, Hashable {
        /// Such as `account.employees`, `events.demo.count`, `engagement`, `fit('mary')`.
        package var path: String
        package var state: InputState
        /// Set when known.
        package var value: AttributeValue?
        /// Such as `people`.
        package var unit: String?

        package init(path: String, state: InputState, value: AttributeValue? = nil, unit: String? = nil) {
            self.path = path
            self.state = state
            self.value = value
            self.unit = unit
        }
    }

    /// One condition of the rules.
    package struct Check: Sendable, Hashable {
        /// As written.
        package var condition: String
        package var verdict: Verdict
        package var inputs: [Input]
        package var file: String
        /// From 1.
        package var line: Int
        /// From 1, in Unicode scalars; 0 when it came over the wire, which does not carry it.
        package var column: Int

        package init(
            condition: String, verdict: Verdict, inputs: [Input], file: String, line: Int, column: Int = 0
        ) {
            self.condition = condition
            self.verdict = verdict
            self.inputs = inputs
            self.file = file
            self.line = line
            self.column = column
        }
    }

    /// A condition that decides about something with a name.
    package struct NamedCheck: Sendable, Hashable {
        package var name: String
        package var check: Check
        /// Whether it was chosen, or applies.
        package var applies: Bool

        package init(name: String, check: Check, applies: Bool) {
            self.name = name
            self.check = check
            self.applies = applies
        }
    }

    /// What became of an ideal customer profile.
    package struct ICPExplanation: Sendable, Hashable {
        package var name: String
        package var title: String
        package var isNegative: Bool
        package var matches: Verdict
        /// 0 to 100.
        package var fit: Double
        /// The fit if every unknown criterion with positive points were true.
        package var fitPossible: Double
        /// The tier reached; empty below the lowest.
        package var tier: String
        /// The fit that the lowest tier asks for.
        package var fitNeeded: Double
        /// Why it was not looked at; empty: it was.
        package var notFor: String
        package var required: [Check]
        package var excluded: [Check]
        package var criteria: [CriterionCheck]
        /// In the order of first mention.
        package var owners: [OwnerScore]
        /// The negative profile that keeps this one from matching; empty: none does.
        package var vetoedBy: String

        package init(
            name: String, title: String, isNegative: Bool, matches: Verdict, fit: Double, fitPossible: Double,
            tier: String, fitNeeded: Double, notFor: String, required: [Check], excluded: [Check],
            criteria: [CriterionCheck], owners: [OwnerScore], vetoedBy: String = ""
        ) {
            self.name = name
            self.title = title
            self.isNegative = isNegative
            self.matches = matches
            self.fit = fit
            self.fitPossible = fitPossible
            self.tier = tier
            self.fitNeeded = fitNeeded
            self.notFor = notFor
            self.required = required
            self.excluded = excluded
            self.criteria = criteria
            self.owners = owners
            self.vetoedBy = vetoedBy
        }
    }

    /// A criterion with its points.
    package struct CriterionCheck: Sendable, Hashable {
        package var check: Check
        package var points: Double
        package var category: String
        /// Empty: nobody's.
        package var owner: String

        package init(check: Check, points: Double, category: String, owner: String) {
            self.check = check
            self.points = points
            self.category = category
            self.owner = owner
        }
    }

    /// Points by the team that owns the criteria.
    package struct OwnerScore: Sendable, Hashable {
        package var owner: String
        /// Of the criteria that are true.
        package var points: Double
        /// Of all that are positive.
        package var pointsPossible: Double

        package init(owner: String, points: Double, pointsPossible: Double) {
            self.owner = owner
            self.points = points
            self.pointsPossible = pointsPossible
        }
    }

    /// What an event adds to engagement.
    package struct EventScore: Sendable, Hashable {
        package var event: String
        package var count: Int64
        /// Faded to the decision's time and within the event's cap.
        package var points: Double
        package var state: InputState

        package init(event: String, count: Int64, points: Double, state: InputState) {
            self.event = event
            self.count = count
            self.points = points
            self.state = state
        }
    }

    /// What became of a campaign or a variant for one placement. The raw values are those of `bespoke.v1.Fate`.
    package enum Fate: UInt8, Sendable, Hashable {
        case chosen = 1
        case outranked = 2
        case notEligible = 3
        case unknown = 4
        case excluded = 5
        case capped = 6
        case noVariant = 7
        /// Not within its dates or hours.
        case closed = 8
        /// A legal block or the promise of a clicked ad came first.
        case notAsked = 9
        /// Has delivered what its goal asks for by now.
        case paced = 10
    }

    /// How a placement came to its content.
    package struct PlacementExplanation: Sendable, Hashable {
        package var placement: String
        /// By priority, then by name.
        package var candidates: [Candidate]

        package init(placement: String, candidates: [Candidate]) {
            self.placement = placement
            self.candidates = candidates
        }
    }

    /// A campaign with variants for the placement.
    package struct Candidate: Sendable, Hashable {
        package var campaign: String
        package var priority: Int
        package var fate: Fate
        /// The best fit of the profiles that the campaign asks for.
        package var fit: Double
        /// nil: every visitor is eligible.
        package var condition: Check?
        /// What excludes visitors; asked when the campaign applies.
        package var exclusions: [Check]
        /// Empty for campaigns that do not apply.
        package var variants: [VariantFate]

        package init(
            campaign: String, priority: Int, fate: Fate, fit: Double, condition: Check? = nil, exclusions: [Check],
            variants: [VariantFate]
        ) {
            self.campaign = campaign
            self.priority = priority
            self.fate = fate
            self.fit = fit
            self.condition = condition
            self.exclusions = exclusions
            self.variants = variants
        }
    }

    /// A variant of a campaign.
    package struct VariantFate: Sendable, Hashable {
        package var variant: String
        package var fate: Fate
        package var condition: Check?

        package init(variant: String, fate: Fate, condition: Check? = nil) {
            self.variant = variant
            self.fate = fate
            self.condition = condition
        }
    }

    /// The fewest changes that would bring another answer.
    package struct NearestMiss: Sendable, Hashable {
        /// `icp`, `mql`, or `placements.NAME`.
        package var of: String
        /// What the answer would be: a profile, a truth value, or `CAMPAIGN/VARIANT`; `none` or `default` for nothing.
        package var answer: String
        package var changes: [Change]

        package init(of: String, answer: String, changes: [Change]) {
            self.of = of
            self.answer = answer
            self.changes = changes
        }
    }

    /// Something that would have to be otherwise.
    package struct Change: Sendable, Hashable {
        /// An attribute, `events.NAME.count`, or `consent.PURPOSE`.
        package var path: String
        /// nil for a purpose that would have to be granted.
        package var value: AttributeValue?
        package var now: Input

        package init(path: String, value: AttributeValue? = nil, now: Input) {
            self.path = path
            self.value = value
            self.now = now
        }
    }
}
