package import Access
internal import Ledger
internal import Model
internal import Profiles
internal import Ruleset
internal import Store

/// Copies a journal that nobody writes into another folder, with hashes in the place of ids and texts: for tests with what looks real.
///
/// Numbers, times, truth values and texts for which the rules list all values stay, as do rules, behaviour, arms and consent. Tokens, what
/// the erased had denied, and what waits for a sink are left out.
package struct AnonymisedClone {
    private let source: String
    private let target: String
    private let names: Pseudonyms
    private let forms: StoredForms
    /// Attributes whose texts stay, by kind of profile.
    private var listed: [Entity: Set<UInt16>] = [:]

    private static let batchBytesMax = 4 << 20

    /// - Parameters:
    ///   - source: A folder that holds a journal.
    ///   - target: Where the clone's journal is made.
    ///   - forms: How values stand in both.
    package init(from source: String, to target: String, hash: KeyedHash, forms: StoredForms) {
        (self.source, self.target, self.forms) = (source, target, forms)
        names = Pseudonyms(hash)
    }

    /// Blocks the thread.
    ///
    /// - Returns: Rows by family.
    /// - Throws: `EngineError`; then what lies at the target is in part.
    package mutating func run() throws(EngineError) -> [(kind: String, count: UInt64)] {
        do {
            let journal = try DiskStore.openForReading(path: source)
            let clone = try DiskStore.open(path: target)
            listed = try listedAttributes(journal)
            var counts: [(kind: String, count: UInt64)] = []
            for family in StoreFamily.allCases where family != .outbox {
                counts.append((family.name, try copy(family, journal, clone)))
            }
            try clone.sync()
            clone.close()
            return counts
        } catch {
            throw EngineError("\(error)")
        }
    }

    private func copy(_ family: StoreFamily, _ journal: DiskStore, _ clone: DiskStore) throws -> UInt64 {
        var batch = StoreBatch()
        var (count, failure): (UInt64, (any Error)?) = (0, nil)
        try journal.scan(family, from: nil) { key, value in
            do {
                guard let row = try row(family, key, value) else { return true }
                batch.put(family, key: row.key, value: row.value)
                count += 1
                if batch.byteCount > Self.batchBytesMax {
                    try clone.write([batch], isSynced: false)
                    batch = StoreBatch()
                }
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        if !batch.isEmpty { try clone.write([batch], isSynced: false) }
        return count
    }

    private typealias Entry = (key: [UInt8], value: [UInt8])

    /// - Returns: What takes the row's place; nil where nothing does.
    private func row(
        _ family: StoreFamily, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws -> Entry? {
        switch family {
        case .visitors: return try profile(.visitor, value)
        case .accounts: return try profile(.account, value)
        case .visitorBehaviour, .accountBehaviour: return (names.id(Array(key)), Array(value))
        case .events: return try event(key, value)
        case .consents:
            guard let id = EventKey.id(inConsent: key) else { throw EngineError("a choice of consent is damaged") }
            return (EventKey.prefix(.visitor, replaced(id)) + key.suffix(EventKey.consentPlaceBytes), Array(value))
        case .aliases: return try merge(key, value)
        case .links: return try link(key, value)
        case .rules: return try rules(key, value)
        case .meta: return isKept(meta: key) ? (Array(key), Array(value)) : nil
        case .outbox: return nil
        }
    }

    private func replaced(_ id: String) -> String { String(decoding: names.id(Array(id.utf8)), as: UTF8.self) }

    private func profile(_ entity: Entity, _ record: UnsafeRawBufferPointer) throws -> Entry {
        let (names, listed) = (names, listed[entity] ?? [])
        let rewriting = RecordRewriting(
            id: names.id, account: names.id,
            text: { attribute, text in listed.contains(attribute) ? text : names.text(text) })
        let (id, record) = try rewriting.rewrite(record)
        return (id, record)
    }

    private func event(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Entry {
        guard let (entity, id, digest) = EventKey.parts(key), var entry = EventLogEntry(value) else {
            throw EngineError("an event is damaged")
        }
        if !entry.account.isEmpty { entry.account = replaced(entry.account) }
        // Both are hashes that anybody can make who knows what was asked, or the id that a page gave.
        entry.decisionID = entry.decisionID.isEmpty ? "" : text(entry.decisionID)
        let place = names.digest(Array(digest.utf8)).prefix(EventKey.digestBytes)
        return (EventKey.prefix(entity, replaced(id)) + place, entry.encoded())
    }

    private func text(_ text: String) -> String { String(decoding: names.text(Array(text.utf8)), as: UTF8.self) }

    /// Whose id is whose stays; what had been recorded before, so that a merge could be undone, does not.
    private func merge(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Entry? {
        guard key.first != MergeRecord.ownPrefix else { return nil }
        var record = try MergeRecord(decoding: value)
        (record.parent, record.part) = (replaced(record.parent), nil)
        return (names.id(Array(key)), record.encoded())
    }

    private func link(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Entry {
        guard var link = LinkFormat.link(key, value) else { throw EngineError("a link is damaged") }
        switch link.source {
        case .domain(let domain):
            link.source = .domain(String(decoding: names.domain(Array(domain.utf8)), as: UTF8.self))
        case .network(let network):
            guard let mapped = names.network(network) else { throw EngineError("a network is damaged") }
            link.source = .network(mapped)
        }
        return (LinkFormat.key(link.source), Array(replaced(link.account).utf8))
    }

    private func rules(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Entry {
        var record = try forms.rules.decode(value)
        record.author = record.author.isEmpty ? "" : text(record.author)
        (record.reason, record.peer) = ("", "")
        return (Array(key), try forms.rules.encode(record))
    }

    /// Names and numbers by which the rest is understood; no token, no digest of anybody, no place in a row that is not there.
    private func isKept(meta key: UnsafeRawBufferPointer) -> Bool {
        key.elementsEqual(MetaKey.schema) || key.elementsEqual(MetaKey.formerNames) || key.starts(with: MetaKey.name)
            || key.starts(with: GoalCounter.keyPrefix)
    }

    /// Attributes for which the newest rules list all values.
    private func listedAttributes(_ journal: DiskStore) throws -> [Entity: Set<UInt16>] {
        guard let stored = try journal.get(.meta, key: MetaKey.schema), let newest = try journal.last(in: .rules) else {
            return [:]
        }
        let schema = try stored.withUnsafeBytes { try ProfileSchema(decoding: $0) }
        let files = try newest.value.withUnsafeBytes { try forms.rules.decode($0) }.files
        var listed: [Entity: Set<UInt16>] = [:]
        for attribute in RuleSetLoader.load(files).ruleSet?.attributes ?? [] where !attribute.values.isEmpty {
            for known in schema.attributes(of: attribute.entity) where known.name == attribute.name {
                listed[attribute.entity, default: []].insert(known.id)
            }
        }
        return listed
    }
}
