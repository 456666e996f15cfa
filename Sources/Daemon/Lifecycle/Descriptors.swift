#if canImport(Glibc)
    internal import Glibc
#endif

/// File descriptors: each connection needs one, and so do the files of the journal.
package enum Descriptors {
    /// For the journal (256), the operations port (256), event loops, the log, a backup.
    package static let reserved = 640

    /// Raises the limit of this process to what it may be raised to.
    ///
    /// - Returns: The limit; nil when the system does not say.
    static func raiseLimit() -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = raised.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Of this process; nil when the system does not say.
    static var limit: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int(clamping: limit.rlim_cur)
    }

    /// Open now; nil when the system does not say. Source: proc(5), /proc/self/fd.
    static var open: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Its own, and the names of the folder and of the one above.
        return max(0, count - 3)
    }

    /// How many connections there can be.
    ///
    /// - Parameters:
    ///   - wanted: As configured.
    ///   - limit: Of descriptors.
    package static func connections(wanted: Int, limit: Int) -> Int {
        min(wanted, max(limit - reserved, limit / 2, 1))
    }
}
