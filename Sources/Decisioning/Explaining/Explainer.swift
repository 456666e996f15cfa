internal import CEL
internal import Conditions
internal import Model
internal import Ruleset

/// Explains the decision that a workspace has just made, from the same table and the same values.
struct Explainer {
    let ruleSet: RuleSet
    let evaluator: Evaluator
    let decision: Decision
    let names: GeneralNames

    var table: UnsafePointer<TableView> { evaluator.table }

    func explain() -> Explanation {
        var explanation = Explanation()
        explanation.segments = named(ruleSet.segments, table.pointee.segments.map(\.node)) { $0.isYes }
        explanation.icps = ruleSet.icps.indices.map { icp(ruleSet.icps[$0], Row($0)) }
        explanation.events = ruleSet.events.indices.compactMap { score(ruleSet.events[$0], at: $0) }
        let persona = evaluator.persona()
        explanation.personas = ruleSet.personas.enumerated().map { index, persona_ in
            Explanation.NamedCheck(
                name: persona_.name, check: check(persona_.condition, table.pointee.personas[index].node),
                applies: Row(index) == persona)
        }
        explanation.roles = first(ruleSet.roles, table.pointee.roles.map(\.node), chosen: evaluator.role().string)
        explanation.stages = first(ruleSet.stages, table.pointee.stages.map(\.node), chosen: evaluator.stage().string)
        explanation.blocks = ruleSet.policies.blocked.enumerated().map { index, block in
            let row = table.pointee.blocks[index]
            let check = check(block.condition, row.node)
            let applies = check.verdict == .yes || check.verdict != .no && row.blocksUnknown
            return Explanation.NamedCheck(name: block.because, check: check, applies: applies)
        }
        explanation.placements = decision.placements.map { placement($0) }
        explanation.lacking = lacking(explanation)
        explanation.heldPurposes = table.pointee.purposes.indices.filter { evaluator.state.pointee.isHeld[$0] }
            .map { table.pointee.purposes[$0].string }
        return explanation
    }

    // MARK: Conditions

    func check(_ condition: Condition, _ node: Row<Node>) -> Explanation.Check {
        let inputs = ConditionInputs(condition.expression.root, names: names)
        return Explanation.Check(
            condition: condition.expression.source, verdict: Explanation.Verdict(evaluator.verdict(node)),
            inputs: inputs.items.map { input($0) }, file: condition.position.file, line: condition.position.line,
            column: condition.position.column)
    }

    func checks(_ conditions: [Condition], _ run: Run<Row<Node>>) -> [Explanation.Check] {
        zip(conditions, evaluator.rows(run)).map { check($0, $1) }
    }

    private func named(
        _ conditions: [NamedCondition], _ nodes: [Row<Node>], _ applies: (Verdict) -> Bool
    ) -> [Explanation.NamedCheck] {
        zip(conditions, nodes).map { condition, node in
            Explanation.NamedCheck(
                name: condition.name, check: check(condition.condition, node),
                applies: applies(evaluator.verdict(node)))
        }
    }

    /// Rows of which the first that holds is chosen.
    private func first(
        _ conditions: [NamedCondition], _ nodes: [Row<Node>], chosen: String
    ) -> [Explanation.NamedCheck] {
        var checks = named(conditions, nodes) { _ in false }
        if let index = checks.firstIndex(where: { $0.name == chosen && $0.check.verdict == .yes }) {
            checks[index].applies = true
        }
        return checks
    }

    // MARK: Values

    private func input(_ item: ConditionInputs.Item) -> Explanation.Input {
        var unit: String?
        if case .slot(let slot) = item.source, slot.position < ruleSet.attributes.count {
            unit = ruleSet.attributes[slot.position].unit
        }
        return Explanation.Input(path: item.path, evaluator.input(item.source, names), unit: unit)
    }

    /// What unknown conditions lacked, in the order of first mention.
    private func lacking(_ explanation: Explanation) -> [Explanation.Input] {
        var seen: Set<String> = []
        var lacking: [Explanation.Input] = []
        for check in explanation.checks where check.verdict != .yes && check.verdict != .no {
            for input in check.inputs where input.state != .known && seen.insert(input.path).inserted {
                // What is computed lacks what it is computed from, which its own conditions name.
                guard !input.path.hasSuffix(")"), !ConditionInputs.computed.contains(input.path) else { continue }
                lacking.append(input)
            }
        }
        return lacking
    }

    private func score(_ event: Event, at index: Int) -> Explanation.EventScore? {
        guard event.points != 0 else { return nil }
        let row = table.pointee.events[index]
        let count = evaluator.value(row.firstSlot)
        let score = evaluator.value(row.scoreSlot)
        let points = score.kind == .double ? min(max(score.double, -row.maximumPoints), row.maximumPoints) : 0
        return Explanation.EventScore(
            event: event.name, count: count.kind == .int ? count.int : 0, points: points,
            state: Explanation.InputState(count))
    }

    // MARK: Ideal customer profiles

