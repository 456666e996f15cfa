internal import Model
package import Reports

extension CommitteeReport {
    /// The table as CSV, with a line of names first.
    package var csv: String {
        CSVText.line(["account"] + roles + ["missing"])
            + rows.map { row in
                CSVText.line(
                    [row.account] + row.members.map { $0.joined(separator: "|") } + [row.missing.joined(separator: "|")]
                )
            }.joined()
    }
}
