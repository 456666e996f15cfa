package import Importing
package import Messages
package import Model

/// What became of an import, in words.
package enum ImportText {
    /// - Returns: Lines, each with a line end.
    package static func summary(
        _ response: ImportProfilesResponse, kind: ProfileKind, isDryRun: Bool, style: Style
    ) -> String {
        let profiles = ReportText.counted(response.written, kind.name)
        let rejected = response.rejected == 0 ? "" : ", \(ReportText.counted(response.rejected, "row")) refused"
        if isDryRun { return "\(profiles) would be written\(rejected); this was a dry run\n" }
        if response.committed { return style.good("\(profiles) written") + "\(rejected)\n" }
        return style.bad("nothing was written") + rejected + "\n"
    }

    /// One line for each.
    package static func rejects(_ response: ImportProfilesResponse) -> String {
        rejects(response.rejects, count: response.rejected)
    }

    /// One line for each.
    package static func rejects(_ list: RejectList) -> String { rejects(list.shown, count: list.count) }

    /// What was not read of a file, because its mapping lets the rows end before.
    package static func ending(line: Int, rowCount: Int) -> String {
        "the rows end before line \(line), as the mapping says (stop_at); \(ReportText.counted(rowCount, "row")) from there on not read"
    }

    /// Rows that the mapping leaves out.
    package static func leftOut(_ count: Int) -> String {
        "\(ReportText.counted(count, "row")) left out, as the mapping says (skip_when, pass_over)"
    }

    private static func rejects(_ rejects: [ImportReject], count: UInt64) -> String {
        var text = ""
        for reject in rejects {
            let id = reject.id.isEmpty ? "" : " (\(Style.printable(reject.id)))"
            text += "line \(reject.line)\(id): \(Style.printable(reject.reason))\n"
        }
        if count > UInt64(rejects.count) {
            text += "and \(ReportText.counted(count - UInt64(rejects.count), "further row"))\n"
        }
        return text
    }

    /// The first line of a file of rejects.
    package static let rejectsHead = CSVText.line(["line", "column", "reason", "value"])

    /// A line of a file of rejects.
    package static func rejectLine(_ reject: ProfileCSV.Reject) -> String {
        CSVText.line(["\(reject.line)", reject.column, reject.reason, reject.text])
    }

    /// A line of a file of rejects, for what the daemon refuses.
    package static func rejectLine(_ reject: ImportReject) -> String {
        CSVText.line(["\(reject.line)", "", reject.reason, reject.id])
    }

    /// Rows as they would be written, an attribute a line.
    package static func preview(_ rows: [ImportRow], style: Style) -> String {
        var text = ""
        for row in rows {
            guard case .success(let profile) = row.content else { continue }
            var table = TextTable([.left, .left, .left])
            table.add(["line \(row.line)", profile.id, ""])
            if !profile.accountID.isEmpty { table.add(["  account", profile.accountID, ""]) }
            for feature in profile.features {
                table.add([
                    "  " + feature.name, ValueText.format(feature.value),
                    feature.observedAt.map { "as of " + TimestampText.format($0) } ?? "",
                ])
            }
            text += table.text(head: style.bold)
        }
        return text
    }

    /// A bar for standard error.
    ///
    /// - Parameter fraction: 0 to 1.
    package static func progress(fraction: Double, rows: UInt64) -> String {
        let width = 30
        let full = Int((min(max(fraction, 0), 1) * Double(width)).rounded(.down))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
        return "\(bar) \(Int((min(max(fraction, 0), 1) * 100).rounded(.down)))%  \(ReportText.counted(rows, "row"))"
    }
}
