/// Why the journal cannot be opened, read or written. Descriptions say what, where and how to mend it.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The folder cannot be made or is none.
    case directory(path: String, reason: String)
    /// Another process has the journal open.
    case locked(path: String)
    /// The journal was written by a newer version.
    case newerFormat(path: String, found: String, supported: UInt32)
    /// What is on disk cannot be read.
    case damaged(path: String, reason: String)
    /// A write failed, now or earlier: nothing more is accepted until the disk takes writes again.
    case failed(reason: String)
    /// What was acknowledged is not there: nothing is accepted until the operator has decided what to do.
    case lost(reason: String)
    /// Too much waits to be written.
    case overloaded(pendingBytesMax: Int)
    /// The disk has not the room for a large write; nothing was written, and smaller ones go on.
    case noRoom(path: String, neededBytes: Int, freeBytes: Int)
    case closed
    /// A read failed.
    case unreadable(reason: String)

    /// Whether no write at all is accepted.
    package var isStandstill: Bool {
        switch self {
        case .failed, .lost: true
        default: false
        }
    }

    /// One sentence for the operator.
    package var description: String {
        switch self {
        case .directory(let path, let reason):
            "the journal's folder \(path) cannot be used: \(reason); choose a folder that this user may write"
        case .locked(let path):
            "the journal \(path) is open in another process; stop it, or choose another folder"
        case .newerFormat(let path, let found, let supported):
            "the journal \(path) was written by a newer version (\(found); this one reads format \(supported)); "
                + "start that version, or restore a backup made by this one"
        case .damaged(let path, let reason):
            "the journal \(path) is damaged: \(reason); restore a backup with `bespoked restore`"
        case .failed(let reason):
            "the journal has stopped accepting writes after an error: \(reason); "
                + "make room or mend the disk: it is tried again every second, and writes go on by themselves"
        case .lost(let reason): "no writes are accepted: \(reason)"
        case .overloaded(let limit):
            "more than \(limit) bytes wait to be written; write more slowly, or try again later"
        case .noRoom(let path, let needed, let free):
            "the disk of \(path) has \(free) bytes left, and this takes up to \(needed); make room, or write less at once"
        case .closed: "the journal is closed"
        case .unreadable(let reason):
            "the journal cannot be read: \(reason); check the disk, then restore a backup with `bespoked restore`"
        }
    }
}
