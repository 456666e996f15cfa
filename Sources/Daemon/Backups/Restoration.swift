internal import Engine
internal import Store
internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// Puts a generation of a backup into a data directory that no daemon uses.
package struct Restoration: Sendable {
    /// A folder of backups.
    package var folder: String
    /// Nil for the newest.
    package var generation: UInt64?
    /// Whether what is there may be put aside.
    package var isReplacing: Bool

    /// What is to be restored.
    package init(folder: String, generation: UInt64?, isReplacing: Bool) {
        self.folder = folder
        self.generation = generation
        self.isReplacing = isReplacing
    }

    /// Restores into the configuration's data directory, which is made if it is absent. Blocks the thread.
    ///
    /// - Parameter progress: Is told bytes copied and bytes to copy.
    /// - Returns: What was done, in lines for the operator.
    /// - Throws: `DaemonError`; then the data directory is as before.
    package func run(
        into configuration: Configuration, progress: (UInt64, UInt64) -> Void
    ) throws(DaemonError) -> String {
        let directory = configuration.dataDirectory
        do throws(EngineError) {
            try Storage.makeDirectory(directory)
        } catch {
            throw DaemonError(error.description)
        }
        let backups = BackupFolder(path: folder)
        let path = Storage.journal(in: directory)
        do throws(BackupError) {
            let (receipt, former) = try backups.restore(
                generation, to: path, replacing: isReplacing, progress: progress)
            Storage.mark(in: directory).remove()
            let time = LineLogHandler.text(Timestamp(microseconds: receipt.takenAt))
            let rows = receipt.rows.filter { $0.count > 0 }.map { "\($0.count) \($0.family.name)" }
            var text = "restored generation \(receipt.generation) of \(folder), taken \(time), into \(path)\n"
            text += "rows: \(rows.joined(separator: ", "))\n"
            if let former {
                text +=
                    "the former journal lies at \(former): remove it when it is needed no more, for it holds persons too\n"
            }
            return text + "whoever was erased after \(time) is back: erase them again\n"
        } catch {
            throw DaemonError(error.description)
        }
    }
}
