package import Model
package import Wire

extension BackupReceiptMessage {
    /// The protobuf JSON form.
    package var json: JSON {
        var members: [JSON.Member] = [.init("generation", .long(generation)), .init("path", .string(path))]
        members.add("takenAt", takenAt)
        return .object(
            members + [
                .init("rows", .array(rows.map(\.json))), .init("bytes", .long(bytes)),
                .init("copiedBytes", .long(copiedBytes)), .init("seconds", .number(seconds)),
                .init("generations", .array(generations.map { .long($0) })),
            ])
    }
}

extension RowCountMessage {
    var json: JSON { .object([.init("kind", .string(kind)), .init("rows", .long(rows))]) }
}

extension BackupGenerationMessage {
    var json: JSON {
        var members: [JSON.Member] = [
            .init("directory", .string(directory)), .init("generation", .long(generation)),
        ]
        members.add("takenAt", takenAt)
        return .object(members)
    }
}

extension VerifyReportMessage {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([
            .init("path", .string(path)), .init("rows", .array(rows.map(\.json))), .init("bad", .long(bad)),
            .init(
                "badRows",
                .array(
                    badRows.map { row in
                        .object([
                            .init("kind", .string(row.kind)), .init("key", .string(row.key)),
                            .init("reason", .string(row.reason)),
                        ])
                    })),
            .init("seconds", .number(seconds)),
        ])
    }
}
