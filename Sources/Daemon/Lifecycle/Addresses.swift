internal import Engine
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

    private static let fileName = "addresses.json"

    /// For the log.
    var metadata: Logger.Metadata { ["data": "\(data)", "operations": "\(operations)", "admin": "\(admin)"] }

    /// Leaves the addresses for scripts, whole or not at all.
    func write(in directory: String) throws(DaemonError) {
        let text = """
            {"data": \(JSONText.quoted(data)), "operations": \(JSONText.quoted(operations)), \
            "admin": \(JSONText.quoted(admin)), \
            \(remoteAdmin.map { "\"remote_admin\": \(JSONText.quoted($0)), " } ?? "")"pid": \(getpid())}\n
            """
        let path = directory + "/" + Self.fileName
        let temporary = path + ".new"
        guard let file = fopen(temporary, "we") else {
            throw DaemonError("\(temporary) cannot be written: \(String(cString: strerror(errno)))")
        }
        let written = fputs(text, file)
        guard fclose(file) == 0, written >= 0, rename(temporary, path) == 0 else {
            throw DaemonError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    static func remove(in directory: String) {
        // Absent is as good as removed.
        _ = unlink(directory + "/" + Self.fileName)
    }
}
