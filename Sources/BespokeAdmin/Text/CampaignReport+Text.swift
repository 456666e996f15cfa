package import Model
package import Reports

extension CampaignReport {
    /// - Returns: A table with a head.
    package func text(style: Style) -> String {
        guard !rows.isEmpty else { return "No campaign was recorded as shown.\n" }
        let names = 1 + (grouping == nil ? 0 : 1)
        var head = ["campaign"] + (grouping.map { [$0.rawValue] } ?? [])
        head +=
            ["units", "shows", "clicks", "converted", "rate", metric, "value"] + (hasLeads ? ["leads", "rate"] : [])
        var table = TextTable(
            Array(repeating: .left, count: names) + Array(repeating: .right, count: head.count - names))
        table.add(head)
        for row in rows {
            let (campaign, group, totals) = (row.campaign, row.group, row.totals)
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
            rows.map { row in
                let (campaign, group, totals) = (row.campaign, row.group, row.totals)
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
        let lines = rows.map { row in
            let (campaign, group, totals) = (row.campaign, row.group, row.totals)
            var cells = [campaign] + (grouping == nil ? [] : [group])
            cells += [totals.units, totals.shows, totals.clicks, totals.converted, totals.outcomes].map { "\($0)" }
            cells.append(NumberText.rounded(totals.value, digits: 3))
            return CSVText.line(cells + (hasLeads ? ["\(totals.qualified)"] : []))
        }
        return CSVText.line(names) + lines.joined()
    }
}
