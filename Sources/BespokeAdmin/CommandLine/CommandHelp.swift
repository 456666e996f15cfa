/// Help texts with what the library does not write: examples, and where the global options stand.
package enum CommandHelp {
    /// - Parameters:
    ///   - help: As the library wrote it.
    ///   - path: The command that it is of, without the program's name.
    package static func page(_ help: String, _ path: [String], _ tree: CommandTree) -> String {
        let examples = examples(of: path, tree)
        var text = help
        while text.last?.isNewline == true { text.removeLast() }
        if !examples.isEmpty {
            text += "\n\nEXAMPLES:\n" + examples.map { "  bespokectl \($0)" }.joined(separator: "\n")
        }
        return text + "\n\n" + GlobalOptionsText.line
    }

    /// Of a command itself, else the first of each command below it.
    static func examples(of path: [String], _ tree: CommandTree) -> [String] {
        if let own = table[path.joined(separator: " ")] { return own }
        return tree.leaves.filter { $0.starts(with: path) }.compactMap { table[$0.joined(separator: " ")]?.first }
    }

    /// Commands without an example.
    package static func missing(_ tree: CommandTree) -> [String] {
        tree.leaves.map { $0.joined(separator: " ") }.filter { table[$0]?.isEmpty ?? true }
    }

    /// By command, as it is typed behind the program's name.
    private static let table: [String: [String]] = [
        "": [
            "rules new rules", "rules check rules", "rules push rules",
            "decide --visitor ada --url https://shop.example/",
            "explain --visitor ada --placement landing_hero", "campaigns list", "help options",
        ],
        "rules list": ["rules list", "rules list campaigns", "rules list attribute --output yaml"],
        "rules new": ["rules new rules"],
        "rules format": ["rules format rules", "rules format rules --check"],
        "rules check": ["rules check rules", "rules lint rules", "rules check rules --sarif lint.sarif"],
        "rules test": ["rules test rules --coverage", "rules test rules --coverage-minimum 80 --junit tests.xml"],
        "rules diff": ["rules diff rules", "rules diff old-rules rules --exit-code"],
        "rules push": [
            "rules push rules --reason 'spring offer'", "rules push rules --dry-run", "rules push rules --yes",
        ],
        "rules show": ["rules show", "rules show --to rules-as-served", "rules show --revision 8f3a --to old-rules"],
        "rules history": ["rules history"],
        "rules rollback": ["rules rollback", "rules rollback 8f3a --reason 'wrong prices'"],
        "rules revert": ["rules revert 8f3a"],
        "rules rename": [
            "rules rename attribute visitor.age visitor.years rules",
            "rules rename segment offices bureaus rules --dry-run",
        ],
        "rules reference": ["rules reference campaigns", "rules reference unreachable", "rules reference --codes"],
        "decide": [
            "decide --visitor ada --url https://shop.example/?utm_source=google",
            "decide --set account.industry=retail --set account.employees=120 --placement landing_hero",
        ],
        "explain": ["explain --visitor ada --placement landing_hero", "explain --json request.json"],
        "profiles import": [
            "profiles import visitors.csv --kind visitor --dry-run",
            "profiles import contacts.csv --mapping hubspot.yaml --rejects rejects.csv",
        ],
        "profiles export": ["profiles export --kind account > accounts.csv"],
        "profiles show": ["profiles show ada"],
        "profiles get": ["profiles get ada --kind visitor"],
        "profiles put": ["profiles put ada --kind visitor --set seniority=owner"],
        "profiles delete": ["profiles delete ada --kind visitor"],
        "profiles erase": ["profiles erase ada"],
        "profiles consent": ["profiles consent ada --grant personalisation --source cookie_banner"],
        "profiles merge": ["profiles merge cookie-1 ada"],
        "profiles unmerge": ["profiles unmerge cookie-1"],
        "profiles restore": ["profiles restore ada --from /backups/bespoke"],
        "profiles backup": ["profiles backup /backups/bespoke --keep 7"],
        "profiles verify": ["profiles verify", "profiles verify --backup /backups/bespoke"],
        "accounts rank": [
            "accounts rank --icp office_olive --limit 50 > call-these.csv",
            "accounts rank --icp office_olive --output json",
        ],
        "accounts committee": ["accounts committee --only acme"],
        "accounts link": ["accounts link links.csv"],
        "accounts find": [
            "accounts find --ip 192.0.2.7", "accounts find --email ada@acme.example --consent personalisation",
        ],
        "campaigns list": ["campaigns list", "campaigns list --output json"],
        "campaigns show": ["campaigns show office_trial"],
        "campaigns results": [
            "campaigns results --metric tasting_signup --by persona", "campaigns results --format csv",
        ],
        "segments list": ["segments list"],
        "segments show": ["segments show offices"],
        "icps list": ["icps list"],
        "icps show": ["icps show office_olive"],
        "personas list": ["personas list"],
        "personas show": ["personas show olive"],
        "placements list": ["placements list"],
        "placements show": ["placements show landing_hero"],
        "attributes list": ["attributes list"],
        "attributes show": ["attributes show account.industry"],
        "events record": ["events record tasting_signup --visitor ada"],
        "events import": ["events import orders.csv --mapping orders.yaml"],
        "events export": ["events export --since 2026-11-01 > events.ndjson"],
        "experiments list": ["experiments list"],
        "experiments show": ["experiments show button"],
        "experiments results": [
            "experiments results button", "experiments results button --metric order --kind value --format csv",
        ],
        "experiments start": ["experiments start button", "experiments start button --folder rules --yes"],
        "experiments stop": ["experiments stop button", "experiments stop button --folder rules --yes"],
        "experiments plan": ["experiments plan --baseline 0.04 --lift 0.1 --per-day 2000"],
        "experiments simulate": ["experiments simulate button --units 100000"],
        "status": ["status", "status --output json"],
        "stats": ["stats"],
        "doctor": ["doctor", "doctor rules --output json"],
        "privacy report": ["privacy report > processing.md", "privacy report --output json"],
        "tokens create": [
            "tokens create web-1 --role decide > web-1.token", "tokens create crm --role privacy --expires-in 90d",
        ],
        "tokens list": ["tokens list"],
        "tokens revoke": ["tokens revoke web-1"],
        "tokens rotate": ["tokens rotate web-1 > web-1.token"],
        "context add": [
            "context add local --to unix:/var/lib/bespoke/bespoke.sock",
            "context add production --to bespoke.example:7880 --tls --ca ca.pem --token-file token.txt",
        ],
        "context use": ["context use production"],
        "context list": ["context list"],
        "context show": ["context show production"],
        "context remove": ["context remove production"],
        "completions": ["completions bash > ~/.local/share/bash-completion/completions/bespokectl"],
        "version": ["version"],
    ]
}
