#if canImport(Glibc)
    internal import Glibc
#endif

/// What a backup is to be.
package struct BackupJob: Sendable {
    /// Where generations lie.
    package var folder: BackupFolder
    /// The number of what is written: one more than that of the newest.
    package var generation: UInt64
    /// How many generations are kept, the new one included; nil for all.
    package var keep: Int?
    /// A folder that is not there, on the journal's file system: holds the journal's files while they are copied.
    package var scratch: String
    /// The time that the receipt names, in microseconds since 1970.
    package var takenAt: Int64
    /// Of copying.
    package var bytesPerSecond = 64 << 20
    /// Is told bytes copied and bytes to copy, after each chunk.
    package var progress: @Sendable (UInt64, UInt64) -> Void = { _, _ in }
    /// Asked after each chunk.
    package var isStopped: @Sendable () -> Bool = { false }

    /// A job with the defaults of the rest.
    package init(folder: BackupFolder, generation: UInt64, keep: Int?, scratch: String, takenAt: Int64) {
        self.folder = folder
        self.generation = generation
        self.keep = keep
        self.scratch = scratch
        self.takenAt = takenAt
    }
}

/// Writes one generation: the journal as it is at one moment, while it is written on.
///
/// RocksDB's files never change once they are written, so a checkpoint is a folder of links to them, made in an instant. From there
/// they are copied; those that the generation before has too are linked to it. A file is the same when number, size and time of change
/// to the nanosecond are.
struct BackupWriter {
    let database: Database
    let job: BackupJob

    private static let rowsBetweenQuestions: UInt64 = 65_536

    /// - Returns: The receipt, and the generations that are kept.
    func run() throws(BackupError) -> (receipt: BackupReceipt, held: [UInt64]) {
        let lock = try job.folder.lock()
        defer { close(lock) }
        try job.folder.removeLeftovers()
        try Self.removeScratch(job.scratch)
        let number = job.generation
        let newest = try job.folder.generations().last
        guard (newest ?? 0) + 1 == number else { throw .locked(path: job.folder.path) }
        let identity = try database.identity()
        // Without a receipt that can be read every file is copied.
        let previous = newest.flatMap { try? job.folder.receipt(of: $0) }
        if let previous, previous.identity != identity { throw .foreign(path: job.folder.path) }

        var receipt = BackupReceipt(generation: number, takenAt: job.takenAt, identity: identity)
        let partial = job.folder.partial(number)
        do throws(BackupError) {
            try Files.makeFolder(partial)
            try copy(into: partial + "/journal", previous: previous, receipt: &receipt)
            receipt.rows = try rows(in: partial + "/journal")
            try Files.write(partial + "/receipt", receipt.encoded())
            for folder in [partial + "/journal", partial] { try Files.sync(folder: folder) }
        } catch {
            // The reason is what counts; what cannot be removed now goes with the next backup.
            try? Self.removeScratch(job.scratch)
            try? Files.remove(partial)
            throw error
        }
        guard rename(partial, job.folder.folder(number)) == 0 else { throw Files.problem(partial) }
        try Files.sync(folder: job.folder.path)
        guard let keep = job.keep else { return (receipt, try job.folder.generations()) }
        return (receipt, try job.folder.prune(keeping: keep))
    }

    private func copy(
        into target: String, previous: BackupReceipt?, receipt: inout BackupReceipt
    ) throws(BackupError) {
        do {
            try database.checkpoint(job.scratch)
        } catch {
            throw .journal(.unreadable(reason: error.message))
        }
        var known: [String: BackupReceipt.File] = [:]
        for file in previous?.files ?? [] { known[file.name] = file }
        var new: [BackupReceipt.File] = []
        try Files.makeFolder(target)
        for name in try Files.names(in: job.scratch) {
            let (bytes, modified) = try Files.status(job.scratch + "/" + name)
            var file = BackupReceipt.File(name: name, bytes: bytes, modified: modified, hash: 0)
            if let same = known[name], same.bytes == bytes, same.modified == modified, let previous {
                let source = job.folder.journal(previous.generation) + "/" + name
                file.hash = same.hash
                if link(source, target + "/" + name) == 0 {
                    receipt.files.append(file)
                    continue
                }
            }
            new.append(file)
        }
        try copy(new, into: target, receipt: &receipt)
        let identity = Array(receipt.identity.utf8)
        if !receipt.files.contains(where: { $0.name == Database.identityName }) {
            let path = target + "/" + Database.identityName
            try Files.write(path, identity)
            let (bytes, modified) = try Files.status(path)
            let hash = try Files.contents(path) { _ in }
            receipt.files.append(.init(name: Database.identityName, bytes: bytes, modified: modified, hash: hash))
        }
        receipt.files.sort { $0.name < $1.name }
        // From here on the journal's old files may go.
        try Files.remove(job.scratch)
    }

