package import Messages
package import Model
package import Ruleset

/// Everything that is kept of one visitor or account, for the person themselves and for whoever has to answer them.
package struct PersonReport {
    private let profile: ProfileMessage?
    private let behaviour: BehaviourMessage?
    private let attributes: [String: Attribute]
    private let recipients: [RecipientMessage]

    /// - Parameters:
    ///   - attributes: What the rule set declares.
    ///   - recipients: Who was given data of anybody; those from before anything was known of this one are left out.
    package init(
        profile: ProfileMessage?, behaviour: BehaviourMessage?, attributes: [Attribute],
        recipients: [RecipientMessage] = []
    ) {
        self.profile = profile
        self.behaviour = behaviour
        let entity: Entity = profile?.kind == .account ? .account : .visitor
        let first = Self.firstTrace(profile, behaviour)
        self.recipients = recipients.filter { Self.holds($0, entity, since: first) }
        self.attributes = Dictionary(
            attributes.filter { $0.entity == entity }.map { ($0.name, $0) }
        ) { first, _ in first }
    }

    /// When something was learnt of them first, as far as that is known.
    private static func firstTrace(_ profile: ProfileMessage?, _ behaviour: BehaviourMessage?) -> Timestamp? {
        let features = profile?.features ?? []
        // Of a value without a time nobody knows since when it is there.
        guard features.allSatisfy({ $0.observedAt != nil }) else { return nil }
        // What is counted says when it was done last: any before is not told.
        guard (behaviour?.events ?? []).allSatisfy({ $0.count == 1 && $0.last != nil }) else { return nil }
        var times = features.compactMap(\.observedAt) + (behaviour?.events ?? []).compactMap(\.last)
        times += (behaviour?.shows ?? []).compactMap(\.time) + (behaviour?.clicks ?? []).compactMap(\.time)
        times += (behaviour?.trials ?? []).compactMap(\.since)
        times += ((behaviour?.consents ?? []) + (behaviour?.consentHistory ?? [])).compactMap(\.time)
        return times.min()
    }

    private static func holds(_ recipient: RecipientMessage, _ entity: Entity, since first: Timestamp?) -> Bool {
        let other = entity == .visitor ? Entity.account : .visitor
        guard recipient.name != "profiles of \(other.name)s" || recipient.kind != "export" else { return false }
        guard let time = recipient.at, let first else { return true }
        return time >= first
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
        if let behaviour {
            text += events(behaviour, style) + trials(behaviour, style) + consents(behaviour, style)
        }
        return text + handedOn(style)
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

    private func handedOn(_ style: Style) -> String {
        section(
            "may be with",
            recipients.map { recipient in
                [
                    recipient.kind, recipient.name, recipient.by,
                    recipient.at.map(TimestampText.format) ?? "as it comes",
                ]
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
        if !recipients.isEmpty { members.append(.init("recipients", .array(recipients.map(\.json)))) }
        return .object(members)
    }
}
