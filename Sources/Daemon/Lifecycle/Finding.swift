internal import GRPC
internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// One thing that was looked at.
package struct Finding: Equatable, Sendable {
    /// Whether it keeps the daemon from its work, or will.
    package var isProblem: Bool
    /// What was found, and what to do about a problem.
    package var text: String

    static func fine(_ text: String) -> Finding { Finding(isProblem: false, text: text) }

    static func problem(_ text: String) -> Finding { Finding(isProblem: true, text: text) }
}

extension Finding {
    /// As `bespokectl doctor --output json` has it.
    package static func json(_ findings: [Finding]) -> String {
        let texts = findings.map { "{\"problem\":\($0.isProblem),\"text\":\(JSONText.quoted($0.text))}" }
        return "{\"ok\":\(!findings.contains(where: \.isProblem)),\"findings\":[\(texts.joined(separator: ","))]}"
    }
}

/// What is looked at with and without a daemon.
extension Finding {
    private static let freeBytesMin: UInt64 = 256 << 20
    private static let freeFilesMin: UInt = 1_000
    /// Certificates that end sooner are to be replaced now.
    private static let certificateDaysMin = 14

    /// The file system of a folder.
    static func room(_ folder: String) -> [Finding] {
        var room = statvfs()
        guard statvfs(folder, &room) == 0 else { return [] }
        var findings: [Finding] = []
        if room.f_flag & UInt(ST_RDONLY) != 0 {
            findings.append(
                .problem(
                    "data_directory \(folder): the file system is read-only; mount it for writing (it may have failed: see dmesg)"
                ))
        }
        let free = UInt64(room.f_bavail) * UInt64(room.f_frsize)
        let text = "disk: \(free >> 20) MB are free"
        findings.append(
            free < freeBytesMin ? .problem(text + "; make room: a daemon that serves goes on by itself") : .fine(text))
        if room.f_files > 0, room.f_favail < freeFilesMin {
            findings.append(
                .problem(
                    "disk: only \(room.f_favail) files can be made; remove some, or make the file system anew with more inodes"
                ))
        }
        return findings
    }

    /// Certificate and key of a server.
    ///
    /// - Parameter now: Seconds since 1970.
    static func certificate(_ configuration: Configuration, now: Int) -> [Finding] {
        guard let certificate = configuration.tlsCertificate, let key = configuration.tlsKey else { return [] }
        do {
            let tls = try TLS(
                certificateChainPath: certificate, privateKeyPath: key,
                clientAuthorityPath: configuration.tlsClientAuthority)
            return [expiry(try tls.expiry(), of: "tls_certificate \(certificate)", now: now)]
        } catch {
            return [.problem("tls_certificate \(certificate), tls_key \(key): \(error)")]
        }
    }

    /// - Parameter expiry: Seconds since 1970.
    static func expiry(_ expiry: Int, of name: String, now: Int) -> Finding {
        let days = (expiry - now) / 86_400
        let advice = "put a new one in its place: it is read by itself"
        if expiry <= now { return .problem("\(name): has expired, \(-days) days ago; \(advice)") }
        return days < certificateDaysMin
            ? .problem("\(name): expires in \(days) days; \(advice)") : .fine("\(name): expires in \(days) days")
    }
}
