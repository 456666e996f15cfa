internal import ArgumentParser
internal import Daemon

#if canImport(Glibc)
    internal import Glibc
#endif

/// The daemon: flags, configuration, wiring; no logic.
@main
struct Bespoked: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bespoked",
        abstract: "Decides which ad and page variant a visitor sees.",
        discussion: """
            Every setting is a key of the configuration file, an environment variable (BESPOKE_ and the key in capitals) and \
            a flag. Flags win over the environment, that over the file. config/bespoked.yaml documents each.

            SIGTERM and SIGINT drain and end the daemon; SIGHUP re-reads the configuration.

            `bespoked restore --help` tells how to put a backup back, `bespoked clone --help` how to make a copy \
            for tests, `bespoked check` says what keeps a start from succeeding.
            """,
        version: Daemon.version)

    @Option(help: "Configuration file (also BESPOKE_CONFIG). Without one the defaults hold.")
    var config: String?

    @Option(help: "Folder of everything that must survive.") var dataDirectory: String?
    @Option(help: "Address of the data port, HOST:PORT.") var listen: String?
    @Option(help: "Address of /metrics, /healthz and /readyz, HOST:PORT.") var operations: String?
    @Option(help: "Unix socket for bespokectl.") var adminSocket: String?
    @Option(help: "Rule folder to start with when the data folder holds no rule set.") var rules: String?
    @Option(help: "Event loops; 0 means one for each core.") var threads: String?
    @Option(help: "Whether the data port serves ProfileService too: true or false.") var profilesOnDataPort: String?
    @Option(help: "What the data port lets strangers do: roles or open.") var dataAccess: String?
    @Option(help: "Whether a request's consent opens what the person's stored choice denies: true or false.")
    var requestConsentReopens: String?
    @Option(help: "Address of AdminService over TCP, HOST:PORT; needs TLS.") var adminListen: String?
    @Option(help: "Roles of client certificates, NAME=ROLE separated by commas.") var certificateRoles: String?
    @Option(help: "How long events and exposures are kept one by one, in days.") var eventRetentionDays: String?
    @Option(help: "Days after which a visitor's profile that is not written expires; 0: never.")
    var visitorTtlDays: String?
    @Option(help: "Days after which an account's profile that is not written expires; 0: never.")
    var accountTtlDays: String?
    @Option(help: "Where exposures and events are sent: file:/PATH, http://… or https://….") var sink: String?
    @Option(help: "Whether the sink gets every decision too: true or false.") var sinkDecisions: String?
    @Option(help: "PEM file with the certificate chain of the data port.") var tlsCertificate: String?
    @Option(help: "PEM file with its private key.") var tlsKey: String?
    @Option(help: "PEM file with the authority of client certificates.") var tlsClientAuthority: String?
    @Option(help: "Largest request message, in bytes.") var requestBytesMax: String?
    @Option(help: "What one request may take when decoded, in bytes.") var requestMemoryBytesMax: String?
    @Option(help: "Largest rule set in a push, in bytes.") var pushBytesMax: String?
    @Option(help: "Calls at once on one connection.") var concurrentStreamsMax: String?
    @Option(help: "Connections at once.") var connectionsMax: String?
    @Option(help: "How long it serves on after SIGTERM, not ready.") var lameDuckMilliseconds: String?
    @Option(help: "How long calls may take to end then.") var drainMilliseconds: String?
    @Option(help: "Whether other processes may listen on the data port, too: true or false.") var reusePort: String?
    @Option(help: "When writes are forced to disk: always, group:MILLISECONDS or everysec.") var journalSync: String?
    @Option(help: "text or json.") var logFormat: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel: String?

    @Flag(help: "Check the configuration with its folders, certificates and rules, print what holds, and end.")
    var checkConfig = false

    /// Restoring is a command of its own, not one below this: there the daemon's flags would take those that have the same names.
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "restore": await run(Restore.self, Array(arguments.dropFirst()))
        case "clone": await run(Clone.self, Array(arguments.dropFirst()))
        case "check": await run(Check.self, Array(arguments.dropFirst()))
        default: await run(Bespoked.self, Array(arguments))
        }
    }

    /// As the library's own `main`, but wrong usage ends with 2, as design.md says, not with 64.
    private static func run(_ type: any ParsableCommand.Type, _ arguments: [String]) async {
        do {
            var command = try type.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = type.exitCode(for: error)
            let message = type.fullMessage(for: error)
            if code == .success { print(message) } else { tell(message + "\n") }
            Glibc.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }

    func run() async throws {
        let flags = self.flags
        let config = self.config ?? Self.environment("BESPOKE_CONFIG")
        let read: @Sendable () throws(ConfigurationError) -> Configuration = { () throws(ConfigurationError) in
            try Configuration.read(file: config, flags: flags)
        }
        do {
            let configuration = try read()
            if checkConfig {
                for key in ConfigurationKey.all { print("\(key.name): \(key.value(in: configuration))") }
                let problems = configuration.problemsOfFiles
                guard problems.isEmpty else { Self.fail(problems.joined(separator: "\n")) }
                return
            }
            try await Daemon.run(configuration, reread: read)
        } catch let error as ConfigurationError {
            Self.fail(error.description)
        } catch let error as DaemonError {
            Self.fail(error.description)
        }
    }

    private var flags: [String: String] {
        let given: [(String, String?)] = [
            ("data_directory", dataDirectory), ("listen", listen), ("operations", operations),
            ("admin_socket", adminSocket), ("rules", rules), ("threads", threads),
            ("event_retention_days", eventRetentionDays), ("visitor_ttl_days", visitorTtlDays),
            ("account_ttl_days", accountTtlDays), ("profiles_on_data_port", profilesOnDataPort),
            ("data_access", dataAccess), ("request_consent_reopens", requestConsentReopens),
            ("admin_listen", adminListen), ("certificate_roles", certificateRoles),
            ("sink", sink), ("sink_decisions", sinkDecisions), ("tls_certificate", tlsCertificate), ("tls_key", tlsKey),
            ("tls_client_authority", tlsClientAuthority), ("request_bytes_max", requestBytesMax),
            ("request_memory_bytes_max", requestMemoryBytesMax), ("push_bytes_max", pushBytesMax),
            ("concurrent_streams_max", concurrentStreamsMax), ("connections_max", connectionsMax),
            ("drain_milliseconds", drainMilliseconds), ("lame_duck_milliseconds", lameDuckMilliseconds),
            ("reuse_port", reusePort), ("journal_sync", journalSync), ("log_format", logFormat),
            ("log_level", logLevel),
        ]
        return Dictionary(uniqueKeysWithValues: given.compactMap { key, value in value.map { (key, $0) } })
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    static func fail(_ message: String) -> Never {
        for line in message.split(separator: "\n") {
            tell("bespoked: \(line)\n")
        }
        Glibc.exit(1)
    }

    static func tell(_ text: String) {
        var text = text
        // Nothing can be done about a standard error that does not take the line.
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
