/// Codes of what is taken without a word, and means something else than it looks like.
extension DiagnosticCode {
    private static func segment(_ condition: String) -> String { "segments:\n  some: '\(condition)'" }

    static let silent: [DiagnosticCode] = [
        refused(
            "yaml-tag", "A text starts with `!` and has no quotes.",
            why: "For YAML, what follows `!` names a type, and the text itself is empty.",
            wrong: "segments:\n  unknown: !has(account.industry)",
            mended: "segments:\n  unknown: \"!has(account.industry)\"", remedy: "Put the text between quotes."),
        doubtful(
            "cut-text", "A text without quotes ends at a ` #`.",
            why: "For YAML a comment begins there: `We are #1 in Europe` says `We are`.",
            wrong: "campaigns:\n  sale:\n    pages:\n      hero:\n        all:\n          fields:\n"
                + "            headline: We are #1",
            mended: "campaigns:\n  sale:\n    pages:\n      hero:\n        all:\n          fields:\n"
                + "            headline: \"We are #1\"",
            remedy: "Put the text between quotes; if it is a comment, a space behind the `#`."),
        doubtful(
            "integer-division", "Whole numbers are divided and the rest is dropped.",
            why: "`1/3` is 0 and `3/2` is 1, as in most languages; a share was meant.",
            wrong: segment("visitor.income > 1/3"), mended: segment("visitor.income > 1.0/3.0"),
            remedy: "Write the numbers with a point."),
        doubtful(
            "calendar-range", "A part of a time is compared with a number that it never is.",
            why: "Months, weekdays and days of a month count from 0 in CEL.",
            wrong: segment("now.getMonth() == 12"), mended: segment("now.getMonth() == 11"),
            remedy: "Count from 0: January is month 0, Sunday day 0 of the week. `getDate()` counts from 1."),
        doubtful(
            "null-comparison", "A value is compared with `null`.",
            why: "Values are there or not known; none is null, so the comparison is false or unknown.",
            wrong: segment("visitor.title == null"), mended: segment("!has(visitor.title)"),
            remedy: "Ask with `has(…)` whether it is known."),
        doubtful(
            "regex-delimiters", "A pattern is written between slashes.",
            why: "CEL has no such form: the slashes and the letters behind them are part of the pattern.",
            wrong: segment("visitor.title.matches(\"/chief/i\")"),
            mended: segment("visitor.title.matches(\"(?i)chief\")"),
            remedy: "Leave the slashes out; `(?i)` at the start passes over capitals."),
        doubtful(
            "always-true", "A condition, or one of its parts, is never false.",
            why: "It leaves nobody out of whom anything is known; something else was meant.",
            wrong: segment("account.employees == 1 || account.employees != 1"),
            mended: segment("account.employees == 1 || account.employees > 9"),
            remedy: "Mend the part, leave it out, or say `has(…)` if being known is what counts."),
        doubtful(
            "list-member", "A member of a list is written as nobody ever is.",
            why: "Members are compared whole, with quotes, notes and capitals: such a one is never found.",
            wrong:
                "lists: {rivals2: {values: [Rival.example]}}\nsegments: {hit: \"in_list('rivals2', visitor.title)\"}",
            mended:
                "lists: {rivals2: {values: [rival.example]}}\nsegments: {hit: \"in_list('rivals2', visitor.title)\"}",
            remedy:
                "Write the member as values have it. `*.rival.example` stands for all subdomains; a note stands on a "
                + "line of its own that starts with `#`."),
        doubtful(
            "value-form", "A text of the page is compared with one that it never is.",
            why:
                "Countries are two capital letters, devices and hosts lower case, addresses as RFC 5952 writes them; a "
                + "text in another form is never met, and what it should block is not blocked.",
            wrong: segment("request.country == \"kp\""), mended: segment("request.country == \"KP\""),
            remedy: "Write the text in its form; for networks ask `cidr(…).containsIP(request.ip)`."),
        doubtful(
            "ended", "A campaign has ended.",
            why: "It is never shown again, and whoever reads the rules takes it for alive.",
            wrong: "campaigns: {sale: {ends: 2020-01-31, pages: {hero: {all: {fields: {headline: Hello}}}}}}",
            mended: "campaigns: {sale: {ends: 2999-01-31, pages: {hero: {all: {fields: {headline: Hello}}}}}}",
            remedy: "Give it a later end, or take it out."),
        doubtful(
            "empty-file", "A rule file holds no rules.",
            why: "Perhaps it was not saved, or everything in it is a comment: pushed so, what it held before is gone.",
            remedy: "Write rules into it, or take it out."),
        doubtful(
            "unread-file", "A file in the folder is not read.",
            why: "Its name does not say that it holds rules, or no list names it: what it says has no effect.",
            remedy:
                "Let rules end in `.yaml` or `.yml`, name a list's file in `file:`, or put the file elsewhere. `.md` files "
                + "and the schema are expected beside rules.", isAllowable: false),
    ]
}
