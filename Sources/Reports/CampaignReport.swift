/// What campaigns have brought, a row for each and for each kind of unit.
package struct CampaignReport {
    /// One campaign, or its units of one kind.
    package struct Row: Sendable, Hashable {
        package let campaign: String
        /// What its units are by now; empty when they are not told apart.
        package let group: String
        package let totals: CampaignTotals
    }

    /// What tells units apart, from their decision.
    package enum Grouping: String, Sendable, CaseIterable {
        case icp
        case persona
        case role
        case stage
        case grade

        fileprivate func value(_ standing: Standing) -> String {
            let value = standing.values[self] ?? ""
            guard value.isEmpty || value == "none" else { return value }
            return standing.isAllRead ? "none" : "not agreed"
        }
    }

    /// What Decide says of a unit by now.
    package struct Standing: Sendable, Hashable {
        /// Its profile, persona and so on; empty or `none` where there is none.
        package var values: [Grouping: String]
        /// Whether nothing was left unread for lack of consent.
        package var isAllRead: Bool
        /// Whether it is a marketing-qualified lead.
        package var isQualified: Bool

        package init(_ values: [Grouping: String] = [:], isAllRead: Bool = true, isQualified: Bool = false) {
            (self.values, self.isAllRead, self.isQualified) = (values, isAllRead, isQualified)
        }
    }

    private struct Key: Hashable {
        let campaign: String
        let group: String
    }

    /// The event that counts.
    package let metric: String
    /// What tells units apart.
    package let grouping: Grouping?
    /// Whether the rule set says who is a marketing-qualified lead.
    package let hasLeads: Bool
    private var totals: [Key: CampaignTotals] = [:]

    /// - Parameters:
    ///   - campaigns: Those of the rule set, each of which gets a row; others follow.
    ///   - hasLeads: Whether the rule set says who is a marketing-qualified lead.
    package init(metric: String, by grouping: Grouping?, campaigns: [String], hasLeads: Bool) {
        (self.metric, self.grouping, self.hasLeads) = (metric, grouping, hasLeads)
        if grouping == nil { for name in campaigns { totals[Key(campaign: name, group: "")] = CampaignTotals() } }
    }

    /// Whether units count with a decision.
    package var needsDecisions: Bool { grouping != nil || hasLeads }

    /// - Parameter standing: nil when `needsDecisions` is false.
    package mutating func add(_ unit: CampaignOutcomes.Unit, _ standing: Standing?) {
        let group = grouping.flatMap { grouping in standing.map { grouping.value($0) } } ?? ""
        for (name, found) in unit.campaigns {
            var found = found
            if standing?.isQualified == true { found.qualified = 1 }
            totals[Key(campaign: name, group: group), default: CampaignTotals()].merge(found)
        }
    }

    /// By campaign, then by group.
    package var rows: [Row] {
        totals.map { Row(campaign: $0.key.campaign, group: $0.key.group, totals: $0.value) }
            .sorted { ($0.campaign, $0.group) < ($1.campaign, $1.group) }
    }
}
