package import Model
package import Wire

/// What campaigns have brought, as people and programs read it.
package struct CampaignReport {
    /// What tells units apart, from their decision.
    package enum Grouping: String, Sendable, CaseIterable {
        case icp
        case persona
        case role
        case stage
        case grade

        fileprivate func value(_ decision: DecideResponseMessage) -> String {
            let value =
                switch self {
                case .icp: decision.icp?.name ?? ""
                case .persona: decision.persona?.name ?? ""
                case .role: decision.role
                case .stage: decision.stage
                case .grade: decision.grade
                }
            guard value.isEmpty || value == "none" else { return value }
            return decision.unreadPurposes.isEmpty ? "none" : "not agreed"
        }
    }

    private struct Key: Hashable {
        let campaign: String
        let group: String
    }

    private let metric: String
    private let grouping: Grouping?
    private let hasLeads: Bool
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

    /// - Parameter decision: What Decide says of the unit by now; nil when `needsDecisions` is false.
    package mutating func add(_ unit: CampaignOutcomes.Unit, _ decision: DecideResponseMessage?) {
        let group = grouping.flatMap { grouping in decision.map { grouping.value($0) } } ?? ""
        for (name, found) in unit.campaigns {
            var found = found
            if decision?.mql == .yes { found.qualified = 1 }
            totals[Key(campaign: name, group: group), default: CampaignTotals()].merge(found)
        }
    }

    private var rows: [(campaign: String, group: String, totals: CampaignTotals)] {
        totals.map { ($0.key.campaign, $0.key.group, $0.value) }
            .sorted { ($0.campaign, $0.group) < ($1.campaign, $1.group) }
    }

    /// - Returns: A table with a head.
    package func text(style: Style) -> String {
        guard !totals.isEmpty else { return "No campaign was recorded as shown.\n" }
        let names = 1 + (grouping == nil ? 0 : 1)
        var head = ["campaign"] + (grouping.map { [$0.rawValue] } ?? [])
        head +=
            ["units", "shows", "clicks", "converted", "rate", metric, "value"] + (hasLeads ? ["leads", "rate"] : [])
        var table = TextTable(
            Array(repeating: .left, count: names) + Array(repeating: .right, count: head.count - names))
        table.add(head)
        for (campaign, group, totals) in rows {
            var cells = [campaign] + (grouping == nil ? [] : [group])
            cells += [totals.units, totals.shows, totals.clicks, totals.converted].map { NumberText.grouped($0) }
            cells += [
                Self.percent(totals.converted, of: totals.units), NumberText.grouped(totals.outcomes),
                NumberText.rounded(totals.value, digits: 2),
            ]
            if hasLeads {
                cells += [NumberText.grouped(totals.qualified), Self.percent(totals.qualified, of: totals.units)]
            }
            table.add(cells)
        }
        return table.text(head: style.bold)
    }

    private static func percent(_ part: Int, of whole: Int) -> String {
        whole == 0 ? "" : NumberText.rounded(100 * Double(part) / Double(whole), digits: 2) + "%"
    }

    /// An array with a member for each row.
    package var json: JSON {
        .array(
            rows.map { campaign, group, totals in
                var members: [JSON.Member] = [.init("campaign", .string(campaign))]
                if let grouping { members.append(.init(grouping.rawValue, .string(group))) }
                members += [
                    .init("units", .number(totals.units)), .init("shows", .number(totals.shows)),
                    .init("clicks", .number(totals.clicks)), .init("metric", .string(metric)),
                    .init("converted", .number(totals.converted)), .init("outcomes", .number(totals.outcomes)),
                    .init("value", .number(totals.value)),
                ]
                if hasLeads { members.append(.init("leads", .number(totals.qualified))) }
                return .object(members)
            })
    }

    /// A line for each row, behind one with the names of the columns.
    package var csv: String {
        var names = ["campaign"] + (grouping.map { [$0.rawValue] } ?? [])
        names += ["units", "shows", "clicks", "converted", "outcomes", "value"] + (hasLeads ? ["leads"] : [])
        let lines = rows.map { campaign, group, totals in
            var cells = [campaign] + (grouping == nil ? [] : [group])
            cells += [totals.units, totals.shows, totals.clicks, totals.converted, totals.outcomes].map { "\($0)" }
            cells.append(NumberText.rounded(totals.value, digits: 3))
            return CSVText.line(cells + (hasLeads ? ["\(totals.qualified)"] : []))
        }
        return CSVText.line(names) + lines.joined()
    }
}
