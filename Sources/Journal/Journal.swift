internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#endif

/// What must survive: keys with values in a few families, on disk before they are acknowledged.
package final class Journal: Sendable {
    /// Of the layout described by `JournalFamily`; a journal with a higher one is refused.
    package static let format: UInt32 = 1
    private static let formatKey = Array("journal.format".utf8)

    let queue: CommitQueue

    private init(queue: CommitQueue) {
        self.queue = queue
    }

    /// Opens a journal, making it, and its folder with mode 0700, when there is none. Blocks the thread.
    ///
    /// - Parameter onFailure: Called once, from any thread, when a write fails and the journal stops accepting writes.
    /// - Throws: `JournalError.directory`, `locked`, `newerFormat`, `damaged`.
    package static func open(
        path: String, options: JournalOptions = JournalOptions(),
        onFailure: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(JournalError) -> Journal {
        try makeDirectory(path)
        let database: Database
        do {
            if access(path + "/CURRENT", F_OK) == 0 { try checkFamilies(path) }
            database = try Database(path: path, options: options)
            if try database.get(.meta, key: formatKey) == nil {
                var batch = JournalBatch()
                batch.put(.meta, key: formatKey, value: Array(String(format).utf8))
                try database.write([batch], isSynced: true)
            }
            try checkFormat(database, path: path)
        } catch let error as Database.Failure {
            throw classify(error, path: path)
        } catch let error as JournalError {
            throw error
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
        return Journal(queue: CommitQueue(database: database, options: options, onFailure: onFailure))
    }

    /// Opens a journal that nobody else changes, such as one in a backup, and changes nothing in it. Blocks the thread.
    ///
    /// - Throws: `JournalError.directory`, `newerFormat`, `damaged`; `commit` throws `failed`.
    package static func openForReading(path: String) throws(JournalError) -> Journal {
        guard access(path + "/CURRENT", R_OK) == 0 else {
            throw .directory(path: path, reason: "it holds no journal")
        }
        do {
            try checkFamilies(path)
            let database = try Database(path: path, options: JournalOptions(), isReadOnly: true)
            try checkFormat(database, path: path)
            return Journal(queue: CommitQueue(database: database, options: JournalOptions(), onFailure: { _ in }))
        } catch let error as Database.Failure {
            throw classify(error, path: path)
        } catch let error as JournalError {
            throw error
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    /// Ends what `JournalOptions.defersCompaction` began. Call it once everything is read.
    ///
    /// - Throws: `JournalError.unreadable` when RocksDB refuses, `closed`.
    package func allowCompaction() throws(JournalError) {
        let database = try queue.openDatabase()
        do {
            try database.allowCompaction()
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// Why the journal no longer accepts writes; nil while it does.
    package var failure: String? { queue.failure }

    /// For metrics.
    package var figures: JournalFigures { queue.figures }

    /// Writes a batch; on return it is on disk (see `JournalOptions.Durability`).
    ///
    /// Batches take effect in the order in which `commit` is called; it is put in line before the first suspension, so
    /// a caller that is an actor may rely on its own order.
    /// - Throws: `JournalError.failed`, `overloaded`, `closed`; after `failed` it is unknown whether the batch is on
    ///   disk.
    nonisolated(nonsending) package func commit(_ batch: JournalBatch) async throws(JournalError) {
        try await commit(.batch(batch))
    }

    /// The same for a run, which is on disk on return whatever `JournalOptions.Durability` says.
    nonisolated(nonsending) package func commit(_ run: SortedRun) async throws(JournalError) {
        try await commit(.run(run))
    }

    nonisolated(nonsending) private func commit(_ change: CommitQueue.Change) async throws(JournalError) {
        let outcome = await withCheckedContinuation { continuation in
            queue.append(change) { continuation.resume(returning: $0) }
        }
        try outcome.get()
    }

    /// Asks whether the disk has room for a large write, before anything else is changed: a write that fails half-way is the last one.
    ///
    /// - Parameter byteCount: Of keys and values. As much again is wanted for putting files in order later.
    /// - Throws: `JournalError.noRoom`, `closed`. A disk that does not say is taken to have room.
    package func checkRoom(forBytes byteCount: Int) throws(JournalError) {
        let path = try queue.openDatabase().path
        guard let free = try? Files.freeBytes(path), free < UInt64(2 * byteCount) else { return }
        throw .noRoom(path: path, neededBytes: 2 * byteCount, freeBytes: Int(clamping: free))
    }

    /// Puts a batch in line at once, for callers that must not wait, such as those that hold a lock.
    ///
    /// - Parameter done: Called once, from any thread, when the batch is on disk, or with what `commit` would throw.
    package func enqueue(_ batch: JournalBatch, done: @escaping @Sendable (Result<Void, JournalError>) -> Void) {
        queue.append(.batch(batch), done: done)
    }

    /// - Returns: The value under a key; nil when there is none.
    /// - Throws: `JournalError.unreadable`, `closed`.
    package func get(_ family: JournalFamily, key: [UInt8]) throws(JournalError) -> [UInt8]? {
        let database = try queue.openDatabase()
        do {
            return try database.get(family, key: key)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// - Returns: The entry with the greatest key, byte by byte; nil when the family is empty.
    /// - Throws: `JournalError.unreadable`, `closed`.
    package func last(in family: JournalFamily) throws(JournalError) -> (key: [UInt8], value: [UInt8])? {
        let database = try queue.openDatabase()
        do {
            return try database.last(family)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// Goes over a family as it is now, in the order of keys. Blocks the thread.
    ///
    /// - Parameters:
    ///   - start: The first key, or nil for the first of all.
    ///   - body: Returns whether to go on; key and value are valid during the call.
    /// - Throws: `JournalError.unreadable` for damage on the way, `closed`.
    package func scan(
        _ family: JournalFamily, from start: [UInt8]? = nil,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(JournalError) {
        let database = try queue.openDatabase()
        do {
            try database.scan(family, from: start, body)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// About how many entries a family has; 0 when not known.
    package func estimatedCount(_ family: JournalFamily) -> Int {
        guard let database = try? queue.openDatabase() else { return 0 }
        return Int(clamping: database.estimatedCount(family))
    }

    /// Removes from every file what was deleted in these ranges: RocksDB keeps old bytes until it writes a file anew.
    ///
    /// - Throws: `JournalError.unreadable`, `closed`.
    package func scrub(_ ranges: [JournalRange]) async throws(JournalError) {
        let database = try queue.openDatabase()
        let outcome: Result<Void, JournalError> = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                do {
                    try database.scrub(ranges)
                    continuation.resume(returning: .success(()))
                } catch let error as Database.Failure {
                    continuation.resume(returning: .failure(.unreadable(reason: error.message)))
                } catch {
                    continuation.resume(returning: .failure(.unreadable(reason: "\(error)")))
                }
            }
        }
        try outcome.get()
    }

    /// Writes what waits and closes; whatever is asked later throws `JournalError.closed`. A scan under way ends first.
    package func close() async {
        await queue.close()
    }

    // MARK: Opening

    private static func makeDirectory(_ path: String) throws(JournalError) {
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            made += part
            if !made.isEmpty, made != ".", made != "..", mkdir(made, 0o700) != 0 {
                let code = errno
                guard code == EEXIST || code == EISDIR || (code == EROFS || code == EACCES) && access(made, F_OK) == 0
                else { throw .directory(path: path, reason: String(cString: strerror(code))) }
            }
            made += "/"
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .directory(path: path, reason: "it is not a folder")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw .directory(path: path, reason: String(cString: strerror(errno)))
        }
    }

    private static func checkFamilies(_ path: String) throws {
        let known = Set(JournalFamily.allCases.map(\.name) + ["default"])
        if let newer = try Database.familyNames(path: path).first(where: { !known.contains($0) }) {
            throw JournalError.newerFormat(path: path, found: "it holds \(newer)", supported: format)
        }
    }

    private static func checkFormat(_ database: Database, path: String) throws {
        guard let stored = try database.get(.meta, key: formatKey) else {
            throw JournalError.damaged(path: path, reason: "it does not name its format")
        }
        let text = String(decoding: stored, as: UTF8.self)
        guard let found = UInt32(text), found >= 1 else {
            throw JournalError.damaged(path: path, reason: "its format reads \(text.prefix(40))")
        }
        guard found <= format else {
            throw JournalError.newerFormat(path: path, found: "format \(found)", supported: format)
        }
    }

    /// RocksDB's C interface tells errors apart only by their texts.
    private static func classify(_ error: Database.Failure, path: String) -> JournalError {
        let message = error.message
        if message.contains("While lock file") || message.contains("lock hold by current process") {
            return .locked(path: path)
        }
        if message.hasPrefix("IO error") { return .directory(path: path, reason: message) }
        return .damaged(path: path, reason: message)
    }
}
