internal import CEL
internal import Conditions
internal import Experimentation
internal import Model
internal import Ruleset

/// Makes the flat tables of a rule set.
struct TableCompiler {
    /// What a `DecisionTable` is made of.
    struct Compiled {
        let attributes: [AttributeInfo]
        let purposes: [String]
        let view: UnsafePointer<TableView>
        let programs: [Program]
        let generalNames: GeneralNames
        let patterns: [RegularExpression]
        let storage: TableStorage
    }

    let ruleSet: RuleSet
    let allocations: [String: Allocation]
    let indexing: Indexing
    let storage = TableStorage()
    var purposes: PurposeMap
    private let visitorPurposes: UInt16
    private let eventPurposes: UInt16
    private let exposurePurposes: UInt16
    var conditions: ConditionCompiler
    var levels: [LevelRow] = []
    var contents: [ContentRow] = []
    var pieces: [PieceRow] = []
    var schedules: [ScheduleRow] = []
    var knownSchedules: [Schedule: Row<ScheduleRow>] = [:]
    var zones: ZoneDatabase = .empty
    var caps: [CapRow] = []
    var goals: [GoalRow] = []

    static func compile(_ ruleSet: RuleSet, allocations: [String: Allocation], indexing: Indexing) -> Compiled {
        var compiler = TableCompiler(ruleSet, allocations: allocations, indexing: indexing)
        return compiler.compile()
    }

    private init(_ ruleSet: RuleSet, allocations: [String: Allocation], indexing: Indexing) {
        self.ruleSet = ruleSet
        self.indexing = indexing
        self.allocations = allocations
        purposes = PurposeMap(ruleSet.policies)
        visitorPurposes = purposes.set(nil, coveredAs: "visitor")
        eventPurposes = purposes.set(nil, coveredAs: "events")
        exposurePurposes = ruleSet.policies.exposureBasis == .consent ? eventPurposes : 0
        let slots = SlotMap(ruleSet, purposes: &purposes)
        conditions = ConditionCompiler(ConditionNames(ruleSet), slots: slots, storage: storage)
    }

    private mutating func compile() -> Compiled {
        let person = compilePerson()
        let offer = compileOffer()
        let trials = compileExperiments()
        let blocks = ruleSet.policies.blocked.map {
            BlockRow(
                node: conditions.compile($0.condition.expression), because: storage.text($0.because),
                blocksUnknown: $0.blocksUnknown ?? false)
        }
        let productSlot = conditions.slots.slot(["request", "product"]) ?? Row.none
        let generalCaps = capRun(ruleSet.policies.caps)
        let view = view(person, offer, trials, blocks: blocks, productSlot: productSlot, generalCaps: generalCaps)
        let compiled = Compiled(
            attributes: attributes(), purposes: purposes.names, view: storage.freeze([view]),
            programs: conditions.programs, generalNames: GeneralNames(conditions), patterns: conditions.patterns,
            storage: storage)
        storage.endInterning()
        return compiled
    }

