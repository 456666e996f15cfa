#if canImport(Glibc)
    internal import Glibc
#endif

extension BackupFolder {
    /// Puts a generation where a daemon looks for its journal. Blocks the thread.
    ///
    /// Files are compared with the receipt while they are copied; only what is whole is put in place, by renaming it.
    /// - Parameters:
    ///   - generation: Nil for the newest.
    ///   - path: Of the journal; the folder above it is there.
    ///   - replacing: Whether a journal that is there may be put aside.
    ///   - progress: Is told bytes copied and bytes to copy.
    /// - Returns: The receipt, and where the former journal lies now; nil when there was none.
    /// - Throws: `BackupError`; then nothing has changed.
    package func restore(
        _ generation: UInt64?, to path: String, replacing: Bool, progress: (UInt64, UInt64) -> Void
    ) throws(BackupError) -> (receipt: BackupReceipt, former: String?) {
        let receipt = try receipt(of: generation)
        let source = journal(receipt.generation)
        let isPresent = access(path, F_OK) == 0
        guard !isPresent || replacing else { throw .occupied(path: path) }
        // Held until the end: a daemon that starts meanwhile finds the journal in use.
        let lock = try Self.lockJournal(path)
        defer { if let lock { close(lock) } }
        try Self.open(source)

        let partial = path + ".restoring"
        try Files.remove(partial)
        do throws(BackupError) {
            try copy(receipt, from: source, to: partial, progress)
            try Self.open(partial)
            try Files.sync(folder: partial)
        } catch {
            // The reason is what counts; what cannot be removed now goes with the next attempt.
            try? Files.remove(partial)
            throw error
        }
        let former = isPresent ? try Self.putAside(path) : nil
        guard rename(partial, path) == 0 else {
            let problem = Files.problem(path)
            if let former { rename(former, path) }
            throw problem
        }
        try Files.sync(folder: Files.above(path))
        return (receipt, former)
    }

    private func copy(
        _ receipt: BackupReceipt, from source: String, to target: String, _ progress: (UInt64, UInt64) -> Void
    ) throws(BackupError) {
        try Files.makeFolder(target)
        let (total, free) = (receipt.bytes, try Files.freeBytes(target))
        guard free > total else { throw .full(path: target, neededBytes: total, freeBytes: free) }
        var copied: UInt64 = 0
        for file in receipt.files {
            let hash = try Files.copy(
                source + "/" + file.name, to: target + "/" + file.name, modified: file.modified
            ) { count throws(BackupError) in
                copied += UInt64(count)
                progress(copied, total)
            }
            guard hash == file.hash else {
                throw .damaged(
                    path: folder(receipt.generation), reason: "\(file.name) has another content than was written")
            }
        }
    }

    /// Whether this version can read it.
    private static func open(_ path: String) throws(BackupError) {
        do {
            _ = try DiskStore.openForReading(path: path)
        } catch {
            throw .journal(error)
        }
    }

    /// Takes the lock that RocksDB takes while a journal is open.
    ///
    /// - Returns: A descriptor that holds it; nil when there is nothing to lock.
    /// - Throws: `BackupError.journal(.locked)`.
    private static func lockJournal(_ path: String) throws(BackupError) -> Int32? {
        let name = path + "/LOCK"
        let descriptor = Glibc.open(name, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Files.problem(name)
        }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
            close(descriptor)
            throw .journal(.locked(path: path))
        }
        return descriptor
    }

    /// - Returns: Where it lies now.
    private static func putAside(_ path: String) throws(BackupError) -> String {
        var number = 1
        while access("\(path).replaced-\(number)", F_OK) == 0 { number += 1 }
        let former = "\(path).replaced-\(number)"
        guard rename(path, former) == 0 else { throw Files.problem(path) }
        return former
    }
}
