package import CEL
package import Model

/// Where something stands in a rule file; lines and columns count from 1, columns in Unicode scalars.
package struct SourcePosition: Sendable, Hashable, Comparable {
    /// Path relative to the rule set's folder.
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

/// One file of a rule set.
package struct RuleFile: Sendable, Hashable {
    /// Relative to the folder, with `/`, such as `lists/target_accounts.txt`.
    package let path: String
    package let content: [UInt8]

    package init(path: String, content: [UInt8]) {
        self.path = path
        self.content = content
    }

    /// The file that the daemon writes: which units have which arm.
    package static let allocationsPath = "allocations.txt"

    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// The file as it is understood: without a byte order mark at its start, and text in the form of `NormalForm`. Places in
    /// diagnostics are those of this text; revisions are of the files as they are.
    var asRead: RuleFile {
        let hasMark = content.starts(with: Self.byteOrderMark)
        guard hasMark || !content.withUnsafeBufferPointer(NormalForm.isCertain) else { return self }
        let rest = hasMark ? Array(content.dropFirst(Self.byteOrderMark.count)) : content
        guard let text = String(validating: rest, as: UTF8.self) else { return RuleFile(path: path, content: rest) }
        return RuleFile(path: path, content: Array(text.normalForm.utf8))
    }
}

/// A condition as written, checked against the declared attributes; its type is bool.
package struct Condition: Sendable {
    package let expression: CheckedExpression
    package let position: SourcePosition

    /// As written.
    package var source: String { expression.source }

    package init(expression: CheckedExpression, position: SourcePosition) {
        self.expression = expression
        self.position = position
    }
}

/// A checked rule set: every name resolved, every condition typed, no errors. Order of arrays is file order.
///
/// The sections are those of docs/reference.md. A section that is absent is empty or nil.
package struct RuleSet: Sendable {
    package var revision: Revision
    package var attributes: [Attribute] = []
    package var events: [Event] = []
    package var lists: [ValueList] = []
    package var segments: [NamedCondition] = []
    package var icps: [ICP] = []
    /// Levels by name with their lower bounds, as written.
    package var engagement: [NamedNumber] = []
    package var grades: Grades?
    package var roles: [NamedCondition] = []
    package var personas: [Persona] = []
    package var stages: [NamedCondition] = []
    package var placements: [Placement] = []
    package var campaigns: [Campaign] = []
    package var layers: [Layer] = []
    package var holdout: Holdout?
    package var experiments: [Experiment] = []
    package var policies = Policies()
    package var routes: [Route] = []
    package var tests: [RuleTest] = []
    /// How expressions are checked; rule tests and templates use it too.
    package var environment = Environment()

    package init(revision: Revision) {
        self.revision = revision
    }
}

/// Names a rule set by its content: XXH3-128 over paths and bytes, 32 lowercase hexadecimal digits.
package struct Revision: Sendable, Hashable {
    package let digest: String

    package init(digest: String) {
        self.digest = digest
    }
}

/// A name with its lower bound.
package struct NamedNumber: Sendable, Hashable {
    package var name: String
    package var value: Double

    package init(name: String, value: Double) {
        self.name = name
        self.value = value
    }
}

/// A segment, role or stage.
package struct NamedCondition: Sendable {
    package var name: String
    package var condition: Condition

    package init(name: String, condition: Condition) {
        self.name = name
        self.condition = condition
    }
}

/// A typed input of the rules.
package struct Attribute: Sendable {
    package var entity: Entity
    package var name: String
    package var type: AttributeType
    package var unit: String?
    package var description: String?
    /// Allowed values of a string or of the members of strings; empty means any.
    package var values: [String] = []
    /// The consent purpose without which it is not read.
    package var purpose: String?
    package var isSensitive = false
    package var source: String?
    /// After this many seconds a value counts as unknown.
    package var maximumAgeSeconds: Int64?
    /// The name that it had before: values stored under it become values of this one.
    package var renamedFrom: String?
    package var position: SourcePosition

    package init(entity: Entity, name: String, type: AttributeType, position: SourcePosition) {
        self.entity = entity
        self.name = name
        self.type = type
        self.position = position
    }
}

/// What allows it to keep what somebody did. Source: GDPR, article 6(1).
package enum LegalBasis: String, Sendable, CaseIterable {
    case consent
    case contract
    case legalObligation = "legal_obligation"
    case vitalInterests = "vital_interests"
    case publicTask = "public_task"
    case legitimateInterests = "legitimate_interests"
}

/// Behaviour that counts towards engagement.
package struct Event: Sendable {
    package var name: String
    package var points: Double = 0
    package var halfLifeSeconds: Int64?
    package var maximumPoints: Double?
    package var group: String?
    package var purpose: String?
    /// On what it is recorded.
    package var legalBasis = LegalBasis.consent
    package var position: SourcePosition

    package init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }
}

