package import Decisioning
package import Model
internal import Ruleset

/// What a rule set's own tests reach, in words.
package enum CoverageText {
    /// - Returns: One line with its line end.
    package static func summary(_ coverage: RuleCoverage, style: Style) -> String {
        var parts = coverage.parts.map { "\($0.kind) \($0.reached.count) of \($0.count)" }
        let covered = coverage.conditions.count { $0.isCovered }
        if !coverage.conditions.isEmpty {
            parts.append("conditions both true and false \(covered) of \(coverage.conditions.count)")
        }
        guard !parts.isEmpty else { return "" }
        let share = NumberText.rounded(100 * coverage.share)
        return style.dim("the tests reach \(share)%: " + parts.joined(separator: ", ")) + "\n"
    }

    /// - Returns: What no test reaches, a line each.
    package static func missed(_ coverage: RuleCoverage, style: Style) -> String {
        var text = ""
        for part in coverage.parts where !part.missed.isEmpty {
            text += style.bold("\(part.kind) that no test reaches") + "\n"
            for name in part.missed { text += "  \(Style.printable(name))\n" }
        }
        let open = coverage.conditions.filter { !$0.isCovered }
        guard !open.isEmpty else { return text }
        text += style.bold("conditions of which no test sees both sides") + "\n"
        for condition in open {
            let side =
                switch (condition.wasTrue, condition.wasFalse) {
                case (false, false): "never known"
                case (true, false): "never false"
                default: "never true"
                }
            let source = condition.source.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let position = condition.position
            let place = "\(Style.printable(position.file)):\(position.line):\(position.column)"
            text += "  \(place): \(side): \(Style.printable(source))\n"
        }
        return text
    }

    /// Shares, names and conditions.
    package static func json(_ coverage: RuleCoverage) -> JSON {
        .object([
            .init("share", .number(coverage.share)),
            .init(
                "parts",
                .array(
                    coverage.parts.map { part in
                        .object([
                            .init("kind", .string(part.kind)), .init("reached", .texts(part.reached)),
                            .init("missed", .texts(part.missed)),
                        ])
                    })),
            .init(
                "conditions",
                .array(
                    coverage.conditions.map { condition in
                        .object([
                            .init("condition", .string(condition.source)),
                            .init("file", .string(condition.position.file)),
                            .init("line", .number(condition.position.line)),
                            .init("column", .number(condition.position.column)),
                            .init("wasTrue", .bool(condition.wasTrue)),
                            .init("wasFalse", .bool(condition.wasFalse)),
                        ])
                    })),
        ])
    }
}
