/// Why a backup cannot be written, read or restored. Descriptions say what, where and how to mend it.
package enum BackupError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The folder of backups cannot be used.
    case folder(path: String, reason: String)
    /// Another process writes a backup there.
    case locked(path: String)
    /// The folder holds backups of another journal.
    case foreign(path: String)
    /// There is too little space.
    case full(path: String, neededBytes: UInt64, freeBytes: UInt64)
    /// There is no such generation.
    case noGeneration(path: String, generation: UInt64?, held: [UInt64])
    /// What is on disk is not what was written.
    case damaged(path: String, reason: String)
    /// It was written by a newer version.
    case newer(path: String, found: String)
    /// There is a journal where one is to be restored.
    case occupied(path: String)
    /// The journal cannot be read.
    case journal(StoreError)
    /// It was broken off.
    case stopped

    /// One sentence for the operator.
    package var description: String {
        switch self {
        case .folder(let path, let reason):
            "the backup folder \(path) cannot be used: \(reason); choose a folder that the daemon's user may write"
        case .locked(let path):
            "another process is writing a backup into \(path); wait for it, or choose another folder"
        case .foreign(let path):
            "\(path) holds backups of another daemon's data; choose a folder of its own for each"
        case .full(let path, let needed, let free):
            "\(path) has \(free) bytes free, and the backup needs \(needed); make room, keep fewer generations, "
                + "or choose another folder"
        case .noGeneration(let path, let generation, let held):
            (generation.map { "\(path) has no generation \($0)" } ?? "\(path) has no backup")
                + (held.isEmpty ? "" : "; it has \(held.map { "\($0)" }.joined(separator: ", "))")
        case .damaged(let path, let reason):
            "the backup \(path) is damaged: \(reason); use another generation, and write the next one into a new folder"
        case .newer(let path, let found):
            "the backup \(path) was written by a newer version (\(found); this one reads \(BackupReceipt.format)); "
                + "use that version"
        case .occupied(let path):
            "\(path) is there already; nothing was changed; --replace puts it aside and restores"
        case .journal(let error): error.description
        case .stopped: "the backup was broken off; nothing of it was kept"
        }
    }
}