/// A named list of texts.
package struct ValueList: Sendable {
    package var name: String
    /// Members without duplicates; `*.acme.example` stands for all subdomains of acme.example.
    package var values: [String]
    /// Path of the file in which they stand; nil when they stand in the rules.
    package var file: String?
    /// The attribute whose values it lists, as written, such as `account.domain`.
    package var of: String?
    package var position: SourcePosition

    package init(name: String, values: [String], position: SourcePosition) {
        self.name = name
        self.values = values
        self.position = position
    }
}

/// An ideal customer profile, or one of those who do not fit.
package struct ICP: Sendable {
    /// Something measured that adds to fit or takes from it.
    package struct Criterion: Sendable {
        package var condition: Condition
        package var points: Double
        package var category: Model.Category
        package var owner: String?

        package init(condition: Condition, points: Double, category: Model.Category) {
            self.condition = condition
            self.points = points
            self.category = category
        }
    }

    package var name: String
    package var title: String?
    package var isNegative = false
    /// Whether, being negative, it keeps positive ones from matching when it matches.
    package var vetoes = true
    package var of: Entity = .account
    package var product: String?
    /// Name of a segment.
    package var segment: String?
    package var owner: String?
    /// As written: `YYYY-MM-DD`.
    package var reviewBy: String?
    package var required: [Condition] = []
    package var excluded: [Condition] = []
    package var criteria: [Criterion] = []
    /// Lower bounds of fit, highest first.
    package var tiers: [NamedNumber] = []
    package var position: SourcePosition

    package init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }

    /// Whether positive ICPs do not match where it does.
    package var hasVeto: Bool { isNegative && vetoes }
}

/// How fit and engagement become a grade.
package struct Grades: Sendable {
    package var fit: [NamedNumber] = []
    package var engagement: [NamedNumber] = []
    package var mql: Condition?

    package init() {}
}

/// How to speak to whom.
package struct Persona: Sendable {
    package var name: String
    package var title: String?
    package var icp: String
    package var condition: Condition
    package var goals: [String] = []
    package var motives: [String] = []
    package var pains: [String] = []
    package var fears: [String] = []
    /// Objection → the argument that answers it.
    package var objections: [(name: String, text: String)] = []
    package var outcome: String?
    package var formats: [String] = []
    package var position: SourcePosition

    package init(name: String, icp: String, condition: Condition, position: SourcePosition) {
        self.name = name
        self.icp = icp
        self.condition = condition
        self.position = position
    }
}

/// A slot of an ad or a page.
package struct Placement: Sendable {
    /// Which one it is.
    package enum Kind: Sendable, Hashable { case ad, page }

    /// What can be filled in.
    package struct Field: Sendable {
        /// Which one it is.
        package enum Kind: Sendable, Hashable { case text, html, url }

        package var name: String
        package var kind: Kind = .text
        /// In grapheme clusters.
        package var maximumLength: Int?
        package var defaultContent: Template?

        package init(name: String) {
            self.name = name
        }
    }

    package var name: String
    package var kind: Kind
    package var fields: [Field] = []
    package var position: SourcePosition

    package init(name: String, kind: Kind, position: SourcePosition) {
        self.name = name
        self.kind = kind
        self.position = position
    }
}

/// Text with insertions: `Your {{ request.utm.term | default: "campaigns" | max: 30 }} live in a day`.
package struct Template: Sendable {
    /// A stretch of text or an insertion.
    package enum Piece: Sendable {
        case text(String)
        case insertion(Insertion)
    }

    /// A value put in at decision time.
    package struct Insertion: Sendable {
        /// How letters are written.
        package enum LetterCase: Sendable, Hashable { case upper, lower, title }

        /// `visitor.title`, `request.utm.term`, `persona.objections.price`: entity or object, then fields.
        package var path: [String]
        package var fallback: String?
        /// In grapheme clusters.
        package var maximumLength: Int?
        package var letterCase: LetterCase?

        package init(path: [String]) {
            self.path = path
        }
    }

    package var pieces: [Piece]
    package var position: SourcePosition

    package init(pieces: [Piece], position: SourcePosition) {
        self.pieces = pieces
        self.position = position
    }
}

/// Experiments that exclude each other.
package struct Layer: Sendable {
    package var name: String
    package var unit: Entity
    /// Units that get no arm of any of the layer's experiments.
    package var holdout: Holdout?

    package init(name: String, unit: Entity) {
        self.name = name
        self.unit = unit
    }
}

/// A share of units that is left out: of everything, which gets them defaults everywhere, or of a layer's experiments.
package struct Holdout: Sendable {
    package var share: Double
    package var salt: String

    package init(share: Double, salt: String) {
        self.share = share
        self.salt = salt
    }
}

