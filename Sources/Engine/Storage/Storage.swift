package import Ledger
package import Store

#if canImport(Glibc)
    internal import Glibc
#endif

/// What lies in the data directory.
package enum Storage {
    /// Where the journal lies.
    package static func journal(in directory: String) -> String { directory + "/journal" }

    /// What tells of the journal's last change.
    package static func mark(in directory: String) -> DurableMark { DurableMark(path: directory + "/acknowledged") }

    /// Where a backup keeps hold of the journal's files while it copies them.
    package static func scratch(in directory: String) -> String { directory + "/checkpoint" }

    /// Opens the journal, making the data directory if it is absent.
    ///
    /// - Parameter onChange: Called with the reason when the journal stops accepting writes, and with nil when it does so again.
    package static func openJournal(
        in directory: String, durability: LedgerOptions.Durability, onChange: @escaping @Sendable (String?) -> Void
    ) throws(EngineError) -> (store: DiskStore, ledger: Ledger) {
        try makeDirectory(directory)
        do {
            // What a backup has left that was cut short would keep what is erased.
            try DiskStore.removeScratch(scratch(in: directory))
            var storing = StoreOptions()
            storing.defersCompaction = true
            var options = LedgerOptions()
            options.durability = durability
            let store = try DiskStore.open(path: journal(in: directory), options: storing)
            return (store, try Ledger(store, options: options, mark: mark(in: directory), onChange: onChange))
        } catch {
            throw EngineError("\(error)")
        }
    }

    /// Makes the data directory if it is absent.
    package static func makeDirectory(_ directory: String) throws(EngineError) {
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw EngineError(
                "the data directory \(directory) cannot be made: \(String(cString: strerror(errno))); set data_directory to a folder that this user may write"
            )
        }
        var status = stat()
        if stat(directory, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw EngineError("the data directory \(directory) is a file; set data_directory to a folder")
        }
    }
}
