internal import Model

/// The keys that a mapping in a rule file may have: the loader, its messages, docs/reference.md and the JSON Schema all read
/// this one table.
package struct KeyTable: Sendable {
    /// One key of the mapping.
    package struct Key: Sendable {
        package let name: String
        package let value: ValueForm
        package let isRequired: Bool
        /// What holds when the key is absent; empty when it is required or nothing does.
        package let fallback: String
        /// What it means, in a sentence.
        package let help: String

        init(
            _ name: String, _ value: ValueForm, required: Bool = false, default fallback: String = "", _ help: String
        ) {
            self.name = name
            self.value = value
            self.isRequired = required
            self.fallback = fallback
            self.help = help
        }

        /// The form of the value, in words, such as `CEL condition`.
        package var form: String { value.words }
    }

    /// What the mapping describes, such as `an attribute`.
    package let subject: String
    package let keys: [Key]

    init(_ subject: String, _ keys: [Key]) {
        self.subject = subject
        self.keys = keys
    }

    package var names: [String] { keys.map(\.name) }
}

extension KeyTable {
    package static let file = KeyTable(
        "a rule file",
        [
            Key(
                "attributes", .mapping(.choice(Entity.allCases.map(\.name)), .mapping(.names, .table(.attribute))),
                "Typed inputs of the rules, per visitor, account and request."),
            Key("events", .mapping(.names, .table(.event)), "Behaviour that counts: points, half-life, caps."),
            Key("lists", .mapping(.names, .table(.list)), "Named lists of values."),
            Key("segments", .mapping(.names, .condition), "Broad groups: target audiences."),
            Key("icps", .mapping(.names, .table(.icp)), "Ideal customer profiles, and negative ones."),
            Key("engagement", .mapping(.words, .number), "Levels of engagement."),
            Key("grades", .table(.grades), "Fit and engagement together."),
            Key(
                "roles", .mapping(.names, .condition, isOrdered: true),
                "Roles in the buying committee; the first that holds counts."),
            Key(
                "personas", .mapping(.names, .table(.persona), isOrdered: true),
                "How to speak to whom; the first whose condition holds counts."),
            Key(
                "stages", .mapping(.names, .condition, isOrdered: true),
                "Stages of the purchase; the first that holds counts."),
            Key("placements", .mapping(.names, .table(.placement)), "Slots of ads and pages, with their fields."),
            Key("campaigns", .mapping(.names, .table(.campaign)), "What is shown to whom."),
            Key("layers", .mapping(.names, .table(.layer)), "Groups of experiments that exclude each other."),
            Key("holdout", .table(.holdout), "The share of units that gets defaults everywhere."),
            Key("experiments", .mapping(.names, .table(.experiment)), "A/B tests."),
            Key("policies", .table(.policies), "Consent, legal blocks and caps for everything."),
            Key("routes", .mapping(.names, .list(.table(.route))), "Where leads go."),
            Key(
                "tests", .list(.table(.test)), "Cases that must come out as expected before the rule set is activated."),
        ])

    package static let attribute = KeyTable(
        "an attribute",
        [
            Key("type", .choice(AttributeType.allCases.map(\.name)), required: true, "What values it takes."),
            Key("unit", .text, "Said in messages, such as `people`."),
            Key("values", .list(.text), "The values that a string or the members of strings may have."),
            Key("sensitive", .flag, default: "false", "Whether it is sensitive; then it needs a purpose."),
            Key("purpose", .name, "The consent purpose without which it is not read."),
            Key("source", .text, "Where its values come from."),
            Key("max_age", .duration, "After this time a value counts as unknown."),
            Key("rename", .table(.rename), "The name that it had before; stored values come along."),
            Key("description", .text, "For whoever reads the rules."),
        ])

    package static let rename = KeyTable(
        "a renaming",
        [
            Key(
                "from", .name, required: true,
                "The former name, without `visitor.` or `account.`; no attribute may have it any more.")
        ])

    package static let event = KeyTable(
        "an event",
        [
            Key("points", .number, default: "0", "What one event adds to engagement; may be negative."),
            Key("half_life", .duration, "After this time its points count half."),
            Key("max_points", .number, "The most that all events of this name add."),
            Key("group", .name, "Events that are reported together."),
            Key("purpose", .name, "The consent purpose without which it is neither recorded nor read."),
            Key(
                "legal_basis", .choice(LegalBasis.allCases.map(\.rawValue)), default: "consent",
                "On what it is recorded; with another than `consent` it is recorded whatever was agreed to, and still read only with its purposes."
            ),
            Key("description", .text, "For whoever reads the rules."),
        ])

    package static let list = KeyTable(
        "a list",
        [
            Key("values", .list(.text), "The members."),
            Key("file", .path, "A text file in the rule set's folder, a member a line; instead of `values`."),
            Key("of", .attribute, "The attribute whose values it lists, such as `account.domain`."),
        ])

    package static let icp = KeyTable(
        "an ideal customer profile",
        [
            Key("title", .text, "For people."),
            Key("negative", .flag, default: "false", "Whether it says who does not fit."),
            Key(
                "veto", .flag, default: "true",
                "For a negative one: whether no positive profile matches where it does."),
            Key("of", .choice(["visitor", "account"]), default: "account", "Whom it describes."),
            Key("product", .text, "The product it is for."),
            Key("segment", .reference("segment"), "The market segment it belongs to."),
            Key("owner", .text, "The team that answers for it."),
            Key("review_by", .date, "When it must be looked at again."),
            Key("required", .list(.condition), "All must be true."),
            Key("excluded", .list(.condition), "None may be true."),
            Key("criteria", .list(.table(.criterion)), required: true, "What adds to fit."),
            Key("tiers", .mapping(.words, .number), required: true, "Tiers of fit; it matches from the lowest on."),
        ])

    package static let criterion = KeyTable(
        "a criterion",
        [
            Key("when", .condition, required: true, "When it counts."),
            Key("points", .number, required: true, "What it adds; negative points subtract."),
            Key(
                "category", .choice(Category.allCases.map(\.name)), required: true,
                "The subscore to which it belongs."),
            Key("owner", .text, "The team that answers for it."),
        ])

    package static let grades = KeyTable(
        "grades",
        [
            Key("fit", .mapping(.words, .number), required: true, "Letters of fit."),
            Key("engagement", .mapping(.words, .number), required: true, "Digits of engagement."),
            Key("mql", .condition, "Who counts as a marketing-qualified lead."),
        ])

    package static let persona = KeyTable(
        "a persona",
        [
            Key("title", .text, "For people."),
            Key("icp", .reference("icp"), required: true, "The profile within which it speaks."),
            Key("when", .condition, required: true, "Who is spoken to."),
            Key("goals", .list(.text), "What they want."),
            Key("motives", .list(.text), "Why they want it."),
            Key("pains", .list(.text), "What hurts."),
            Key("fears", .list(.text), "What they are afraid of."),
            Key("objections", .mapping(.words, .text), "Objection and the argument that answers it."),
            Key("outcome", .text, "What they hope for."),
            Key("formats", .list(.text), "What they like to read or see."),
        ])
}
