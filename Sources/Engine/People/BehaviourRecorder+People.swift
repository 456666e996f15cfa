internal import Ledger
internal import Store
internal import Model
internal import Profiles

/// Merging the ids of one person, and undoing it. Runs with nobody else writing behaviour or profiles.
extension BehaviourRecorder {
    /// Applies a change of who is who.
    ///
    /// - Parameter table: Of visitors' profiles.
    mutating func apply(_ change: PersonChange, _ table: ProfileTable) throws(PersonError) -> PersonOutcome {
        switch change.kind {
        case .alias(let target):
            let known = store.aliases.canonical(change.id)
            guard known == change.id || known == store.aliases.canonical(target) else {
                throw .belongsToAnother(id: change.id, person: known)
            }
            return try merge(change, into: target, table)
        case .merge(let target): return try merge(change, into: target, table)
        case .undo: return try undo(change, table)
        }
    }

    // MARK: Merging

    private mutating func merge(
        _ change: PersonChange, into target: String, _ table: ProfileTable
    ) throws(PersonError) -> PersonOutcome {
        guard change.id != target else { throw .same(id: target) }
        let aliases = store.aliases
        let (id, person) = (aliases.canonical(change.id), aliases.canonical(target))
        guard id != person else {
            return PersonOutcome(id: person, others: aliases.others(of: person), hasChanged: false)
        }
        let (idsOfOther, idsOfPerson) = (aliases.ids(id), aliases.ids(person))
        let count = idsOfOther.count + idsOfPerson.count
        guard count <= AliasTable.idsMax else { throw .tooMany(person: person, count: count) }

        let rules = mergingRules
        let (mine, theirs) = (Unit(entity: .visitor, id: person), Unit(entity: .visitor, id: id))
        let (known, other) = (behaviour(of: mine), behaviour(of: theirs))
        var whole = PersonLog()
        _ = add(idsOfPerson, to: &whole)
        let twice = add(idsOfOther, to: &whole)
        var united = known.united(with: other, twice: twice, rules)
        united.recount(whole.events, rules)
        let records: (mine: [UInt8]?, theirs: [UInt8]?) = (
            table.journalRecord(of: person, atSeconds: change.time.seconds),
            table.journalRecord(of: id, atSeconds: change.time.seconds)
        )
        let profile: [UInt8]?
        do throws(ProfileError) {
            profile = try ProfileUnion.united(records.mine, records.theirs, id: person)
        } catch {
            throw .profile(error)
        }

        var publication = PersonPublication(table: table) { $0.merge(id, into: person, &$1) }
        if records.theirs != nil { publication.profiles = [(person, profile), (id, nil)] }
        publication.removed = [id]
        let part = MergeRecord.Part(behaviour: Self.stored(other), profile: records.theirs ?? [])
        publication.records = [(Array(id.utf8), MergeRecord(parent: person, time: change.time, part: part))]
        if try record(MergeRecord.ownKey(person)) == nil {
            let own = MergeRecord.Part(behaviour: Self.stored(known), profile: records.mine ?? [])
            publication.records.append(
                (MergeRecord.ownKey(person), MergeRecord(parent: "", time: change.time, part: own)))
        }
        if !united.isEmpty { self.change(mine) { $0 = united } }
        publish(publication)
        return PersonOutcome(
            id: person, others: aliases.others(of: person) + idsOfOther,
            undoableUntil: Timestamp(microseconds: change.time.microseconds + PersonChange.undoMicroseconds))
    }

    // MARK: Undoing

