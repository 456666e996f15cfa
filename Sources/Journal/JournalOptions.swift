/// When an acknowledged write is on disk, and what background work may take.
package struct JournalOptions: Sendable {
    /// When what was written is forced to disk.
    package enum Durability: Sendable, Equatable {
        /// Before it is acknowledged; what waits meanwhile is written together next.
        case always
        /// As `always`, but up to so many milliseconds are spent waiting for more to write together; 1 to 1,000.
        case group(milliseconds: Int)
        /// Once a second: acknowledged writes survive the death of the process, but the last second not that of the
        /// machine.
        case everySecond
    }

    /// When what was written is forced to disk.
    package var durability = Durability.always
    /// Of flushes and compactions together.
    package var backgroundBytesPerSecond = 64 << 20
    /// Keys and values that may wait to be written; beyond it `commit` throws `JournalError.overloaded`.
    package var pendingBytesMax = 256 << 20
    /// Whether files are put in order only after `Journal.allowCompaction`, so that a start has all cores for itself.
    package var defersCompaction = false

    /// The defaults.
    package init() {}
}
