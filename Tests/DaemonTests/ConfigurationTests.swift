import Daemon
import Foundation
import GRPC
import Testing

@Suite struct ConfigurationTests {
    private func load(
        _ text: String = "", environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws(ConfigurationError) -> Configuration {
        try Configuration.load(file: ("bespoked.yaml", text), environment: environment, flags: flags)
    }

    @Test func `an empty file leaves every default`() throws {
        #expect(try load() == Configuration())
        #expect(try load("# only a comment\n") == Configuration())
    }

    @Test func `flags win over the environment and that over the file`() throws {
        let file = "listen: 127.0.0.1:1\nthreads: 1\nlog_level: error\n"
        let environment = ["BESPOKE_LISTEN": "127.0.0.1:2", "BESPOKE_THREADS": "2"]
        let configuration = try load(file, environment: environment, flags: ["listen": "127.0.0.1:3"])
        #expect(configuration.listen.port == 3)
        #expect(configuration.threads == 2)
        #expect(configuration.logLevel == "error")
    }

    @Test func `an unknown setting is refused with its place and what was meant`() {
        #expect(throws: ConfigurationError("bespoked.yaml:2:1: unknown setting `lisen`; did you mean `listen`?")) {
            try load("threads: 1\nlisen: 127.0.0.1:1\n")
        }
    }

