/// Codes of what is well formed, and hardly what its author had in mind.
extension DiagnosticCode {
    private static func hero(_ variant: String) -> String {
        "campaigns:\n  sale:\n    pages:\n      hero:\n        all:\n          \(variant)"
    }

    private static func experiment(_ keys: String) -> String {
        "experiments:\n  one:\n    layer: landing\n    placement: hero\n    \(keys)"
    }

    private static let arms = "arms: {a: {weight: 1}, b: {weight: 1, fields: {headline: Hello}}}"

    private static func promised(ad: String = "", page: String = "", campaign: String = "") -> String {
        """
        campaigns:
          sale:
            \(campaign.isEmpty ? "title: Sale" : campaign)
            ads: {search_ad: {fast: {fields: {headline: Fast}, promise: speed, page: land, utm: {source: x}\(ad)}}}
            pages: {hero: {land: {fields: {headline: Fast}, promise: speed\(page)}}}
        """
    }

    private static let office = ", schedule: {timezone: Europe/Kyiv, hours: \"09:00-18:00\"}"

    static let intent: [DiagnosticCode] = [
        refused(
            "bad-link", "A field of type `url` holds no address that a browser should follow.",
            why:
                "`javascript:` runs as a script of the page, and without its scheme a link leads to a page of the own site.",
            wrong: hero("fields: {link: \"javascript:alert(1)\"}"),
            mended: hero("fields: {link: \"https://www.example.com/\"}"),
            remedy:
                "Write `https://…`, `mailto:…`, `tel:…` or `sms:…`, or a path from `/`, `?` or `#` on, without spaces. Inserted values are "
                + "percent-encoded, so they follow the host."),
        doubtful(
            "slots-as-percent", "An experiment's slots end at 100 or before.",
            why: "A layer has 1,000,000 slots: `[0, 50]` is a twenty-thousandth of it, not half.",
            wrong: experiment("slots: [0, 50]\n    \(arms)"), mended: experiment("slots: [0, 500000]\n    \(arms)"),
            remedy: "Ten thousand slots are a percent."),
        doubtful(
            "idle-experiment", "An experiment that nobody will learn from.",
            why: "With one arm, without a change or without traffic there is nothing to compare.",
            wrong: experiment("arms: {a: {weight: 1, fields: {headline: Hello}}}"), mended: experiment(arms),
            remedy: "Give it a second arm, something to change, or traffic; or take it out."),
        doubtful(
            "never-shown", "A cap allows no show at all.",
            why: "What may be shown 0 times is never shown, and looks alive to whoever reads the rules.",
            wrong: hero("fields: {headline: Hello}\n          caps: [{per: visitor, shows: 0, within: 1d}]"),
            mended: hero("fields: {headline: Hello}\n          caps: [{per: visitor, shows: 1, within: 1d}]"),
            remedy: "Give the cap a number above 0, or take out what it caps."),
        doubtful(
            "markup-as-text", "A text holds HTML or the marks of another template language.",
            why: "A field of type text is shown sign by sign: people read `<b>` and `{% if %}`.",
            wrong: hero("fields: {headline: \"{% a %}Hi\"}"), mended: hero("fields: {headline: Hi}"),
            remedy: "Write the sign itself, give the field `type: html`, or write a variant with `when` for each text."),
        doubtful(
            "weight-zero", "An arm has weight 0.", why: "Nobody new gets it, so there is nothing to compare.",
            wrong: experiment(arms.replacing("weight: 1,", with: "weight: 0,")), mended: experiment(arms),
            remedy: "Give it a weight, or take it out; to end an arm that has units, allow it with the reason."),
        doubtful(
            "ad-outlives-page", "An ad is shown while its page is not.",
            why: "Who clicks on it gets another page than the ad promised.", wrong: promised(page: office),
            mended: promised(ad: office, page: office),
            remedy:
                "Give the ad the page's schedule, or another page variant the same promise; with `keep_promise: eligible` the page's `when` too."
        ),
        doubtful(
            "arm-over-promise", "An arm replaces a field in which a page keeps what its ad promised.",
            why: "Part of those who click read something else than the ad said; the comparison also measures that.",
            wrong: promised() + "\nexperiments: {one: {unit: visitor, placement: hero, \(arms)}}",
            mended: promised()
                + "\nexperiments: {one: {unit: visitor, placement: hero, \(arms.replacing("headline: Hello", with: "link: \"https://b.example/\""))}}",
            remedy: "Vary a field that the ad does not have."),
        doubtful(
            "single-braces", "A text names a value between single braces.",
            why: "It is shown as it stands; values are inserted between `{{` and `}}`.",
            wrong: hero("fields: {headline: \"{visitor.title}\"}").replacing("headline", with: "link").replacing(
                "\"{visitor.title}\"", with: "\"/a/{visitor.title}\""),
            mended: hero("fields: {link: \"/a/{{ visitor.title | default: 'you' }}\"}"), remedy: "Double the braces."),
        doubtful(
            "between-reversed", "The bounds of `between` stand the wrong way round.",
            why: "Nothing is above the higher and below the lower one, so the condition never holds.",
            wrong: "segments:\n  some: \"between(account.employees, 50, 5)\"",
            mended: "segments:\n  some: \"between(account.employees, 5, 50)\"", remedy: "Put the lower bound first."),
        doubtful(
            "number-form", "A whole number begins with a zero.",
            why: "Here it is decimal; other readers of YAML take it as octal, so that `010` is 8.",
            wrong: "campaigns: {sale: {priority: 010, pages: {hero: {all: {fields: {headline: Hello}}}}}}",
            mended: "campaigns: {sale: {priority: 10, pages: {hero: {all: {fields: {headline: Hello}}}}}}",
            remedy: "Leave the zero out."),
    ]
}
