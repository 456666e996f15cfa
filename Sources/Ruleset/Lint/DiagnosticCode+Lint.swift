/// Codes of what loads, but is doubtful.
extension DiagnosticCode {
    /// An account's profile that nothing else is said about.
    private static func icp(_ keys: String, required: String = "account.annual_revenue > 1.0") -> String {
        """
        attributes: {account: {annual_revenue: {type: double, unit: USD/year}}}
        icps:
          other:
            \(keys)
            required: [\(required)]
            criteria: [{when: account.employees > 1, points: 1, category: able}]
            tiers: {a: 1}
        """
    }

    static let profiles: [DiagnosticCode] = [
        doubtful(
            "icp-without-segment", "A profile names no market segment.",
            why: "A profile that fits everybody helps to choose nobody.", wrong: icp("product: crm"),
            mended: icp("segment: known"), remedy: "Add `segment: NAME`, declaring the segment if need be."),
        doubtful(
            "icp-without-revenue", "A profile of companies asks about neither revenue nor budget.", severity: .error,
            why: "Who cannot pay is no ideal customer, however well the rest fits.",
            wrong: icp("segment: known", required: "account.employees > 1"), mended: icp("segment: known"),
            remedy:
                "Ask about an attribute of the account whose name says revenue, budget, turnover or spend, or whose "
                + "unit is money a year, such as USD/year."
        ),
        doubtful(
            "universal-icp", "One profile stands for every product and every market segment.",
            why: "Products and markets differ in who buys; one profile for all is right for none.",
            wrong: icp("owner: sales"), mended: icp("segment: known"),
            remedy: "Write a profile for each product and market segment."),
        doubtful(
            "icp-count", "A product has one profile, or more than five.",
            why: "One hides that buyers differ; more than five cannot be worked with. Two or three are usual.",
            wrong: icp("product: crm"), mended: icp("segment: known"),
            remedy: "Split or join profiles. Negative profiles do not count."),
        doubtful(
            "persona-attribute", "A profile asks what a person is like.",
            why: "A profile says who buys; how to speak to the people there is what personas are for.",
            wrong: icp("segment: known").replacing("when: account.employees > 1", with: "when: has(visitor.title)"),
            mended: icp("segment: known"),
            remedy:
                "Move the condition into a persona. Profiles of accounts may require what a visitor does, "
                + "but not score it."
        ),
        doubtful(
            "orphan-persona", "A persona speaks within a negative profile.",
            why: "Nobody is addressed by it: that profile says who does not fit.",
            wrong: """
                icps:
                  never:
                    negative: true
                    segment: known
                    criteria: [{when: account.employees > 1, points: 1, category: able}]
                    tiers: {a: 1}
                personas: {ann: {icp: never, when: has(visitor.title)}}
                """,
            mended: "personas: {ann: {icp: mary, when: has(visitor.title)}}",
            remedy: "Put the persona under the profile whose buyers it describes."),
        doubtful(
            "overdue-review", "A profile is past the date at which it was to be looked at again.",
            why: "Markets change: profiles are reviewed quarterly in a new market, yearly otherwise.",
            wrong: icp("review_by: 2020-01-31"), mended: icp("review_by: 2999-01-31"),
            remedy: "Compare the criteria with recent customers, then set the next date."),
        doubtful(
            "missing-section", "A profile or persona lacks a section that another has.", severity: .error,
            why: "Only profiles of one template can be compared; what is missing was forgotten.",
            wrong: "personas:\n  ann: {icp: mary, when: has(visitor.title), pains: [slow tools]}\n"
                + "  carl: {icp: mary, when: has(visitor.seniority)}",
            mended: "personas:\n  ann: {icp: mary, when: has(visitor.title), pains: [slow tools]}\n"
                + "  carl: {icp: mary, when: has(visitor.seniority), pains: [outages]}",
            remedy: "Fill in the section. Compared are title, product, owner, review_by and required of profiles, "
                + "and all sections of personas."),
    ]

