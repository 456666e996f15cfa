package import Model
internal import CXXHash
internal import Synchronization

/// All profiles of one kind, packed in memory: many event loops read without waiting while writes go on.
///
/// Writes take a lock among themselves; readers never touch it. A reader's row stays readable until memory that writes
/// have retired is freed, which the owner does in three steps: `takeRetired()`, then a task on every event loop (so
/// that whatever a loop was reading before is done with), then `free(_:)`.
///
/// Why no reader meets freed or half-written memory:
/// 1. A row is complete before the release store that puts its address into a slot; a reader loads slots with acquire.
/// Rows
///    never change after that. The same holds for the arrays of slots and for dictionary entries (`TextDictionaries`).
/// 2. A row or array is retired only after the store that makes it unreachable. A reader that still has it began before
/// that
///    store was visible to it, inside a task of its loop that the owner's later hop onto this loop waits for. So after
///    the hops nobody has it, and the memory may be used again.
package final class ProfileTable: @unchecked Sendable {
    // Sendable: `writer` is touched only inside `lock`, except for what readers use: `arrays`, `context` and `seed`,
    // which are constants that live as long as the table, and what they point to, of which the text above speaks.
    /// Which kind of profile it holds.
    package let entity: Entity
    private let lock = Mutex<Void>(())
    private let writer: ProfileWriter
    private let arrays: ProfileIndex.Arrays
    let lifetime: ProfileLifetime
    private let context: UnsafePointer<RowContext>
    let seed: UInt64

    /// - Precondition: `entity` is `.visitor` or `.account`.
    package init(entity: Entity, lifetime: ProfileLifetime = .unlimited) {
        precondition(entity != .request, "requests are not stored")
        self.entity = entity
        self.lifetime = lifetime
        writer = ProfileWriter(entity: entity, lifetime: lifetime)
        arrays = writer.index.arrays
        context = UnsafePointer(writer.context)
        seed = writer.seed
    }

    // MARK: For readers

    /// Looks up a profile; from any thread, without waiting.
    ///
    /// - Parameters:
    ///   - id: UTF-8; any bytes are safe.
    ///   - now: In seconds since 1970; a profile that has expired by then is not found. By default none has.
    /// - Returns: Nil when there is no such profile. See `ProfileRow` for how long it is valid.
    package func find(_ id: UnsafeBufferPointer<UInt8>, atSeconds now: Int64 = 0) -> ProfileRow? {
        guard id.count > 0, id.count <= ProfileLimits.idBytesMax else { return nil }
        let hash = XXH64(id.baseAddress, id.count, seed)
        let place = ProfileIndex.find(hash, in: arrays) { row(at: $0).hasID(id) }
        guard let found = place.map({ row(at: $0.row) }), !lifetime.isOver(found, atSeconds: now) else { return nil }
        return found
    }

    @inline(__always)
    private func row(at address: UInt) -> ProfileRow {
        guard let start = UnsafePointer<UInt8>(bitPattern: address) else {
            preconditionFailure("the index holds addresses of rows")
        }
        return ProfileRow(start: start, context: context)
    }

    // MARK: For writers

    /// Takes over the schema: from now on its declared attributes can be written.
    ///
    /// - Precondition: It is a later state of the schema that was taken over before.
    package func adopt(_ schema: ProfileSchema) {
        let attributes = schema.attributes(of: entity)
        lock.withLock { _ in writer.adopt(attributes) }
    }

    /// Writes one profile; the next lookup on any loop sees it.
    ///
    /// - Returns: The new version, and the record for the journal.
    /// - Throws: `ProfileError`, with nothing changed.
    package func put(_ change: ProfileChange) throws(ProfileError) -> ProfileWrite {
        try lock.withLock { _ throws(ProfileError) in try writer.put(change, dryRun: false) }
    }

    /// Checks a write without doing it.
    ///
    /// - Throws: What `put` would throw now.
    package func check(_ change: ProfileChange) throws(ProfileError) {
        _ = try lock.withLock { _ throws(ProfileError) in try writer.put(change, dryRun: true) }
    }

    /// Removes one profile.
    ///
    /// - Parameters:
    ///   - expectedVersion: As in `ProfileChange`.
    ///   - now: In seconds since 1970; a profile that has expired by then is left to `removeExpired`. By default none has.
    /// - Returns: Whether there was such a profile.
    /// - Throws: `ProfileError.versionMismatch`, `badID`.
    package func delete(
        id: String, expectedVersion: UInt64? = nil, atSeconds now: Int64 = 0
    ) throws(ProfileError) -> Bool {
        try id.withBytes { bytes throws(ProfileError) in
            if let fault = ProfileID.fault(in: bytes) { throw .badID(fault) }
            return try lock.withLock { _ throws(ProfileError) in
                try writer.delete(bytes, expectedVersion: expectedVersion, atSeconds: now)
            }
        }
    }

    /// Removes the profiles of a part that have expired; no longer than that writes wait.
    ///
    /// - Parameters:
    ///   - part: In `0..<partCount`.
    ///   - now: In seconds since 1970.
    /// - Returns: Their ids.
    package func removeExpired(inPart part: Int, atSeconds now: Int64) -> [[UInt8]] {
        lock.withLock { _ in writer.removeExpired(inPartition: part, atSeconds: now) }
    }

    /// The schema's attributes of this kind, as taken over.
    var attributes: [ProfileSchema.Attribute] { lock.withLock { _ in writer.attributes } }

    /// Takes in rows of a batch; one of an id that is there already replaces it.
    func insert(_ rows: [RowBatch.Row], from bytes: UnsafePointer<UInt8>) {
        lock.withLock { _ in writer.insert(rows, from: bytes) }
    }

    /// As `insert`, unless somebody else writes just now.
    ///
    /// - Returns: Whether the rows are in.
    func insertUnlessBusy(_ rows: [RowBatch.Row], from bytes: UnsafePointer<UInt8>) -> Bool {
        lock.withLockIfAvailable { _ in writer.insert(rows, from: bytes) } != nil
    }

    /// Runs `body` with nobody else writing.
    func withWriter<Result: Sendable>(_ body: (ProfileWriter) -> Result) -> Result {
        lock.withLock { _ in body(writer) }
    }

    /// - Returns: The code of a text, and where the text stands for good, when it has one or has just earned one.
    func code(
        of text: UnsafeBufferPointer<UInt8>, hash: UInt64, in dictionary: Int
    ) -> (code: UInt64, entry: TextDictionaries.Entry)? {
        // An entry never changes once its code is given out, which was before the lock was released.
        lock.withLock { _ in writer.code(of: text, hash: hash, in: dictionary) }.map {
            ($0, TextDictionaries.entry($0, of: dictionary, in: context.pointee.directory))
        }
    }

    /// Makes room for that many profiles before they are loaded.
    package func reserve(_ count: Int) {
        lock.withLock { _ in writer.reserve(count) }
    }

    // MARK: Retired memory

    /// Rows and arrays that are no longer reachable, but that readers may still be looking at.
    ///
    /// Give it to `free` of the same table after a task has run on every event loop that reads; dropping it leaks
    /// memory.
    package struct Retired: @unchecked Sendable {
        // Sendable: addresses that nobody dereferences before `free`, which takes the table's lock.
        fileprivate let memory: RetiredMemory

        /// Whether there is nothing to free.
        package var isEmpty: Bool { memory.rows.isEmpty && memory.arrays.isEmpty }
    }

    /// Hands over what has been retired since the last call.
    package func takeRetired() -> Retired {
        lock.withLock { _ in Retired(memory: writer.takeRetired()) }
    }

    /// Frees what `takeRetired` handed over.
    ///
    /// - Precondition: Each event loop has run a task since, and no other thread holds rows from before.
    package func free(_ retired: Retired) {
        lock.withLock { _ in writer.free(retired.memory) }
    }

    // MARK: Figures and export

    /// Profiles held.
    package var count: Int { lock.withLock { _ in writer.index.count } }

    /// Memory held.
    package var memory: ProfileMemory { lock.withLock { _ in writer.memory } }

    /// Parts in which `records(inPart:)` hands out all profiles.
    package static let partCount = ProfileIndex.partitionCount

    /// One part of all profiles, owned, with the attributes that are declared now, in no particular order.
    ///
    /// Writes wait while a part is copied, never longer; a profile written meanwhile is in its part or not yet.
    /// - Parameter now: In seconds since 1970; what has expired by then is left out. By default nothing has.
    /// - Precondition: `part` is in `0..<partCount`.
    package func records(inPart part: Int, atSeconds now: Int64 = 0) -> [ProfileRecord] {
        rows(inPart: part) { row in
            lifetime.isOver(row, atSeconds: now) ? nil : ProfileRecord(row, attributes: writer.attributes)
        }
    }

    /// What a closure makes of each row of a part, with nobody writing meanwhile.
    func rows<Result: Sendable>(inPart part: Int, _ body: (ProfileRow) -> Result?) -> [Result] {
        lock.withLock { _ in
            ProfileIndex.rowAddresses(inPartition: part, of: arrays).compactMap { body(row(at: $0)) }
        }
    }

    /// A profile, owned, with the attributes that are declared now; nil when there is no such profile.
    ///
    /// - Parameter now: As in `find`.
    package func record(id: String, atSeconds now: Int64 = 0) -> ProfileRecord? {
        id.withBytes { bytes in
            lock.withLock { _ in
                guard let place = writer.find(bytes, hash: writer.hash(bytes)) else { return nil }
                let row = row(at: place.row)
                guard !lifetime.isOver(row, atSeconds: now) else { return nil }
                return ProfileRecord(row, attributes: writer.attributes)
            }
        }
    }
}

/// What a table occupies.
package struct ProfileMemory: Sendable, Equatable {
    /// Of rows, with what is free between them.
    package let rowBytes: Int
    /// Of the index.
    package let indexBytes: Int
    /// Of texts that have codes.
    package let dictionaryBytes: Int
    /// Rows that wait to be freed; part of `rowBytes`.
    package let retiredRows: Int
}
