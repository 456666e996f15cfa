internal import CBespokeProto
internal import Model

extension Explanation: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Explanation>) throws(WireError) {
        self.init()
        segments = try decodedList(raw.pointee.segments, raw.pointee.n_segments, "segments")
        icps = try decodedList(raw.pointee.icps, raw.pointee.n_icps, "icps")
        events = try decodedList(raw.pointee.events, raw.pointee.n_events, "events")
        personas = try decodedList(raw.pointee.personas, raw.pointee.n_personas, "personas")
        roles = try decodedList(raw.pointee.roles, raw.pointee.n_roles, "roles")
        stages = try decodedList(raw.pointee.stages, raw.pointee.n_stages, "stages")
        blocks = try decodedList(raw.pointee.blocks, raw.pointee.n_blocks, "blocks")
        placements = try decodedList(raw.pointee.placements, raw.pointee.n_placements, "placements")
        lacking = try decodedList(raw.pointee.lacking, raw.pointee.n_lacking, "lacking")
        nearestMisses = try decodedList(raw.pointee.nearest_misses, raw.pointee.n_nearest_misses, "nearest_misses")
        isSearchCutShort = raw.pointee.search_cut_short != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Explanation> {
        let raw = try arena.make(bespoke__v1__explanation__init)
        (raw.pointee.n_segments, raw.pointee.segments) = (segments.count, try arena.list(segments))
        (raw.pointee.n_icps, raw.pointee.icps) = (icps.count, try arena.list(icps))
        (raw.pointee.n_events, raw.pointee.events) = (events.count, try arena.list(events))
        (raw.pointee.n_personas, raw.pointee.personas) = (personas.count, try arena.list(personas))
        (raw.pointee.n_roles, raw.pointee.roles) = (roles.count, try arena.list(roles))
        (raw.pointee.n_stages, raw.pointee.stages) = (stages.count, try arena.list(stages))
        (raw.pointee.n_blocks, raw.pointee.blocks) = (blocks.count, try arena.list(blocks))
        (raw.pointee.n_placements, raw.pointee.placements) = (placements.count, try arena.list(placements))
        (raw.pointee.n_lacking, raw.pointee.lacking) = (lacking.count, try arena.list(lacking))
        (raw.pointee.n_nearest_misses, raw.pointee.nearest_misses) = (
            nearestMisses.count, try arena.list(nearestMisses)
        )
        raw.pointee.search_cut_short = isSearchCutShort ? 1 : 0
        return raw
    }
}

extension Explanation.Input: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Input>) throws(WireError) {
        self.init(
            path: try raw.pointee.path.string("path"), state: .init(raw: raw.pointee.state.rawValue, else: .missing),
            value: try optional(raw.pointee.value, "value"), unit: try optionalText(raw.pointee.unit, "unit"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Input> {
        let raw = try arena.make(bespoke__v1__input__init)
        raw.pointee.path = try arena.text(path)
        raw.pointee.state = Bespoke__V1__InputState(rawValue: numericCast(state.rawValue))
        if let value { raw.pointee.value = try value.raw(in: arena) }
        raw.pointee.unit = try arena.text(unit ?? "")
        return raw
    }
}

extension Explanation.Check: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Check>) throws(WireError) {
        self.init(
            condition: try raw.pointee.condition.string("condition"),
            verdict: .init(raw: raw.pointee.verdict.rawValue, else: .failed),
            inputs: try decodedList(raw.pointee.inputs, raw.pointee.n_inputs, "inputs"),
            file: try raw.pointee.file.string("file"), line: Int(raw.pointee.line))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Check> {
        let raw = try arena.make(bespoke__v1__check__init)
        raw.pointee.condition = try arena.text(condition)
        raw.pointee.verdict = Bespoke__V1__Verdict(rawValue: numericCast(verdict.rawValue))
        (raw.pointee.n_inputs, raw.pointee.inputs) = (inputs.count, try arena.list(inputs))
        raw.pointee.file = try arena.text(file)
        raw.pointee.line = UInt32(clamping: line)
        return raw
    }
}

extension Explanation.NamedCheck: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__NamedCheck>) throws(WireError) {
        self.init(
            name: try raw.pointee.name.string("name"), check: try required(raw.pointee.check, "check"),
            applies: raw.pointee.applies != 0)
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__NamedCheck> {
        let raw = try arena.make(bespoke__v1__named_check__init)
        raw.pointee.name = try arena.text(name)
        raw.pointee.check = try check.raw(in: arena)
        raw.pointee.applies = applies ? 1 : 0
        return raw
    }
}

