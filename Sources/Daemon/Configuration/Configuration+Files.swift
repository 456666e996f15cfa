internal import GRPC
internal import Ruleset

#if canImport(Glibc)
    internal import Glibc
#endif

extension Configuration {
    /// Longest path of a Unix socket. Source: unix(7), `sun_path` less its final NUL.
    private static let socketPathBytesMax = 107

    /// What the settings name on this machine and does not serve: folders, certificates, rules. Nothing is opened for writing or made.
    ///
    /// - Returns: A line for each; empty when a start would not fail by them.
    package var problemsOfFiles: [String] {
        let folder = Self.problemOfFolder(dataDirectory).map { ["data_directory \($0)"] } ?? []
        return folder + problemsOfNamedFiles
    }

    /// The same of all but the data directory.
    var problemsOfNamedFiles: [String] {
        var problems: [String] = []
        if adminSocketPath.utf8.count > Self.socketPathBytesMax {
            problems.append(
                "admin_socket \(adminSocketPath): is longer than the \(Self.socketPathBytesMax) bytes that a socket's path may have"
            )
        }
        let files = [
            ("tls_certificate", tlsCertificate), ("tls_key", tlsKey), ("tls_client_authority", tlsClientAuthority),
            ("sink_authority", sinkAuthority),
        ]
        let unreadable = files.compactMap { name, path in path.flatMap(Self.problemOfFile).map { "\(name) \($0)" } }
        problems += unreadable
        if unreadable.isEmpty, let problem = problemOfCertificate { problems.append(problem) }
        if let problem = problemOfRules { problems.append(problem) }
        return problems
    }

    private var problemOfCertificate: String? {
        guard let certificate = tlsCertificate, let key = tlsKey else { return nil }
        do {
            _ = try TLS(
                certificateChainPath: certificate, privateKeyPath: key, clientAuthorityPath: tlsClientAuthority)
            return nil
        } catch {
            return "\(error.setting) \(error)"
        }
    }

    private var problemOfRules: String? {
        guard let rules else { return nil }
        let files: [RuleFile]
        do throws(RuleFolderError) {
            files = try RuleFolder.read(rules)
        } catch {
            return "rules \(rules): \(error)"
        }
        let loaded = RuleSetLoader.load(files)
        guard loaded.ruleSet == nil else { return nil }
        let first = loaded.diagnostics.first { $0.severity == .error }
        let place = first.map { ": \($0.position.file):\($0.position.line): \($0.message)" } ?? ""
        return "rules \(rules): are refused\(place); `bespokectl rules check \(rules)` says all"
    }

    private static func problemOfFile(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else { return "\(path): \(lastError)" }
        return status.st_mode & S_IFMT == S_IFREG ? nil : "\(path): is not a regular file"
    }

    /// A folder that is not there yet is made, where the one above it lets it.
    private static func problemOfFolder(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { return "\(path): \(lastError)" }
            let above = parent(of: path)
            return above == path ? "\(path): \(lastError)" : problemOfFolder(above)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "\(path): is not a folder" }
        return access(path, W_OK | X_OK) == 0 ? nil : "\(path): cannot be written: \(lastError)"
    }

    private static func parent(of path: String) -> String {
        let parts = path.split(separator: "/").dropLast()
        guard path.hasPrefix("/") else { return parts.isEmpty ? "." : parts.joined(separator: "/") }
        return "/" + parts.joined(separator: "/")
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
