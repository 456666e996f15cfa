package import Importing
internal import Messages
package import Model

extension EventImportResult {
    /// One object.
    package func json(isDryRun: Bool) -> JSON {
        var members: [JSON.Member] = [
            .init("recorded", .long(recorded)), .init("duplicates", .long(duplicates)),
            .init("notAgreed", .long(notAgreed)), .init("rejected", .long(rejects.count)),
            .init(
                "rejects",
                .array(
                    rejects.shown.map { reject in
                        .object([
                            .init("line", .long(reject.line)), .init("id", .string(reject.id)),
                            .init("reason", .string(reject.reason)),
                        ])
                    })),
        ]
        if isDryRun {
            members += [
                .init("events", .long(count)),
                .init(
                    "firstRows",
                    .array(
                        first.map { row in
                            let event = row.event
                            return .object([
                                .init("line", .long(row.line)), .init("id", .string(event.id)),
                                .init("visitorId", .string(event.visitorID)),
                                .init("accountId", .string(event.accountID)), .init("name", .string(event.name)),
                                .init("time", .string(event.time.map(TimestampText.format) ?? "")),
                                .init("value", .number(event.value)), .init("decisionId", .string(event.decisionID)),
                            ])
                        })),
            ]
        }
        return .object(members)
    }

    /// - Returns: Lines, each with a line end.
    package func text(isDryRun: Bool, isStopped: Bool, style: Style) -> String {
        let refused = rejects.count == 0 ? "" : ", \(ReportText.counted(rejects.count, "row")) refused"
        if isDryRun {
            var table = TextTable([.left, .left, .left, .left, .right])
            for row in first {
                table.add([
                    "line \(row.line)", row.event.visitorID.isEmpty ? row.event.accountID : row.event.visitorID,
                    row.event.name, row.event.time.map(TimestampText.format) ?? "", "\(row.event.value)",
                ])
            }
            return table.text(head: style.bold)
                + "\(ReportText.counted(count, "event")) would be recorded\(refused); this was a dry run\n"
        }
        if isStopped { return style.bad("nothing was recorded") + refused + "\n" }
        let known = duplicates == 0 ? "" : ", \(ReportText.counted(duplicates, "event")) known already"
        let unwanted = notAgreed == 0 ? "" : ", \(ReportText.counted(notAgreed, "event")) left out for lack of consent"
        return style.good("\(ReportText.counted(recorded, "event")) recorded") + known + unwanted + refused + "\n"
    }
}
