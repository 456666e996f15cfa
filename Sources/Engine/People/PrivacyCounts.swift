internal import Ledger
internal import Model
internal import Profiles
internal import Store

/// Of how many persons something is kept: what has to be counted for the report of whoever answers for it.
package struct PrivacyCounts: Sendable {
    /// What visitors have chosen, by the number of the purpose.
    package private(set) var choices: [UInt32: (granted: UInt64, denied: UInt64)] = [:]
    /// Visitors of whom an event is kept, and how often it happened, by its number.
    package private(set) var events: [UInt32: (visitors: UInt64, count: UInt64)] = [:]
    /// Profiles that have a value, by kind and name.
    package private(set) var attributes: [String: UInt64] = [:]
    /// Ids that were erased and are remembered as digests.
    package private(set) var erased: UInt64 = 0

    /// Goes over everything that is held. Blocks the thread, others write in between.
    ///
    /// - Throws: `EngineError` when the journal cannot be read.
    package init(_ behaviour: BehaviourStore, _ profiles: ProfileStore) throws(EngineError) {
        for part in 0..<RecordTable.partCount {
            behaviour.visitors.forEach(inPart: part) { record in
                guard let view = BehaviourView(record.payload) else { return }
                add(view)
            }
        }
        for entity in [Entity.visitor, .account] {
            for part in 0..<ProfileStore.partCount {
                for record in profiles.records(entity, part: part) {
                    for value in record.values { attributes["\(entity.name).\(value.name)", default: 0] += 1 }
                }
            }
        }
        var count: UInt64 = 0
        do throws(StoreError) {
            try behaviour.ledger.scan(.meta, under: ProfileStore.erasedKey) { _, _ in
                count += 1
                return true
            }
        } catch {
            throw EngineError("\(error)")
        }
        erased = count
    }

    private mutating func add(_ view: BehaviourView) {
        for index in 0..<view.consentCount {
            let choice = view.consent(index)
            var counts = choices[choice.purpose] ?? (0, 0)
            if choice.isGranted { counts.granted += 1 } else { counts.denied += 1 }
            choices[choice.purpose] = counts
        }
        for index in 0..<view.eventCount {
            let event = view.event(index)
            let counts = events[event.name] ?? (0, 0)
            events[event.name] = (counts.visitors + 1, counts.count + UInt64(event.count))
        }
    }
}
