internal import Engine
internal import GRPC
internal import Ledger
internal import Store

#if canImport(Glibc)
    internal import Glibc
#endif

/// Looks at what a start needs, and changes nothing: `bespoked check`.
package struct OfflineCheck {
    private static let clockSecondsMax = 3_600

    private let configuration: Configuration
    private let now: Int
    private var findings: [Finding] = []

    /// - Parameter now: Seconds since 1970.
    package init(_ configuration: Configuration, now: Int) {
        self.configuration = configuration
        self.now = now
    }

    /// Everything that was looked at, in order.
    package mutating func run() -> [Finding] {
        findings = []
        if checkFolder() { checkJournal() }
        checkFiles()
        checkDescriptors()
        return findings
    }

    private mutating func fine(_ text: String) { findings.append(.fine(text)) }

    private mutating func problem(_ text: String) { findings.append(.problem(text)) }

    /// - Returns: Whether there is a folder that may hold a journal.
    private mutating func checkFolder() -> Bool {
        let folder = configuration.dataDirectory
        var status = stat()
        guard stat(folder, &status) == 0 else {
            problem(
                "data_directory \(folder): \(Self.reason(errno)). A start makes an empty one; if there was one, mount or restore it first"
            )
            return false
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            problem("data_directory \(folder): is no folder")
            return false
        }
        if access(folder, R_OK | W_OK | X_OK) != 0 {
            problem(
                "data_directory \(folder): \(Self.reason(errno)) for user \(geteuid()); run this as the daemon's user, or chown it"
            )
        } else if status.st_mode & 0o077 != 0 {
            problem("data_directory \(folder): others may read it; chmod 0700 \(folder)")
        } else {
            fine("data_directory \(folder)")
        }
        findings += Finding.room(folder)
        return true
    }

    private mutating func checkJournal() {
        let journal = Storage.journal(in: configuration.dataDirectory)
        guard access(journal + "/CURRENT", F_OK) == 0 else {
            problem(
                "journal \(journal): is not there; a start makes an empty one. If there was one: bespoked restore FOLDER"
            )
            return
        }
        checkClock(journal)
        if let holder = Self.holder(of: journal + "/LOCK") {
            fine("journal \(journal): in use by process \(holder); `bespokectl profiles verify` reads it through")
            return
        }
        do throws(StoreError) {
            let store = try DiskStore.openForReading(path: journal)
            defer { store.close() }
            if let missing = try Ledger.missing(in: store, Storage.mark(in: configuration.dataDirectory)) {
                return problem("journal \(journal): \(missing)")
            }
            fine("journal \(journal): opens")
        } catch {
            problem("journal \(journal): \(error). Put a backup in its place: bespoked restore --replace FOLDER")
        }
    }

    /// What was written cannot be from the future.
    private mutating func checkClock(_ journal: String) {
        guard let folder = opendir(journal) else { return }
        defer { closedir(folder) }
        var newest = 0
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            if stat(journal + "/" + name, &status) == 0 { newest = max(newest, status.st_mtim.tv_sec) }
        }
        if newest > now + Self.clockSecondsMax {
            problem(
                "clock: the journal was written \((newest - now) / 3_600) hours from now; set the clock before the daemon starts, for what has expired is deleted by it"
            )
        } else {
            fine("clock: the journal was last written \(max(0, now - newest)) seconds ago")
        }
    }

    private mutating func checkFiles() {
        let problems = configuration.problemsOfNamedFiles
        for found in problems { problem(found) }
        if problems.isEmpty { findings += Finding.certificate(configuration, now: now) }
    }

    private mutating func checkDescriptors() {
        let wanted = configuration.wire.connectionsMax
        guard let limit = Descriptors.raiseLimit() else { return }
        if Descriptors.connections(wanted: wanted, limit: limit) < wanted {
            problem(
                "file descriptors: \(limit) do not suffice for connections_max \(wanted) and \(Descriptors.reserved) more; raise LimitNOFILE (ulimit -n)"
            )
        } else {
            fine("file descriptors: \(limit)")
        }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// The process that holds a file's lock; nil when nobody does. Source: fcntl(2), F_GETLK.
    private static func holder(of path: String) -> Int32? {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        guard fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        return lock.l_pid
    }
}
