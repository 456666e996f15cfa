package import Ledger
package import Store
package import Logging
package import Model
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Writes and verifies backups, one at a time, and knows which there are.
package actor BackupKeeper {
    /// A generation as it is known to have been written.
    package struct Generation: Sendable, Equatable {
        package var directory: String
        package var number: UInt64
        package var takenAt: Timestamp
    }

    /// A generation that was just written.
    package struct Written: Sendable {
        package let generation: UInt64
        /// Its folder.
        package let path: String
        package let takenAt: Timestamp
        /// Entries by kind.
        package let rows: [(kind: String, count: UInt64)]
        package let bytes: UInt64
        /// What was written anew; the rest is shared with earlier generations.
        package let copiedBytes: UInt64
        /// Every generation in the same folder.
        package let held: [UInt64]

        init(_ receipt: BackupReceipt, in folder: BackupFolder, held: [UInt64]) {
            (generation, path) = (receipt.generation, folder.folder(receipt.generation))
            takenAt = Timestamp(microseconds: receipt.takenAt)
            rows = receipt.rows.map { ($0.family.name, $0.count) }
            (bytes, copiedBytes, self.held) = (receipt.bytes, receipt.copiedBytes, held)
        }
    }

    private static let listKey = Array("backup.".utf8)
    private static let directoryBytesMax = 1_024
    /// Generations that one folder may be asked to keep.
    package static let keepMax = 10_000

    private let ledger: Ledger
    private let store: DiskStore
    private let forms: StoredForms
    private let dataDirectory: String
    private let clock: Clock
    private let logger: Logger
    private var isRunning = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameters:
    ///   - store: That of the ledger.
    ///   - forms: How values stand in it.
    package init(
        ledger: Ledger, store: DiskStore, forms: StoredForms, dataDirectory: String, clock: Clock, logger: Logger
    ) {
        (self.ledger, self.store, self.forms) = (ledger, store, forms)
        self.dataDirectory = dataDirectory
        (self.clock, self.logger) = (clock, logger)
    }

    /// Writes the next generation into a folder. Ends early when the task is cancelled.
    ///
    /// - Parameters:
    ///   - directory: As the caller gave it.
    ///   - progress: Is told bytes copied and bytes to copy, from any thread.
    /// - Throws: `EngineError`.
    package func backUp(
        into directory: String, keep: Int?, progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) async throws -> Written {
        let folder = BackupFolder(path: try Self.resolve(directory, outside: dataDirectory))
        try begin()
        defer { end() }
        do {
            let known = try folder.generations()
            let number = (known.last ?? 0) + 1
            let takenAt = clock.now()
            // Named before it is there: whatever ends the daemon meanwhile, no backup is forgotten.
            try await list(known, in: folder, and: (number, takenAt))
            let isStopped = Mutex(false)
            var job = BackupJob(
                folder: folder, generation: number, keep: keep, scratch: Storage.scratch(in: dataDirectory),
                takenAt: takenAt.microseconds)
            job.progress = progress
            job.isStopped = { isStopped.withLock { $0 } }
            let asked = job
            let (receipt, held) = try await withTaskCancellationHandler {
                try await store.backUp(asked)
            } onCancel: {
                isStopped.withLock { $0 = true }
            }
            try await list(held, in: folder)
            logger.notice(
                "backup written",
                metadata: ["path": "\(folder.folder(number))", "bytes": "\(receipt.bytes)", "kept": "\(held.count)"])
            return Written(receipt, in: folder, held: held)
        } catch {
            // At worst the list names one generation too many, which does no harm.
            if let held = try? folder.generations() { try? await list(held, in: folder) }
            logger.error("backup failed", metadata: ["folder": "\(folder.path)", "reason": "\(error)"])
            throw EngineError.wording(error)
        }
    }

    /// Reads and decodes everything that is on disk, or in a generation. Ends early when the task is cancelled.
    ///
    /// What is on disk is read through a checkpoint: as at one moment, and from the files, not from what RocksDB keeps in memory.
    ///
    /// - Parameters:
    ///   - backup: A folder as the caller gave it and a generation, the newest for nil; nil for what the daemon holds.
    ///   - progress: Is told rows read and about how many there are, from any thread.
    /// - Returns: Where it was read, and what was found.
    /// - Throws: `EngineError`.
    package func verify(
        _ backup: (directory: String, generation: UInt64?)?, progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) async throws -> (path: String, report: JournalVerification.Report) {
        let folder = try backup.map { BackupFolder(path: try Self.resolve($0.directory, outside: dataDirectory)) }
        try begin()
        defer { end() }
        let isStopped = Mutex(false)
        let (store, forms, scratch) = (store, forms, Storage.scratch(in: dataDirectory))
        let own = Storage.journal(in: dataDirectory)
        let outcome = await withTaskCancellationHandler {
            await BackgroundThread.run {
                Result { () throws(BackupError) in
                    let isStopped = { isStopped.withLock { $0 } }
                    if let folder {
                        return try Self.verify(
                            folder, backup?.generation, forms, progress: progress, isStopped: isStopped)
                    }
                    let report = try Self.verify(store, scratch, forms, progress: progress, isStopped: isStopped)
                    return (own, report)
                }
            }
        } onCancel: {
            isStopped.withLock { $0 = true }
        }
        let (path, report): (String, JournalVerification.Report)
        do {
            (path, report) = try outcome.get()
        } catch {
            throw EngineError(error)
        }
        logger.log(
            level: report.bad == 0 ? .notice : .error, "verified",
            metadata: ["path": "\(path)", "bad": "\(report.bad)"])
        return (path, report)
    }

    private static func verify(
        _ store: DiskStore, _ scratch: String, _ forms: StoredForms, progress: @escaping (UInt64, UInt64) -> Void,
        isStopped: @escaping () -> Bool
    ) throws(BackupError) -> JournalVerification.Report {
        try DiskStore.removeScratch(scratch)
        var report = JournalVerification.Report()
        do throws(StoreError) {
            try store.checkpoint(scratch)
            JournalVerification(path: scratch, forms: forms, progress: progress, isStopped: isStopped).run(
                into: &report)
        } catch {
            report.add("journal", key: "", error.description)
        }
        try DiskStore.removeScratch(scratch)
        if isStopped() { throw .stopped }
        return report
    }

    private static func verify(
        _ folder: BackupFolder, _ generation: UInt64?, _ forms: StoredForms,
        progress: @escaping (UInt64, UInt64) -> Void,
        isStopped: @escaping () -> Bool
    ) throws(BackupError) -> (path: String, report: JournalVerification.Report) {
        var report = JournalVerification.Report()
        let receipt: BackupReceipt
        do throws(BackupError) {
            receipt = try folder.receipt(of: generation)
        } catch {
            guard case .damaged(let path, _) = error else { throw error }
            report.add("file", key: "receipt", error.description)
            return (path, report)
        }
        for fault in try folder.faults(of: receipt, isStopped: isStopped) {
            report.add("file", key: fault.file, fault.reason)
        }
        let path = folder.journal(receipt.generation)
        JournalVerification(path: path, forms: forms, progress: progress, isStopped: isStopped).run(into: &report)
        let written = receipt.rows.map { ($0.family.name, $0.count) }
        for (kind, count) in report.rows {
            guard let (_, before) = written.first(where: { $0.0 == kind }), before != count else { continue }
            report.add(kind, key: "", "has \(count) rows, and was written with \(before)")
        }
        if isStopped() { throw .stopped }
        return (folder.folder(receipt.generation), report)
    }

    /// Every backup that may still be there, by folder and number; one that is being written is waited for.
    ///
    /// A backup that the operator has removed is named as long as no later one is written into its folder.
    func generations() async throws(StoreError) -> [Generation] {
        while isRunning {
            await withCheckedContinuation { waiting.append($0) }
        }
        return try Self.stored(in: ledger)
    }

    /// The same without waiting, for lists.
    ///
    /// - Throws: What the ledger says.
    package func known() throws(StoreError) -> [Generation] { try Self.stored(in: ledger) }

    /// When the newest was taken; nil when there is none.
    package nonisolated func newest() -> Timestamp? {
        let known = (try? Self.stored(in: ledger)) ?? []
        return known.map(\.takenAt).max { $0.microseconds < $1.microseconds }
    }

    /// - Throws: `.conflict` while another one is at work.
    private func begin() throws(EngineError) {
        guard !isRunning else {
            throw EngineError(.conflict, "a backup is being written or verified already; wait until that has ended")
        }
        isRunning = true
    }

    private func end() {
        isRunning = false
        for one in waiting { one.resume() }
        waiting = []
    }

    // MARK: The list

    /// Replaces what is known of a folder.
    private func list(
        _ numbers: [UInt64], in folder: BackupFolder, and next: (number: UInt64, takenAt: Timestamp)? = nil
    ) async throws(StoreError) {
        var lines = numbers.map { "\($0) \((try? folder.receipt(of: $0))?.takenAt ?? 0)\n" }
        if let next { lines.append("\(next.number) \(next.takenAt.microseconds)\n") }
        let list = lines.isEmpty ? nil : Array(lines.joined().utf8)
        try await ledger.submit(.backups(key: Self.listKey + Array(folder.path.utf8), list: list))
    }

    private static func stored(in ledger: Ledger) throws(StoreError) -> [Generation] {
        var found: [Generation] = []
        try ledger.scan(.meta, from: listKey) { key, value in
            guard key.starts(with: listKey) else { return false }
            let directory = String(decoding: key.dropFirst(listKey.count), as: UTF8.self)
            for line in String(decoding: value, as: UTF8.self).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 2, let number = UInt64(words[0]), let time = Int64(words[1]) else { continue }
                found.append(
                    Generation(directory: directory, number: number, takenAt: Timestamp(microseconds: time)))
            }
            return true
        }
        return found
    }

    // MARK: Folders

    /// The path of a folder without links, which need not be there yet, but the one above it.
    ///
    /// - Throws: `.invalid` for one that is not absolute or lies in the data directory.
    private static func resolve(_ directory: String, outside data: String) throws(EngineError) -> String {
        guard directory.hasPrefix("/"), directory.utf8.count <= directoryBytesMax else {
            throw EngineError(
                .invalid,
                "directory: \"\(directory)\" is no absolute path of at most \(directoryBytesMax) bytes; the daemon "
                    + "writes it, so it is a folder of the daemon's machine")
        }
        let path = try real(directory)
        // Where the daemon runs its data directory is there.
        let own = (try? real(data)) ?? data
        guard path != own, !path.hasPrefix(own + "/") else {
            throw EngineError(
                .invalid,
                "directory: \(path) lies in the data directory \(own); a backup belongs somewhere else, best on another disk"
            )
        }
        return path
    }

    private static func real(_ path: String) throws(EngineError) -> String {
        if let found = realPath(path) { return found }
        let parts = path.split(separator: "/")
        guard let name = parts.last, name != ".", name != "..",
            let above = realPath("/" + parts.dropLast().joined(separator: "/"))
        else {
            throw EngineError(
                .invalid, "directory: the folder above \(path) is not there or cannot be read; make it first")
        }
        return (above == "/" ? "" : above) + "/" + name
    }

    private static func realPath(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }
}