/// A comparison of arms.
package struct Experiment: Sendable {
    /// Weights by the probability that an arm is the best in the first metric.
    package struct Bandit: Sendable, Hashable {
        /// The smallest share of any arm.
        package var floor: Double
        /// How often the weights are computed anew, in seconds.
        package var everySeconds: Int64
    }

    /// One of the things compared.
    package struct Arm: Sendable {
        package var name: String
        package var weight: Double
        package var fields: [(name: String, content: Template)] = []

        package init(name: String, weight: Double) {
            self.name = name
            self.weight = weight
        }
    }

    package var name: String
    package var title: String?
    package var unit: Entity?
    package var layer: String?
    package var slots: Range<Int>?
    package var condition: Condition?
    package var placement: String?
    package var isSticky = false
    package var salt: String?
    package var hash: String?
    /// Whether GrowthBook's hash goes over UTF-8 bytes rather than UTF-16 code units.
    package var isHashedOverBytes = false
    package var arms: [Arm] = []
    package var metrics: [String] = []
    /// For how long after a unit's first exposure what it does counts.
    package var windowSeconds: Int64 = 30 * 86_400
    /// The share of those in its scope that gets an arm.
    package var traffic = 1.0
    /// How its weights follow what the arms bring; nil for weights that stay.
    package var bandit: Bandit?
    package var starts: Timestamp?
    package var ends: Timestamp?
    package var position: SourcePosition

    package init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }

    /// The fields of its placement that one of its arms changes at least.
    package var changedFields: Set<String> { Set(arms.flatMap { $0.fields.map(\.name) }) }
}

/// What holds for every campaign.
package struct Policies: Sendable {
    /// A purpose and what it covers.
    package struct Consent: Sendable {
        package var purpose: String
        /// Whether it is granted to those who have said nothing.
        package var isGrantedByDefault = false
        /// `visitor`, `account` or `events`: what needs the purpose as a whole.
        package var covers: [String] = []

        package init(purpose: String) {
            self.purpose = purpose
        }
    }

    /// A legal block: nothing beats it.
    package struct Block: Sendable {
        package var condition: Condition
        package var because: String
        /// Whether it holds where its condition is unknown; nil: the rules do not say, and it does not.
        package var blocksUnknown: Bool?

        package init(condition: Condition, because: String, blocksUnknown: Bool? = nil) {
            self.condition = condition
            self.because = because
            self.blocksUnknown = blocksUnknown
        }
    }

    package var consent: [Consent] = []
    package var blocked: [Block] = []
    package var caps: [Campaign.Cap] = []
    /// On what it is recorded what was shown to whom.
    package var exposureBasis = LegalBasis.consent
    /// For how long after a click the page keeps the ad's promise.
    package var keepPromiseSeconds: Int64 = 86_400
    /// Whether what a person had denied outlives their erasure.
    package var keepsObjections = false

    package init() {}
}

/// Where leads go: the first target that applies.
package struct Route: Sendable {
    /// Who gets the lead, and when.
    package struct Target: Sendable {
        package var to: String
        package var condition: Condition?
        package var schedule: Schedule?
        package var position: SourcePosition?

        package init(to: String) {
            self.to = to
        }
    }

    package var name: String
    package var targets: [Target] = []

    package init(name: String) {
        self.name = name
    }
}

/// A case that the rule set carries and that must pass before it is activated.
package struct RuleTest: Sendable {
    /// What must come out, by path.
    package struct Expectation: Sendable {
        /// `icp`, `tier`, `persona`, `role`, `stage`, `grade`, or `placements.NAME.variant|campaign|reason`.
        package var path: [String]
        package var value: String
        package var position: SourcePosition

        package init(path: [String], value: String, position: SourcePosition) {
            self.path = path
            self.value = value
            self.position = position
        }
    }

    /// How often an event happened, and when last.
    package struct Event: Sendable {
        package var name: String
        package var count: Int64
        package var last: Timestamp?

        package init(name: String, count: Int64, last: Timestamp?) {
            self.name = name
            self.count = count
            self.last = last
        }
    }

    package var name: String
    package var now: Timestamp?
    package var consent: [String]?
    /// Purposes that are denied.
    package var denied: [String] = []
    package var values: [(attribute: AttributeKey, value: AttributeValue)] = []
    /// Behaviour of the visitor.
    package var events: [Event] = []
    /// What the visitors of the account did.
    package var accountEvents: [Event] = []
    /// The page's address. The other built-in inputs of the request stand among `values`.
    package var url: String?
    package var expectations: [Expectation] = []
    package var position: SourcePosition

    package init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }
}

/// Names an attribute.
package struct AttributeKey: Sendable, Hashable {
    package let entity: Entity
    package let name: String

    package init(entity: Entity, name: String) {
        self.entity = entity
        self.name = name
    }
}