    private mutating func undo(_ change: PersonChange, _ table: ProfileTable) throws(PersonError) -> PersonOutcome {
        let id = change.id
        let person = store.aliases.canonical(id)
        guard person != id else { throw .notMerged(id: id) }
        let ids = store.aliases.ids(person)
        let family = try family(of: person)
        guard let merge = family.records[id] else { throw .behaviour("the merge of \(id) is not in the journal") }
        guard merge.parent == person else { throw .nested(id: id, parent: merge.parent) }
        guard let part = merge.part, let own = family.own?.part,
            change.time.microseconds - merge.time.microseconds <= PersonChange.undoMicroseconds
        else { throw .tooLate(id: id, merged: merge.time) }
        let leaving = family.below(id)
        // Those merged so long ago that they cannot be told apart any more are part of what is the person's own.
        let siblings = family.children(of: person).filter { $0 != id && family.records[$0]?.part != nil }
        let apart = Set(siblings.flatMap { [$0] + family.below($0) } + [id] + leaving)

        let rules = mergingRules
        var log = PersonLog()
        _ = add(ids.filter { !apart.contains($0) }, to: &log)
        var rest = Self.behaviour(own)
        for sibling in siblings {
            let twice = add([sibling] + family.below(sibling), to: &log)
            guard let brought = family.records[sibling]?.part else { continue }
            rest = rest.united(with: Self.behaviour(brought), twice: twice, rules)
        }
        let remaining = log
        let twice = add([id] + leaving, to: &log)
        let expected = rest.united(with: Self.behaviour(part), twice: twice, rules)
        let whole = behaviour(of: Unit(entity: .visitor, id: person))
        var left = whole.separated(expected: expected, rest: rest, exposures: remaining.exposures, rules)
        left.recount(remaining.events, rules)

        var publication = PersonPublication(table: table) { $0.separate(id, with: leaving, from: person, &$1) }
        publication.profiles = try profilesApart(
            id, person, part, [own] + siblings.compactMap { family.records[$0]?.part }, table, change.time)
        publication.records = [(Array(id.utf8), nil)]
        if siblings.isEmpty { publication.records.append((MergeRecord.ownKey(person), nil)) }
        if left.isEmpty {
            publication.removed = [person]
        } else {
            self.change(Unit(entity: .visitor, id: person)) { $0 = left }
        }
        var restored = Self.behaviour(part)
        if !restored.isEmpty {
            // Whatever was decided meanwhile was decided with other versions.
            restored.version = max(restored.version, whole.version)
            self.change(Unit(entity: .visitor, id: id)) { $0 = restored }
        }
        publish(publication)
        return PersonOutcome(id: id, others: leaving)
    }

    /// The profiles of a person and of the id that goes.
    private func profilesApart(
        _ id: String, _ person: String, _ part: MergeRecord.Part, _ others: [MergeRecord.Part], _ table: ProfileTable,
        _ time: Timestamp
    ) throws(PersonError) -> [(id: String, record: [UInt8]?)] {
        guard !part.profile.isEmpty else { return [] }
        guard let whole = table.journalRecord(of: person, atSeconds: time.seconds) else { return [(id, part.profile)] }
        do throws(ProfileError) {
            let left = try ProfileUnion.separated(
                whole, part: part.profile, rest: others.map(\.profile).filter { !$0.isEmpty }, id: person)
            return [(id, part.profile), (person, left)]
        } catch {
            throw .profile(error)
        }
    }

    // MARK: What is stored

    /// What is retained one by one of several ids of a person, each once.
    private struct PersonLog {
        var events: [EventLogEntry] = []
        var exposures: [EventLogEntry] = []
        var digests: Set<[UInt8]> = []
    }

    /// - Returns: What was in the log already, as these ids have it.
    private mutating func add(_ ids: [String], to log: inout PersonLog) -> [EventLogEntry] {
        var twice: [EventLogEntry] = []
        for id in ids {
            for (digest, entry) in self.log(.visitor, id) {
                if !log.digests.insert(digest).inserted {
                    twice.append(entry)
                } else if entry.kind == .event {
                    log.events.append(entry)
                } else {
                    log.exposures.append(entry)
                }
            }
        }
        return twice
    }

    /// The merges of a person.
    private struct Family {
        /// By the id that was merged.
        var records: [String: MergeRecord] = [:]
        var own: MergeRecord?

        func children(of id: String) -> [String] {
            records.filter { $0.value.parent == id }.sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }
                .map(\.key)
        }

        /// The ids that became other ids of this one, at whatever remove.
        func below(_ id: String) -> [String] { children(of: id).flatMap { [$0] + below($0) } }
    }

    private mutating func family(of person: String) throws(PersonError) -> Family {
        var family = Family()
        for id in store.aliases.others(of: person) { family.records[id] = try record(Array(id.utf8)) }
        family.own = try record(MergeRecord.ownKey(person))
        return family
    }

    private mutating func record(_ key: [UInt8]) throws(PersonError) -> MergeRecord? {
        do {
            guard let bytes = reads.value(.aliases, key) else { return nil }
            return try bytes.withUnsafeBytes { try MergeRecord(decoding: $0) }
        } catch {
            throw .behaviour("\(error)")
        }
    }

    private static func stored(_ behaviour: Behaviour) -> [UInt8] { behaviour.isEmpty ? [] : behaviour.encoded() }

    private static func behaviour(_ part: MergeRecord.Part) -> Behaviour {
        part.behaviour.withUnsafeBytes { BehaviourView($0).map(Behaviour.init) } ?? Behaviour()
    }

    private var mergingRules: MergingRules {
        let rules = rules
        return MergingRules(
            halfLife: { rules.halfLives[$0] ?? 0 }, caps: { rules.caps(.visitor, $0) },
            experiment: { number in
                rules.experimentsByNumber[number].flatMap { experiment in
                    experiment.unit == .visitor
                        ? .init(metrics: experiment.metrics, windowMicroseconds: experiment.windowMicroseconds) : nil
                }
            })
    }
}
