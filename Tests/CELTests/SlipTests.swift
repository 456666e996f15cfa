import CEL
import Testing

@Suite("What people write from habit is named, with what it is here")
struct SlipTests {
    private static let environment: Environment = {
        var environment = Environment()
        environment.declareObject(
            "Account",
            fields: [
                Environment.Field(name: "industry", type: .string), Environment.Field(name: "employees", type: .int),
                Environment.Field(name: "budget", type: .double), Environment.Field(name: "customer", type: .bool),
                Environment.Field(name: "tags", type: .list(.string)),
                Environment.Field(name: "since", type: .timestamp),
            ])
        environment.declareVariable("account", type: .object("Account"))
        environment.declareVariable("now", type: .timestamp)
        environment.declareFunction(Environment.Function(name: "is_icp", parameters: [.string], result: .bool))
        return environment
    }()

    /// One line for each slip: what is written, where the message points to, the message, what was meant.
    static let slips: [(written: String, offset: Int, message: String, meant: String?)] = [
        ("account.employees => 5", 18, "`=>` is not an operator", ">="),
        ("account.employees = 5", 18, "`=` is not an operator", "=="),
        ("account.industry === 'law'", 17, "`===` is not an operator", "=="),
        ("account.employees <> 5", 18, "`<>` is not an operator", "!="),
        ("account.customer and account.employees > 5", 17, "`and` is not an operator", "&&"),
        ("account.customer OR account.employees > 5", 17, "`OR` is not an operator", "||"),
        ("account.customer & account.customer", 17, "`&` is not an operator", "&&"),
        ("not account.customer", 0, "`not` is no word of conditions; `!` turns round what stands behind it", "!(…)"),
        ("IF account.customer", 0, "a condition needs no `IF`: write what must hold", nil),
        ("account.industry is 'law'", 17, "`is` is not an operator", "=="),
        ("account.industry contains 'law'", 17, "`contains` is not an operator", "account.industry.contains(\"…\")"),
        ("account.industry like 'law%'", 17, "`like` is not an operator", "account.industry.contains(\"…\")"),
        (
            "account.employees between 5 and 8", 18, "`between` is not an operator",
            "between(account.employees, low, high)"
        ),
        (
            "5 <= account.employees <= 80", 23, "a comparison has two sides; `<=` and `<=` cannot stand in a row",
            "between(account.employees, 5, 80)"
        ),
        (
            "5 < account.employees <= 80", 22, "a comparison has two sides; `<` and `<=` cannot stand in a row",
            "5 < account.employees && account.employees <= 80"
        ),
        ("account.industry == law", 20, "`law` is not declared", "\"law\""),
        ("industry == 'law'", 0, "`industry` is not declared", "account.industry"),
        ("is_icp(law_firms)", 7, "`law_firms` is not declared", "\"law_firms\""),
        (
            "account industry == 'law'", 8, "`industry` stands where an operator or the end is needed",
            "account.industry"
        ),
        ("account.customer == yes", 20, "`yes` is not declared", "true"),
        ("account.industry == “law”", 20, "the quote `“` (U+201C) does not belong to an expression", "\""),
        ("account.employees ≥ 5", 18, "the character `≥` (U+2265) does not belong to an expression", ">="),
        (
            "\u{430}ccount.customer", 0,
            "the letter `\u{430}` (U+0430) belongs to the Cyrillic alphabet; it only looks like `a`", "account"
        ),
        (
            "acc\u{3bf}unt.customer", 3,
            "the letter `\u{3bf}` (U+03BF) belongs to the Greek alphabet; it only looks like `o`", "account"
        ),
        (
            "account.größe > 5", 10,
            "names are made of a–z, 0–9 and `_`; the letter `ö` is none of them, and a text stands between quotes",
            "groesse"
        ),
        (
            "account.employees\u{a0}> 5", 17,
            "here stands an invisible character or a special space (U+00A0); write a plain space or nothing", nil
        ),
        ("account.employees > 1,000", 20, "a number is written without separators between thousands", "1000"),
        ("account.employees > 12,345,678", 20, "a number is written without separators between thousands", "12345678"),
        ("account.employees > 5k", 21, "a number stands without a unit or an abbreviation, here `k`", "5000"),
        ("account.employees > 18 years", 23, "a number stands without a unit or an abbreviation, here `years`", "18"),
        (
            "account.budget > 5%", 18,
            "`%` is the rest of a division; five percent are written as the attribute keeps them, 5 or 0.05", nil
        ),
        (
            "account.budget > $5", 17,
            "the character `$` does not belong to an expression; an amount is a number without its currency", nil
        ),
        (
            "account.employees > '5'", 18, "`account.employees` is an int, it cannot be compared with a string", "5"
        ),
        ("account.industry == 73", 17, "`account.industry` is a string, it cannot be compared with an int", "\"73\""),
        (
            "account.tags == 'a'", 13, "`account.tags` is a list of strings, it cannot be compared with a string",
            "\"a\" in account.tags"
        ),
        (
            "account.industry in 'law'", 17, "`account.industry`, which is a string, cannot be looked for in a string",
            "account.industry in [\"law\"]"
        ),
        (
            "account.since > 15.03.2026", 16, "a date is written as a time with its zone, in quotes",
            "timestamp(\"2026-03-15T00:00:00Z\")"
        ),
        (
            "account.since > '15.03.2026'", 14, "`account.since` is a timestamp, it cannot be compared with a string",
            "timestamp(\"2026-03-15T00:00:00Z\")"
        ),
        (
            "now > 2026-03-15", 4, "`now` is a timestamp, it cannot be compared with an int",
            "timestamp(\"2026-03-15T00:00:00Z\")"
        ),
        // The day could be the month: nothing is guessed.
        ("account.since > '3/4/2026'", 14, "`account.since` is a timestamp, it cannot be compared with a string", nil),
        (
            "startsWith(account.industry, 'l')", 0, "there is no function `startsWith`",
            "account.industry.startsWith(\"l\")"
        ),
        ("lower(account.industry) == 'law'", 0, "there is no function `lower`", "account.industry.lowerAscii()"),
        ("len(account.industry) > 3", 0, "there is no function `len`", "size(account.industry)"),
        ("isnull(account.industry)", 0, "there is no function `isnull`", "!has(account.industry)"),
        ("AND(account.customer)", 0, "there is no function `AND`", "&&"),
        ("account.customer)", 16, "this `)` has no `(` before it", nil),
        ("(account.customer", 17, "the expression ends where `)` is needed", nil),
        ("account.customer == 'law", 20, "the text that begins here does not end", nil),
        (
            "account.customer; account.customer", 16,
            "the character `;` does not belong to an expression; conditions are joined with `&&` or `||`", nil
        ),
    ]

    @Test("Each slip", arguments: slips.indices)
    func slip(_ index: Int) throws {
        let slip = Self.slips[index]
        guard case .failure(let issues) = Self.environment.check(slip.written) else {
            Issue.record("`\(slip.written)` is taken")
            return
        }
        // One mistake, one message.
        #expect(issues.issues == [ExpressionIssue(offset: slip.offset, message: slip.message, suggestion: slip.meant)])
    }

    @Test("What was meant is right itself, wherever it is a whole condition")
    func meantIsRight() {
        for meant in ["between(account.employees, 5, 80)", "5 < account.employees && account.employees <= 80"] {
            var environment = Self.environment
            environment.declareFunction(
                Environment.Function(name: "between", parameters: [.int, .int, .int], result: .bool))
            if case .failure(let issues) = environment.check(meant) { Issue.record("\(meant): \(issues)") }
        }
    }
}
