package import Messages
internal import Model

/// An explanation as a marketer reads it: a tree of what was asked, with the values that answered, then what is missing and
/// what would change the answer.
package struct ExplanationText {
    private let style: Style
    private let showsAll: Bool
    private var text = ""

    /// - Parameter showsAll: Also the conditions of what does not apply for other reasons.
    /// - Returns: Lines, each with a line end.
    package static func render(_ response: ExplainResponse, showsAll: Bool, style: Style) -> String {
        var writer = ExplanationText(style: style, showsAll: showsAll)
        let explanation = response.explanation
        writer.writeProfiles(explanation)
        writer.writeEngagement(explanation, response.decision)
        writer.writeFirst("Persona", explanation.personas)
        writer.writeFirst("Role", explanation.roles)
        writer.writeFirst("Stage", explanation.stages)
        writer.writeBlocks(explanation)
        for (placement, decided) in zip(explanation.placements, response.decision.placements) {
            writer.write(placement, decided)
        }
        writer.writeLacking(explanation)
        writer.writeNearestMisses(explanation)
        writer.text +=
            "\n" + style.dim("decision \(response.decision.decisionID), rules \(response.decision.revision)") + "\n"
        return writer.text
    }

    private init(style: Style, showsAll: Bool) {
        self.style = style
        self.showsAll = showsAll
    }

    private mutating func heading(_ words: String) {
        text += (text.isEmpty ? "" : "\n") + style.bold(Style.printable(words)) + "\n"
    }

    private mutating func line(_ depth: Int, _ words: String) {
        text += String(repeating: "  ", count: depth) + words + "\n"
    }

    // MARK: Conditions

    private func mark(_ verdict: Explanation.Verdict) -> String {
        switch verdict {
        case .yes: style.good("✓")
        case .no: style.bad("✗")
        case .failed: style.bad("!")
        case .lacksData, .lacksConsent, .lacksDataAndConsent: "?"
        }
    }

    private mutating func write(_ check: Explanation.Check, _ depth: Int, before: String = "") {
        let place = style.dim("\(check.file):\(check.line)")
        line(depth, "\(mark(check.verdict)) \(before)\(Style.printable(Self.oneLine(check.condition)))  \(place)")
        for input in check.inputs { line(depth + 2, style.dim(Style.printable(Self.words(input)))) }
        if check.verdict == .failed { line(depth + 2, "a computation in it failed") }
    }

    private static func oneLine(_ condition: String) -> String {
        condition.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    static func words(_ input: Explanation.Input) -> String {
        switch input.state {
        case .known:
            let value = input.value.map(ValueText.format) ?? ""
            return "\(input.path) is \(value)" + (input.unit.map { " \($0)" } ?? "")
        case .missing: return "\(input.path) is \(input.path.hasSuffix(")") ? "unknown" : "missing")"
        case .stale: return "\(input.path) is older than the rules allow"
        case .withoutConsent: return "\(input.path) has no consent"
        }
    }

    // MARK: Who

    private mutating func writeProfiles(_ explanation: Explanation) {
        heading("Ideal customer profiles")
        if explanation.icps.isEmpty { line(1, "the rules have none") }
        for icp in explanation.icps {
            line(1, "\(mark(icp.matches)) \(style.bold(Style.printable(icp.name))) \(Style.printable(Self.words(icp)))")
            guard icp.notFor.isEmpty || showsAll else { continue }
            writeAll("required", icp.required)
            writeAll("excluded", icp.excluded)
            if !icp.criteria.isEmpty { line(2, style.dim("points")) }
            for criterion in icp.criteria {
                let sign = criterion.points < 0 ? "" : "+"
                write(
                    criterion.check, 3,
                    before: "\(sign)\(NumberText.rounded(criterion.points)) \(Style.printable(criterion.category))  ")
            }
            if icp.owners.count > 1 {
                let scores = icp.owners.map { owner in
                    "\(owner.owner.isEmpty ? "nobody" : owner.owner) \(NumberText.rounded(owner.points)) of "
                        + NumberText.rounded(owner.pointsPossible)
                }
                line(2, style.dim("by owner  ") + Style.printable(scores.joined(separator: ", ")))
            }
        }
    }

    private mutating func writeAll(_ label: String, _ checks: [Explanation.Check]) {
        guard !checks.isEmpty else { return }
        line(2, style.dim(label))
        for check in checks { write(check, 3) }
    }

    private static func words(_ icp: Explanation.ICPExplanation) -> String {
        if !icp.notFor.isEmpty { return "not asked: \(icp.notFor)" }
        let kind = icp.isNegative ? " (who does not fit)" : ""
        var fit = "fit \(NumberText.rounded(icp.fit)) of the \(NumberText.rounded(icp.fitNeeded)) needed"
        if icp.fitPossible > icp.fit {
            fit += ", \(NumberText.rounded(icp.fitPossible)) if all that is missing were good"
        }
        switch icp.matches {
        case .yes: return "matches\(kind): \(fit)" + (icp.tier.isEmpty ? "" : ", tier \(icp.tier)")
        case .no where !icp.vetoedBy.isEmpty: return "vetoed by \(icp.vetoedBy)\(kind): \(fit)"
        case .no: return "does not match\(kind): \(fit)"
        default: return "unknown\(kind): \(fit)"
        }
    }

    private mutating func writeEngagement(_ explanation: Explanation, _ decision: DecideResponseMessage) {
        guard !explanation.events.isEmpty else { return }
        let level = decision.engagementLevel.isEmpty ? "" : " (\(decision.engagementLevel))"
        heading("Engagement \(NumberText.rounded(decision.engagement))\(level)")
        for event in explanation.events where event.points != 0 || event.state != .known || showsAll {
            let times =
                event.state == .withoutConsent ? "no consent" : ReportText.counted(UInt64(max(event.count, 0)), "time")
            line(1, "\(NumberText.rounded(event.points)) \(Style.printable(event.event)), \(times)")
        }
    }

    private mutating func writeFirst(_ label: String, _ checks: [Explanation.NamedCheck]) {
        guard !checks.isEmpty else { return }
        let chosen = checks.firstIndex { $0.applies }
        heading("\(label): \(chosen.map { checks[$0].name } ?? "none")")
        for (index, named) in checks.enumerated() where showsAll || index <= (chosen ?? checks.count) {
            write(named.check, 1, before: "\(Style.printable(named.name))  ")
        }
    }

    // MARK: What they see

    private mutating func writeBlocks(_ explanation: Explanation) {
        let blocks = explanation.blocks.filter { showsAll || $0.check.verdict != .no }
        guard !blocks.isEmpty else { return }
        heading("Legal blocks")
        for block in blocks {
            write(block.check, 1, before: "\(Style.printable(block.name))  ")
            guard block.check.verdict != .yes, block.check.verdict != .no else { continue }
            line(3, "not known, which " + (block.applies ? "blocks (if_unknown: block)" : "does not block"))
        }
    }

    private mutating func write(_ placement: Explanation.PlacementExplanation, _ decided: PlacementDecisionMessage) {
        let shown = [decided.campaign, decided.variant].filter { !$0.isEmpty }.joined(separator: " → ")
        heading("\(placement.placement): \(shown.isEmpty ? "the placement's default" : shown)")
        line(1, "because " + Style.printable(DecisionText.words(decided)))
        for candidate in placement.candidates {
            let name = style.bold(Style.printable(candidate.campaign))
            line(1, "\(mark(candidate.fate)) \(name), priority \(candidate.priority): \(Self.words(candidate))")
            let tellsWhy = candidate.fate == .notEligible || candidate.fate == .unknown || candidate.fate == .chosen
            if let condition = candidate.condition, showsAll || tellsWhy { write(condition, 3) }
            for exclusion in candidate.exclusions where showsAll || exclusion.verdict != .no {
                write(exclusion, 3, before: "excluded: ")
            }
            for variant in candidate.variants {
                line(3, "\(mark(variant.fate)) \(Style.printable(variant.variant)): \(Self.words(variant.fate))")
                let asked = variant.fate == .notEligible || variant.fate == .unknown
                if let condition = variant.condition, showsAll || asked { write(condition, 5) }
            }
        }
    }

    private func mark(_ fate: Explanation.Fate) -> String {
        switch fate {
        case .chosen: style.good("✓")
        case .unknown: "?"
        case .outranked, .notAsked: style.dim("·")
        case .notEligible, .excluded, .capped, .paced, .noVariant, .closed: style.bad("✗")
        }
    }

    private static func words(_ candidate: Explanation.Candidate) -> String {
        let fit = candidate.fit > 0 ? " (fit \(NumberText.rounded(candidate.fit)))" : ""
        return words(candidate.fate) + fit
    }

    private static func words(_ fate: Explanation.Fate) -> String {
        switch fate {
        case .chosen: "chosen"
        case .outranked: "applies, but another comes before it"
        case .notEligible: "does not apply"
        case .unknown: "not known whether it applies"
        case .excluded: "applies, but excludes this visitor"
        case .capped: "applies, but was shown often enough"
        case .paced: "applies, but has delivered what its goal asks for by now"
        case .noVariant: "applies, but none of its variants is open"
        case .closed: "not within its dates or hours"
        case .notAsked: "not asked"
        }
    }

    // MARK: What is missing, and what would change it

    private mutating func writeLacking(_ explanation: Explanation) {
        guard !explanation.lacking.isEmpty || !explanation.heldPurposes.isEmpty else { return }
        heading("Missing")
        for input in explanation.lacking { line(1, Style.printable(Self.words(input))) }
        for purpose in explanation.heldPurposes {
            let words = "the purpose `\(purpose)`: the stored choice denies it, and only a newer one opens it"
            line(1, Style.printable(words))
        }
    }

    private mutating func writeNearestMisses(_ explanation: Explanation) {
        guard !explanation.nearestMisses.isEmpty || explanation.isSearchCutShort else { return }
        heading("What would change it")
        for miss in explanation.nearestMisses {
            line(1, Style.printable(miss.answer.isEmpty ? Self.purposeWords(miss) : Self.valueWords(miss)))
        }
        if explanation.isSearchCutShort { line(1, style.dim("the search ended before it had tried everything")) }
    }

    private static func valueWords(_ miss: Explanation.NearestMiss) -> String {
        "\(words(miss)), if \(miss.changes.map(words).joined(separator: " and "))"
    }

    /// What the answer would be is not said: it depends on a value that is not looked at.
    private static func purposeWords(_ miss: Explanation.NearestMiss) -> String {
        let purposes = miss.changes.map { "`\($0.path.dropFirst("consent.".count))`" }
        let subject =
            switch miss.of {
            case "icp": "the profile"
            case "mql": "whether the lead is qualified"
            default: miss.of.split(separator: ".").last.map(String.init) ?? miss.of
            }
        return "agreeing to the purpose\(purposes.count == 1 ? "" : "s") \(purposes.joined(separator: " and ")) "
            + "could change \(subject)"
    }

    private static func words(_ miss: Explanation.NearestMiss) -> String {
        switch miss.of {
        case "icp": return miss.answer == "none" ? "no profile would match" : "the profile would be \(miss.answer)"
        case "mql": return miss.answer == "true" ? "the lead would be qualified" : "qualified would be \(miss.answer)"
        default:
            let placement = miss.of.split(separator: ".").last.map(String.init) ?? miss.of
            return "\(placement) would show \(miss.answer == "default" ? "its default" : miss.answer)"
        }
    }

    private static func words(_ change: Explanation.Change) -> String {
        guard let value = change.value else { return "" }
        let now =
            switch change.now.state {
            case .known: change.now.value.map { "now \(ValueText.format($0))" } ?? "now unknown"
            case .missing: "now missing"
            case .stale: "now too old"
            case .withoutConsent: "now without consent"
            }
        return "\(change.path) were \(ValueText.format(value)) (\(now))"
    }
}
