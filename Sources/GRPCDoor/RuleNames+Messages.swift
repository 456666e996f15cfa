internal import Decisioning
internal import Engine
internal import Experimentation
internal import Messages
internal import Model
internal import Ruleset

/// Facts in words.
private enum Words {
    static func list(_ texts: [String]) -> String { texts.joined(separator: ", ") }

    static func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    static func length(_ seconds: Int64) -> String {
        for (unit, length) in [("d", Int64(86_400)), ("h", 3_600), ("m", 60)] where seconds % length == 0 && seconds > 0
        {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }

    static func cap(_ cap: Campaign.Cap) -> String {
        "\(cap.shows) per \(cap.per.name) in \(length(cap.withinSeconds))"
            + (cap.placement.map { " in \($0)" } ?? "")
    }

    /// Such as `mon, tue, 09:00-17:00, Europe/Berlin`.
    static func schedule(_ schedule: Schedule) -> String {
        var parts: [String] = []
        if schedule.days != 0b111_1111 {
            let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            parts += days.indices.filter { schedule.days >> UInt8($0) & 1 == 1 }.map { days[$0] }
        }
        if let minutes = schedule.minutes {
            parts.append("\(clock(minutes.lowerBound))-\(clock(minutes.upperBound))")
        }
        guard !parts.isEmpty else { return "" }
        switch schedule.timeZone {
        case .visitor: parts.append("visitor's clock")
        case .named(let name): parts.append(name)
        }
        return list(parts)
    }

    private static func clock(_ minute: Int) -> String {
        let minute = minute > 1_440 ? minute - 1_440 : minute
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }

    static func status(starts: Timestamp?, ends: Timestamp?, now: Timestamp) -> String {
        if let ends, ends <= now { return "over" }
        if let starts, starts > now { return "scheduled" }
        return "running"
    }
}

extension RuleNameMessage {
    init(_ attribute: Attribute) {
        self.init(
            .attribute, "\(attribute.entity.name).\(attribute.name)", attribute.position, title: attribute.description,
            facts: [
                ("unit", attribute.unit ?? ""), ("max_age", attribute.maximumAgeSeconds.map(Words.length) ?? ""),
                ("renamed_from", attribute.renamedFrom ?? ""),
            ])
        self.attribute = AttributeFactsMessage(
            entity: attribute.entity.name, name: attribute.name, type: attribute.type.name, values: attribute.values,
            purpose: attribute.purpose ?? "", source: attribute.source ?? "", sensitive: attribute.isSensitive)
    }

    init(_ event: Event) {
        self.init(
            .event, event.name, event.position,
            facts: [
                ("points", Words.number(event.points)), ("half_life", event.halfLifeSeconds.map(Words.length) ?? ""),
                ("max", event.maximumPoints.map(Words.number) ?? ""), ("group", event.group ?? ""),
                ("purpose", event.purpose ?? ""), ("basis", event.legalBasis.rawValue),
            ])
    }

    init(_ list: ValueList) {
        self.init(
            .list, list.name, list.position,
            facts: [("members", "\(list.values.count)"), ("file", list.file ?? ""), ("of", list.of ?? "")])
    }

    init(_ kind: RuleNameKind, _ named: NamedCondition) {
        self.init(kind, named.name, named.condition.position, condition: named.condition)
    }

    init(_ icp: ICP) {
        self.init(
            .icp, icp.name, icp.position, title: icp.title,
            facts: [
                ("of", icp.of.name), ("negative", icp.isNegative ? (icp.vetoes ? "yes" : "yes, without a veto") : ""),
                ("product", icp.product ?? ""), ("segment", icp.segment ?? ""), ("owner", icp.owner ?? ""),
                ("review_by", icp.reviewBy ?? ""),
            ] + icp.required.map { ("require", $0.source) } + icp.excluded.map { ("exclude", $0.source) }
                + icp.criteria.map { ("criterion", "\(Words.number($0.points)) points: \($0.condition.source)") }
                + icp.tiers.map { ("tier", "\($0.name) from \(Words.number($0.value))") })
    }

    init(_ persona: Persona) {
        self.init(
            .persona, persona.name, persona.position, title: persona.title, condition: persona.condition,
            facts: [
                ("icp", persona.icp), ("goals", Words.list(persona.goals)), ("motives", Words.list(persona.motives)),
                ("pains", Words.list(persona.pains)), ("fears", Words.list(persona.fears)),
                ("objections", Words.list(persona.objections.map(\.name))), ("outcome", persona.outcome ?? ""),
                ("formats", Words.list(persona.formats)),
            ])
    }

