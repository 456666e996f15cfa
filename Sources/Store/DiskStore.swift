internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// The store of a daemon: RocksDB in a folder of its own.
package final class DiskStore: Store {
    /// Of the layout described by `StoreFamily`; a folder with a higher one is refused.
    package static let format: UInt32 = 1
    private static let formatKey = Array("journal.format".utf8)

    private struct State {
        /// Nil once it is closed, and while it cannot be opened again; the database goes with the last scan that still uses it.
        var database: Database?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let path: String
    private let options: StoreOptions
    /// As `Store.failure` says.
    package let failure: String?

    private init(_ database: Database, failure: String? = nil) {
        state = Mutex(State(database: database))
        (path, options, self.failure) = (database.path, database.options, failure)
    }

    /// Opens a journal, making it, and its folder with mode 0700, when there is none. Blocks the thread.
    ///
    /// One on a disk that takes no writes now is opened for reading, with `failure` set, until `recover` succeeds.
    /// - Throws: `StoreError.directory`, `locked`, `newerFormat`, `damaged`.
    package static func open(
        path: String, options: StoreOptions = StoreOptions()
    ) throws(StoreError) -> DiskStore {
        let isThere = access(path + "/CURRENT", F_OK) == 0
        if isThere, let failure = Files.writingProblem(path, bytesMin: bytesToOpen(path)) {
            return DiskStore(try openDatabaseForReading(path: path, options: options), failure: failure)
        }
        try makeDirectory(path)
        let database: Database
        do {
            if isThere { try checkFamilies(path) }
            database = try Database(path: path, options: options)
            if try database.get(.meta, key: formatKey) == nil {
                var batch = StoreBatch()
                batch.put(.meta, key: formatKey, value: Array(String(format).utf8))
                try database.write([batch], isSynced: true)
            }
            try checkFormat(database, path: path)
        } catch let error as Database.Failure {
            throw classify(error, path: path)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
        return DiskStore(database)
    }

    /// Opens a journal that nobody else changes, such as one in a backup, and changes nothing in it. Blocks the thread.
    ///
    /// - Throws: `StoreError.directory`, `newerFormat`, `damaged`; `write` throws `failed`.
    package static func openForReading(path: String) throws(StoreError) -> DiskStore {
        guard access(path + "/CURRENT", R_OK) == 0 else {
            throw .directory(path: path, reason: "it holds no journal")
        }
        return DiskStore(try openDatabaseForReading(path: path, options: StoreOptions()))
    }

    private static func openDatabaseForReading(path: String, options: StoreOptions) throws(StoreError) -> Database {
        do {
            try checkFamilies(path)
            let database = try Database(path: path, options: options, isReadOnly: true)
            try checkFormat(database, path: path)
            return database
        } catch let error as Database.Failure {
            throw classify(error, path: path)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    /// Ends what `StoreOptions.defersCompaction` began. Call it once everything is read.
    ///
    /// - Throws: `StoreError.unreadable` when RocksDB refuses, `closed`.
    package func allowCompaction() throws(StoreError) {
        let database = try openDatabase()
        // `recover` opens it without.
        if database.isReadOnly { return }
        do {
            try database.allowCompaction()
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// The database, as long as the store is open.
    func openDatabase() throws(StoreError) -> Database {
        let (database, isClosed) = state.withLock { ($0.database, $0.isClosed) }
        if isClosed { throw .closed }
        guard let database else { throw .unreadable(reason: "it is not open again yet after an error of the disk") }
        return database
    }

    // MARK: Recovering

    /// For the files that a start makes, beside what it writes anew from the log.
    private static let bytesBeside = 1 << 20
    /// Until whoever reads now has ended.
    private static let readersSecondsMax = 10

    private static func bytesToOpen(_ path: String) -> Int {
        let logs = ((try? Files.names(in: path)) ?? []).filter { $0.hasSuffix(".log") }
        let bytes = logs.reduce(UInt64(0)) { $0 + ((try? Files.status(path + "/" + $1))?.bytes ?? 0) }
        return Int(clamping: bytes) + bytesBeside
    }

    /// As `Store.recover` says: RocksDB gives up a log that a write to has failed, and takes no further one until it is opened again.
    package func recover() throws(StoreError) {
        if let problem = Files.writingProblem(path, bytesMin: Self.bytesToOpen(path)) {
            throw .failed(reason: problem)
        }
        for _ in 0..<Self.readersSecondsMax * 100 {
            if try reopen() { return }
            usleep(10_000)
        }
        throw .failed(reason: "the journal is read all the time, and cannot be opened again")
    }

    /// - Returns: Whether it is open again: not while somebody uses it. New readers wait for the lock meanwhile.
    private func reopen() throws(StoreError) -> Bool {
        try state.withLock { state throws(StoreError) in
            if state.isClosed { throw .closed }
            guard state.database == nil || isKnownUniquelyReferenced(&state.database) else { return false }
            // Closed first: its lock is one for each process.
            state.database = nil
            var options = options
            options.defersCompaction = false
            do throws(Database.Failure) {
                state.database = try Database(path: path, options: options, keepsIncoming: true)
            } catch {
                throw .failed(reason: error.message)
            }
            return true
        }
    }

    // MARK: Writing

    /// As `Store.write` says.
    package func write(_ batches: [StoreBatch], isSynced: Bool) throws(StoreError) {
        let database = try openDatabase()
        do { try database.write(batches, isSynced: isSynced) } catch { throw .failed(reason: error.message) }
    }

    /// As `Store.ingest` says.
    package func ingest(_ run: SortedRun, with batches: [StoreBatch]) throws(StoreError) {
        let database = try openDatabase()
        do {
            // Not synced: that is what joining a run begins with.
            try database.write(batches, isSynced: false)
            try database.ingest(run)
        } catch {
            throw .failed(reason: error.message)
        }
    }

    /// As `Store.sync` says.
    package func sync() throws(StoreError) {
        let database = try openDatabase()
        do { try database.sync() } catch { throw .failed(reason: error.message) }
    }

    /// As `Store.checkRoom` says.
    package func checkRoom(forBytes byteCount: Int) throws(StoreError) {
        let path = try openDatabase().path
        guard let free = try? Files.freeBytes(path), free < UInt64(2 * byteCount) else { return }
        throw .noRoom(path: path, neededBytes: 2 * byteCount, freeBytes: Int(clamping: free))
    }

    // MARK: Reading

    /// As `Store.get` says.
    package func get(_ family: StoreFamily, key: [UInt8]) throws(StoreError) -> [UInt8]? {
        let database = try openDatabase()
        do {
            return try database.get(family, key: key)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// As `Store.last` says.
    package func last(in family: StoreFamily) throws(StoreError) -> (key: [UInt8], value: [UInt8])? {
        let database = try openDatabase()
        do {
            return try database.last(family)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// As `Store.scan` says.
    package func scan(
        _ family: StoreFamily, from start: [UInt8]?,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) {
        let database = try openDatabase()
        do {
            try database.scan(family, from: start, body)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }

    /// As `Store.estimatedCount` says.
    package func estimatedCount(_ family: StoreFamily) -> Int {
        guard let database = try? openDatabase() else { return 0 }
        return Int(clamping: database.estimatedCount(family))
    }

    /// As `Store.scrub` says.
    package func scrub(_ ranges: [StoreRange]) throws(StoreError) {
        let database = try openDatabase()
        do { try database.scrub(ranges) } catch { throw .unreadable(reason: error.message) }
    }

    /// As `Store.close` says.
    package func close() { state.withLock { ($0.database, $0.isClosed) = (nil, true) } }

    // MARK: Opening

    private static func makeDirectory(_ path: String) throws(StoreError) {
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
        let known = Set(StoreFamily.allCases.map(\.name) + ["default"])
        if let newer = try Database.familyNames(path: path).first(where: { !known.contains($0) }) {
            throw StoreError.newerFormat(path: path, found: "it holds \(newer)", supported: format)
        }
    }

    private static func checkFormat(_ database: Database, path: String) throws {
        guard let stored = try database.get(.meta, key: formatKey) else {
            throw StoreError.damaged(path: path, reason: "it does not name its format")
        }
        let text = String(decoding: stored, as: UTF8.self)
        guard let found = UInt32(text), found >= 1 else {
            throw StoreError.damaged(path: path, reason: "its format reads \(text.prefix(40))")
        }
        guard found <= format else {
            throw StoreError.newerFormat(path: path, found: "format \(found)", supported: format)
        }
    }

    /// RocksDB's C interface tells errors apart only by their texts.
    private static func classify(_ error: Database.Failure, path: String) -> StoreError {
        let message = error.message
        if message.contains("While lock file") || message.contains("lock hold by current process") {
            return .locked(path: path)
        }
        if message.hasPrefix("IO error") { return .directory(path: path, reason: message) }
        return .damaged(path: path, reason: message)
    }
}