    private func icp(_ icp: ICP, _ index: Row<ICPRow>) -> Explanation.ICPExplanation {
        let row = table.pointee.icps[index]
        let matches = evaluator.matches(index)
        let fit = evaluator.fit(index)
        let criteria = zip(icp.criteria, row.criteria.indices).map { criterion, position in
            Explanation.CriterionCheck(
                check: check(criterion.condition, table.pointee.criteria[position].node), points: criterion.points,
                category: criterion.category.name, owner: criterion.owner ?? icp.owner ?? "")
        }
        return Explanation.ICPExplanation(
            name: icp.name, title: icp.title ?? "", isNegative: icp.isNegative,
            matches: Explanation.Verdict(matches), fit: fit,
            fitPossible: evaluator.state.pointee.icps[index.position].fitMax,
            tier: evaluator.level(row.tiers, fit).string, fitNeeded: evaluator.lowestTier(row),
            notFor: notFor(icp, row), required: unknownSegment(icp, row) + checks(icp.required, row.required),
            excluded: checks(icp.excluded, row.excluded), criteria: criteria, owners: owners(criteria),
            vetoedBy: vetoedBy(row))
    }

    /// The ICP's segment where it is unknown, which keeps it from matching like anything else that is required.
    private func unknownSegment(_ icp: ICP, _ row: ICPRow) -> [Explanation.Check] {
        guard !row.segment.isNone, !evaluator.isInSegment(row.segment).isSettled else { return [] }
        let segment = ruleSet.segments[row.segment.position].condition
        return [check(segment, table.pointee.segments[row.segment].node)]
    }

    private func vetoedBy(_ row: ICPRow) -> String {
        let veto = evaluator.veto(of: row)
        return veto.isNone ? "" : ruleSet.icps[veto.position].name
    }

    private func notFor(_ icp: ICP, _ row: ICPRow) -> String {
        guard evaluator.isForAnother(row) else { return "" }
        if let segment = icp.segment, !row.segment.isNone, evaluator.isInSegment(row.segment).isNo {
            return "the visitor is not in the segment \(segment)"
        }
        return "the request is not about the product \(icp.product ?? "")"
    }

    private func owners(_ criteria: [Explanation.CriterionCheck]) -> [Explanation.OwnerScore] {
        let scale = PointScale(criteria.map(\.points))
        var owners: [Explanation.OwnerScore] = []
        for criterion in criteria {
            let known = owners.firstIndex { $0.owner == criterion.owner }
            let index = known ?? owners.count
            if known == nil { owners.append(.init(owner: criterion.owner, points: 0, pointsPossible: 0)) }
            let points = scale.whole(criterion.points)
            if criterion.check.verdict == .yes { owners[index].points += points }
            owners[index].pointsPossible += max(points, 0)
        }
        return owners.map { owner in
            Explanation.OwnerScore(
                owner: owner.owner, points: scale.points(owner.points),
                pointsPossible: scale.points(owner.pointsPossible))
        }
    }
}

extension Explanation {
    /// Every condition that was looked at.
    var checks: [Check] {
        var checks = (segments + personas + roles + stages + blocks).map(\.check)
        for icp in icps where icp.notFor.isEmpty {
            checks += icp.required + icp.excluded + icp.criteria.map(\.check)
        }
        for candidate in placements.flatMap(\.candidates) where candidate.fate != .notAsked {
            checks += [candidate.condition].compactMap { $0 } + candidate.exclusions
            checks += candidate.variants.compactMap(\.condition)
        }
        return checks
    }
}

extension Explanation.Verdict {
    init(_ verdict: Verdict) {
        switch verdict {
        case .no: self = .no
        case .yes: self = .yes
        case .lacksData: self = .lacksData
        case .lacksConsent: self = .lacksConsent
        case .lacksBoth: self = .lacksDataAndConsent
        default: self = .failed
        }
    }
}

extension Explanation.InputState {
    init(_ value: Scalar) {
        switch value.kind {
        case .stale: self = .stale
        case .unconsented, .missingAndUnconsented: self = .withoutConsent
        case .missing, .failed: self = .missing
        default: self = .known
        }
    }
}

extension Explanation.Input {
    init(path: String, _ value: Scalar, unit: String? = nil) {
        let state = Explanation.InputState(value)
        self.init(path: path, state: state, value: state == .known ? AttributeValue(value) : nil, unit: unit)
    }
}

extension Evaluator {
    /// The value of something that a condition reads.
    func input(_ source: ConditionInputs.Source, _ names: GeneralNames) -> Scalar {
        switch source {
        case .slot(let slot): return value(slot)
        case .computed("engagement"): return certainEngagement()
        case .computed("grade"): return certainGrade()
        case .computed("persona"): return certainPersona()
        case .computed("role"): return certainRole()
        case .computed: return certainStage()
        case .segment(let name): return names.segments[name].map { isInSegment($0).scalar } ?? .missing
        case .icp(let name): return names.icps[name].map { matches($0).scalar } ?? .missing
        case .fit(let name): return names.icps[name].map { certainFit($0) } ?? .missing
        }
    }
}
