internal import Access
internal import Engine
internal import GRPCDoor
internal import Model
internal import Store

#if canImport(Glibc)
    internal import Glibc
#endif

/// Makes a journal for tests out of a backup, with hashes in the place of ids and texts: `bespoked clone`. No daemon runs there yet.
package struct Cloning: Sendable {
    /// A folder of backups.
    package var folder: String
    /// Nil for the newest.
    package var generation: UInt64?
    /// Holds the key of the hashes, which is kept nowhere else.
    package var keyFile: String

    private static let keyBytesMax = 4_096

    /// What is to be cloned.
    package init(folder: String, generation: UInt64?, keyFile: String) {
        (self.folder, self.generation, self.keyFile) = (folder, generation, keyFile)
    }

    /// Clones into the configuration's data directory, which is made if it is absent. Blocks the thread.
    ///
    /// - Returns: What was done, in lines for the operator.
    /// - Throws: `DaemonError`; then the data directory is as before.
    package func run(into configuration: Configuration) throws(DaemonError) -> String {
        let key = try key()
        let path = Storage.journal(in: configuration.dataDirectory)
        guard access(path, F_OK) != 0 else {
            throw DaemonError("\(path) is there already; name another data directory, for a clone replaces none")
        }
        let partial = path + ".cloning"
        do {
            try Storage.makeDirectory(configuration.dataDirectory)
            let backups = BackupFolder(path: folder)
            let receipt = try backups.receipt(of: generation)
            try DiskStore.removeScratch(partial)
            var clone = AnonymisedClone(
                from: backups.journal(receipt.generation), to: partial, hash: KeyedHash(key: key), forms: .messages)
            let rows = try clone.run().filter { $0.count > 0 }.map { "\($0.count) \($0.kind)" }
            var report = JournalVerification.Report()
            JournalVerification(path: partial, forms: .messages).run(into: &report)
            if let bad = report.badRows.first {
                throw EngineError("\(report.bad) rows of the clone are no good; \(bad.kind): \(bad.reason)")
            }
            guard rename(partial, path) == 0 else {
                throw EngineError("\(path) cannot be made: \(String(cString: strerror(errno)))")
            }
            return """
                cloned generation \(receipt.generation) of \(folder) into \(path)
                rows: \(rows.joined(separator: ", "))
                ids and texts are hashes with the key of \(keyFile), which is kept nowhere here; numbers, times and listed values are as they were

                """
        } catch {
            // What cannot be removed now goes with the next attempt.
            try? DiskStore.removeScratch(partial)
            throw DaemonError("\(error)")
        }
    }

    private func key() throws(DaemonError) -> Secret {
        let descriptor = open(keyFile, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DaemonError("--key-file \(keyFile): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw DaemonError("--key-file \(keyFile): others may read it; `chmod 600 \(keyFile)`")
        }
        var bytes = [UInt8](repeating: 0, count: Self.keyBytesMax + 1)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        let key = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard count <= Self.keyBytesMax, key.utf8.count >= KeyedHash.keyBytesMin else {
            throw DaemonError(
                "--key-file \(keyFile): must hold \(KeyedHash.keyBytesMin) to \(Self.keyBytesMax) bytes; make one with `openssl rand -hex 32`"
            )
        }
        return Secret(key)
    }
}
