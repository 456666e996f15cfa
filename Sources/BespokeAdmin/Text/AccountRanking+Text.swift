internal import Messages
internal import Model
package import Reports

extension AccountRanking {
    /// The table as CSV, with a line of names first.
    ///
    /// - Parameter limit: Accounts at most; nil: all.
    package func csv(limit: Int?) -> String {
        let head = ["rank", "account", "score", "tier"] + Self.categories + ["matches", "missing", "reported_profile"]
        var text = CSVText.line(head)
        for (index, row) in ranked.prefix(limit ?? .max).enumerated() {
            let state =
                switch row.matches {
                case .yes: "yes"
                case .no: "no"
                case .lacksData, .lacksConsent, .lacksDataAndConsent, .failed: "unknown"
                }
            text += CSVText.line(
                ["\(index + 1)", row.account, "\(row.score)", row.tier] + row.points.map { "\($0)" }
                    + [state, row.missing.joined(separator: "|"), row.reported])
        }
        return text
    }
}