    static let conditions: [DiagnosticCode] = [
        doubtful(
            "contradiction", "A condition, or a part of it, can never be true.",
            why: "The rule looks as if it did something; whoever wrote it meant something else.",
            wrong: "segments: {midsize: account.employees > 50 && account.employees < 10}",
            mended: "segments: {midsize: account.employees > 10 && account.employees < 50}",
            remedy: "Exchange or widen the bounds; for alternatives write `||`."),
        doubtful(
            "constant-condition", "A condition is always true or always false.",
            why: "It decides nothing; perhaps it was switched off for a test and forgotten.",
            wrong: "segments: {nobody: \"false\"}", mended: "segments: {staffed: has(account.employees)}",
            remedy: "Write the condition, or take the rule out."),
        doubtful(
            "no-such-answer", "A role, stage or persona is compared with a name that there is not.", severity: .error,
            why: "The comparison never holds.",
            wrong: "roles: {champion: visitor.seniority == \"manager\"}\nsegments: {fans: role == \"champoin\"}",
            mended: "roles: {champion: visitor.seniority == \"manager\"}\nsegments: {fans: role == \"champion\"}",
            remedy: "Use a declared name, or `none`."),
        doubtful(
            "unreachable", "A campaign, variant, role, stage or persona can never be reached.",
            why: "It contradicts itself, or something before it always applies. Work on it is lost.",
            wrong: """
                campaigns:
                  sale:
                    pages:
                      hero:
                        all: {fields: {headline: Hello}}
                        managers: {when: visitor.seniority == "manager", fields: {headline: Manager}}
                """,
            mended: """
                campaigns:
                  sale:
                    pages:
                      hero:
                        managers: {when: visitor.seniority == "manager", fields: {headline: Manager}}
                        all: {fields: {headline: Hello}}
                """,
            remedy: "Put the narrower one first, or mend its condition or priority."),
        doubtful(
            "priority-tie", "Two campaigns with the same priority may meet in a placement.",
            why: "Fit and then the name decide, which nobody chose.",
            wrong: """
                campaigns:
                  one: {pages: {hero: {a: {fields: {headline: One}}}}}
                  two: {when: has(visitor.title), pages: {hero: {a: {fields: {headline: Two}}}}}
                """,
            mended: """
                campaigns:
                  one: {pages: {hero: {a: {fields: {headline: One}}}}}
                  two: {priority: 10, when: has(visitor.title), pages: {hero: {a: {fields: {headline: Two}}}}}
                """,
            remedy: "Give one a higher `priority`."),
        doubtful(
            "promise-without-page", "An ad promises something, but names no page that keeps it.", severity: .error,
            why: "Who clicks lands anywhere.",
            wrong: "campaigns: {sale: {ads: {search_ad: {fast: {promise: speed, fields: {headline: Fast}}}}}}",
            mended: """
                campaigns:
                  sale:
                    ads: {search_ad: {fast: {promise: speed, page: land, fields: {headline: Fast}}}}
                    pages: {hero: {land: {promise: speed, fields: {headline: Fast}}}}
                """,
            remedy: "Add `page: NAME` of a page variant with the same promise."),
        doubtful(
            "default-too-long", "With its defaults inserted, a text is longer than its field.",
            why: "Who has none of the values sees it cut.",
            wrong:
                "campaigns:\n  sale:\n    pages:\n"
                + "      hero: {hi: {fields: {headline: \"Hello {{ visitor.title | default: 'friend' }}\"}}}",
            mended:
                "campaigns:\n  sale:\n    pages:\n"
                + "      hero: {hi: {fields: {headline: \"Hello {{ visitor.title | default: 'you' }}\"}}}",
            remedy: "Shorten the text or its `default`."),
        doubtful(
            "missing-default", "A text inserts a value without a default, or a page placement has none.",
            why: "Where the value is missing, the text has a gap; without a campaign, the page has one.",
            wrong: "campaigns:\n  sale:\n    pages:\n"
                + "      hero: {hi: {fields: {headline: \"{{ visitor.title }}\"}}}",
            mended:
                "campaigns:\n  sale:\n    pages:\n"
                + "      hero: {hi: {fields: {headline: \"{{ visitor.title | default: 'you' }}\"}}}",
            remedy: "Add `| default: \"…\"`, or `default:` to the placement."),
    ]

    /// An experiment about a field of `hero`.
    private static func experiment(_ name: String, _ field: String, _ content: String) -> String {
        "  \(name): {placement: hero, arms: {a: {weight: 1}, b: {weight: 1, fields: {\(field): \(content)}}}}\n"
    }

    private static func negative(_ keys: String) -> String {
        """
        icps:
          sam:
            negative: true
            segment: known
            \(keys)
            criteria: [{when: account.employees > 1, points: 1, category: able}]
            tiers: {a: 0}
          amy:
            segment: known
            required: [account.employees < 100]
            criteria: [{when: account.employees > 1, points: 1, category: able}]
            tiers: {a: 0}
        """
    }

