/// Keys with values in a few families, kept until they are removed: on a disk, or for tests in memory.
///
/// Whoever writes does so alone: `Ledger` is the only writer of a daemon's store, and gives all changes one order. Reads may come from any
/// thread at any time. None of this stands on the way of a decision, so a protocol is fine here.
package protocol Store: Sendable {
    /// - Returns: The value under a key; nil when there is none.
    /// - Throws: `StoreError.unreadable`, `closed`.
    func get(_ family: StoreFamily, key: [UInt8]) throws(StoreError) -> [UInt8]?

    /// - Returns: The entry with the greatest key, byte by byte; nil when the family is empty.
    /// - Throws: `StoreError.unreadable`, `closed`.
    func last(in family: StoreFamily) throws(StoreError) -> (key: [UInt8], value: [UInt8])?

    /// Goes over a family as it is now, in the order of keys. Blocks the thread.
    ///
    /// - Parameters:
    ///   - start: The first key, or nil for the first of all.
    ///   - body: Returns whether to go on; key and value are valid during the call.
    /// - Throws: `StoreError.unreadable` for damage on the way, `closed`.
    func scan(
        _ family: StoreFamily, from start: [UInt8]?,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError)

    /// Goes over a family on several threads at once, each taking one range of keys after the other. Blocks the thread.
    ///
    /// - Parameters:
    ///   - threads: At least 1.
    ///   - body: Is told the number of the thread, below `threads`; calls with the same number never overlap. Returns
    ///     whether to go on; key and value are valid during the call. Within a range keys come in their order.
    /// - Throws: `StoreError.unreadable` for damage on the way, `closed`.
    /// - Precondition: Nothing is written meanwhile, so that all ranges are of one state.
    func scan(
        _ family: StoreFamily, threads: Int,
        _ body: @Sendable (_ thread: Int, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError)

    /// About how many entries a family has; 0 when not known.
    func estimatedCount(_ family: StoreFamily) -> Int

    /// Writes batches as one, in their order; they survive the machine on return when `isSynced`, else the process.
    ///
    /// - Throws: `StoreError.failed`, after which it is unknown whether they are there; `closed`.
    func write(_ batches: [StoreBatch], isSynced: Bool) throws(StoreError)

    /// Writes batches and then a run; both survive the machine on return, the run whole, and after what was written before.
    ///
    /// - Throws: As `write`.
    func ingest(_ run: SortedRun, with batches: [StoreBatch]) throws(StoreError)

    /// Forces to disk what was written unsynced.
    ///
    /// - Throws: `StoreError.failed`, `closed`.
    func sync() throws(StoreError)

    /// Asks whether there is room for a large write, before anything else is changed: a write that fails half-way is the last one.
    ///
    /// - Parameter byteCount: Of keys and values. As much again is wanted for putting files in order later.
    /// - Throws: `StoreError.noRoom`, `closed`. A disk that does not say is taken to have room.
    func checkRoom(forBytes byteCount: Int) throws(StoreError)

    /// Why writes have not been possible since it was opened, such as a full disk; nil when they were then.
    var failure: String? { get }

    /// Makes the store take writes again after one has failed, as soon as the disk does. Blocks the thread; readers wait meanwhile.
    ///
    /// What was written before is there afterwards; of what failed it is unknown whether it is.
    /// - Throws: `StoreError.failed` when the disk does not yet, `closed`.
    func recover() throws(StoreError)

    /// Removes from wherever values are kept what was deleted in these ranges. Blocks the thread.
    ///
    /// - Throws: `StoreError.unreadable`, `closed`.
    func scrub(_ ranges: [StoreRange]) throws(StoreError)

    /// Whatever is asked later throws `StoreError.closed`. A scan under way ends first.
    func close()
}
