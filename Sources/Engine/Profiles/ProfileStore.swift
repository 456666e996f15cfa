package import Decisioning
package import Ledger
internal import Store
package import Logging
package import Model
package import Profiles
package import Ruleset

/// Writes profiles: into memory for the next decision, into the journal before anything is acknowledged.
///
/// An actor, so that writes take their turn; decisions read through `reader` and never wait for it.
package actor ProfileStore {
    static let schemaKey = MetaKey.schema
    static let erasedKey = Array("erased.".utf8)

    /// Imports of as much become a file of the journal, without its log.
    private static let runBytesMin = 8 << 20

    /// What decisions read.
    package nonisolated let reader: ProfileReader
    private let visitors: ProfileTable
    private let accounts: ProfileTable
    /// Who has several ids.
    package nonisolated let aliases: AliasTable
    let ledger: Ledger
    private let reclaiming: Reclaiming
    let logger: Logger
    /// By which profiles expire and values are dated.
    package nonisolated let clock: Clock
    private(set) var schema = ProfileSchema()
    private(set) var formerNames = FormerNames()
    /// By kind: attributes of former types, each with the one that is declared now.
    private var formerAttributes: [Entity: [UInt16: UInt16]] = [:]
    /// By kind: attributes of former types whose values have been converted, as far as they can be.
    var settled: [Entity: [UInt16: UInt16]] = [:]
    /// Values that an attribute may have, where the rule set says, by kind and attribute.
    private var allowed: [Entity: [UInt16: Set<String>]] = [:]
    /// When whom was erased, by a digest.
    private var erased: [[UInt8]: Timestamp] = [:]
    /// Profiles that the sweep has removed since the start.
    package private(set) var expired: (visitors: UInt64, accounts: UInt64) = (0, 0)
    /// Until then nothing is written: it would overwrite what the journal holds.
    private var isLoaded = false
    /// Held while profiles change in memory and get in line, and while they are taken back.
    nonisolated let writing = ReservationLock()
    /// An import has it until it is on disk; other writes only while they get in line.
    let turns = Turns()

    /// - Parameter lifetimes: Of visitors' and accounts' profiles.
    package init(
        ledger: Ledger, aliases: AliasTable, loops: LoopRegistry,
        lifetimes: (visitors: ProfileLifetime, accounts: ProfileLifetime), clock: Clock, logger: Logger
    ) {
        self.aliases = aliases
        visitors = ProfileTable(entity: .visitor, lifetime: lifetimes.visitors)
        accounts = ProfileTable(entity: .account, lifetime: lifetimes.accounts)
        self.ledger = ledger
        reclaiming = Reclaiming([visitors, accounts], on: loops)
        (self.clock, self.logger) = (clock, logger)
        reader = ProfileReader(visitors: visitors, accounts: accounts)
    }

    /// Profiles held.
    package var counts: (visitors: UInt64, accounts: UInt64) { (UInt64(visitors.count), UInt64(accounts.count)) }

    /// Takes in what the journal holds. Nothing else of the store runs meanwhile.
    ///
    /// - Parameters:
    ///   - threadCount: How many threads read.
    ///   - progress: Is told in words how far it is, from any thread.
    package func load(threadCount: Int = 1, progress: @escaping @Sendable (String) -> Void) throws(EngineError) {
        do {
            if let stored = try ledger.get(.meta, key: Self.schemaKey) {
                schema = try stored.withUnsafeBytes { try ProfileSchema(decoding: $0) }
            }
            formerNames = FormerNames(decoding: try ledger.get(.meta, key: MetaKey.formerNames) ?? [])
            try loadErased()
            for (family, table) in [(StoreFamily.visitors, visitors), (.accounts, accounts)] {
                table.adopt(schema)
                try ProfileLoading(
                    ledger: ledger, logger: logger, threadCount: threadCount, clock: clock, progress: progress
                )
                .load(family, into: table)
            }
        } catch {
            throw EngineError("the stored profiles cannot be loaded: \(error)")
        }
        isLoaded = true
        logger.info("profiles loaded", metadata: ["visitors": "\(visitors.count)", "accounts": "\(accounts.count)"])
    }

    /// Takes over what a rule set declares.
    ///
    /// - Returns: The table's attribute for each attribute of stored profiles.
    package func adopt(
        _ attributes: [Attribute], table: DecisionTable
    ) async throws(EngineError) -> (visitors: [UInt16], accounts: [UInt16]) {
        try checkLoaded()
        do {
            var next = schema
            var isLarger = false
            var names = formerNames
            names.add(attributes)
            for entity in [Entity.visitor, .account] {
                let declared = attributes.filter { $0.entity == entity }.map { ($0.name, $0.type) }
                if try next.declare(declared, of: entity) { isLarger = true }
                next.rename(names.current(attributes, of: entity), of: entity)
            }
            if isLarger { try await ledger.submit(.schema(next.encoded())) }
            if names != formerNames { try await ledger.submit(.formerNames(names.encoded())) }
            (schema, formerNames) = (next, names)
        } catch {
            throw EngineError("the rule set's attributes cannot be stored: \(error)")
        }
        visitors.adopt(schema)
        accounts.adopt(schema)
        for entity in [Entity.visitor, .account] { formerAttributes[entity] = schema.successors(of: entity) }
        allowed = [:]
        for attribute in attributes where !attribute.values.isEmpty {
            guard let stored = schema.attribute(named: attribute.name, of: attribute.entity) else { continue }
            allowed[attribute.entity, default: [:]][stored.id] = Set(attribute.values)
        }
        return (remap(.visitor, table), remap(.account, table))
    }

    private func remap(_ entity: Entity, _ table: DecisionTable) -> [UInt16] {
        schema.attributes(of: entity).map { attribute in
            guard attribute.isDeclared else { return Snapshot.unmapped }
            var name = attribute.name
            return name.withUTF8 { table.attribute(entity, $0) }?.rawValue ?? Snapshot.unmapped
        }
    }

    func checkLoaded() throws(EngineError) {
        guard isLoaded else { throw EngineError(.notReady, "the stored profiles are being loaded; try again later") }
    }

    // MARK: Writes

    /// A write as callers describe it, by attribute names.
    package struct Write: Sendable {
        package var entity: Entity
        package var id: String
        package var account: String?
        package var values: [(name: String, value: AttributeValue?, observedAt: Timestamp?)]
        package var expectedVersion: UInt64?

        /// - Parameters:
        ///   - account: Nil to leave it as it is.
        ///   - values: A value of nil takes out what is there.
        package init(
            entity: Entity, id: String, account: String? = nil,
            values: [(name: String, value: AttributeValue?, observedAt: Timestamp?)], expectedVersion: UInt64? = nil
        ) {
            (self.entity, self.id, self.account) = (entity, id, account)
            (self.values, self.expectedVersion) = (values, expectedVersion)
        }
    }

    /// The id under which a profile is kept.
    nonisolated func canonical(_ entity: Entity, _ id: String) -> String {
        entity == .visitor ? aliases.canonical(id) : id
    }

    /// - Returns: The new version.
    /// - Throws: `ProfileError`, `StoreError`, with nothing changed.
    package func put(_ write: Write) async throws -> UInt64 {
        let version = try await reserve { changes, undo in
            var write = write
            write.id = canonical(write.entity, write.id)
            let done = try undo.put(try change(write), in: table(write.entity))
            changes.append(.profile(write.entity, id: Array(write.id.utf8), record: done.record))
            return done.version
        }
        await reclaim(after: 1)
        return version
    }

    /// - Returns: Whether there was such a profile.
    /// - Throws: As `put`.
    package func delete(_ entity: Entity, id: String, _ behaviour: BehaviourStore) async throws -> Bool {
        // An undone merge would bring back what it keeps.
        if entity == .visitor { try await forgetProfileParts(of: canonical(entity, id), behaviour) }
        return try await delete(entity, id: id)
    }

    /// The same of a profile that is on its own.
    package func delete(_ entity: Entity, id: String) async throws -> Bool {
        let existed = try await reserve { changes, undo in
            let id = canonical(entity, id)
            guard try undo.delete(id, from: table(entity), atSeconds: clock.now().seconds) else { return false }
            changes.append(.profile(entity, id: Array(id.utf8), record: nil))
            return true
        }
        await reclaim(after: 1)
        return existed
    }

    /// Parts in which `records(_:part:)` hands out all profiles.
    package static let partCount = ProfileTable.partCount

    /// Those of one part.
    package nonisolated func records(_ entity: Entity, part: Int) -> [ProfileRecord] {
        table(entity).records(inPart: part, atSeconds: clock.now().seconds)
    }

    // MARK: Expiry

    /// Removes what has expired, from memory and journal. Writes take their turn between the parts.
    ///
    /// - Returns: How many profiles.
    package func sweep(at now: Timestamp) async throws -> Int {
        var count = 0
        for entity in [Entity.visitor, .account] {
            for part in 0..<Self.partCount {
                let ids = try await reserve { changes, _ in
                    // Nobody sees what has expired: nothing is to be taken back.
                    let ids = table(entity).removeExpired(inPart: part, atSeconds: now.seconds)
                    for id in ids { changes.append(.profile(entity, id: id, record: nil)) }
                    return ids
                }
                count += ids.count
                if entity == .account {
                    expired.accounts += UInt64(ids.count)
                } else {
                    expired.visitors += UInt64(ids.count)
                }
                await reclaim(after: ids.count)
            }
        }
        return count
    }

    // MARK: Erasure

    /// What remembers by a digest of each id that it was asked to be forgotten.
    nonisolated func remembering(
        erasureOf entity: Entity, ids: [String], at time: Timestamp
    ) -> [Change] {
        ids.map { .erasure(key: Self.erasureKey(entity, $0.utf8), at: time) }
    }

    /// Forgets a profile, and remembers by a digest of each id of whose it is that it was asked for.
    ///
    /// - Returns: Whether there was one, and the receipt.
    package func erase(_ entity: Entity, ids: [String], at time: Timestamp) async throws -> (
        existed: Bool, receipt: String
    ) {
        guard let id = ids.first else { preconditionFailure("somebody is erased") }
        var before: [Timestamp?] = []
        let existed: Bool
        do {
            existed = try await reserve { changes, undo in
                var existed = false
                for id in ids {
                    if try undo.delete(id, from: table(entity)) { existed = true }
                    changes.append(.profile(entity, id: Array(id.utf8), record: nil))
                }
                // Known before the disk has it: an import that looks meanwhile must not bring the person back.
                before = ids.map { erased.updateValue(time, forKey: Self.erasureKey(entity, $0.utf8)) }
                for erasure in remembering(erasureOf: entity, ids: ids, at: time) { changes.append(erasure) }
                return existed
            }
        } catch {
            for (id, before) in zip(ids, before) {
                let digest = Self.erasureKey(entity, id.utf8)
                if erased[digest] == time { erased[digest] = before }
            }
            throw error
        }
        await reclaim(after: Reclaiming.writesPerRound)
        let digest = Self.erasureKey(entity, id.utf8)
        let receipt = Array(digest + withUnsafeBytes(of: time.microseconds.littleEndian, Array.init))
            .withUnsafeBytes { Hash.of($0, seed: 0) }
        return (existed, receipt.text)
    }

    /// Forgets that visitors were erased.
    func forgetErasure(of ids: [String]) async throws {
        var changes = Changes(for: ledger)
        for key in ids.map({ Self.erasureKey(.visitor, $0.utf8) }) where erased.removeValue(forKey: key) != nil {
            changes.append(.erasure(key: key, at: nil))
        }
        guard !changes.isEmpty else { return }
        do {
            try await ledger.submit(changes)
        } catch {
            try loadErased()
            throw error
        }
    }

    /// One line for the audit: by whom and when, of whom only the digest that is kept anyway.
    package nonisolated func logErasure(_ entity: Entity, id: String, receipt: String, peer: String) {
        let digest = (Array((entity.name + "/").utf8) + id.utf8).withUnsafeBytes { Hash.of($0, seed: 0) }
        logger.notice(
            "erased",
            metadata: [
                "kind": "\(entity.name)", "digest": "\(digest.text)", "receipt": "\(receipt)", "peer": "\(peer)",
            ])
    }

    private static func erasureKey(_ entity: Entity, _ id: some Sequence<UInt8>) -> [UInt8] {
        let digest = (Array((entity.name + "/").utf8) + id).withUnsafeBytes { Hash.of($0, seed: 0) }
        return Self.erasedKey + withUnsafeBytes(of: digest.high.bigEndian, Array.init)
            + withUnsafeBytes(of: digest.low.bigEndian, Array.init)
    }

    private func loadErased() throws(StoreError) {
        var found: [[UInt8]: Timestamp] = [:]
        try ledger.scan(.meta, from: Self.erasedKey) { key, value in
            guard key.starts(with: Self.erasedKey) else { return false }
            guard value.count == 8 else { return true }
            found[Array(key)] = Timestamp(microseconds: value.loadUnaligned(as: Int64.self))
            return true
        }
        erased = found
    }

    /// - Returns: What is kept now under an id; nil when nothing is.
    package nonisolated func get(_ entity: Entity, id: String) -> ProfileRecord? {
        table(entity).record(id: canonical(entity, id), atSeconds: clock.now().seconds)
    }

    // MARK: Imports

    /// Who was ever erased, as far as it is known when it is asked for.
    package struct Erasures: Sendable {
        fileprivate let digests: [[UInt8]: Timestamp]

        /// Whether somebody is among them.
        package func contains(_ entity: Entity, id: UnsafeBufferPointer<UInt8>) -> Bool {
            !digests.isEmpty && digests[ProfileStore.erasureKey(entity, id)] != nil
        }
    }

    /// As of now.
    package var erasures: Erasures { Erasures(digests: erased) }

    /// What imports are checked by.
    package func rules(of entity: Entity) -> ProfileRules {
        ProfileRules(entity, schema: schema, allowed: allowed[entity] ?? [:])
    }

    /// Writes what an import has gathered, durable as one, unless that is not wanted or a profile is refused that must not be.
    ///
    /// - Returns: Those that cannot be written.
    /// - Throws: `ProfileError.rulesChanged`, `StoreError`.
    package func commit(_ staged: [StagedProfiles], _ mode: ImportMode) async throws -> [StagedProfiles.Refusal] {
        try checkLoaded()
        // On disk before it counts: what stood in memory before a million profiles is not kept for the case that they are refused.
        await turns.take()
        defer { turns.end() }
        let now = clock.now().seconds
        var refusals: [StagedProfiles.Refusal] = []
        for profiles in staged {
            let entity = profiles.rules.entity
            if entity == .visitor, aliases.count > 0 {
                refusals += profiles.refuse { aliases.contains($0) ? .merged : nil }
            }
            guard profiles.rules.agrees(with: rules(of: entity), on: profiles.attributes) else {
                throw ProfileError.rulesChanged(entity)
            }
            if mode.respectsErasure, !erased.isEmpty {
                let erasures = erasures
                refusals += profiles.refuse { erasures.contains(entity, id: $0) ? .erased : nil }
            }
            refusals += table(entity).merge(profiles, forgetting: formerAttributes[entity] ?? [:], atSeconds: now)
        }
        guard mode.writes, refusals.isEmpty || mode.skipsInvalid else { return refusals }
        let count = staged.reduce(0) { $0 + $1.count } - refusals.count
        guard count > 0 else { return refusals }
        let byteCount = staged.reduce(0) { $0 + $1.byteCount }
        if byteCount >= Self.runBytesMin { try ledger.store.checkRoom(forBytes: byteCount) }
        if let only = staged.first, staged.count == 1, only.byteCount >= Self.runBytesMin {
            let entity = only.rules.entity
            let run = SortedRun(family(entity), byteCount: only.byteCount) { body in only.forEachSorted(body) }
            try await ledger.submit(run, of: entity, count: count)
        } else {
            var changes = Changes(for: ledger)
            for profiles in staged {
                changes.append(
                    importOf: profiles.rules.entity, count: profiles.count, byteCount: profiles.byteCount
                ) { rows, family in profiles.forEach { rows.put(family, key: $0, value: $1) } }
            }
            try await ledger.submit(changes)
        }
        for profiles in staged { table(profiles.rules.entity).insert(profiles) }
        await reclaim(after: count)
        return refusals
    }

    /// Gives back what is retired; nothing may be written afterwards.
    package func close() async {
        await reclaim(after: Reclaiming.writesPerRound)
    }

    private func change(_ write: Write) throws(ProfileError) -> ProfileChange {
        var values: [ProfileChange.Value] = []
        values.reserveCapacity(write.values.count)
        let now = clock.now()
        let allowed = allowed[write.entity] ?? [:]
        for (name, value, observedAt) in write.values {
            let attribute = try schema.declaredAttribute(named: name, of: write.entity)
            let converted = value.map { Self.converted($0, to: attribute.type) }
            if let observedAt, observedAt.seconds > now.seconds + ProfileLimits.observedAheadSecondsMax {
                throw .observedTimeToCome(attribute: name)
            }
            if let texts = allowed[attribute.id] { try Self.check(converted, of: name, isOneOf: texts) }
            values.append(
                ProfileChange.Value(
                    attribute: attribute.id, value: converted,
                    observedAtSeconds: (observedAt ?? now).seconds))
        }
        forgetFormer(&values, write.entity)
        return ProfileChange(
            id: write.id, values: values, account: write.account, expectedVersion: write.expectedVersion,
            writtenAtSeconds: now.seconds)
    }

    /// What is written or forgotten must not come back with a former type.
    private func forgetFormer(_ values: inout [ProfileChange.Value], _ entity: Entity) {
        guard let former = formerAttributes[entity], !former.isEmpty else { return }
        let written = Set(values.map(\.attribute))
        for (former, successor) in former where written.contains(successor) {
            values.append(ProfileChange.Value(attribute: former, value: nil, observedAtSeconds: 0))
        }
    }

    /// An int where a double is declared is taken as one; anything else stays and is refused by the table.
    private static func converted(_ value: AttributeValue, to type: AttributeType) -> AttributeValue {
        if case .int(let number) = value, type == .double, let same = Double(exactly: number) { return .double(same) }
        return value
    }

    private static func check(
        _ value: AttributeValue?, of name: String, isOneOf allowed: Set<String>
    ) throws(ProfileError) {
        let texts: [String]
        switch value {
        case .string(let text): texts = [text]
        case .strings(let members): texts = members
        default: return
        }
        guard let wrong = texts.first(where: { !allowed.contains($0) }) else { return }
        throw .valueNotAllowed(attribute: name, value: wrong, allowed: allowed.sorted())
    }

    func allows(_ value: AttributeValue, _ attribute: ProfileSchema.Attribute, _ entity: Entity) -> Bool {
        guard let texts = allowed[entity]?[attribute.id] else { return true }
        return (try? Self.check(value, of: attribute.name, isOneOf: texts)) != nil
    }

    /// Where profiles of a kind are in memory.
    package nonisolated func table(_ entity: Entity) -> ProfileTable { entity == .account ? accounts : visitors }

    func family(_ entity: Entity) -> StoreFamily { entity == .account ? .accounts : .visitors }

    /// Frees retired memory when that is due.
    nonisolated func reclaim(after writes: Int) async {
        reclaiming.note(writes)
        await reclaiming.run()
    }
}
