internal import Ledger
internal import Store
internal import Model
package import Profiles

/// The history of consent.
extension BehaviourStore {
    /// Every choice that is kept of the person who has an id, the oldest first.
    package func consents(of visitorID: String) throws(EngineError) -> [ConsentEntry] {
        var found: [ConsentEntry] = []
        do throws(StoreError) {
            for id in aliases.ids(visitorID) { found += try consents(ofID: id) }
        } catch {
            throw EngineError(error)
        }
        return found.sorted { $0.choice.time < $1.choice.time }
    }

    /// The same of one id alone.
    func consents(ofID id: String) throws(StoreError) -> [ConsentEntry] {
        let prefix = EventKey.prefix(.visitor, id)
        var found: [ConsentEntry] = []
        try ledger.scan(.consents, under: prefix) { key, value in
            if let entry = ConsentEntry(place: key.dropFirst(prefix.count), value: value) { found.append(entry) }
            return true
        }
        return found
    }
}

/// Choices on their way into the history.
struct ConsentHistory {
    /// By the id under which the person is kept.
    private(set) var entries: [String: [ConsentEntry]] = [:]

    /// Keeps a choice, unless it repeats the one before it: a page that says at every view what was agreed to does not drive out when it was.
    ///
    /// - Parameter isKept: Whether it changes what holds. What holds may be of another id that turned out to be the same person's.
    mutating func add(_ entry: ConsentEntry, of id: String, _ reads: inout DiskReads, isKept: Bool) {
        var known = entries[id] ?? []
        if known.isEmpty {
            let prefix = EventKey.prefix(.visitor, id)
            known = reads.entries(.consents, under: prefix).compactMap { key, value in
                value.withUnsafeBytes { ConsentEntry(place: key.dropFirst(prefix.count), value: $0) }
            }
        }
        let before = known.filter { $0.choice.purpose == entry.choice.purpose && $0.choice.time <= entry.choice.time }
            .max { $0.choice.time < $1.choice.time }
        if let before, before.repeats(entry), !isKept { return }
        // Of two choices of one moment, the denial counts, here as in what holds.
        if entry.choice.isGranted, known.contains(where: { $0.place == entry.place && !$0.choice.isGranted }) { return }
        known.removeAll { $0.place == entry.place }
        known.append(entry)
        entries[id] = known
    }

    func write(into changes: inout Changes) {
        for (id, entries) in entries {
            let prefix = EventKey.prefix(.visitor, id)
            let sorted = entries.sorted { $0.choice.time < $1.choice.time }
            for entry in sorted.dropLast(ConsentEntry.countMax) {
                changes.append(.consent(key: prefix + entry.place, entry: nil))
            }
            for entry in sorted.suffix(ConsentEntry.countMax) {
                changes.append(.consent(key: prefix + entry.place, entry: entry.encoded()))
            }
        }
    }
}
