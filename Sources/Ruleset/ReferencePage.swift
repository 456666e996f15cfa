/// docs/reference.md, written from the tables that the loader checks against.
package enum ReferencePage {
    private static let sections: [(path: String, table: KeyTable)] = [
        ("", .file), ("attributes.visitor|account|request.NAME", .attribute), ("events.NAME", .event),
        ("lists.NAME", .list),
        ("icps.NAME", .icp), ("icps.NAME.criteria[]", .criterion), ("grades", .grades), ("personas.NAME", .persona),
        ("placements.NAME", .placement), ("placements.NAME.fields.NAME", .field), ("campaigns.NAME", .campaign),
        ("campaigns.NAME.ads|pages.PLACEMENT.NAME", .variant), ("campaigns.NAME.ads.PLACEMENT.NAME.utm", .utm),
        ("campaigns.NAME.schedule, VARIANT.schedule, routes.NAME[].schedule", .schedule),
        ("campaigns.NAME.caps[], policies.caps[]", .cap), ("layers.NAME", .layer), ("holdout", .holdout),
        ("experiments.NAME", .experiment), ("experiments.NAME.arms.NAME", .arm), ("policies", .policies),
        ("policies.consent.NAME", .consent), ("policies.blocked[]", .block), ("routes.NAME[]", .route),
        ("tests[]", .test),
    ]

    private static let forms = """
        ## Forms

        | form | example | what |
        |---|---|---|
        | name | `demo_q4` | a to z first, then a to z, 0 to 9 and `_`; at most 64 characters |
        | duration | `14d` | a whole number and `s`, `m`, `h`, `d` or `w` |
        | time | `2026-10-01T00:00:00Z` | RFC 3339, or a date alone: its first moment in UTC |
        | date | `2027-03-31` | year, month, day |
        | hours | `"09:00-18:00"` | from the first to before the second; `24:00` ends the day |
        | mapping of lower bounds | `{hot: 60, warm: 20}` | each level begins at its number; no two begin at the same |
        | CEL condition | `account.employees >= 10` | true, false or, where data is missing, unknown |

        ## What conditions may use

        | name | type | what |
        |---|---|---|
        | `visitor.NAME`, `account.NAME`, `request.NAME` | as declared | attributes |
        | `request.url`, `.host`, `.path`, `.referrer`, `.ip`, `.country`, `.language`, `.device` | string | the page view |
        | `request.query` | map of strings | the query of the page's address |
        | `request.utm.source`, `.medium`, `.campaign`, `.term`, `.content` | string | its UTM values |
        | `events.NAME.count`, `.last`, `.score` | int, timestamp, double | behaviour |
        | `now` | timestamp | the time of the decision |
        | `engagement` | double | the engagement score |
        | `grade`, `persona`, `role`, `stage` | string | what was found before |
        | `in_segment('NAME')`, `is_icp('NAME')`, `in_list('NAME', text)` | bool | membership |
        | `fit('NAME')` | double | fit to a profile, 0 to 100 |
        | `between(value, low, high)` | bool | both ends included |

        ## What texts may insert

        `{{ path | filter | filter }}`. Paths: `visitor.NAME`, `account.NAME`, `request.NAME`, `request.utm.NAME`,
        `request.query.NAME`, `persona.name`, `persona.title`, `persona.outcome`, `persona.objections.NAME`, `role`, `stage`.
        Filters: `default: "text"`, `max: 30`, `upper`, `lower`, `title`.

        """

    /// The whole page.
    package static func markdown() -> String {
        var text = """
            # Rule files: every key

            A rule set is a folder of `.yaml` files; sections of the same name in several files are one. This page is made from the
            tables that the loader checks against. [rules.md](rules.md) explains how to write rules.


            """
        for (path, table) in sections { text += section(path, table) }
        return text + forms
    }

    private static func section(_ path: String, _ table: KeyTable) -> String {
        var text = "## \(table.subject.prefix(1).uppercased() + table.subject.dropFirst())\n\n"
        if !path.isEmpty { text += "At `\(path)`.\n\n" }
        text += "| key | form | required or default | what |\n|---|---|---|---|\n"
        for key in table.keys {
            let fallback = key.isRequired ? "required" : key.fallback.isEmpty ? "" : "`\(key.fallback)`"
            let cells = ["`\(key.name)`", key.form, fallback, key.help].map { $0.replacing("|", with: "\\|") }
            text += "| \(cells.joined(separator: " | ")) |\n"
        }
        return text + "\n"
    }
}