    static let conflicts: [DiagnosticCode] = [
        doubtful(
            "veto-overlap", "A profile and a negative one may match at once.",
            why:
                "A negative profile that matches keeps the others from matching; whoever wrote both may have meant neither.",
            wrong: negative("required: [account.employees < 10]"),
            mended: negative("required: [account.employees > 100]"),
            remedy:
                "Let `required` of one exclude the other; say `veto: false` at the negative one if both may match; or allow it "
                + "here if the veto is meant."),
        doubtful(
            "block-unknown", "A legal block does not say what holds where its condition is unknown.",
            why: "Whether somebody of whom nothing is known may see anything is for whoever knows the law to say.",
            wrong: "policies: {blocked: [{when: account.industry == \"arms\", because: law}]}",
            mended: "policies: {blocked: [{when: account.industry == \"arms\", because: law, if_unknown: allow}]}",
            remedy: "Add `if_unknown: block` or `if_unknown: allow`."),
        doubtful(
            "experiments-overlap", "Two experiments change one field of a placement.", severity: .error,
            why: "Only one of them can be seen: units with an arm of the first are never exposed to the second.",
            wrong: "experiments:\n" + experiment("one", "headline", "Hello") + experiment("two", "headline", "Welcome"),
            mended:
                "experiments:\n" + experiment("one", "headline", "Hello")
                + experiment("two", "link", "\"https://a.example/\""),
            remedy: "Put both into one `layer` with `slots` that do not overlap, or let them change different fields."),
    ]

    static let declarations: [DiagnosticCode] = [
        doubtful(
            "unused-attribute", "No rule and no text asks about an attribute.",
            why: "What does not affect a decision need not be collected, and personal data must not be.",
            wrong: "attributes: {account: {fax: {type: string}}}",
            mended: "attributes: {account: {fax: {type: string}}}\nsegments: {reachable: has(account.fax)}",
            remedy: "Use it or take it out. Tests alone are no use."),
        doubtful(
            "unused-event", "An event has no points, and nothing asks about it.", why: "Recording it changes nothing.",
            wrong: "events: {mail_sent: {}}", mended: "events: {mail_sent: {points: 1}}",
            remedy: "Give it points, use it in a condition or as a metric, or take it out."),
        doubtful(
            "unused-segment", "No condition and no profile names a segment.",
            why: "It is computed for every decision that reports segments, and nothing depends on it.",
            wrong: "segments: {staffed: has(account.employees)}",
            mended:
                "segments:\n  staffed: has(account.employees)\n"
                + "  large: in_segment('staffed') && account.employees > 99\n"
                + "campaigns: {c: {when: \"in_segment('large')\", pages: {hero: {v: {fields: {headline: Hello}}}}}}",
            remedy: "Use it or take it out; allow it when reports need it."),
        doubtful(
            "dead-list", "A list has no members, or no condition asks about it.", why: "Nobody is ever found in it.",
            wrong: "lists: {partners: {values: []}}",
            mended:
                "lists: {partners: {values: [a.example]}}\nsegments: {partner: \"in_list('partners', visitor.title)\"}",
            remedy: "Fill it, use it with `in_list('NAME', value)`, or take it out."),
        doubtful(
            "growthbook-weights", "Unequal weights of a GrowthBook hash do not sum to 1.",
            why:
                "GrowthBook takes such arms as equal, Bespoke takes the weights as relative to each other: whoever moves in "
                + "would not keep their arm.",
            wrong: "experiments: {e: {hash: growthbook_v2, arms: {a: {weight: 3}, b: {weight: 1}}}}",
            mended: "experiments: {e: {hash: growthbook_v2, arms: {a: {weight: 0.75}, b: {weight: 0.25}}}}",
            remedy: "Write shares that sum to 1; equal weights where GrowthBook had others."),
    ]

    static let allowances: [DiagnosticCode] = [
        doubtful(
            "allow-without-reason", "An allowance gives no reason.",
            why: "The next reader cannot tell whether it still holds. Without a reason it allows nothing.",
            wrong: "attributes:\n  account:\n    fax: {type: string} # bespoke:allow unused-attribute",
            mended:
                "attributes:\n  account:\n    fax: {type: string} # bespoke:allow unused-attribute the import fills it",
            remedy: "Write the reason behind the code.", isAllowable: false),
        doubtful(
            "allow-unknown-code", "An allowance names no code, or one that cannot be allowed.",
            why: "It allows nothing.",
            wrong:
                "attributes:\n  account:\n    fax: {type: string} # bespoke:allow unused-atribute the import fills it",
            mended:
                "attributes:\n  account:\n    fax: {type: string} # bespoke:allow unused-attribute the import fills it",
            remedy: "Copy the code from the message. What keeps a rule set from loading cannot be allowed.",
            isAllowable: false),
        doubtful(
            "allow-unused", "An allowance is for nothing.",
            why: "What it allowed was mended; it would hide the next mistake of its kind.",
            wrong: "segments: {} # bespoke:allow unused-segment reports need it",
            mended: "segments: {reported: has(account.employees)} # bespoke:allow unused-segment reports need it",
            remedy: "Remove the comment.", isAllowable: false),
    ]
}
