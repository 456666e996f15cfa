package import Model
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

    /// The same for programs.
    package var json: JSON {
        .array(
            rows.map { row in
                let members = zip(roles, row.members).map { JSON.Member($0, .texts($1)) }
                return .object([
                    .init("account", .string(row.account)), .init("members", .object(members)),
                    .init("missing", .texts(row.missing)),
                ])
            })
    }
}