    private func view(
        _ person: Person, _ offer: Offer, _ trials: Trials, blocks: [BlockRow], productSlot: Row<Slot>,
        generalCaps: Run<CapRow>
    ) -> TableView {
        let slots = conditions.slots
        let sets = purposeSets()
        let matching = compileMatching(person, offer, productSlot: productSlot)
        return TableView(
            revision: storage.text(ruleSet.revision.digest),
            attributeNames: storage.freeze(Entity.allCases.map { index(ofAttributesOf: $0) }),
            placementNames: index(ruleSet.placements.map(\.name)),
            purposeNames: index(purposes.names),
            eventNames: index(ruleSet.events.map(\.name)),
            routeNames: index(ruleSet.routes.map(\.name)),
            nodeCount: conditions.nodes.nodes.count, nodes: storage.freeze(conditions.nodes.nodes),
            children: storage.freeze(conditions.nodes.children),
            constants: storage.freeze(conditions.nodes.constants),
            memoCount: conditions.nodes.memoCount + ruleSet.campaigns.count,
            firstCampaignMemo: conditions.nodes.memoCount,
            matching: storage.freeze([matching.table]), placementIndexes: storage.freeze(matching.placements),
            lists: storage.freeze(lists()),
            patterns: storage.freeze(conditions.patterns.map { Unmanaged.passUnretained($0) }),
            attributeCount: ruleSet.attributes.count,
            attributeKinds: storage.freeze(ruleSet.attributes.map { $0.type.kind }),
            allowedValues: storage.freeze(ruleSet.attributes.map(allowedValues)),
            maximumAges: storage.freeze(ruleSet.attributes.map { $0.maximumAgeSeconds ?? .max }),
            slotCount: slots.count,
            slotDefaults: storage.freeze(slots.defaults),
            slotPurposes: storage.freeze(slots.purposeSets),
            firstBuiltIn: SlotMap.firstBuiltIn(ruleSet),
            firstURLSlot: SlotMap.firstBuiltIn(ruleSet) + BuiltIn.url.rawValue,
            queryKeys: TextIndex(slots.queryKeys.map { (storage.text($0.name), $0.slot.index) }, in: storage),
            queryKeyCount: slots.queryKeys.count,
            productSlot: productSlot,
            purposes: storage.buffer(purposes.names.map { storage.text($0) }),
            purposeDefaults: storage.freeze(purposes.isGrantedByDefault),
            purposeSets: sets.runs, purposeSetMembers: sets.members,
            visitorPurposes: visitorPurposes, eventPurposes: eventPurposes, exposurePurposes: exposurePurposes,
            events: storage.buffer(person.events),
            segments: storage.buffer(person.segments),
            icps: storage.buffer(person.icps),
            vetoes: storage.buffer(vetoes),
            criteria: storage.freeze(person.criteria),
            levels: storage.freeze(levels),
            engagementLevels: person.engagementLevels,
            gradeFits: person.gradeFits, gradeEngagements: person.gradeEngagements,
            gradeNames: storage.freeze(person.gradeNames),
            mqlNode: person.mqlNode,
            personas: storage.buffer(person.personas), roles: storage.buffer(person.roles),
            stages: storage.buffer(person.stages),
            none: storage.text("none"),
            placements: storage.buffer(offer.placements),
            candidates: storage.freeze(offer.candidates),
            campaigns: storage.buffer(offer.campaigns),
            variants: storage.freeze(offer.variants),
            contents: storage.freeze(contents), pieces: storage.freeze(pieces),
            contentCountMax: ruleSet.placements.reduce(0) { $0 + $1.fields.count },
            blocks: storage.buffer(blocks),
            promiseMasks: storage.buffer(offer.promiseMasks), promiseKeys: offer.promiseKeys,
            promises: storage.buffer(offer.promises),
            keepPromiseMicroseconds: ruleSet.policies.keepPromiseSeconds * 1_000_000,
            routes: storage.buffer(offer.routes), routeTargets: storage.freeze(offer.routeTargets),
            experiments: storage.buffer(trials.experiments), experimentSlots: storage.freeze(trials.slots),
            arms: storage.freeze(trials.arms), armBounds: storage.freeze(trials.bounds),
            layers: storage.buffer(layers()),
            caps: storage.buffer(caps), goals: storage.buffer(goals), generalCaps: generalCaps,
            holdoutBuckets: buckets(ruleSet.holdout),
            holdoutSalt: storage.text(ruleSet.holdout?.salt ?? ""),
            schedules: storage.freeze(schedules), zones: zones.table)
    }

    // MARK: Names

    private func index(ofAttributesOf entity: Entity) -> TextIndex {
        index(ruleSet.attributes.map { $0.entity == entity ? $0.name : nil })
    }

    private func index(_ names: [String?]) -> TextIndex {
        precondition(names.count <= Int(UInt16.max), "The loader bounds what requests can name.")
        return TextIndex(
            zip(0..., names).compactMap { position, name in name.map { (storage.text($0), UInt32(position)) } },
            in: storage)
    }

    private func attributes() -> [AttributeInfo] {
        var purposes = purposes
        return ruleSet.attributes.map { attribute in
            AttributeInfo(
                key: AttributeKey(entity: attribute.entity, name: attribute.name), type: attribute.type,
                unit: attribute.unit, values: attribute.values,
                purpose: attribute.purpose.map { PurposeIndex(rawValue: purposes.index($0)) },
                maximumAgeSeconds: attribute.maximumAgeSeconds)
        }
    }

    /// The negative ICPs that veto positive ones.
    var vetoes: [Row<ICPRow>] { ruleSet.icps.indices.filter { ruleSet.icps[$0].hasVeto }.map { Row($0) } }

    private func allowedValues(_ attribute: Attribute) -> AllowedValues {
        AllowedValues(
            isRestricted: !attribute.values.isEmpty,
            values: TextIndex(attribute.values.map { (storage.text($0), 0) }, in: storage))
    }

    private func buckets(_ holdout: Holdout?) -> UInt32 {
        UInt32(((holdout?.share ?? 0) * Double(HashContract.bucketCount)).rounded())
    }

    private func layers() -> [LayerRow] {
        ruleSet.layers.map { layer in
            LayerRow(
                name: storage.text(layer.name), unit: layer.unit, holdoutBuckets: buckets(layer.holdout),
                holdoutSalt: storage.text(layer.holdout?.salt ?? ""))
        }
    }