extension Explanation.ICPExplanation: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__IcpExplanation>) throws(WireError) {
        self.init(
            name: try raw.pointee.name.string("name"), title: try raw.pointee.title.string("title"),
            isNegative: raw.pointee.negative != 0, matches: .init(raw: raw.pointee.matches.rawValue, else: .failed),
            fit: raw.pointee.fit, fitPossible: raw.pointee.fit_possible, tier: try raw.pointee.tier.string("tier"),
            fitNeeded: raw.pointee.fit_needed, notFor: try raw.pointee.not_for.string("not_for"),
            required: try decodedList(raw.pointee.required, raw.pointee.n_required, "required"),
            excluded: try decodedList(raw.pointee.excluded, raw.pointee.n_excluded, "excluded"),
            criteria: try decodedList(raw.pointee.criteria, raw.pointee.n_criteria, "criteria"),
            owners: try decodedList(raw.pointee.owners, raw.pointee.n_owners, "owners"),
            vetoedBy: try raw.pointee.vetoed_by.string("vetoed_by"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__IcpExplanation> {
        let raw = try arena.make(bespoke__v1__icp_explanation__init)
        raw.pointee.name = try arena.text(name)
        raw.pointee.title = try arena.text(title)
        raw.pointee.negative = isNegative ? 1 : 0
        raw.pointee.matches = Bespoke__V1__Verdict(rawValue: numericCast(matches.rawValue))
        raw.pointee.fit = fit
        raw.pointee.fit_possible = fitPossible
        raw.pointee.tier = try arena.text(tier)
        raw.pointee.fit_needed = fitNeeded
        raw.pointee.not_for = try arena.text(notFor)
        (raw.pointee.n_required, raw.pointee.required) = (required.count, try arena.list(required))
        (raw.pointee.n_excluded, raw.pointee.excluded) = (excluded.count, try arena.list(excluded))
        (raw.pointee.n_criteria, raw.pointee.criteria) = (criteria.count, try arena.list(criteria))
        (raw.pointee.n_owners, raw.pointee.owners) = (owners.count, try arena.list(owners))
        raw.pointee.vetoed_by = try arena.text(vetoedBy)
        return raw
    }
}

extension Explanation.CriterionCheck: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__CriterionCheck>) throws(WireError) {
        self.init(
            check: try required(raw.pointee.check, "check"), points: raw.pointee.points,
            category: try raw.pointee.category.string("category"), owner: try raw.pointee.owner.string("owner"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__CriterionCheck> {
        let raw = try arena.make(bespoke__v1__criterion_check__init)
        raw.pointee.check = try check.raw(in: arena)
        raw.pointee.points = points
        raw.pointee.category = try arena.text(category)
        raw.pointee.owner = try arena.text(owner)
        return raw
    }
}

extension Explanation.OwnerScore: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__OwnerScore>) throws(WireError) {
        self.init(
            owner: try raw.pointee.owner.string("owner"), points: raw.pointee.points,
            pointsPossible: raw.pointee.points_possible)
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__OwnerScore> {
        let raw = try arena.make(bespoke__v1__owner_score__init)
        raw.pointee.owner = try arena.text(owner)
        raw.pointee.points = points
        raw.pointee.points_possible = pointsPossible
        return raw
    }
}

extension Explanation.EventScore: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EventScore>) throws(WireError) {
        self.init(
            event: try raw.pointee.event.string("event"), count: raw.pointee.count, points: raw.pointee.points,
            state: .init(raw: raw.pointee.state.rawValue, else: .missing))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EventScore> {
        let raw = try arena.make(bespoke__v1__event_score__init)
        raw.pointee.event = try arena.text(event)
        raw.pointee.count = count
        raw.pointee.points = points
        raw.pointee.state = Bespoke__V1__InputState(rawValue: numericCast(state.rawValue))
        return raw
    }
}

extension Explanation.PlacementExplanation: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PlacementExplanation>) throws(WireError) {
        self.init(
            placement: try raw.pointee.placement.string("placement"),
            candidates: try decodedList(raw.pointee.candidates, raw.pointee.n_candidates, "candidates"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PlacementExplanation> {
        let raw = try arena.make(bespoke__v1__placement_explanation__init)
        raw.pointee.placement = try arena.text(placement)
        (raw.pointee.n_candidates, raw.pointee.candidates) = (candidates.count, try arena.list(candidates))
        return raw
    }
}

extension Explanation.Candidate: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__CandidateExplanation>) throws(WireError) {
        self.init(
            campaign: try raw.pointee.campaign.string("campaign"), priority: Int(raw.pointee.priority),
            fate: .init(raw: raw.pointee.fate.rawValue, else: .notAsked), fit: raw.pointee.fit,
            condition: try optional(raw.pointee.condition, "condition"),
            exclusions: try decodedList(raw.pointee.exclusions, raw.pointee.n_exclusions, "exclusions"),
            variants: try decodedList(raw.pointee.variants, raw.pointee.n_variants, "variants"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__CandidateExplanation> {
        let raw = try arena.make(bespoke__v1__candidate_explanation__init)
        raw.pointee.campaign = try arena.text(campaign)
        raw.pointee.priority = Int64(priority)
        raw.pointee.fate = Bespoke__V1__Fate(rawValue: numericCast(fate.rawValue))
        raw.pointee.fit = fit
        if let condition { raw.pointee.condition = try condition.raw(in: arena) }
        (raw.pointee.n_exclusions, raw.pointee.exclusions) = (exclusions.count, try arena.list(exclusions))
        (raw.pointee.n_variants, raw.pointee.variants) = (variants.count, try arena.list(variants))
        return raw
    }
}

extension Explanation.VariantFate: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__VariantExplanation>) throws(WireError) {
        self.init(
            variant: try raw.pointee.variant.string("variant"),
            fate: .init(raw: raw.pointee.fate.rawValue, else: .notAsked),
            condition: try optional(raw.pointee.condition, "condition"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__VariantExplanation> {
        let raw = try arena.make(bespoke__v1__variant_explanation__init)
        raw.pointee.variant = try arena.text(variant)
        raw.pointee.fate = Bespoke__V1__Fate(rawValue: numericCast(fate.rawValue))
        if let condition { raw.pointee.condition = try condition.raw(in: arena) }
        return raw
    }
}

extension Explanation.NearestMiss: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__NearestMiss>) throws(WireError) {
        self.init(
            of: try raw.pointee.of.string("of"), answer: try raw.pointee.answer.string("answer"),
            changes: try decodedList(raw.pointee.changes, raw.pointee.n_changes, "changes"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__NearestMiss> {
        let raw = try arena.make(bespoke__v1__nearest_miss__init)
        raw.pointee.of = try arena.text(of)
        raw.pointee.answer = try arena.text(answer)
        (raw.pointee.n_changes, raw.pointee.changes) = (changes.count, try arena.list(changes))
        return raw
    }
}

extension Explanation.Change: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Change>) throws(WireError) {
        let path = try raw.pointee.path.string("path")
        self.init(
            path: path, value: try optional(raw.pointee.value, "value"),
            now: Explanation.Input(
                path: path, state: .init(raw: raw.pointee.now_state.rawValue, else: .missing),
                value: try optional(raw.pointee.now_value, "now_value")))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Change> {
        let raw = try arena.make(bespoke__v1__change__init)
        raw.pointee.path = try arena.text(path)
        if let value { raw.pointee.value = try value.raw(in: arena) }
        raw.pointee.now_state = Bespoke__V1__InputState(rawValue: numericCast(now.state.rawValue))
        if let value = now.value { raw.pointee.now_value = try value.raw(in: arena) }
        return raw
    }
}

/// - Returns: nil when the field is absent.
private func optional<Message: MappedMessage>(
    _ raw: UnsafeMutablePointer<Message.Raw>?, _ field: StaticString
) throws(WireError) -> Message? {
    guard let raw else { return nil }
    return try decoded(raw, "\(field)")
}

/// - Returns: nil when the field is empty.
private func optionalText(_ raw: ProtobufCBinaryData, _ field: StaticString) throws(WireError) -> String? {
    raw.len == 0 ? nil : try raw.string("\(field)")
}

extension RawRepresentable where RawValue == UInt8 {
    /// A number of a newer version counts as `other`.
    fileprivate init(raw: some BinaryInteger, else other: Self) {
        self = UInt8(exactly: raw).flatMap { Self(rawValue: $0) } ?? other
    }
}