    @Test func `everything that is wrong is said at once`() {
        #expect(
            throws: ConfigurationError(
                """
                bespoked.yaml:1:10: `threads`: "many" is not a whole number from 0 to 1024
                bespoked.yaml:2:9: `listen`: "nowhere" is not HOST:PORT, such as 127.0.0.1:7878 or [::1]:7878; 0.0.0.0:7878 is every IPv4 address of this machine, [::]:7878 every address
                environment: BESPOKE_LOG_LEVEL "loud" is none of trace, debug, info, notice, warning, error, critical
                --drain-milliseconds "-1" is not a whole number from 0 to 3600000
                """)
        ) {
            try load(
                "threads: many\nlisten: nowhere\n", environment: ["BESPOKE_LOG_LEVEL": "loud"],
                flags: ["drain_milliseconds": "-1"])
        }
    }

    @Test(arguments: [
        ("threads:4\n", "bespoked.yaml:1:1: is not a mapping of settings", "did you mean `threads: 4`?"),
        ("threads = 4\n", "bespoked.yaml:1:1: is not a mapping of settings", "did you mean `threads: 4`?"),
        ("LISTEN: x\n", "bespoked.yaml:1:1: unknown setting `LISTEN`", "did you mean `listen`?"),
        ("server: x\n", "bespoked.yaml:1:1: unknown setting `server`", "`bespoked --help` lists all"),
        ("memory_bytes_max: 4GB\n", "bespoked.yaml:1:19: `memory_bytes_max`", "leave its unit out"),
        ("connections_max: 10,000\n", "bespoked.yaml:1:18: `connections_max`", "numbers have no separators: `10000`"),
    ])
    func `a slip is told with its place and what is meant`(text: String, place: String, remedy: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        #expect(error?.description.hasPrefix(place) == true && error?.description.contains(remedy) == true)
    }

    @Test func `limits of the wire are settings with bounds`() throws {
        let configuration = try load("idle_milliseconds: 7\nheader_list_bytes_max: 60000\n")
        #expect(configuration.wire.idleMilliseconds == 7)
        #expect(configuration.wire.headerListBytesMax == 60_000)
        #expect(throws: ConfigurationError.self) { try load("header_list_bytes_max: 60001\n") }
        #expect(throws: ConfigurationError.self) { try load("turn_microseconds: 99\n") }
    }

    @Test func `every setting is in the commented file, with its default`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let file = try String(contentsOf: root.appending(path: "config/bespoked.yaml"), encoding: .utf8)
        let limits = try String(contentsOf: root.appending(path: "docs/limits.md"), encoding: .utf8)
        for key in ConfigurationKey.all {
            #expect(file.contains("\n#\(key.name):") || file.contains("\n\(key.name):"), "\(key.name)")
            guard Int(key.value(in: Configuration())) != nil, key.name.hasSuffix("_max") || key.name.contains("seconds")
            else { continue }
            #expect(limits.contains("| `\(key.name)` | \(key.value(in: Configuration())) |"), "\(key.name)")
        }
    }

    @Test(arguments: ["always", "everysec", "group:1", "group:1000"])
    func `a journal policy reads as it is written`(text: String) throws {
        let configuration = try load("journal_sync: \(text)")
        #expect(configuration.journalSync.description == text)
        #expect((configuration == Configuration()) == (text == "always"))
    }

    @Test(arguments: ["never", "group", "group:", "group:0", "group:1001", "group:-1", "Always"])
    func `any other journal policy is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try load("journal_sync: \"\(text)\"") }
    }

    @Test func `a variable that names no setting is refused`() {
        #expect(throws: ConfigurationError.self) { try load(environment: ["BESPOKE_LISTEM": "127.0.0.1:1"]) }
        #expect(throws: Never.self) {
            try load(environment: ["BESPOKE_ADDRESS": "unix:/x", "BESPOKE_CONTEXT": "c", "HOME": "/"])
        }
    }

    @Test(arguments: [
        ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:65535", "::1", 65_535), ("localhost:7878", "localhost", 7_878),
    ])
    func `an address is a host and a port`(text: String, host: String, port: Int) throws {
        let configuration = try load("listen: \"\(text)\"")
        #expect(configuration.listen == Configuration.Endpoint(host: host, port: port))
    }

    @Test(arguments: [
        "127.0.0.1", ":7878", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:", "*:7878", "http://127.0.0.1:7878",
        "::1:7878",
        "[localhost]:7878",
    ])
    func `what is no address is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try load("listen: \"\(text)\"") }
    }

    @Test func `two ports cannot be one`() {
        #expect(throws: ConfigurationError("listen and operations are both 127.0.0.1:9; give each a port of its own")) {
            try load("listen: 127.0.0.1:9\noperations: 127.0.0.1:9\n")
        }
        #expect(throws: Never.self) { try load("listen: 127.0.0.1:0\noperations: 127.0.0.1:0\n") }
    }

    @Test func `a file that is no YAML is refused in words, with its place`() {
        #expect {
            try load("listen: 127.0.0.1:9\nlisten: 127.0.0.1:8\n")
        } throws: { error in
            let text = "\(error)"
            return text.hasPrefix("bespoked.yaml:1:1: `listen` stands here more than once, again on line 2")
        }
    }

    @Test func `certificate and key go together`() {
        #expect(throws: ConfigurationError.self) { try load("tls_certificate: a.pem") }
        #expect(throws: ConfigurationError.self) { try load("tls_client_authority: a.pem") }
        #expect(throws: Never.self) { try load("tls_certificate: a.pem\ntls_key: b.pem") }
    }

    @Test func `only what cannot change while serving asks for a restart`() throws {
        let old = Configuration()
        #expect(old.needsRestart(toBecome: try load("log_level: debug\ndrain_milliseconds: 1")).isEmpty)
        #expect(old.needsRestart(toBecome: try load("threads: 3")) == ["threads"])
    }

    @Test func `the shipped file lists every setting with its default`() throws {
        var root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        root = "/" + root
        // Every commented setting, taken at its word, is the default.
        let text = try String(contentsOfFile: root + "/config/bespoked.yaml", encoding: .utf8)
        var settings = ""
        for line in text.split(separator: "\n") where line.hasPrefix("#") && !line.hasPrefix("# ") {
            settings += line.dropFirst() + "\n"
        }
        #expect(try load(settings) == Configuration())
        for key in ConfigurationKey.all {
            #expect(settings.contains("\(key.name):"), "config/bespoked.yaml says nothing of \(key.name)")
        }
    }
}