    private func lists() -> [ListRow] {
        ruleSet.lists.map { list in
            // Hosts come in ASCII, other domains as people write them: both are the same one.
            let domains = list.values.compactMap(DomainName.parent).flatMap(spellings)
            let texts = list.values.filter { DomainName.parent(ofSubdomains: $0) == nil }.flatMap(spellings)
            return ListRow(
                texts: TextIndex(texts.map { (storage.text($0), 0) }, in: storage),
                domains: TextIndex(domains.map { (storage.text($0), 0) }, in: storage), hasDomains: !domains.isEmpty)
        }
    }

    /// A member, and where it is a domain beyond ASCII its other spelling.
    private func spellings(_ text: String) -> [String] {
        guard text.contains("xn--") || text.utf8.contains(where: { $0 >= 0x80 }), DomainName.isDomain(text.utf8) else {
            return [text]
        }
        return [text, DomainName.readable(text), DomainName.ascii(text)]
    }

    private func purposeSets() -> (runs: UnsafeBufferPointer<Run<UInt16>>, members: UnsafePointer<UInt16>) {
        var runs: [Run<UInt16>] = []
        var members: [UInt16] = []
        for set in purposes.sets {
            runs.append(Run(first: members.count, count: set.count))
            members += set
        }
        return (storage.buffer(runs), storage.freeze(members))
    }

    // MARK: Shared parts

    /// Levels in the order in which they are looked for: highest bound first.
    mutating func levelRun(_ numbers: [NamedNumber]) -> Run<LevelRow> {
        let sorted = numbers.sorted { $0.value > $1.value }
        let run = Run<LevelRow>(first: levels.count, count: sorted.count)
        levels += sorted.map { LevelRow(name: storage.text($0.name), lowerBound: $0.value) }
        return run
    }

    /// - Parameters:
    ///   - campaign: Whose shows count; none for all.
    ///   - variant: Likewise.
    mutating func capRun(
        _ caps: [Campaign.Cap], campaign: Row<CampaignRow> = .none, variant: Row<VariantRow> = .none
    ) -> Run<CapRow> {
        let run = Run<CapRow>(first: self.caps.count, count: caps.count)
        self.caps += caps.map { cap in
            CapRow(
                per: cap.per, shows: cap.shows, withinMicroseconds: cap.withinSeconds * 1_000_000, campaign: campaign,
                placement: placement(cap.placement), variant: variant)
        }
        return run
    }

    /// - Parameter row: Of the campaign.
    mutating func goal(_ campaign: Campaign, at row: Row<CampaignRow>) -> Row<GoalRow> {
        guard let goal = campaign.goal, let starts = campaign.starts, let ends = campaign.ends else { return .none }
        goals.append(
            GoalRow(
                campaign: row, placement: placement(goal.placement), count: UInt64(goal.count),
                starts: starts.microseconds, ends: ends.microseconds))
        return Row(goals.count - 1)
    }

    /// None for no name, and for one that no placement has.
    func placement(_ name: String?) -> Row<PlacementRow> {
        Row(orNone: name.flatMap { name in ruleSet.placements.firstIndex { $0.name == name } })
    }

    /// Where the conditions' nodes stand in the children's table.
    mutating func compile(_ conditions: [Condition]) -> Run<Row<Node>> {
        self.conditions.compile(conditions.map(\.expression))
    }

    mutating func node(_ condition: Condition?) -> Row<Node> {
        condition.map { conditions.compile($0.expression) } ?? Row.none
    }

    mutating func schedule(_ schedule: Schedule?) -> Row<ScheduleRow> {
        guard let schedule else { return .none }
        if let known = knownSchedules[schedule] { return known }
        zones = .shared
        var zone = Row<ZoneTable.Zone>.none
        var zoneSlot = Row<Slot>.none
        switch schedule.timeZone {
        case .visitor: zoneSlot = conditions.slots.slot(["visitor", "timezone"]) ?? Row.none
        case .named(let name): zone = Row(orNone: zones.table.names[storage.text(name)])
        }
        schedules.append(
            ScheduleRow(
                zone: zone, zoneSlot: zoneSlot, days: schedule.days,
                opens: Int32(schedule.minutes?.lowerBound ?? 0), closes: Int32(schedule.minutes?.upperBound ?? 1_440),
                localStarts: schedule.localStarts ?? .min, localEnds: schedule.localEnds ?? .max))
        let row = Row<ScheduleRow>(schedules.count - 1)
        knownSchedules[schedule] = row
        return row
    }
}

/// The values that an enumerated attribute may have.
struct AllowedValues: BitwiseCopyable {
    let isRestricted: Bool
    let values: TextIndex

    func allows(_ text: BorrowedText) -> Bool { !isRestricted || values.contains(text) }
}
