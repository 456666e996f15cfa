internal import Ledger
internal import Store
internal import Logging
internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// Where the daemon can be reached, as it is bound.
struct Addresses: Sendable {
    var data: String
    var operations: String
    var admin: String
    /// AdminService over TCP; nil where there is none.
    var remoteAdmin: String?

    /// For the log.
    var metadata: Logger.Metadata { ["data": "\(data)", "operations": "\(operations)", "admin": "\(admin)"] }
}

/// What lies in the data directory.
enum Storage {
    private static let addressesName = "addresses.json"

    /// Where the journal lies.
    static func journal(in directory: String) -> String { directory + "/journal" }

    /// Where a backup keeps hold of the journal's files while it copies them.
    static func scratch(in directory: String) -> String { directory + "/checkpoint" }

    /// Opens the journal, making the data directory if it is absent.
    ///
    /// - Parameter onChange: Called with the reason when the journal stops accepting writes, and with nil when it does so again.
    static func openJournal(
        in directory: String, sync: Configuration.JournalSync, onChange: @escaping @Sendable (String?) -> Void
    ) throws(DaemonError) -> (store: DiskStore, ledger: Ledger) {
        try makeDirectory(directory)
        do {
            // What a backup has left that was cut short would keep what is erased.
            try DiskStore.removeScratch(scratch(in: directory))
            var storing = StoreOptions()
            storing.defersCompaction = true
            var options = LedgerOptions()
            options.durability =
                switch sync {
                case .always: .always
                case .group(let milliseconds): .group(milliseconds: milliseconds)
                case .everySecond: .everySecond
                }
            let store = try DiskStore.open(path: journal(in: directory), options: storing)
            return (store, try Ledger(store, options: options, onChange: onChange))
        } catch {
            throw DaemonError("\(error)")
        }
    }

    /// Makes the data directory if it is absent.
    static func makeDirectory(_ directory: String) throws(DaemonError) {
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw DaemonError(
                "the data directory \(directory) cannot be made: \(String(cString: strerror(errno))); set data_directory to a folder that this user may write"
            )
        }
    }

    /// Leaves the addresses for scripts, whole or not at all.
    static func write(_ addresses: Addresses, in directory: String) throws(DaemonError) {
        let text = """
            {"data": \(JSONText.quoted(addresses.data)), "operations": \(JSONText.quoted(addresses.operations)), \
            "admin": \(JSONText.quoted(addresses.admin)), \
            \(addresses.remoteAdmin.map { "\"remote_admin\": \(JSONText.quoted($0)), " } ?? "")"pid": \(getpid())}\n
            """
        let path = directory + "/" + addressesName
        let temporary = path + ".new"
        guard let file = fopen(temporary, "we") else {
            throw DaemonError("\(temporary) cannot be written: \(String(cString: strerror(errno)))")
        }
        let written = fputs(text, file)
        guard fclose(file) == 0, written >= 0, rename(temporary, path) == 0 else {
            throw DaemonError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    static func removeAddresses(in directory: String) {
        // Absent is as good as removed.
        _ = unlink(directory + "/" + addressesName)
    }
}
