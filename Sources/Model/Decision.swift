/// What one request gets: trivial views into the workspace and the table that decided.
///
/// Valid until that workspace begins its next decision; copying it copies no text and counts no references.
package struct Decision: BitwiseCopyable {
    /// The rule set that decided: 32 hexadecimal digits.
    package var revision: BorrowedText = .empty
    /// The time for which was decided.
    package var decidedAt = Timestamp(microseconds: 0)
    /// Segments that hold, in file order.
    package var segments = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    /// The matching profile with the highest fit, or the negative profile that matches; nil when none does.
    package var icp: UnsafePointer<ICPVerdict>?
    package var engagement = 0.0
    /// Empty when the rule set defines no levels; likewise `grade`.
    package var engagementLevel: BorrowedText = .empty
    package var grade: BorrowedText = .empty
    /// Whether the visitor counts as a marketing-qualified lead; nil when the rule set does not say.
    package var isMQL: Truth?
    package var persona: UnsafePointer<PersonaView>?
    /// `none` when no role applies; likewise `stage`.
    package var role: BorrowedText = .empty
    package var stage: BorrowedText = .empty
    /// In the order asked, or in file order when none was asked for.
    package var placements = UnsafeBufferPointer<PlacementDecision>(start: nil, count: 0)
    /// The arms of the experiments in whose scope the visitor or account is, in file order.
    package var assignments = UnsafeBufferPointer<AssignmentView>(start: nil, count: 0)
    /// The routes asked for, each with the one who gets the lead; empty when nobody does.
    package var routes = UnsafeBufferPointer<TextPair>(start: nil, count: 0)
    /// Purposes whose lack kept some value from being read.
    package var unreadPurposes = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    /// Whether the click on an ad that the rules know brought the page view; known where a placement has the reason `promise`.
    package var isClick = false
    /// Whether something was forced, so that it is nothing that the visitor sees.
    package var isPreview = false
    /// Exposures that are not recorded, because what they need is not agreed to.
    package var exposuresNotAgreed: UInt32 = 0

    package init() {}
}

/// The ideal customer profile that a decision reports.
package struct ICPVerdict: BitwiseCopyable {
    package var name: BorrowedText = .empty
    package var title: BorrowedText = .empty
    package var tier: BorrowedText = .empty
    /// 0 to 100.
    package var fit = 0.0
    package var isNegative = false
    /// By category; they sum to the fit before clamping.
    package var subscores: Subscores = .init()

    package init() {}
}

/// Points of fit by category.
package struct Subscores: BitwiseCopyable, Hashable {
    package var ready = 0.0
    package var willing = 0.0
    package var able = 0.0
    package var success = 0.0
    package var acquisition = 0.0
    package var ascension = 0.0
    package var advocacy = 0.0

    package init() {}

    /// The points of one category.
    package subscript(category: Category) -> Double {
        get {
            switch category {
            case .ready: ready
            case .willing: willing
            case .able: able
            case .success: success
            case .acquisition: acquisition
            case .ascension: ascension
            case .advocacy: advocacy
            }
        }
        set {
            switch category {
            case .ready: ready = newValue
            case .willing: willing = newValue
            case .able: able = newValue
            case .success: success = newValue
            case .acquisition: acquisition = newValue
            case .ascension: ascension = newValue
            case .advocacy: advocacy = newValue
            }
        }
    }
}

/// The arm that a visitor or account has in one experiment.
package struct AssignmentView: BitwiseCopyable {
    package var experiment: BorrowedText = .empty
    package var arm: BorrowedText = .empty
    /// The share of the experiment's units that get this arm: above 0, at most 1.
    package var propensity = 0.0
    /// Whether a preview forced it; its propensity is then 0.
    package var isForced = false

    package init() {}
}

/// Two texts that belong together: a field and its content, an objection and its answer.
package struct TextPair: BitwiseCopyable {
    package var name: BorrowedText
    package var text: BorrowedText

    package init(name: BorrowedText, text: BorrowedText) {
        self.name = name
        self.text = text
    }
}

/// How to speak to a visitor.
package struct PersonaView: BitwiseCopyable {
    package var name: BorrowedText = .empty
    package var title: BorrowedText = .empty
    package var goals = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    package var motives = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    package var pains = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    package var fears = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    package var objections = UnsafeBufferPointer<TextPair>(start: nil, count: 0)
    package var outcome: BorrowedText = .empty
    package var formats = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)

    package init() {}
}

/// What one placement shows, and why.
package struct PlacementDecision: BitwiseCopyable {
    package var placement: BorrowedText = .empty
    /// Empty for the placement's default; likewise `variant`.
    package var campaign: BorrowedText = .empty
    package var variant: BorrowedText = .empty
    /// Content by field, escaped for the field's type.
    package var fields = UnsafeBufferPointer<TextPair>(start: nil, count: 0)
    package var promise: BorrowedText = .empty
    /// For an ad: the page variant to which it leads, and the address of the click.
    package var page: BorrowedText = .empty
    package var landingURL: BorrowedText = .empty
    package var experiment: BorrowedText = .empty
    package var arm: BorrowedText = .empty
    /// Experiments that laid their arms over it too, in other fields.
    package var furtherExperiments = UnsafeBufferPointer<AssignmentView>(start: nil, count: 0)
    package var reason: DecisionReason = .default
    /// Words for the reason, such as the text of a legal block.
    package var because: BorrowedText = .empty
    /// Whether a campaign was passed over because data it needs is missing or stale.
    package var lackedData = false
    /// Whether a campaign was passed over because data it needs has no consent.
    package var lackedConsent = false

    package init() {}
}
