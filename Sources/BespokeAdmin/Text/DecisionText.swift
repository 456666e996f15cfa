package import Messages
internal import Model

/// A decision as a marketer reads it: who this is, what they see and why, and what could not be read.
package struct DecisionText {
    private let style: Style
    private var text = ""

    /// - Returns: Lines, each with a line end.
    package static func render(_ decision: DecideResponseMessage, style: Style) -> String {
        var writer = DecisionText(style: style)
        writer.writePreview(decision)
        writer.writeWho(decision)
        for placement in decision.placements { writer.write(placement) }
        writer.writeRoutes(decision)
        writer.writeAssignments(decision)
        writer.writeLacks(decision)
        writer.writeSource(decision)
        return writer.text
    }

    private init(style: Style) {
        self.style = style
    }

    private static let labelWidth = 12

    private mutating func line(_ label: String, _ content: String) {
        let space = String(repeating: " ", count: max(0, Self.labelWidth - label.count))
        text += "  \(style.dim(label))\(space)  \(Style.printable(content))\n"
    }

    private mutating func writePreview(_ decision: DecideResponseMessage) {
        guard decision.isPreview else { return }
        text += style.bold("Preview") + ": not what the visitor sees, and never counted\n\n"
    }

    private mutating func writeWho(_ decision: DecideResponseMessage) {
        text += style.bold("Who") + "\n"
        line("segments", decision.segments.isEmpty ? "none" : decision.segments.joined(separator: ", "))
        if let icp = decision.icp {
            let name = Self.named(icp.name, icp.title)
            line(
                "profile",
                icp.negative
                    ? "\(name): not a customer yet"
                    : "\(name): fit \(NumberText.rounded(icp.fit)) of 100"
                        + (icp.tier.isEmpty ? "" : ", tier \(icp.tier)"))
            if let subscores = icp.subscores { line("made of", Self.words(subscores)) }
        } else {
            line("profile", "no ideal customer profile matches")
        }
        if let persona = decision.persona {
            let wants = persona.outcome.isEmpty ? "" : "; wants: \(persona.outcome)"
            line("persona", Self.named(persona.name, persona.title) + wants)
        } else {
            line("persona", "none")
        }
        line("role", decision.role.isEmpty ? "none" : decision.role)
        line("stage", decision.stage.isEmpty ? "none" : decision.stage)
        let level = decision.engagementLevel.isEmpty ? "" : " (\(decision.engagementLevel))"
        line("engagement", NumberText.rounded(decision.engagement) + level)
        if !decision.grade.isEmpty { line("grade", decision.grade) }
        switch decision.mql {
        case .yes: line("lead", "qualified")
        case .no: line("lead", "not qualified")
        case .unknown: line("lead", "unknown: data is missing")
        case nil: break
        }
    }

    private mutating func write(_ placement: PlacementDecisionMessage) {
        text += "\n" + style.bold(Style.printable(placement.placement)) + "\n"
        let shown = [placement.campaign, placement.variant].filter { !$0.isEmpty }.joined(separator: " → ")
        line("shows", shown.isEmpty ? "the placement's default" : shown)
        line("why", Self.words(placement))
        if !placement.experiment.isEmpty { line("experiment", "\(placement.experiment), arm \(placement.arm)") }
        for further in placement.furtherExperiments { line("experiment", "\(further.experiment), arm \(further.arm)") }
        if !placement.promise.isEmpty { line("promise", placement.promise) }
        if !placement.page.isEmpty { line("leads to", placement.page) }
        if !placement.landingURL.isEmpty { line("click", placement.landingURL) }
        let width = placement.fields.map(\.name.count).max() ?? 0
        for field in placement.fields {
            let space = String(repeating: " ", count: width - field.name.count)
            let name = Style.printable(field.name)
            text += "    \(style.dim(name))\(space)  \(Style.printable(field.text))\n"
        }
        if placement.fields.isEmpty { text += "    \(style.dim("(nothing)"))\n" }
    }

    private mutating func writeRoutes(_ decision: DecideResponseMessage) {
        guard !decision.routes.isEmpty else { return }
        text += "\n" + style.bold("Leads go to") + "\n"
        for route in decision.routes { line(route.name, route.text.isEmpty ? "nobody: no target applies" : route.text) }
    }

    /// The arms that change no placement of this answer.
    private mutating func writeAssignments(_ decision: DecideResponseMessage) {
        let shown = Set(
            decision.placements.flatMap { [$0.experiment] + $0.furtherExperiments.map(\.experiment) })
        let others = decision.assignments.filter { !shown.contains($0.experiment) }
        guard !others.isEmpty else { return }
        text += "\n" + style.bold("Experiments that change nothing here") + "\n"
        for other in others { text += "  \(Style.printable(other.experiment)), arm \(Style.printable(other.arm))\n" }
    }

    private mutating func writeLacks(_ decision: DecideResponseMessage) {
        guard !decision.unreadPurposes.isEmpty else { return }
        text += "\n" + style.bold("Not read, for lack of consent") + "\n"
        for purpose in decision.unreadPurposes { text += "  what needs the purpose \(Style.printable(purpose))\n" }
    }

    private mutating func writeSource(_ decision: DecideResponseMessage) {
        let time = decision.decidedAt.map { ", for \(TimestampText.format($0))" } ?? ""
        text += "\n" + style.dim("decision \(decision.decisionID)\nrules    \(decision.revision)\(time)") + "\n"
    }

    private static func named(_ name: String, _ title: String) -> String {
        title.isEmpty || title == name ? name : "\(title) (\(name))"
    }

    private static func words(_ subscores: Subscores) -> String {
        let parts = Category.allCases.filter { subscores[$0] != 0 }.map { category in
            "\(category.name) \(NumberText.rounded(subscores[category]))"
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    static func words(_ placement: PlacementDecisionMessage) -> String {
        var words =
            switch placement.reason {
            case .campaign: "the campaign applies, and none of higher priority does"
            case .promise: "the page keeps the promise of the ad that was clicked"
            case .default: "no campaign applies"
            case .blocked: "a legal block holds"
            case .holdout: "the visitor is in the holdout"
            case .forced: "forced by a preview"
            case .capped: "campaigns apply, but each was shown often enough"
            case .paced: "campaigns apply, but each has delivered what its goal asks for by now"
            case .excluded: "campaigns apply, but each excludes this visitor"
            case .noVariant: "campaigns apply, but none has a variant open now"
            case nil: "for a reason that only a newer bespokectl knows"
            }
        if !placement.because.isEmpty { words += ": \(placement.because)" }
        var lacks: [String] = []
        if placement.lackedData { lacks.append("data that it needs is missing or too old") }
        if placement.lackedConsent { lacks.append("data that it needs has no consent") }
        if !lacks.isEmpty { words += "; a campaign was passed over because " + lacks.joined(separator: ", or ") }
        return words
    }
}
