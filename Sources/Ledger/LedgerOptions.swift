/// When an acknowledged write is on disk, and how much may wait for it.
package struct LedgerOptions: Sendable {
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
    /// Keys and values that may wait to be written; beyond it a write is refused with `StoreError.overloaded`.
    package var pendingBytesMax = 256 << 20
    /// How long after a write it is forced to disk with `Durability.everySecond`.
    package var syncMilliseconds = 1_000
    /// After an error of the disk it is tried again each time so much later.
    package var recoveryMilliseconds = 1_000

    /// The defaults.
    package init() {}
}

/// What a ledger has done since it was opened.
package struct LedgerFigures: Sendable, Equatable {
    /// Batches acknowledged.
    package var batches: UInt64 = 0
    /// Writes to disk; each holds one batch or more.
    package var groups: UInt64 = 0
    /// Of keys and values.
    package var bytes: UInt64 = 0
}
