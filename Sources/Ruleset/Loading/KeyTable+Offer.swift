internal import Model

extension KeyTable {
    /// How units may be hashed to arms, ours first.
    static let hashContracts = ["bespoke", "growthbook_v1", "growthbook_v2", "unleash", "flagd_v1", "flagd_v2"]

    private static let variants = ValueForm.mapping(
        .references("placement"), .mapping(.names, .table(.variant), isOrdered: true))

    package static let placement = KeyTable(
        "a placement",
        [
            Key("kind", .choice(["ad", "page"]), required: true, "What it is part of."),
            Key("fields", .mapping(.names, .optionalTable(.field)), required: true, "What can be filled in."),
            Key("default", .mapping(.references("field"), .text), "What is shown when no campaign applies."),
            Key("description", .text, "For whoever reads the rules."),
        ])

    package static let field = KeyTable(
        "a field",
        [
            Key("type", .choice(["text", "html", "url"]), default: "text", "How values are escaped."),
            Key("max_length", .whole(1...1_000_000), "The longest text, in characters as people count them."),
        ])

    package static let campaign = KeyTable(
        "a campaign",
        [
            Key("title", .text, "For people."),
            Key("priority", .whole(-1_000_000_000...1_000_000_000), default: "0", "The highest wins."),
            Key("when", .condition, default: "true", "To whom it applies."),
            Key("excluded", .conditions, "To whom it never applies."),
            Key("starts", .time, "When it opens."),
            Key("ends", .time, "When it closes."),
            Key(
                "timezone", .timeZone, default: "that of `schedule`, else UTC",
                "Whose clock `starts` and `ends` mean where they give no offset."),
            Key("schedule", .table(.schedule), "Days and hours at which it is open."),
            Key(
                "keep_promise", .choice(["always", "eligible"]), default: "always",
                "Whether a click on one of its ads brings the ad's page whatever `when` says, or only where it is true."
            ),
            Key("caps", .list(.table(.cap)), "How often it may be shown."),
            Key("goal", .table(.goal), "What it delivers evenly from `starts` to `ends`."),
            Key("ads", variants, "Variants by ad placement; the first that applies counts."),
            Key("pages", variants, "Variants by page placement; the first that applies counts."),
        ])

    package static let variant = KeyTable(
        "a variant",
        [
            Key("when", .condition, default: "true", "For whom it is."),
            Key("promise", .name, "What the ad promises and the page keeps."),
            Key("schedule", .table(.schedule), "Days and hours at which it is open."),
            Key(
                "fields", .mapping(.references("field"), .text), required: true,
                "The content; `{{ … }}` inserts values."),
            Key("utm", .table(.utm), "For an ad: the UTM values of its click."),
            Key("page", .reference("page variant"), "For an ad: the page variant to which it leads."),
            Key("caps", .list(.table(.cap)), "How often this variant may be shown."),
        ])

    package static let utm = KeyTable(
        "UTM values",
        ["source", "medium", "campaign", "term", "content"].map { Key($0, .text, "utm_\($0) of the click.") })

