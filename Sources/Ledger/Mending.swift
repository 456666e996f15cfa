internal import Store

/// What must be written once a store has recovered from an error, so that it holds what was acknowledged and nothing that was refused.
///
/// A write of which the disk has failed to say that it is there may be there all the same, and come to light when the log is read
/// again. A log that could not be forced to disk may lack what was acknowledged without a sync.
struct Mending: Sendable {
    /// Acknowledged since the last sync, in order; empty where each write is synced.
    var unsynced: [StoreBatch] = []
    /// What stood under the keys of writes that were refused, and may be there.
    var refused: Result<Before, StoreError> = .success(Before())

    /// What stood under keys before they were written.
    struct Before: Sendable {
        var values = StoreBatch()
        /// The first key of a run with its value, which tells whether the run is there.
        var ofRun: (family: StoreFamily, key: [UInt8], before: [UInt8]?, after: [UInt8])?
    }

    /// Reads what stands under the keys of batches that have just failed: the store shows what failed only after it has recovered.
    static func before(_ batches: [StoreBatch], _ run: SortedRun?, in store: any Store) -> Result<Before, StoreError> {
        Result { () throws(StoreError) in
            var before = Before()
            var seen: Set<Place> = []
            for batch in batches {
                for place in batch.places where seen.insert(place).inserted {
                    // Never written before, and written before a run of which they tell.
                    let value = run == nil ? try store.get(place.family, key: place.key) : nil
                    if let value {
                        before.values.put(place.family, key: place.key, value: value)
                    } else {
                        before.values.delete(place.family, key: place.key)
                    }
                }
            }
            if let (key, value) = run?.first, let family = run?.family {
                before.ofRun = (family, key, try store.get(family, key: key), value)
            }
            return before
        }
    }

    /// Writes it.
    ///
    /// - Throws: `StoreError.failed` when it cannot, or not all of it: then a start takes in what is on disk.
    func mend(_ store: any Store) throws(StoreError) {
        let before = try refused.get()
        if let run = before.ofRun, run.before != run.after, try store.get(run.family, key: run.key) == run.after {
            throw .failed(reason: "an import that was refused is on disk all the same; start the daemon again")
        }
        let batches = unsynced + [before.values]
        if batches.contains(where: { !$0.isEmpty }) { try store.write(batches, isSynced: true) }
    }
}

/// A key of a family.
private struct Place: Hashable {
    let family: StoreFamily
    let key: [UInt8]
}

extension StoreBatch {
    /// Each key that it changes, as often as it does.
    fileprivate var places: [Place] {
        var places: [Place] = []
        forEach { family, key, _ in places.append(Place(family: family, key: Array(UnsafeRawBufferPointer(key)))) }
        return places
    }
}

extension SortedRun {
    fileprivate var first: (key: [UInt8], value: [UInt8])? {
        var first: (key: [UInt8], value: [UInt8])?
        forEach { key, value in
            first = (Array(key), Array(value))
            return false
        }
        return first
    }
}
