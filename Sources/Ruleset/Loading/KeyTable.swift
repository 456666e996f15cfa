/// The keys that a mapping in a rule file may have: the loader, its messages, docs/reference.md and the JSON Schema all read
/// this one table.
package struct KeyTable: Sendable {
    /// One key of the mapping.
    package struct Key: Sendable {
        package let name: String
        /// The form of the value, in words, such as `CEL condition`.
        package let form: String
        package let isRequired: Bool
        /// What holds when the key is absent; empty when it is required or nothing does.
        package let fallback: String
        /// What it means, in a sentence.
        package let help: String

        init(_ name: String, _ form: String, required: Bool = false, default fallback: String = "", _ help: String) {
            self.name = name
            self.form = form
            self.isRequired = required
            self.fallback = fallback
            self.help = help
        }
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
            Key("attributes", "mapping", "Typed inputs of the rules, per visitor, account and request."),
            Key("events", "mapping", "Behaviour that counts: points, half-life, caps."),
            Key("lists", "mapping", "Named lists of values."),
            Key("segments", "mapping of CEL conditions", "Broad groups: target audiences."),
            Key("icps", "mapping", "Ideal customer profiles, and negative ones."),
            Key("engagement", "mapping of lower bounds", "Levels of engagement."),
            Key("grades", "mapping", "Fit and engagement together."),
            Key("roles", "mapping of CEL conditions", "Roles in the buying committee; the first that holds counts."),
            Key("personas", "mapping", "How to speak to whom; the first whose condition holds counts."),
            Key("stages", "mapping of CEL conditions", "Stages of the purchase; the first that holds counts."),
            Key("placements", "mapping", "Slots of ads and pages, with their fields."),
            Key("campaigns", "mapping", "What is shown to whom."),
            Key("layers", "mapping", "Groups of experiments that exclude each other."),
            Key("holdout", "mapping", "The share of units that gets defaults everywhere."),
            Key("experiments", "mapping", "A/B tests."),
            Key("policies", "mapping", "Consent, legal blocks and caps for everything."),
            Key("routes", "mapping", "Where leads go."),
            Key("tests", "sequence", "Cases that must come out as expected before the rule set is activated."),
        ])

    package static let attribute = KeyTable(
        "an attribute",
        [
            Key("type", "bool, int, double, string, strings or timestamp", required: true, "What values it takes."),
            Key("unit", "text", "Said in messages, such as `people`."),
            Key("description", "text", "For whoever reads the rules."),
            Key("values", "sequence of texts", "The values that a string or the members of strings may have."),
            Key("purpose", "name", "The consent purpose without which it is not read."),
            Key("sensitive", "true or false", default: "false", "Whether it is sensitive; then it needs a purpose."),
            Key("source", "text", "Where its values come from."),
            Key("max_age", "duration", "After this time a value counts as unknown."),
        ])

    package static let event = KeyTable(
        "an event",
        [
            Key("points", "number", default: "0", "What one event adds to engagement; may be negative."),
            Key("half_life", "duration", "After this time its points count half."),
            Key("max_points", "number", "The most that all events of this name add."),
            Key("group", "name", "Events that are reported together."),
            Key("purpose", "name", "The consent purpose without which it is not read."),
            Key("description", "text", "For whoever reads the rules."),
        ])

    package static let list = KeyTable(
        "a list",
        [
            Key("values", "sequence of texts", "The members."),
            Key("file", "path", "A text file in the rule set's folder, a member a line; instead of `values`."),
            Key("of", "attribute", "The attribute whose values it lists, such as `account.domain`."),
        ])

    package static let icp = KeyTable(
        "an ideal customer profile",
        [
            Key("title", "text", "For people."),
            Key("negative", "true or false", default: "false", "Whether it says who does not fit."),
            Key("of", "visitor or account", default: "account", "Whom it describes."),
            Key("product", "text", "The product it is for."),
            Key("segment", "segment", "The market segment it belongs to."),
            Key("owner", "text", "The team that answers for it."),
            Key("review_by", "date", "When it must be looked at again."),
            Key("required", "sequence of CEL conditions", "All must be true."),
            Key("excluded", "sequence of CEL conditions", "None may be true."),
            Key("criteria", "sequence", required: true, "What adds to fit."),
            Key("tiers", "mapping of lower bounds", required: true, "Tiers of fit; it matches from the lowest on."),
        ])

    package static let criterion = KeyTable(
        "a criterion",
        [
            Key("when", "CEL condition", required: true, "When it counts."),
            Key("points", "number", required: true, "What it adds; negative points subtract."),
            Key(
                "category", "ready, willing, able, success, acquisition, ascension or advocacy", required: true,
                "The subscore to which it belongs."),
            Key("owner", "text", "The team that answers for it."),
        ])

    package static let grades = KeyTable(
        "grades",
        [
            Key("fit", "mapping of lower bounds", required: true, "Letters of fit."),
            Key("engagement", "mapping of lower bounds", required: true, "Digits of engagement."),
            Key("mql", "CEL condition", "Who counts as a marketing-qualified lead."),
        ])

    package static let persona = KeyTable(
        "a persona",
        [
            Key("title", "text", "For people."),
            Key("icp", "icp", required: true, "The profile within which it speaks."),
            Key("when", "CEL condition", required: true, "Who is spoken to."),
            Key("goals", "sequence of texts", "What they want."),
            Key("motives", "sequence of texts", "Why they want it."),
            Key("pains", "sequence of texts", "What hurts."),
            Key("fears", "sequence of texts", "What they are afraid of."),
            Key("objections", "mapping of texts", "Objection and the argument that answers it."),
            Key("outcome", "text", "What they hope for."),
            Key("formats", "sequence of texts", "What they like to read or see."),
        ])
}
