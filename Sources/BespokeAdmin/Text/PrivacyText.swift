package import Messages
internal import Model

/// What is kept of persons, as a page in Markdown that a data protection officer can hand in.
package struct PrivacyText {
    private let report: PrivacyReportMessage

    package init(_ report: PrivacyReportMessage) { self.report = report }

    /// Lines, each with a line end.
    package var markdown: String {
        var text = "# Personal data kept by Bespoke\n\n"
        text += "As of \(report.at.map(TimestampText.format) ?? "-"), rules of revision `\(report.revision)`. "
        text +=
            "\(ReportText.counted(report.visitors, "visitor")) and \(ReportText.counted(report.accounts, "account")) "
        text += "have a profile; \(ReportText.counted(report.erased, "id")) of the erased are remembered as digests.\n"
        text += purposes + attributes + events + retention + recipients
        return text
    }

    private var purposes: String {
        let rows = report.purposes.map { purpose in
            [
                purpose.name, purpose.grantedByDefault ? "granted" : "denied",
                purpose.covers.isEmpty ? "what names it" : purpose.covers.joined(separator: ", "),
                String(purpose.granted), String(purpose.denied),
            ]
        }
        var text = Self.section(
            "Purposes", ["purpose", "without a choice", "covers", "have granted", "have denied"], rows,
            none: "No purposes are declared: nothing asks for consent.")
        text +=
            report.requestsReopen
            ? "\nA caller may open what a person has denied (`request_consent_reopens`).\n"
            : "\nWhat a person has denied no caller opens; only a newer choice of the person does.\n"
        if report.keepsObjections {
            text += "\nWhat the erased had denied is kept under a digest of their id, and holds when they return.\n"
        }
        return text
    }

    private var attributes: String {
        Self.section(
            "Attributes",
            ["attribute", "what it is", "type", "sensitive", "purpose", "source", "unknown after", "profiles with it"],
            report.attributes.map { attribute in
                [
                    "\(attribute.entity).\(attribute.name)", attribute.description, attribute.type,
                    attribute.sensitive ? "yes" : "", attribute.purpose, attribute.source,
                    attribute.maxAgeSeconds == 0 ? "" : Self.age(attribute.maxAgeSeconds),
                    String(attribute.profiles),
                ]
            }, none: "No attributes are declared.")
    }

    private var events: String {
        Self.section(
            "Behaviour", ["event", "purpose", "legal basis", "visitors", "times"],
            report.events.map { [$0.name, $0.purpose, $0.legalBasis, String($0.visitors), String($0.count)] },
            none: "No events are declared.")
    }

    private var retention: String {
        func days(_ count: UInt32) -> String {
            count == 0 ? "until it is erased" : "\(count) days after the last change"
        }
        let rows = [
            ["single events and exposures", "\(report.eventDays) days"],
            ["profiles of visitors", days(report.visitorDays)], ["profiles of accounts", days(report.accountDays)],
            ["choices of consent", "until the person is erased"],
        ]
        return Self.section("Retention", ["what", "how long"], rows, none: "")
    }

    private var recipients: String {
        let rows = report.recipients.map { recipient in
            [
                recipient.kind, recipient.name, recipient.by,
                recipient.at.map(TimestampText.format) ?? "as it comes",
                recipient.count == 0 ? "" : String(recipient.count),
            ]
        }
        return Self.section(
            "Recipients", ["kind", "what or where", "who asked", "when", "records"], rows,
            none: "No sink is set, nothing was exported, and there are no backups.")
    }

    private static func age(_ seconds: UInt64) -> String {
        seconds % 86_400 == 0 ? ReportText.counted(seconds / 86_400, "day") : "\(seconds) s"
    }

    private static func section(_ title: String, _ head: [String], _ rows: [[String]], none: String) -> String {
        guard !rows.isEmpty else { return "\n## \(title)\n\n\(none)\n" }
        func line(_ cells: [String]) -> String { "| " + cells.map(cell).joined(separator: " | ") + " |\n" }
        return "\n## \(title)\n\n" + line(head) + "|" + String(repeating: "---|", count: head.count) + "\n"
            + rows.map(line).joined()
    }

    /// A text that neither ends its cell nor steers a terminal.
    private static func cell(_ text: String) -> String {
        Style.printable(text).replacing("|", with: "\\|")
    }
}