    init(_ placement: Placement) {
        self.init(
            .placement, placement.name, placement.position,
            facts: [("kind", placement.kind == .ad ? "ad" : "page")]
                + placement.fields.map { field in
                    let kind =
                        switch field.kind {
                        case .text: "text"
                        case .html: "html"
                        case .url: "url"
                        }
                    return ("field", "\(field.name): \(kind)" + (field.maximumLength.map { ", at most \($0)" } ?? ""))
                })
    }

    init(_ campaign: Campaign, now: Timestamp) {
        self.init(
            .campaign, campaign.name, campaign.position, title: campaign.title, condition: campaign.condition,
            facts: campaign.excluded.map { ("exclude", $0.source) } + campaign.caps.map { ("cap", Words.cap($0)) }
                + (campaign.goal.map { [("goal", "\($0.count) \($0.measure.rawValue)")] } ?? [])
                + campaign.variants.map { ("variant", "\($0.name) in \($0.placement)") })
        var placements: [String] = []
        for variant in campaign.variants where !placements.contains(variant.placement) {
            placements.append(variant.placement)
        }
        // What is said on the visitor's clock begins and ends at another time for each: about then is near enough for a list.
        let starts = campaign.schedule?.localStarts.map { Timestamp(microseconds: $0 * 1_000_000) } ?? campaign.starts
        let ends = campaign.schedule?.localEnds.map { Timestamp(microseconds: $0 * 1_000_000) } ?? campaign.ends
        self.campaign = CampaignFactsMessage(
            priority: Int32(clamping: campaign.priority),
            status: Words.status(starts: starts, ends: ends, now: now), starts: starts, ends: ends,
            schedule: campaign.schedule.map(Words.schedule) ?? "", placements: placements)
    }

    init(_ layer: Layer) {
        self.init(
            .layer, layer.name, nil,
            facts: [
                ("unit", layer.unit.name),
                ("holdout", layer.holdout.map { Words.number($0.share * 100) + "%" } ?? ""),
            ])
    }

    init(_ experiment: Experiment, _ book: AllocationBook, now: Timestamp) {
        let total = experiment.arms.reduce(0) { $0 + $1.weight }
        let allocation = book.allocations[experiment.name]
        var facts: [(String, String)] = []
        if let slots = experiment.slots { facts.append(("slots", "\(slots.lowerBound) to \(slots.upperBound)")) }
        if let bandit = experiment.bandit {
            facts.append(("allocation", "thompson, every \(bandit.everySeconds) s"))
            facts.append(("floor", Words.number(bandit.floor)))
        }
        self.init(
            .experiment, experiment.name, experiment.position, title: experiment.title, condition: experiment.condition,
            facts: facts)
        self.experiment = ExperimentFactsMessage(
            status: Words.status(starts: experiment.starts, ends: experiment.ends, now: now),
            unit: experiment.unit?.name ?? "", layer: experiment.layer ?? "", placement: experiment.placement ?? "",
            sticky: experiment.isSticky, traffic: experiment.traffic,
            allocation: experiment.bandit == nil ? "fixed" : "thompson", metrics: experiment.metrics,
            windowSeconds: experiment.windowSeconds,
            arms: experiment.arms.map { arm in
                ArmFactsMessage(
                    name: arm.name, weight: arm.weight,
                    share: allocation?.share(of: arm.name) ?? (total > 0 ? arm.weight / total : 0))
            }, starts: experiment.starts, ends: experiment.ends)
    }

    init(_ ended: EndedExperiment) {
        self.init(.experiment, ended.name, nil, title: ended.title)
        let total = ended.arms.reduce(0) { $0 + $1.weight }
        experiment = ExperimentFactsMessage(
            status: "ended", unit: ended.unit.name, allocation: ended.isSteered ? "thompson" : "fixed",
            metrics: ended.metrics,
            arms: ended.arms.map {
                ArmFactsMessage(name: $0.name, weight: $0.weight, share: total > 0 ? $0.weight / total : 0)
            }, ends: ended.endedAt, ended: EndedExperimentMessage(ended))
    }

    init(_ route: Route) {
        self.init(
            .route, route.name, nil,
            facts: route.targets.map { ("to", $0.to + ($0.condition.map { " when \($0.source)" } ?? "")) })
    }
}
