internal import Messages
package import Model
package import Reports

extension AccountRanking {
    /// The table as CSV, with a line of names first.
    ///
    /// - Parameter limit: Accounts at most; nil: all.
    package func csv(limit: Int?) -> String {
        let head = ["rank", "account", "score", "tier"] + Self.categories + ["matches", "missing", "reported_profile"]
        var text = CSVText.line(head)
        for (index, row) in ranked.prefix(limit ?? .max).enumerated() {
            text += CSVText.line(
                ["\(index + 1)", row.account, "\(row.score)", row.tier] + row.points.map { "\($0)" }
                    + [Self.word(row.matches, "yes", "no"), row.missing.joined(separator: "|"), row.reported])
        }
        return text
    }

    /// The same for programs.
    package func json(limit: Int?) -> JSON {
        .array(
            ranked.prefix(limit ?? .max).enumerated().map { index, row in
                let points = zip(Self.categories, row.points).map { JSON.Member($0, .number($1)) }
                return .object([
                    .init("rank", .number(index + 1)), .init("account", .string(row.account)),
                    .init("score", .number(row.score)), .init("tier", .string(row.tier)),
                    .init("points", .object(points)),
                    .init("matches", .string(Self.word(row.matches, "true", "false"))),
                    .init("missing", .texts(row.missing)), .init("reportedProfile", .string(row.reported)),
                ])
            })
    }

    private static func word(_ verdict: Explanation.Verdict, _ yes: String, _ no: String) -> String {
        switch verdict {
        case .yes: yes
        case .no: no
        case .lacksData, .lacksConsent, .lacksDataAndConsent, .failed: "unknown"
        }
    }
}
