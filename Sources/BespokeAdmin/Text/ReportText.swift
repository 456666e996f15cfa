package import Messages
package import Model

/// What operators look at, as tables and lines.
package enum ReportText {
    /// - Returns: Lines, each with a line end.
    package static func status(_ status: GetStatusResponse, now: Timestamp, style: Style) -> String {
        var table = TextTable([.left, .left])
        func since(_ time: Timestamp?) -> String {
            time.map { "\(TimestampText.format($0)) (\(duration(from: $0, to: now)) ago)" } ?? "never"
        }
        table.add(["rules", status.revision.isEmpty ? "none" : status.revision])
        table.add(["pushed", since(status.pushedAt)])
        table.add([
            "holding",
            "\(counted(status.campaigns, "campaign")), \(counted(status.placements, "placement")), "
                + "\(counted(status.segments, "segment")), \(counted(status.icps, "ideal customer profile"))",
        ])
        for goal in status.goals {
            table.add(["goal", Self.words(goal, now: now)])
        }
        table.add(["profiles", "\(counted(status.visitors, "visitor")), \(counted(status.accounts, "account"))"])
        table.add(["started", since(status.startedAt)])
        table.add(["memory", NumberText.bytes(status.residentBytes)])
        table.add(["connections", NumberText.grouped(status.openConnections)])
        table.add(["event loops", NumberText.grouped(status.eventLoops)])
        table.add(["version", status.version])
        let head =
            status.ready
            ? style.good("ready") : style.bad("not ready") + ": " + Style.printable(status.notReadyBecause)
        let warnings = status.warnings.map { style.bad("warning") + ": " + Style.printable($0) + "\n" }
        return head + "\n" + table.text(indent: "  ") + warnings.joined()
    }

    private static func words(_ goal: GoalProgressMessage, now: Timestamp) -> String {
        let delivered = "\(NumberText.grouped(goal.delivered)) of \(counted(goal.count, goal.noun))"
        let name = Style.printable(goal.campaign)
        guard let starts = goal.starts, let ends = goal.ends else { return "\(name): \(delivered)" }
        if now < starts { return "\(name): \(delivered), begins \(TimestampText.format(starts))" }
        if now >= ends { return "\(name): \(delivered), ended \(TimestampText.format(ends))" }
        return "\(name): \(delivered) by \(TimestampText.format(ends)), \(NumberText.grouped(goal.due)) due by now"
    }

    /// - Returns: A table with a head; times in microseconds.
    package static func stats(_ stats: GetStatsResponse, style: Style) -> String {
        guard !stats.methods.isEmpty else { return "No method was called yet.\n" }
        var table = TextTable([.left] + Array(repeating: .right, count: 7))
        table.add(["method", "count", "errors", "p50 µs", "p90 µs", "p99 µs", "p99.9 µs", "max µs"])
        for method in stats.methods {
            let name = method.method.hasPrefix("/") ? String(method.method.dropFirst()) : method.method
            let times = [
                method.p50Microseconds, method.p90Microseconds, method.p99Microseconds, method.p999Microseconds,
                method.maxMicroseconds,
            ]
            table.add(
                [name, NumberText.grouped(method.count), NumberText.grouped(method.errors)]
                    + times.map { NumberText.rounded($0) })
        }
        return table.text(head: style.bold)
    }

    /// - Returns: Lines, each with a line end.
    package static func profile(_ profile: ProfileMessage, style: Style) -> String {
        var text = style.bold("\(profile.kind.name) \(Style.printable(profile.id))") + "\n"
        var table = TextTable([.left, .left, .left])
        if !profile.accountID.isEmpty { table.add(["account", profile.accountID, ""]) }
        for feature in profile.features.sorted(by: { $0.name < $1.name }) {
            table.add([
                feature.name, ValueText.format(feature.value),
                feature.observedAt.map { "as of " + TimestampText.format($0) } ?? "",
            ])
        }
        table.add(["version", "\(profile.version)", ""])
        text += table.text(indent: "  ")
        return text
    }

    /// - Returns: Lines, each with a line end.
    package static func rules(_ rules: GetRulesResponse, style: Style) -> String {
        var table = TextTable([.left, .left])
        table.add(["revision", rules.revision])
        table.add(["pushed", rules.pushedAt.map(TimestampText.format) ?? "unknown"])
        table.add(["author", rules.author.isEmpty ? "not given" : rules.author])
        if !rules.peer.isEmpty { table.add(["pushed by", rules.peer]) }
        table.add(["reason", rules.reason.isEmpty ? "not given" : rules.reason])
        if rules.restoredPush > 0 { table.add(["restores", "push \(rules.restoredPush)"]) }
        if !rules.reverts.isEmpty { table.add(["takes back", rules.reverts]) }
        var files = TextTable([.left, .right])
        for file in rules.files { files.add([file.path, NumberText.bytes(UInt64(file.content.count))]) }
        return table.text() + style.bold("files") + "\n" + files.text(indent: "  ")
    }

    /// - Returns: A table with a head, the newest first; the first is marked as served.
    package static func history(_ history: ListRevisionsResponse, style: Style) -> String {
        guard !history.revisions.isEmpty else { return "No rule set was pushed yet.\n" }
        var table = TextTable([.left, .right, .left, .left, .left, .left, .left])
        table.add(["", "push", "revision", "pushed", "author", "user", "reason"])
        for (index, revision) in history.revisions.enumerated() {
            table.add([
                index == 0 ? "*" : "", revision.number == 0 ? "" : "\(revision.number)", revision.revision,
                revision.pushedAt.map(TimestampText.format) ?? "", revision.author, revision.peer,
                revision.reason + origin(of: revision),
            ])
        }
        return table.text(head: style.bold)
    }

    /// - Returns: A line for each push, indented.
    package static func pushes(_ revisions: [RevisionMessage]) -> String {
        var table = TextTable([.left, .left, .left, .left])
        for revision in revisions {
            table.add([
                revision.revision, revision.pushedAt.map(TimestampText.format) ?? "", revision.author, revision.reason,
            ])
        }
        return table.text(indent: "  ")
    }

    private static func origin(of revision: RevisionMessage) -> String {
        if revision.restoredPush > 0 { return " (restores push \(revision.restoredPush))" }
        return revision.reverts.isEmpty ? "" : " (takes back \(revision.reverts.prefix(8)))"
    }

    /// Expectations of a rule set's own tests that were not met.
    package static func failures(_ failures: [RuleTestFailureMessage], style: Style) -> String {
        failures.map { failure in
            style.bold("\(Style.printable(failure.file)):\(failure.line):\(failure.column): ")
                + style.bad("the test \"\(Style.printable(failure.test))\" fails") + "\n"
                + "  \(Style.printable(failure.path)): expected \(Style.printable(failure.expected)), "
                + "got \(Style.printable(failure.actual))\n"
        }.joined()
    }

    /// `1 campaign`, `2 campaigns`.
    package static func counted(_ count: some BinaryInteger, _ noun: String) -> String {
        "\(NumberText.grouped(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    private static func duration(from start: Timestamp, to end: Timestamp) -> String {
        let seconds = max(0, (end.microseconds - start.microseconds) / 1_000_000)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) days"
        }
    }
}

extension GoalProgressMessage {
    fileprivate var noun: String { measure == "clicks" ? "click" : "show" }
}
