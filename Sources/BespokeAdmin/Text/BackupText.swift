package import Messages
internal import Model

/// Backups in words.
package enum BackupText {
    /// - Returns: Lines, each with a line end.
    package static func receipt(_ receipt: BackupReceiptMessage, style: Style) -> String {
        var table = TextTable([.left, .left])
        table.add(["path", Style.printable(receipt.path)])
        if let time = receipt.takenAt { table.add(["taken", TimestampText.format(time)]) }
        for row in receipt.rows { table.add([Style.printable(row.kind), ReportText.counted(row.rows, "row")]) }
        table.add([
            "size",
            "\(NumberText.bytes(receipt.bytes)), of which \(NumberText.bytes(receipt.copiedBytes)) "
                + "written in \(NumberText.rounded(receipt.seconds)) s",
        ])
        table.add(["kept", "generations \(receipt.generations.map { "\($0)" }.joined(separator: ", "))"])
        return style.good("generation \(receipt.generation)") + " written and read back\n" + table.text(indent: "  ")
    }

    /// How far it is, in one line without its end.
    package static func progress(_ progress: BackupProgressMessage) -> String {
        "\(NumberText.bytes(progress.copiedBytes)) of \(NumberText.bytes(progress.totalBytes)) copied"
    }

    /// - Returns: Lines, each with a line end: what is bad first.
    package static func verified(_ report: VerifyReportMessage, style: Style) -> String {
        var text = ""
        for row in report.badRows {
            let place = row.key.isEmpty ? row.kind : "\(row.kind) \(row.key)"
            text += "\(style.bad("bad")) \(Style.printable(place)): \(Style.printable(row.reason))\n"
        }
        if report.bad > UInt64(report.badRows.count) {
            text += "and \(NumberText.grouped(report.bad - UInt64(report.badRows.count))) more\n"
        }
        var table = TextTable([.left, .left])
        table.add(["path", Style.printable(report.path)])
        for row in report.rows { table.add([Style.printable(row.kind), ReportText.counted(row.rows, "row")]) }
        table.add(["read in", "\(NumberText.rounded(report.seconds)) s"])
        let head =
            report.bad == 0
            ? style.good("all is as it was written") : style.bad("\(ReportText.counted(report.bad, "finding"))")
        text += head + "\n" + table.text(indent: "  ")
        guard report.bad > 0 else { return text }
        return text + "Check the disk, then restore the newest backup that `profiles verify --backup` finds whole.\n"
    }

    /// How far it is, in one line without its end.
    package static func progress(_ progress: VerifyResponse) -> String {
        "\(NumberText.grouped(progress.rows)) of about \(ReportText.counted(progress.expectedRows, "row")) read"
    }

    /// Backups that may still hold a person, as lines; empty when there are none.
    package static func stillHolding(_ backups: [BackupGenerationMessage]) -> String {
        guard !backups.isEmpty else { return "" }
        var folders: [(directory: String, numbers: [String])] = []
        for backup in backups {
            if folders.last?.directory != backup.directory { folders.append((backup.directory, [])) }
            folders[folders.count - 1].numbers.append("\(backup.generation)")
        }
        return "backups from before may still hold the data, later ones do not:\n"
            + folders.map { folder in
                "  \(Style.printable(folder.directory)) generations \(folder.numbers.joined(separator: ", "))\n"
            }.joined()
    }
}
