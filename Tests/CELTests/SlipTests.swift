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
        environment.questions = [
            "makers": "in_segment(\"makers\")", "icp": "is_icp(X)", "rivals": "in_list(\"rivals\", X)",
            "fit": "fit(\"mary\")",
        ]
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
        ("account.industry contains 'law'", 17, "`contains` is not an operator", "account.industry.contains('law')"),
        ("account.industry like 'law%'", 17, "`like` is not an operator", "account.industry.startsWith('law')"),
        (
            "account.employees between 5 and 8", 18, "`between` is not an operator",
            "between(account.employees, 5, 8)"
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
        ("makers", 0, "`makers` is not declared", "in_segment(\"makers\")"),
        ("account.industry == makers", 20, "`makers` is not declared", "\"makers\""),
        ("icp == 'mary'", 0, "`icp` is not declared", "is_icp(\"mary\")"),
        ("icp != 'mary'", 0, "`icp` is not declared", "!is_icp(\"mary\")"),
        ("account.industry in rivals", 20, "`rivals` is not declared", "in_list(\"rivals\", account.industry)"),
        ("fit > 50.0", 0, "`fit` is not declared", "fit(\"mary\")"),
        ("always", 0, "`always` is not declared", "true"),
        ("account.industry != None", 20, "`None` is not declared", "has(account.industry)"),
        ("account.employees > five", 20, "`five` is not declared", "5"),
        ("company.employees > 5", 0, "`company` is not declared", "account.employees"),
        ("ACCOUNT.EMPLOYEES > 5", 0, "`ACCOUNT` is not declared", "account.employees"),
        ("is_icp['mary']", 0, "`is_icp` is not declared", "is_icp(…)"),
        ("nonsense == 'law'", 0, "`nonsense` is not declared", "for example account.industry"),
        ("account.industry is not 'law'", 17, "`is not` is not an operator", "!="),
        ("account.employees =< 5", 18, "`=<` is not an operator", "<="),
        ("account.employees =! 5", 18, "`=!` is not an operator", "!="),
        (
            "account.since > now - 14d", 24, "a span of time is written as a duration, not as a number with `d`",
            "duration(\"336h\")"
        ),
        (
            "now > now - duration('14d')", 21,
            "`14d` is no duration; one is written with h, m, s, ms, us or ns, such as `336h` or `1h30m`", "\"336h\""
        ),
        (
            "account.budget > 5_000_000.0", 17, "a number is written without separators between thousands",
            "5000000.0"
        ),
        ("account.employees > 5 000", 20, "a number is written without separators between thousands", "5000"),
        ("account.customer xor account.customer", 17, "`xor` is not an operator", "!="),
        ("has account.industry", 0, "what `has` takes stands in brackets", "has(account.industry)"),
        (
            "between account.employees 5 50", 0, "what `between` takes stands in brackets",
            "between(account.employees, 5, 50)"
        ),
        (
            "account.customer && and account.customer", 20, "`and` is not an operator, and `&&` stands before it",
            "take `and` out"
        ),
        ("account.tags contains 'a'", 13, "`contains` is not an operator", "'a' in account.tags"),
        (
            "account.tags.contains('a')", 13,
            "`contains` cannot take `account.tags`, which is a list of strings and a string", "\"a\" in account.tags"
        ),
        ("account.since within 14d", 14, "`within` is not an operator", "account.since > now - duration(\"336h\")"),
        ("account.industry in ('law', 'x')", 20, "a list stands in square brackets", "['law', 'x']"),
        (
            "account.industry == 'law' || 'x'", 26, "`||` cannot be applied to a bool and a string",
            "account.industry in [\"law\", \"x\"]"
        ),
        ("account->employees > 5", 7, "`->` is not an operator; a field stands behind a point", "account.employees"),
        (
            "${account.employees} > 5", 0, "a condition names values as they are, without `${` and `}`",
            "account.employees"
        ),
        ("（account.customer)", 0, "`（` (U+FF08) is the full-width form", "("),
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
