/// Entries that the disk does not give back.
package struct UnreadableEntries: Sendable, Equatable {
    /// The last key before them that can be read; nil when there is none.
    package var after: [UInt8]?
    /// The first key behind them that can be read; nil when there is none.
    package var before: [UInt8]?
    /// What RocksDB says; names the file.
    package var reason: String
}

extension DiskStore {
    /// Makes a folder with the journal as it is now, in an instant: links to the files that never change. Blocks the thread.
    ///
    /// - Parameter path: Is not there yet; on the journal's file system.
    /// - Throws: `StoreError.unreadable`, `closed`.
    package func checkpoint(_ path: String) throws(StoreError) {
        let database = try openDatabase()
        do {
            try database.checkpoint(path)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// Goes over a family like `scan`, and around damage: from the first key on and, when that comes to an end too early, from the last
    /// key back. Blocks the thread.
    ///
    /// - Parameter body: Returns whether to go on; key and value are valid during the call. No entry comes twice.
    /// - Returns: What lies between the two, unread; nil when all was read.
    /// - Throws: `StoreError.closed`.
    package func readThrough(
        _ family: StoreFamily, _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) -> UnreadableEntries? {
        let database = try openDatabase()
        var last: [UInt8] = []
        var hasLast = false
        do {
            try database.scan(family, from: nil) { key, value in
                // One array for all keys.
                last.removeAll(keepingCapacity: true)
                last.append(contentsOf: key)
                hasLast = true
                return body(key, value)
            }
            return nil
        } catch {
            var found = UnreadableEntries(after: hasLast ? last : nil, before: nil, reason: error.message)
            do {
                try database.scanBackwards(family) { key, value in
                    if let after = found.after, !after.lexicographicallyPrecedes(key) { return false }
                    found.before = Array(key)
                    return body(key, value)
                }
            } catch {
                // The same damage seen from behind, or further one.
                if error.message != found.reason { found.reason += "; " + error.message }
            }
            return found
        }
    }
}
