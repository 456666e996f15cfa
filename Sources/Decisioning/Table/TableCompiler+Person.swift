internal import CEL
internal import Conditions
internal import Model
internal import Ruleset

extension TableCompiler {
    /// The rows that say who somebody is.
    struct Person {
        var events: [EventRow] = []
        var segments: [SegmentRow] = []
        var icps: [ICPRow] = []
        var criteria: [CriterionRow] = []
        var engagementLevels = Run<LevelRow>()
        var gradeFits = Run<LevelRow>()
        var gradeEngagements = Run<LevelRow>()
        var gradeNames: [BorrowedText] = []
        var mqlNode = Row<Node>.none
        var personas: [PersonaRow] = []
        var roles: [NamedRow] = []
        var stages: [NamedRow] = []
    }

    mutating func compilePerson() -> Person {
        var person = Person()
        person.events = ruleSet.events.enumerated().map { position, event in row(event, at: position) }
        person.segments = ruleSet.segments.map {
            SegmentRow(name: storage.text($0.name), node: conditions.compile($0.condition.expression))
        }
        for segment in person.segments { conditions.nodes.remember(segment.node) }
        for icp in ruleSet.icps {
            let row = row(icp, criteria: &person.criteria)
            person.icps.append(row)
        }
        person.engagementLevels = levelRun(ruleSet.engagement)
        compileGrades(into: &person)
        person.personas = ruleSet.personas.map { row($0) }
        person.roles = ruleSet.roles.map { namedRow($0) }
        person.stages = ruleSet.stages.map { namedRow($0) }
        return person
    }

    private mutating func namedRow(_ named: NamedCondition) -> NamedRow {
        NamedRow(name: storage.text(named.name), node: conditions.compile(named.condition.expression))
    }

    private func row(_ event: Event, at position: Int) -> EventRow {
        EventRow(
            firstSlot: Row(ruleSet.attributes.count + position * SlotMap.slotsOfEvent), points: event.points,
            halfLifeMicroseconds: Double(event.halfLifeSeconds ?? 0) * 1_000_000,
            maximumPoints: event.maximumPoints.map(\.magnitude) ?? .infinity)
    }

    private mutating func row(_ icp: ICP, criteria: inout [CriterionRow]) -> ICPRow {
        let scale = PointScale(icp.criteria.map(\.points))
        let rows = icp.criteria.map {
            CriterionRow(
                node: conditions.compile($0.condition.expression), category: $0.category, points: scale.whole($0.points)
            )
        }
        let run = Run<CriterionRow>(first: criteria.count, count: rows.count)
        criteria += rows
        return ICPRow(
            name: storage.text(icp.name), title: storage.text(icp.title ?? ""), isNegative: icp.isNegative,
            product: icp.product.map { conditions.nodes.constant(Scalar(storage.text($0))) } ?? Row.none,
            segment: Row(orNone: icp.segment.flatMap { conditions.names.segments[$0] }),
            required: compile(icp.required), excluded: compile(icp.excluded), criteria: run,
            tiers: levelRun(icp.tiers), positivePoints: rows.reduce(0) { $0 + max($1.points, 0) })
    }

    private mutating func compileGrades(into person: inout Person) {
        guard let grades = ruleSet.grades else { return }
        person.gradeFits = levelRun(grades.fit)
        person.gradeEngagements = levelRun(grades.engagement)
        // A1 stands for the first level of both.
        for fit in grades.fit.sorted(by: { $0.value > $1.value }) {
            for engagement in grades.engagement.sorted(by: { $0.value > $1.value }) {
                person.gradeNames.append(storage.text(fit.name.uppercased() + engagement.name))
            }
        }
        person.mqlNode = node(grades.mql)
    }

    private mutating func row(_ persona: Persona) -> PersonaRow {
        var view = PersonaView()
        view.name = storage.text(persona.name)
        view.title = storage.text(persona.title ?? "")
        view.goals = texts(persona.goals)
        view.motives = texts(persona.motives)
        view.pains = texts(persona.pains)
        view.fears = texts(persona.fears)
        view.formats = texts(persona.formats)
        view.outcome = storage.text(persona.outcome ?? "")
        view.objections = storage.buffer(
            persona.objections.map { TextPair(name: storage.text($0.name), text: storage.text($0.text)) })
        return PersonaRow(
            node: conditions.compile(persona.condition.expression),
            icp: Row(orNone: conditions.names.icps[persona.icp]),
            view: storage.freeze([view]))
    }

    private func texts(_ texts: [String]) -> UnsafeBufferPointer<BorrowedText> {
        storage.buffer(texts.map { storage.text($0) })
    }
}