    private func copy(
        _ files: [BackupReceipt.File], into target: String, receipt: inout BackupReceipt
    ) throws(BackupError) {
        let total = files.reduce(0) { $0 + $1.bytes }
        let free = try Files.freeBytes(target)
        guard free > total else { throw .full(path: job.folder.path, neededBytes: total, freeBytes: free) }
        let start = Self.nanoseconds()
        var copied: UInt64 = 0
        for var file in files {
            file.hash = try Files.copy(
                job.scratch + "/" + file.name, to: target + "/" + file.name, modified: file.modified
            ) { count throws(BackupError) in
                copied += UInt64(count)
                guard !job.isStopped() else { throw .stopped }
                job.progress(copied, total)
                Self.wait(until: start + copied * 1_000_000_000 / UInt64(max(1, job.bytesPerSecond)))
            }
            receipt.files.append(file)
        }
        receipt.copiedBytes = copied
    }

    /// Reads the generation back from the disk: what it cannot give now it would not give when it is needed.
    private func rows(in path: String) throws(BackupError) -> [(family: StoreFamily, count: UInt64)] {
        var rows: [(family: StoreFamily, count: UInt64)] = []
        do throws(StoreError) {
            let journal = try DiskStore.openForReading(path: path)
            for family in StoreFamily.allCases {
                var count: UInt64 = 0
                try journal.scan(family, from: nil) { _, _ in
                    count += 1
                    return count % Self.rowsBetweenQuestions != 0 || !job.isStopped()
                }
                rows.append((family, count))
            }
        } catch {
            throw .damaged(path: path, reason: error.description)
        }
        guard !job.isStopped() else { throw .stopped }
        return rows
    }

    static func removeScratch(_ path: String) throws(BackupError) {
        // RocksDB makes a checkpoint under a name of its own and renames it.
        for path in [path, path + ".tmp"] { try Files.remove(path) }
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func wait(until end: UInt64) {
        let now = nanoseconds()
        guard end > now else { return }
        var rest = timespec(tv_sec: Int((end - now) / 1_000_000_000), tv_nsec: Int((end - now) % 1_000_000_000))
        // Woken early, it copies a little faster.
        nanosleep(&rest, nil)
    }
}

extension DiskStore {
    /// Removes what a backup that was cut short has left in `BackupJob.scratch`.
    ///
    /// - Throws: `BackupError.folder`.
    package static func removeScratch(_ path: String) throws(BackupError) {
        try BackupWriter.removeScratch(path)
    }

    /// Writes a generation of a backup on a thread of its own, with low priority; commits and reads go on meanwhile.
    ///
    /// Files that are replaced meanwhile stay in `BackupJob.scratch` until they are copied.
    /// - Returns: The receipt, and the generations that are kept, the oldest first.
    /// - Throws: `BackupError`; then nothing of the generation is left.
    package func backUp(
        _ job: BackupJob
    ) async throws(BackupError) -> (receipt: BackupReceipt, held: [UInt64]) {
        let database: Database
        do {
            database = try openDatabase()
        } catch {
            throw .journal(error)
        }
        let outcome: Result<(receipt: BackupReceipt, held: [UInt64]), BackupError> = await BackgroundThread.run {
            Result { () throws(BackupError) in try BackupWriter(database: database, job: job).run() }
        }
        return try outcome.get()
    }
}
