internal import Ledger
internal import Store
internal import Model
internal import Profiles

/// Everything that a journal holds of one visitor with all ids, to be put into another: a value, applied by
/// `BehaviourRecorder.restore`.
struct PersonBackup: Sendable {
    /// First the one under which everything is kept.
    private(set) var ids: [String] = []
    private(set) var profile: [UInt8]?
    private(set) var behaviour: [UInt8]?
    private(set) var events: [(key: [UInt8], value: [UInt8])] = []
    private(set) var consents: [(key: [UInt8], value: [UInt8])] = []
    /// Merges, by their keys.
    private(set) var merges: [(key: [UInt8], value: [UInt8])] = []
    /// Names by their numbers.
    private(set) var names: [[UInt8]] = []

    var isEmpty: Bool { profile == nil && behaviour == nil && events.isEmpty && consents.isEmpty && merges.isEmpty }

    init(of id: String, in store: DiskStore) throws(StoreError) {
        ids = try Self.ids(id, in: store)
        let person = Array(ids[0].utf8)
        profile = try store.get(.visitors, key: person)
        behaviour = try store.get(.visitorBehaviour, key: person)
        for id in ids {
            let prefix = EventKey.prefix(.visitor, id)
            events += try Self.entries(.events, prefix, in: store)
            consents += try Self.entries(.consents, prefix, in: store)
            for key in [Array(id.utf8), MergeRecord.ownKey(id)] {
                if let value = try store.get(.aliases, key: key) { merges.append((key, value)) }
            }
        }
        names = try Self.entries(.meta, BehaviourStore.nameKey, in: store).map(\.value)
    }

    private static func ids(_ id: String, in store: DiskStore) throws(StoreError) -> [String] {
        var parents: [String: String] = [:]
        try store.scan(.aliases, from: nil) { key, value in
            guard key.first != MergeRecord.ownPrefix, let record = try? MergeRecord(decoding: value) else {
                return true
            }
            parents[String(decoding: key, as: UTF8.self)] = record.parent
            return true
        }
        func person(_ id: String) -> String {
            var id = id
            for _ in 0..<AliasTable.idsMax { id = parents[id] ?? id }
            return id
        }
        let found = person(id)
        return [found] + parents.keys.filter { person($0) == found }.sorted()
    }

    private static func entries(
        _ family: StoreFamily, _ prefix: [UInt8], in store: DiskStore
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        var found: [(key: [UInt8], value: [UInt8])] = []
        try store.scan(family, from: prefix) { key, value in
            guard key.starts(with: prefix) else { return false }
            found.append((Array(key), Array(value)))
            return true
        }
        return found
    }
}

extension BehaviourRecorder {
    /// Puts a person back as a backup has them.
    ///
    /// - Throws: `PersonError.present` when something is kept of one of the ids, `foreign` for a backup with other names.
    mutating func restore(_ backup: PersonBackup, _ table: ProfileTable) throws(PersonError) {
        let known = (0..<book.count).map { book.entry(UInt32($0)) }
        guard backup.names.count <= known.count, zip(backup.names, known).allSatisfy({ $0 == $1 }) else {
            throw .foreign
        }
        for id in backup.ids {
            let isKept = !log(.visitor, id).isEmpty || store.visitors.payload(of: id) != nil
            guard !isKept, store.aliases.ids(id) == [id], table.journalRecord(of: id, atSeconds: 0) == nil else {
                throw .present(id: id)
            }
        }
        if let behaviour = backup.behaviour?.withUnsafeBytes({ BehaviourView($0).map(Behaviour.init) }) {
            change(Unit(entity: .visitor, id: backup.ids[0])) { $0 = behaviour }
        }
        let person = backup.ids[0]
        var publication = PersonPublication(table: table) { aliases, undo in
            for id in backup.ids.dropFirst() { aliases.merge(id, into: person, &undo) }
        }
        if let profile = backup.profile { publication.profiles = [(person, profile)] }
        publication.changes = backup.events.map { event in
            let happening = Change.Happening(row: Change.Row(key: event.key, entry: event.value))
            let isEvent = event.value.withUnsafeBytes { EventLogEntry($0)?.kind == .event }
            return isEvent ? .event(happening) : .exposure(happening)
        }
        publication.changes += backup.consents.map { .consent(key: $0.key, entry: $0.value) }
        publication.changes += backup.merges.map { .merge(key: $0.key, record: $0.value) }
        publish(publication)
    }
}
