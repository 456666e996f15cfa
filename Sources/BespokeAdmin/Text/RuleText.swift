package import Messages
internal import Model

/// What became of a check or a push, in a line.
package enum RuleText {
    /// - Returns: A line with its end.
    package static func checked(_ response: CheckRulesResponse, style: Style) -> String {
        let found = counts(response.diagnostics, response.testFailures)
        guard response.accepted else { return style.bad("refused") + ": \(found)\n" }
        return style.good("good") + ": \(passed(response.tests))\(warnings(response.diagnostics)), revision "
            + response.revision + "\n" + changes(response.endings, response.orphans, [], style: style)
    }

    /// - Returns: A line with its end.
    package static func pushed(_ response: PushRulesResponse, style: Style) -> String {
        guard response.accepted else {
            let serves =
                response.previousRevision.isEmpty
                ? "no rule set is served" : "revision \(response.previousRevision) serves on"
            return style.bad("refused") + ": \(counts(response.diagnostics, response.testFailures)); \(serves)\n"
        }
        let before =
            switch response.previousRevision {
            case "": ""
            case response.revision: ", as before"
            default: " instead of \(response.previousRevision)"
            }
        return style.good("served") + ": revision \(response.revision)\(before), \(passed(response.tests))"
            + "\(warnings(response.diagnostics))\n" + moves(response.moves)
            + changes(response.endings, response.orphans, response.withoutArms, style: style)
            + response.retypings.map(retyped).joined()
    }

    /// What a push of checked rules would do.
    ///
    /// - Parameter difference: In words; empty for none.
    /// - Returns: Lines, each with its end.
    package static func wouldPush(_ response: CheckRulesResponse, difference: String, style: Style) -> String {
        guard response.accepted else { return checked(response, style: style) }
        let before =
            switch response.previousRevision {
            case "": "; none is served"
            case response.revision: ", as is served"
            default: " instead of \(response.previousRevision)"
            }
        return style.good("would be served") + ": revision \(response.revision)\(before), \(passed(response.tests))"
            + "\(warnings(response.diagnostics))\n" + moves(response.moves)
            + changes(response.endings, response.orphans, response.withoutArms, style: style)
            + (difference.isEmpty ? "The rules say the same as those that are served.\n" : difference)
    }

    /// What ends with a push, what it leaves behind and what it cannot know.
    private static func changes(
        _ endings: [EndingMessage], _ orphans: [OrphanMessage], _ withoutArms: [String], style: Style
    ) -> String {
        var text = ""
        for ending in endings {
            let units = "\(ReportText.counted(ending.units, "unit")) exposed"
            let name = Style.printable(ending.experiment)
            text +=
                ending.arm.isEmpty
                ? "  \(name) ends, \(units); its results stay readable as long as its events\n"
                : "  \(name): arm \(Style.printable(ending.arm)) ends, \(units); they get another arm, and stay in the results\n"
        }
        for orphan in orphans {
            let name = Style.printable(orphan.attribute)
            let losers =
                orphan.profiles == 0
                ? "profiles lose"
                : "\(ReportText.counted(orphan.profiles, "profile")) lose\(orphan.profiles == 1 ? "s" : "")"
            text += "  " + style.bad("warning") + ": \(losers) the value of \(name), which is not declared any more\n"
            guard let former = orphan.attribute.split(separator: ".").last, !orphan.renamed.isEmpty else { continue }
            text +=
                "    did you mean to rename it? `rename: {from: \(former)}` on \(Style.printable(orphan.renamed)) takes "
                + "the values along, also afterwards\n"
        }
        for name in withoutArms {
            let name = Style.printable(name)
            text +=
                "  " + style.bad("warning") + ": \(name) runs already, but came without its arms: they are as its "
                + "weights alone say\n"
                + "    were these ever changed, take allocations.txt from where it ran: bespokectl rules show --to FOLDER\n"
        }
        return text
    }

    /// Values that are listed for each attribute; the JSON form has up to a thousand.
    private static let leftListedMax = 10

    private static func retyped(_ retyping: RetypingMessage) -> String {
        let name = Style.printable(retyping.attribute)
        let converted = ReportText.counted(retyping.converted, "stored value")
        let isSameType = retyping.from == retyping.to
        var text =
            retyping.renamed.isEmpty
            ? "  \(name): from \(retyping.from) to \(retyping.to), \(converted) converted\n"
            : "  \(name) is \(Style.printable(retyping.renamed)) now, \(converted) taken along"
                + (isSameType ? "\n" : ", from \(retyping.from) to \(retyping.to)\n")
        guard retyping.left > 0 else { return text }
        text +=
            "    \(NumberText.grouped(retyping.left)) could not be, and count as unknown until they are written again:\n"
        for left in retyping.leftValues.prefix(leftListedMax) {
            text += "      \(Style.printable(left.id)): \(Style.printable(left.value))\n"
        }
        return text + (retyping.left > UInt64(leftListedMax) ? "      …\n" : "")
    }

    private static func moves(_ moves: [ArmMoveMessage]) -> String {
        moves.map { move in
            "  \(Style.printable(move.experiment)): \(NumberText.rounded(move.share * 100))% of units get another arm\n"
        }.joined()
    }

    private static func counts(
        _ diagnostics: [DiagnosticMessage], _ failures: [RuleTestFailureMessage]
    ) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        var parts: [String] = []
        if errors > 0 { parts.append(ReportText.counted(errors, "error")) }
        if !failures.isEmpty { parts.append(ReportText.counted(Set(failures.map(\.test)).count, "failing test")) }
        return (parts.isEmpty ? "no reason given" : parts.joined(separator: ", ")) + warnings(diagnostics)
    }

    private static func passed(_ tests: UInt32) -> String {
        tests == 0 ? "no tests" : tests == 1 ? "its test passes" : "its \(NumberText.grouped(tests)) tests pass"
    }

    private static func warnings(_ diagnostics: [DiagnosticMessage]) -> String {
        let count = diagnostics.count { $0.severity == .warning }
        return count == 0 ? "" : ", \(ReportText.counted(count, "warning"))"
    }
}
