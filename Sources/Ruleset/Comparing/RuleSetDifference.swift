/// What changed from one rule set to another, per section and name.
package struct RuleSetDifference: Sendable, Hashable {
    /// Something that has a name in a section.
    package struct Entry: Sendable, Hashable {
        /// What happened to it.
        package enum Kind: String, Sendable, Hashable { case added, removed, changed }

        package let section: String
        /// Such as `demo_q4` or `visitor.age`; empty when the section has no names.
        package let name: String
        package let kind: Kind
        /// What changed within it; for what is new or gone, nothing.
        package let details: [Detail]
        /// The share of units of an experiment whose arm changes, from 0 to 1; nil when it is not known.
        package var movedShare: Double?
    }

    /// One value that changed.
    package struct Detail: Sendable, Hashable {
        /// Such as `priority` or `criteria[account.employees > 10].points`.
        package let path: String
        /// Nil when it was not there.
        package let before: String?
        /// Nil when it is not there any more.
        package let after: String?
    }

    /// In the order of sections in the reference, then by name.
    package var entries: [Entry]

    /// Compares what the files say; they need not be free of errors.
    ///
    /// - Throws: The first diagnostic of a file that is not YAML.
    package init(from old: [RuleFile], to new: [RuleFile]) throws(Diagnostic) {
        var comparison = RuleComparison(old: try RuleContent(old), new: try RuleContent(new))
        entries = comparison.run()
    }

    /// In words, a section a paragraph; empty when nothing changed.
    package func text() -> String {
        var text = ""
        var section = ""
        for entry in entries {
            if entry.section != section {
                text += (section.isEmpty ? "" : "\n") + entry.section + "\n"
                section = entry.section
            }
            if !entry.name.isEmpty || entry.kind != .changed {
                let sign = ["added": "+", "removed": "-"][entry.kind.rawValue] ?? "~"
                text += "  \(sign) \(entry.name)".trimmed + " " + entry.kind.rawValue + "\n"
            }
            for detail in entry.details { text += "      \(Self.words(detail))\n" }
            if let share = entry.movedShare { text += "      \(Self.percent(share)) of units get another arm\n" }
        }
        return text
    }

    private static func words(_ detail: Detail) -> String {
        switch (detail.before, detail.after) {
        case (let before?, let after?): "\(detail.path): \(before) → \(after)"
        case (nil, let after?): "\(detail.path): \(after) (new)"
        case (let before?, nil): "\(detail.path): \(before) (removed)"
        case (nil, nil): detail.path
        }
    }

    private static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 10_000).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
