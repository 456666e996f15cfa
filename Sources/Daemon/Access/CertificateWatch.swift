internal import GRPC
internal import Logging

#if canImport(Glibc)
    internal import Glibc
#endif

/// Reads the certificates again when their files have changed, or when it is told to. Connections that are open keep theirs.
actor CertificateWatch {
    /// What tells whether a file is another one.
    private struct Sight: Equatable {
        var seconds = 0
        var nanoseconds = 0
        var byteCount = 0
        var node: UInt64 = 0
    }

    private static let pause = Duration.seconds(2)

    private let tls: TLS
    private let logger: Logger
    private var seen: [Sight?]

    init(_ tls: TLS, logger: Logger) {
        (self.tls, self.logger) = (tls, logger)
        seen = Self.look(at: tls.paths)
    }

    /// Looks at the files now and then, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            // Ends early only when the daemon does.
            try? await Task.sleep(for: Self.pause)
            let now = Self.look(at: tls.paths)
            if now != seen, !now.contains(nil) { reload() }
        }
    }

    /// Reads the files now. Where they do not fit together yet, such as a certificate whose key is still to come, the old ones hold, and
    /// the next change is looked at again.
    func reload() {
        seen = Self.look(at: tls.paths)
        let began = ContinuousClock.now
        do {
            try tls.reload()
            let milliseconds = (ContinuousClock.now - began) / .milliseconds(1)
            logger.notice(
                "certificates read again",
                metadata: ["certificate": "\(tls.paths[0])", "milliseconds": "\(milliseconds)"])
        } catch {
            logger.error(
                "certificates not read again, the old ones hold",
                metadata: ["certificate": "\(tls.paths[0])", "error": "\(error)"])
        }
    }

    private static func look(at paths: [String]) -> [Sight?] {
        paths.map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            return Sight(
                seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, byteCount: Int(status.st_size),
                node: UInt64(status.st_ino))
        }
    }
}
