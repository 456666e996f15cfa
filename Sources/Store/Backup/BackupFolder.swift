#if canImport(Glibc)
    internal import Glibc
#endif

/// A folder of backups: one folder for each generation, in it a receipt and the journal, which is whole in itself.
///
///     generation-3/receipt
///     generation-3/journal/…
package struct BackupFolder: Sendable {
    /// Absolute.
    package let path: String

    private static let prefix = "generation-"
    private static let partial = ".partial"
    private static let removed = ".removed"

    /// - Parameter path: Absolute.
    package init(path: String) {
        self.path = path
    }

    /// Generations that are whole, the oldest first; none when there is no such folder.
    ///
    /// - Throws: `BackupError.folder`.
    package func generations() throws(BackupError) -> [UInt64] {
        guard access(path, F_OK) == 0 else { return [] }
        return try Files.names(in: path).compactMap { name in
            guard name.hasPrefix(Self.prefix) else { return nil }
            let digits = name.dropFirst(Self.prefix.count)
            // Not what another way of writing the same number would make.
            return UInt64(digits).flatMap { "\($0)" == digits && $0 > 0 ? $0 : nil }
        }.sorted()
    }

    /// The generation of that number; the newest for nil.
    ///
    /// - Throws: `BackupError.noGeneration`, `folder`, `damaged`.
    package func receipt(of generation: UInt64?) throws(BackupError) -> BackupReceipt {
        let held = try generations()
        guard let found = generation ?? held.last, held.contains(found) else {
            throw .noGeneration(path: path, generation: generation, held: held)
        }
        let folder = folder(found)
        let bytes = try Files.read(folder + "/receipt", bytesMax: BackupReceipt.bytesMax)
        let first = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }.prefix(40), as: UTF8.self)
        if first.hasPrefix(BackupReceipt.formatName), first != BackupReceipt.format,
            UInt32(first.dropFirst(BackupReceipt.formatName.count)) != nil
        {
            throw .newer(path: folder, found: first)
        }
        guard let receipt = BackupReceipt(decoding: bytes), receipt.generation == found else {
            throw .damaged(path: folder, reason: "its receipt is not as it was written")
        }
        return receipt
    }

    /// Compares the files of a generation with its receipt, by their whole content. Blocks the thread.
    ///
    /// - Parameter isStopped: Asked after each mebibyte.
    /// - Returns: Names of files with what is wrong with them.
    /// - Throws: `BackupError.folder`, `stopped`.
    package func faults(
        of receipt: BackupReceipt, isStopped: () -> Bool
    ) throws(BackupError) -> [(file: String, reason: String)] {
        var faults: [(file: String, reason: String)] = []
        let journal = journal(receipt.generation)
        let present = Set(try Files.names(in: journal))
        for file in receipt.files {
            guard present.contains(file.name) else {
                faults.append((file.name, "is missing"))
                continue
            }
            var bytes: UInt64 = 0
            do {
                let hash = try Files.contents(journal + "/" + file.name) { chunk throws(BackupError) in
                    bytes += UInt64(chunk.count)
                    guard !isStopped() else { throw .stopped }
                }
                if bytes != file.bytes {
                    faults.append((file.name, "has \(bytes) bytes, and was written with \(file.bytes)"))
                } else if hash != file.hash {
                    faults.append((file.name, "has another content than was written"))
                }
            } catch {
                if error == .stopped { throw error }
                faults.append((file.name, error.description))
            }
        }
        for name in present.subtracting(receipt.files.map(\.name)).sorted() {
            faults.append((name, "does not belong to the backup"))
        }
        return faults
    }

    /// Where a generation lies.
    package func folder(_ generation: UInt64) -> String { path + "/" + Self.prefix + "\(generation)" }

    /// Where the journal of a generation lies.
    package func journal(_ generation: UInt64) -> String { folder(generation) + "/journal" }

    /// Where a generation is written until it is whole.
    func partial(_ generation: UInt64) -> String { folder(generation) + Self.partial }

    /// Makes the folder, but not those above it, and keeps others out of it.
    ///
    /// - Returns: A descriptor that holds the lock until it is closed.
    /// - Throws: `BackupError.folder`, `locked`.
    func lock() throws(BackupError) -> Int32 {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw Files.problem(path) }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Files.problem(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .locked(path: path)
        }
        guard access(path, W_OK | X_OK) == 0 else {
            let problem = Files.problem(path)
            close(descriptor)
            throw problem
        }
        return descriptor
    }

    /// Removes what a backup that did not come to its end has left.
    func removeLeftovers() throws(BackupError) {
        for name in try Files.names(in: path)
        where name.hasPrefix(Self.prefix) && (name.hasSuffix(Self.partial) || name.hasSuffix(Self.removed)) {
            try Files.remove(path + "/" + name)
        }
    }

    /// Removes the oldest generations until only so many are left.
    ///
    /// - Returns: Those that are left.
    func prune(keeping count: Int) throws(BackupError) -> [UInt64] {
        var held = try generations()
        while held.count > count {
            let oldest = folder(held.removeFirst())
            // At once no generation any more, whatever happens while its files go.
            guard rename(oldest, oldest + Self.removed) == 0 else { throw Files.problem(oldest) }
            try Files.remove(oldest + Self.removed)
        }
        return held
    }
}
