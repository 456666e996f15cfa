package import Model

/// Accounts by how well they fit one ideal customer profile, as a table for those who call them.
package struct AccountRanking {
    /// One account.
    package struct Row: Sendable {
        /// The account's id.
        package let account: String
        /// Whether the profile matches, whichever profile Decide reports.
        package let matches: Explanation.Verdict
        /// The fit.
        package let score: Double
        /// The tier that the fit reaches; empty when none.
        package let tier: String
        /// By raw value of `Category`.
        package let points: [Double]
        /// Paths of what is not known and would count.
        package let missing: [String]
        /// The profile that Decide reports; empty when none.
        package let reported: String

        /// - Parameters:
        ///   - icp: The name of the profile.
        ///   - explanation: What Explain says of the account.
        ///   - reported: The profile that Decide reports; empty when none.
        /// - Returns: Nil when the rule set that explained has no such profile.
        package init?(account: String, icp: String, _ explanation: Explanation, reported: String) {
            guard let profile = explanation.icps.first(where: { $0.name == icp }) else { return nil }
            self.account = account
            matches = profile.matches
            score = profile.fit
            tier = profile.tier
            self.reported = reported
            points = Self.points(profile.criteria)
            missing = Self.missing(profile)
        }

        /// The subscores that Decide gives for the profile it reports: points × 100 ÷ all positive points.
        private static func points(_ criteria: [Explanation.CriterionCheck]) -> [Double] {
            let unit = PointScale(criteria.map(\.points))
            let positive = criteria.reduce(0) { $0 + max(unit.whole($1.points), 0) }
            return AccountRanking.categories.map { category in
                let held = criteria.filter { $0.category == category && $0.check.verdict == .yes }
                return positive > 0 ? 100 * held.reduce(0) { $0 + unit.whole($1.points) } / positive : 0
            }
        }

        /// What is not known and would count: for what is required or excludes, and for criteria that could still add points.
        private static func missing(_ profile: Explanation.ICPExplanation) -> [String] {
            let checks = profile.required + profile.excluded + profile.criteria.filter { $0.points > 0 }.map(\.check)
            var paths: [String] = []
            for check in checks where check.verdict != .yes && check.verdict != .no {
                for input in check.inputs where input.state != .known && !paths.contains(input.path) {
                    paths.append(input.path)
                }
            }
            return paths
        }
    }

    private var rows: [Row] = []

    /// Nothing yet.
    package init() {}

    /// Adds an account.
    package mutating func add(_ row: Row) {
        rows.append(row)
    }

    /// The rows in the order of the table: accounts that match before those of which it is not known, and these before the others; each of
    /// the three by score, the best first, and then by id.
    package var ranked: [Row] {
        rows.sorted {
            (Self.order($0.matches), $1.score, $0.account) < (Self.order($1.matches), $0.score, $1.account)
        }
    }

    /// The categories of `Row.points`.
    package static let categories = Category.allCases.map(\.name)

    private static func order(_ matches: Explanation.Verdict) -> Int {
        switch matches {
        case .yes: 0
        case .no: 2
        case .lacksData, .lacksConsent, .lacksDataAndConsent, .failed: 1
        }
    }
}
