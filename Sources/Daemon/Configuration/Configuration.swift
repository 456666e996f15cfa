package import Access
internal import Engine
package import GRPC
package import Model

/// Everything an operator can set. Read once at the start; `SIGHUP` applies what can change while serving.
package struct Configuration: Sendable, Equatable {
    /// A TCP address to listen on.
    package struct Endpoint: Sendable, Equatable, CustomStringConvertible {
        package var host: String
        /// 0 takes any free port.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// How log lines are written.
    package enum LogFormat: String, Sendable { case text, json }

    /// What the data port lets whoever shows no credential do.
    package enum DataAccess: String, Sendable, CaseIterable {
        /// Processes of this machine may what the role `decide` may; others nothing.
        case roles
        /// Everybody may everything, as before there were roles.
        case open
    }

    /// When an acknowledged write has been forced to disk.
    package enum JournalSync: Sendable, Equatable, CustomStringConvertible {
        /// Before it is acknowledged.
        case always
        /// Before it is acknowledged, with what else comes within so many milliseconds, 1 to 1,000.
        case group(milliseconds: Int)
        /// Within a second.
        case everySecond

        /// `always`, `group:` with milliseconds, or `everysec`; nil for all else.
        package init?(_ text: String) {
            switch text {
            case "always": self = .always
            case "everysec": self = .everySecond
            default:
                guard text.hasPrefix("group:"), let milliseconds = Int(text.dropFirst(6)),
                    (1...1_000).contains(milliseconds)
                else { return nil }
                self = .group(milliseconds: milliseconds)
            }
        }

        /// As the configuration file has it.
        package var description: String {
            switch self {
            case .always: "always"
            case .group(let milliseconds): "group:\(milliseconds)"
            case .everySecond: "everysec"
            }
        }
    }

    package var dataDirectory = "/var/lib/bespoke"
    package var listen = Endpoint(host: "127.0.0.1", port: 7878)
    package var operations = Endpoint(host: "127.0.0.1", port: 7879)
    /// Relative paths are taken from the data directory.
    package var adminSocket = "bespoke.sock"
    /// A folder of rules to start with when the data directory holds none.
    package var rules: String?
    /// Event loops; 0 means one for each core.
    package var threads = 0
    package var servesProfilesOnDataPort = true
    /// The secret of previews over the data port; nil takes none there.
    package var previewToken: Secret?
    package var dataAccess = DataAccess.roles
    /// Whether a request's consent opens what the person's stored choice denies, as it did once.
    package var requestConsentReopens = false
    /// AdminService over TCP; nil: on the Unix socket alone.
    package var adminListen: Endpoint?
    /// Roles by the alternative name of a client's certificate.
    package var certificateRoles: [String: Role] = [:]
    package var tlsCertificate: String?
    package var tlsKey: String?
    package var tlsClientAuthority: String?
    package var requestBytesMax = 4 * 1024 * 1024
    package var requestMemoryBytesMax = 16 * 1024 * 1024
    package var pushBytesMax = 64 * 1024 * 1024
    /// What the data port and the admin socket take of their peers.
    package var wire = ServerLimits()
    package var drainMilliseconds = 10_000
    /// How long it serves on after SIGTERM, not ready, before it takes no further connections.
    package var lameDuckMilliseconds = 0
    /// Whether other processes may listen on the same port.
    package var sharesPort = false
    /// 0 for nine tenths of what there is.
    package var memoryBytesMax = 0
    /// How long nothing that has expired is deleted after the clock has jumped; 0 believes every clock.
    package var clockHoldHours = 24
    package var eventRetentionDays = 400
    /// 0 for ever.
    package var visitorTTLDays = 0
    /// 0 for ever.
    package var accountTTLDays = 0
    /// Where exposures, events and, if asked, decisions are sent; nil: nowhere.
    package var sink: SinkAddress?
    package var sinkGetsDecisions = false
    package var sinkAuthorization: Secret?
    package var sinkAuthority: String?
    package var sinkSpoolBytesMax = 256 * 1024 * 1024
    package var journalSync = JournalSync.always
    package var logFormat = LogFormat.text
    package var logLevel = "info"

    package init() {}

    /// The path of the admin socket.
    package var adminSocketPath: String {
        adminSocket.hasPrefix("/") ? adminSocket : dataDirectory + "/" + adminSocket
    }

    /// What only holds between keys.
    ///
    /// - Throws: `ConfigurationError` naming both keys.
    package func checked() throws(ConfigurationError) -> Configuration {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ConfigurationError("tls_certificate and tls_key go together; set both or neither")
        }
        let ports =
            [("listen", listen), ("operations", operations)] + (adminListen.map { [("admin_listen", $0)] } ?? [])
        for (index, (name, endpoint)) in ports.enumerated() where endpoint.port != 0 {
            if let other = ports[..<index].first(where: { $0.1 == endpoint }) {
                throw ConfigurationError("\(other.0) and \(name) are both \(endpoint); give each a port of its own")
            }
        }
        guard tlsClientAuthority == nil || tlsCertificate != nil else {
            throw ConfigurationError("tls_client_authority needs tls_certificate and tls_key")
        }
        if sink == nil, sinkGetsDecisions || sinkAuthorization != nil || sinkAuthority != nil {
            throw ConfigurationError("sink_decisions, sink_authorization and sink_authority need sink")
        }
        guard adminListen == nil || tlsCertificate != nil else {
            throw ConfigurationError(
                "admin_listen needs tls_certificate and tls_key: tokens never go over the network in clear text")
        }
        guard certificateRoles.isEmpty || tlsClientAuthority != nil else {
            throw ConfigurationError("certificate_roles needs tls_client_authority")
        }
        if let sinkAuthorization, sinkAuthorization.revealedBytes().contains(where: { $0 < 0x20 || $0 >= 0x7f }) {
            throw ConfigurationError("sink_authorization has characters that no HTTP header may have")
        }
        if let previewToken, previewToken.byteCount < Self.previewTokenBytesMin {
            throw ConfigurationError(
                "preview_token is shorter than \(Self.previewTokenBytesMin) bytes; make one with `openssl rand -hex 16`"
            )
        }
        return self
    }

    private static let previewTokenBytesMin = 16

    /// Who may preview over the data port.
    var previewAccess: PreviewAccess { previewToken.map { .token($0.revealedBytes()) } ?? .closed }
}

/// Why a configuration is refused: what, where, and how to mend it.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
