package import Messages
package import Model
package import Ruleset

/// Everything that is kept of one visitor or account, for the person themselves and for whoever has to answer them.
package struct PersonReport {
    private let profile: ProfileMessage?
    private let behaviour: BehaviourMessage?
    private let attributes: [String: Attribute]

    /// - Parameter attributes: What the rule set declares.
    package init(profile: ProfileMessage?, behaviour: BehaviourMessage?, attributes: [Attribute]) {
        self.profile = profile
        self.behaviour = behaviour
        let entity: Entity = profile?.kind == .account ? .account : .visitor
        self.attributes = Dictionary(
            attributes.filter { $0.entity == entity }.map { ($0.name, $0) }
        ) { first, _ in first }
    }

    // MARK: Text

    /// - Returns: Lines, each with a line end.
    package func text(style: Style) -> String {
        var text = ""
        if let profile {
            text += style.bold("\(profile.kind.name) \(Style.printable(profile.id))") + "\n"
            var table = TextTable([.left, .left, .left, .left, .left])
            table.add(["attribute", "value", "as of", "purpose", "source"])
            if !profile.accountID.isEmpty { table.add(["account", profile.accountID, "", "", ""]) }
            for feature in profile.features.sorted(by: { $0.name < $1.name }) {
                let declared = attributes[feature.name]
                table.add([
                    feature.name, ValueText.format(feature.value), feature.observedAt.map(TimestampText.format) ?? "",
                    declared?.purpose ?? "", declared?.source ?? "",
                ])
            }
            text += table.text(indent: "  ")
        }
        if let others = behaviour?.otherIDs, !others.isEmpty {
            text += section("also known as", others.map { [$0] }, style)
        }
        guard let behaviour else { return text }
        return text + events(behaviour, style) + trials(behaviour, style) + consents(behaviour, style)
    }

    private func section(_ title: String, _ rows: [[String]], _ style: Style) -> String {
        guard let columns = rows.first?.count else { return "" }
        var table = TextTable([TextTable.Alignment](repeating: .left, count: columns))
        for row in rows { table.add(row) }
        return "\n" + style.bold(title) + "\n" + table.text(indent: "  ")
    }

    private func events(_ behaviour: BehaviourMessage, _ style: Style) -> String {
        section(
            "did",
            behaviour.events.map { event in
                [
                    event.name, ReportText.counted(event.count, "time"),
                    event.last.map { "last " + TimestampText.format($0) } ?? "",
                ]
            }, style)
            + section(
                "was shown",
                behaviour.shows.map { show in
                    [show.placement, "\(show.campaign)/\(show.variant)", show.time.map(TimestampText.format) ?? ""]
                }, style)
            + section(
                "came by an ad to",
                behaviour.clicks.map { click in
                    [click.placement, "\(click.campaign)/\(click.variant)", click.time.map(TimestampText.format) ?? ""]
                }, style)
    }

    private func trials(_ behaviour: BehaviourMessage, _ style: Style) -> String {
        section(
            "takes part in",
            behaviour.trials.map { trial in
                let outcomes = trial.outcomes.map { "\($0.metric) \($0.count)" }.joined(separator: ", ")
                return [
                    trial.experiment, "arm \(trial.arm)", trial.since.map { "since " + TimestampText.format($0) } ?? "",
                    outcomes,
                ]
            }, style)
    }

    private func consents(_ behaviour: BehaviourMessage, _ style: Style) -> String {
        func rows(_ consents: [GivenConsentMessage]) -> [[String]] {
            consents.map { consent in
                [
                    consent.purpose, consent.granted ? "agreed" : "denied",
                    consent.time.map(TimestampText.format) ?? "", consent.source, consent.textVersion,
                ]
            }
        }
        return section("consent", rows(behaviour.consents), style)
            + section("consent, all that was said", rows(behaviour.consentHistory), style)
    }

    // MARK: JSON

    /// Profile and behaviour in the protobuf JSON form, and what is declared of each attribute.
    package var json: JSON {
        var members: [JSON.Member] = []
        if let profile {
            members.append(.init("profile", profile.json))
            let declared = profile.features.compactMap { attributes[$0.name] }.sorted { $0.name < $1.name }
            members.append(
                .init(
                    "attributes",
                    .object(
                        declared.map { attribute in
                            .init(
                                attribute.name,
                                .object([
                                    .init("purpose", .string(attribute.purpose ?? "")),
                                    .init("source", .string(attribute.source ?? "")),
                                    .init("sensitive", .bool(attribute.isSensitive)),
                                ]))
                        })))
        }
        if let behaviour { members.append(.init("behaviour", behaviour.json)) }
        return .object(members)
    }
}
