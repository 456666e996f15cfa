internal import CEL
internal import Model

/// What the rules refer to.
struct RuleUses {
    /// `visitor.title`.
    private(set) var attributes: Set<String> = []
    private(set) var events: Set<String> = []
    private(set) var lists: Set<String> = []
    private(set) var segments: Set<String> = []

    init(_ set: RuleSet) {
        for (condition, _) in set.conditions { note(condition.expression.root) }
        for icp in set.icps {
            if let segment = icp.segment { segments.insert(segment) }
            if icp.product != nil { attributes.insert("request.product") }
        }
        for experiment in set.experiments { events.formUnion(experiment.metrics) }
        for template in set.templates {
            for case .insertion(let insertion) in template.pieces {
                attributes.insert(insertion.path.prefix(2).joined(separator: "."))
            }
        }
        let schedules =
            set.campaigns.flatMap { [$0.schedule] + $0.variants.map(\.schedule) }
            + set.routes.flatMap { $0.targets.map(\.schedule) }
        if schedules.contains(where: { $0?.timeZone == .visitor }) { attributes.insert("visitor.timezone") }
    }

    /// - Returns: Attributes named in the condition itself.
    static func attributes(of condition: Condition) -> Set<String> {
        var uses = RuleUses()
        uses.note(condition.expression.root)
        return uses.attributes
    }

    private init() {}

    private mutating func note(_ root: Expression) {
        var pending = [root]
        while let expression = pending.popLast() {
            switch expression.kind {
            case .literal, .identifier: break
            case .select(let operand, let field, _):
                if case .identifier(let name) = operand.kind {
                    if name == "events" { events.insert(field) } else { attributes.insert("\(name).\(field)") }
                }
                if case .select(let owner, "events", _) = operand.kind, case .identifier("account") = owner.kind {
                    events.insert(field)
                }
                pending.append(operand)
            case .list(let elements): pending += elements
            case .map(let entries): for entry in entries { pending += [entry.key, entry.value] }
            case .comprehension(let fold):
                pending += [fold.range, fold.initial, fold.condition, fold.step, fold.result]
            case .call(let function, let target, let arguments):
                if case .literal(.string(let name))? = arguments.first?.kind {
                    if function == "in_list" { lists.insert(name) }
                    if function == "in_segment" { segments.insert(name) }
                }
                pending += arguments
                if let target { pending.append(target) }
            }
        }
    }
}

extension RuleSet {
    /// Whether a condition asks what the visitors of the account did, so that their events must be counted for it.
    package var readsAccountEvents: Bool { conditions.contains { $0.condition.source.contains("account.events") } }

    /// Every condition, with what it decides about.
    package var conditions: [(condition: Condition, subject: String)] {
        var result: [(condition: Condition, subject: String)] = []
        for segment in segments { result.append((segment.condition, "segment `\(segment.name)`")) }
        for icp in icps {
            for condition in icp.required { result.append((condition, "what `\(icp.name)` requires")) }
            for condition in icp.excluded { result.append((condition, "what `\(icp.name)` excludes")) }
            for criterion in icp.criteria { result.append((criterion.condition, "a criterion of `\(icp.name)`")) }
        }
        if let mql = grades?.mql { result.append((mql, "`mql`")) }
        for role in roles { result.append((role.condition, "role `\(role.name)`")) }
        for stage in stages { result.append((stage.condition, "stage `\(stage.name)`")) }
        for persona in personas { result.append((persona.condition, "persona `\(persona.name)`")) }
        for campaign in campaigns {
            if let condition = campaign.condition { result.append((condition, "campaign `\(campaign.name)`")) }
            for condition in campaign.excluded { result.append((condition, "what `\(campaign.name)` excludes")) }
            for variant in campaign.variants {
                if let condition = variant.condition { result.append((condition, "variant `\(variant.name)`")) }
            }
        }
        for experiment in experiments {
            if let condition = experiment.condition { result.append((condition, "experiment `\(experiment.name)`")) }
        }
        for block in policies.blocked { result.append((block.condition, "a legal block")) }
        for route in routes {
            for case let condition? in route.targets.map(\.condition) {
                result.append((condition, "a target of route `\(route.name)`"))
            }
        }
        return result
    }

    /// Every text of a field.
    var templates: [Template] {
        placements.flatMap { $0.fields.compactMap(\.defaultContent) }
            + campaigns.flatMap { $0.variants.flatMap { $0.fields.map(\.content) } }
            + experiments.flatMap { $0.arms.flatMap { $0.fields.map(\.content) } }
    }
}
