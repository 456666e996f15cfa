extension KeyTable {
    package static let placement = KeyTable(
        "a placement",
        [
            Key("kind", "ad or page", required: true, "What it is part of."),
            Key("fields", "mapping", required: true, "What can be filled in."),
            Key("default", "mapping of texts", "What is shown when no campaign applies."),
            Key("description", "text", "For whoever reads the rules."),
        ])

    package static let field = KeyTable(
        "a field",
        [
            Key("type", "text, html or url", default: "text", "How values are escaped."),
            Key("max_length", "whole number", "The longest text, in characters as people count them."),
        ])

    package static let campaign = KeyTable(
        "a campaign",
        [
            Key("title", "text", "For people."),
            Key("priority", "whole number", default: "0", "The highest wins."),
            Key("when", "CEL condition", default: "true", "To whom it applies."),
            Key("excluded", "CEL condition, or a sequence of them", "To whom it never applies."),
            Key("starts", "time", "When it opens."),
            Key("ends", "time", "When it closes."),
            Key("schedule", "mapping", "Days and hours at which it is open."),
            Key("caps", "sequence", "How often it may be shown."),
            Key("ads", "mapping", "Variants by ad placement; the first that applies counts."),
            Key("pages", "mapping", "Variants by page placement; the first that applies counts."),
        ])

    package static let variant = KeyTable(
        "a variant",
        [
            Key("when", "CEL condition", default: "true", "For whom it is."),
            Key("promise", "name", "What the ad promises and the page keeps."),
            Key("schedule", "mapping", "Days and hours at which it is open."),
            Key("fields", "mapping of texts", required: true, "The content; `{{ … }}` inserts values."),
            Key("utm", "mapping", "For an ad: the UTM values of its click."),
            Key("page", "page variant", "For an ad: the page variant to which it leads."),
        ])

    package static let utm = KeyTable(
        "UTM values",
        ["source", "medium", "campaign", "term", "content"].map { Key($0, "text", "utm_\($0) of the click.") })

    package static let schedule = KeyTable(
        "a schedule",
        [
            Key("timezone", "IANA name, or visitor", required: true, "Whose clock counts."),
            Key("days", "sequence of mon … sun", default: "all", "On which days."),
            Key("hours", "\"HH:MM-HH:MM\"", default: "all day", "From the first to before the second."),
        ])

    package static let cap = KeyTable(
        "a cap",
        [
            Key("per", "visitor or account", required: true, "Whose shows are counted."),
            Key("shows", "whole number", required: true, "The most that are shown."),
            Key("within", "duration", required: true, "In which time."),
            Key("placement", "placement", "Counts shows there only."),
        ])

    package static let layer = KeyTable(
        "a layer", [Key("unit", "visitor or account", required: true, "What is assigned.")])

    package static let holdout = KeyTable(
        "the holdout",
        [
            Key("share", "number from 0 to 1", required: true, "How many units."),
            Key("salt", "text", required: true, "Which units; another salt chooses others."),
        ])

    package static let experiment = KeyTable(
        "an experiment",
        [
            Key("title", "text", "For people."),
            Key("unit", "visitor or account", "What is assigned; a layer says it otherwise."),
            Key("layer", "layer", "The layer in which it runs."),
            Key("slots", "[first, end]", "Its part of the 1,000,000 slots of the layer."),
            Key("when", "CEL condition", default: "true", "Who takes part."),
            Key("placement", "placement", "Where its arms change fields."),
            Key("sticky", "true or false", default: "false", "Whether units keep their arm."),
            Key("salt", "text", default: "its name", "Which units get which arm."),
            Key("hash", "hash contract", default: "bespoke", "How units are hashed."),
            Key("arms", "mapping", required: true, "What is compared."),
            Key("metrics", "sequence of events", "What is measured."),
            Key("starts", "time", "When it opens."),
            Key("ends", "time", "When it closes."),
        ])

    package static let arm = KeyTable(
        "an arm",
        [
            Key("weight", "number", required: true, "Its share, relative to the other arms."),
            Key("fields", "mapping of texts", "The fields that it changes."),
        ])

    package static let policies = KeyTable(
        "policies",
        [
            Key("consent", "mapping", "Purposes, and what they cover."),
            Key("blocked", "sequence", "Legal blocks: nothing beats them."),
            Key("caps", "sequence", "How often anything may be shown."),
        ])

    package static let consent = KeyTable(
        "a consent purpose",
        [
            Key("covers", "sequence of visitor, account, events", "What needs it as a whole."),
            Key("default", "granted or denied", default: "denied", "What holds for those who have said nothing."),
        ])

    package static let block = KeyTable(
        "a legal block",
        [
            Key("when", "CEL condition", required: true, "Who is blocked."),
            Key("because", "text", required: true, "The reason, shown with the decision."),
        ])

    package static let route = KeyTable(
        "a route",
        [
            Key("to", "text", required: true, "Who gets the lead."),
            Key("when", "CEL condition", default: "true", "Which leads."),
            Key("schedule", "mapping", "When they are there."),
        ])

    package static let test = KeyTable(
        "a test",
        [
            Key("name", "text", required: true, "What it shows."),
            Key("now", "time", "The time for which is decided."),
            Key("consent", "sequence of purposes", "What is granted; all else is denied."),
            Key("visitor", "mapping", "Attributes of the visitor."),
            Key("account", "mapping", "Attributes of the account."),
            Key("request", "mapping", "Attributes of the request, and `url`."),
            Key("expect", "mapping", required: true, "What must come out."),
        ])
}