    package static let schedule = KeyTable(
        "a schedule",
        [
            Key("timezone", .timeZone, required: true, "Whose clock counts."),
            Key(
                "days", .list(.choice(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])), default: "all",
                "On which days."),
            Key("hours", .hours, default: "all day", "From the first to before the second."),
        ])

    package static let cap = KeyTable(
        "a cap",
        [
            Key("per", .choice(["visitor", "account"]), required: true, "Whose shows are counted."),
            Key("shows", .whole(0...10_000), required: true, "The most that are shown."),
            Key("within", .duration, required: true, "In which time."),
            Key("placement", .reference("placement"), "Counts shows there only."),
        ])

    package static let goal = KeyTable(
        "a goal",
        [
            Key("shows", .whole(1...1_000_000_000_000), "How often it is to be shown in all; this or `clicks`."),
            Key("clicks", .whole(1...1_000_000_000_000), "How many clicks are to lead to its pages; this or `shows`."),
            Key("placement", .reference("placement"), "Paces and counts shows there only."),
        ])

    package static let layer = KeyTable(
        "a layer",
        [
            Key("unit", .choice(["visitor", "account"]), required: true, "What is assigned."),
            Key(
                "holdout", .table(.holdout),
                "Units that get no arm of any of its experiments, to see what all of them bring."),
        ])

    package static let holdout = KeyTable(
        "a holdout",
        [
            Key("share", .share, required: true, "How many units."),
            Key("salt", .text, required: true, "Which units; another salt chooses others."),
        ])

    package static let experiment = KeyTable(
        "an experiment",
        [
            Key("title", .text, "For people."),
            Key("unit", .choice(["visitor", "account"]), "What is assigned; a layer says it otherwise."),
            Key("layer", .reference("layer"), "The layer in which it runs."),
            Key("slots", .slots, "Its part of the 1,000,000 slots of the layer."),
            Key("when", .condition, default: "true", "Who takes part."),
            Key("placement", .reference("placement"), "Where its arms change fields."),
            Key("sticky", .flag, default: "false", "Whether units keep their arm."),
            Key("salt", .text, default: "its name", "Which units get which arm."),
            Key("hash", .choice(hashContracts), default: "bespoke", "How units are hashed."),
            Key(
                "text", .choice(["utf16", "utf8"]), default: "utf16",
                "What a GrowthBook hash goes over beyond ASCII: `utf16` as its SDKs for JavaScript and Python, or `utf8`."
            ),
            Key("arms", .mapping(.names, .table(.arm)), required: true, "What is compared."),
            Key("traffic", .share, default: "1", "The share of those in its scope that gets an arm."),
            Key(
                "allocation", .choice(["fixed", "thompson"]), default: "fixed",
                "Whether the weights stay, or follow what the arms bring of the first metric: a bandit."),
            Key("floor", .share, default: "0.05", "The smallest share of any arm of a bandit."),
            Key("every", .duration, default: "1h", "How often a bandit's weights are computed anew."),
            Key("metrics", .list(.reference("event")), "What is measured."),
            Key(
                "window", .duration, default: "30d", "For how long after its first exposure what a unit does counts."),
            Key("starts", .time, "When it opens."),
            Key("ends", .time, "When it closes."),
        ])

    package static let arm = KeyTable(
        "an arm",
        [
            Key("weight", .number, required: true, "Its share, relative to the other arms."),
            Key("fields", .mapping(.references("field"), .text), "The fields that it changes."),
        ])

    package static let policies = KeyTable(
        "policies",
        [
            Key("consent", .mapping(.names, .table(.consent)), "Purposes, and what they cover."),
            Key("blocked", .list(.table(.block)), "Legal blocks: nothing beats them."),
            Key("caps", .list(.table(.cap)), "How often anything may be shown."),
            Key(
                "exposure_basis", .choice(LegalBasis.allCases.map(\.rawValue)), default: "consent",
                "On what it is recorded what was shown to whom, for caps, kept arms, kept promises and results: with `consent` only where the purposes that cover `events` are agreed to."
            ),
            Key(
                "keep_promise", .duration, default: "24h",
                "For how long after a click the page keeps the ad's promise when further views come without UTM values."
            ),
            Key(
                "keep_objections", .flag, default: "false",
                "Whether what a person had denied holds again when they return after an erasure: a keyed digest of the id keeps it."
            ),
        ])

    package static let consent = KeyTable(
        "a consent purpose",
        [
            Key("covers", .list(.choice(["visitor", "account", "events"])), "What needs it as a whole."),
            Key(
                "default", .choice(["granted", "denied"]), default: "denied",
                "What holds for those who have said nothing."),
        ])

    package static let block = KeyTable(
        "a legal block",
        [
            Key("when", .condition, required: true, "Who is blocked."),
            Key("because", .text, required: true, "The reason, shown with the decision."),
            Key(
                "if_unknown", .choice(["allow", "block"]), default: "allow",
                "What holds where data that the condition needs is missing."),
        ])

    package static let route = KeyTable(
        "a route",
        [
            Key("to", .text, required: true, "Who gets the lead."),
            Key("when", .condition, default: "true", "Which leads."),
            Key("schedule", .table(.schedule), "When they are there."),
        ])

    package static let test = KeyTable(
        "a test",
        [
            Key("name", .text, required: true, "What it shows."),
            Key("now", .time, "The time for which is decided."),
            Key("consent", .list(.reference("purpose")), "What is granted; the other purposes take their default."),
            Key("denied", .list(.reference("purpose")), "What is denied, also where the default is `granted`."),
            Key("visitor", .mapping(.words, .attributeValue), "Attributes of the visitor."),
            Key("account", .mapping(.words, .attributeValue), "Attributes of the account."),
            Key("request", .mapping(.words, .attributeValue), "Attributes of the request, and `url`."),
            Key(
                "events", .mapping(.references("event"), .table(.testEvent)),
                "Behaviour of the visitor; what is not named has not happened."),
            Key(
                "account_events", .mapping(.references("event"), .table(.testEvent)),
                "Behaviour of the account's visitors (`account.events`); what is not named has not happened."),
            Key("expect", .table(.expectation), required: true, "What must come out."),
        ])

    package static let testEvent = KeyTable(
        "an event of a test",
        [
            Key("count", .whole(0...1_000_000_000), required: true, "How often, all told."),
            Key("last", .time, "The last time; points fade from then on."),
        ])

    package static let expectation = KeyTable(
        "what a test expects",
        [
            Key("icp", .reference("icp"), "The profile that is reported, or `none`."),
            Key("tier", .text, "Its tier, or `none`."),
            Key("persona", .reference("persona"), "The persona, or `none`."),
            Key("role", .reference("role"), "The role in the buying committee, or `none`."),
            Key("stage", .reference("stage"), "The stage of the purchase, or `none`."),
            Key("grade", .text, "Letter and digit, such as `a1`."),
            Key("engagement_level", .text, "The level of engagement."),
            Key("mql", .text, "Whether it is a marketing-qualified lead: true, false, unknown or none."),
            Key("segments", .text, "The segments."),
            Key(
                "placements", .mapping(.references("placement"), .table(.expectedPlacement)),
                "What each placement shows."),
            Key("routes", .mapping(.references("route"), .text), "Who gets the lead on each route, or `none`."),
        ])

    package static let expectedPlacement = KeyTable(
        "what a test expects of a placement",
        [
            Key("campaign", .reference("campaign"), "The campaign that won, or `none`."),
            Key("variant", .reference("variant"), "The variant that is shown, or `none`."),
            Key("reason", .choice(DecisionReason.allCases.map(\.name)), "Why it is shown."),
            Key("promise", .text, "The promise that is kept."),
            Key("page", .text, "The page variant to which an ad leads."),
            Key("because", .text, "Why it is blocked."),
            Key("fields", .mapping(.references("field"), .text), "The content."),
        ])
}
