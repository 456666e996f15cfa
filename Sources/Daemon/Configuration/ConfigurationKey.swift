internal import Access
internal import Logging
internal import Model

/// One setting: its key in the file, its documentation, and how its text becomes a value.
///
/// The same table serves the file, the environment (`BESPOKE_` and the key in capitals) and the flags (`--` and the key with
/// hyphens), so the three cannot drift.
package struct ConfigurationKey: Sendable {
    package let name: String
    /// For the operator: what it does, unit and default.
    package let help: String
    /// Whether `SIGHUP` applies a change.
    package let isReloadable: Bool
    /// Whether no message may show its text.
    var isSecret = false
    /// Returns what is wrong with the text, or nil once it is applied.
    let apply: @Sendable (inout Configuration, String) -> String?
    /// The value as it stands, as text.
    let current: @Sendable (Configuration) -> String

    package var environmentName: String { "BESPOKE_" + name.uppercased() }
    package var flagName: String { name.split(separator: "_").joined(separator: "-") }

    package static let all: [ConfigurationKey] = settings + access + wire

    private static let settings: [ConfigurationKey] = [
        text("data_directory", \.dataDirectory, "Folder of everything that must survive; made if absent."),
        endpoint("listen", \.listen, "Address of the data port: gRPC, h2c or TLS. Port 0 takes any free port."),
        endpoint("operations", \.operations, "Address of /metrics, /healthz and /readyz over HTTP/1.1."),
        text("admin_socket", \.adminSocket, "Unix socket for bespokectl, mode 0600; relative to data_directory."),
        optionalText("rules", \.rules, "Rule folder to start with when data_directory holds no rule set yet."),
        number("threads", \.threads, 0...1_024, "Event loops; 0 means one for each core."),
        flag(
            "profiles_on_data_port", \.servesProfilesOnDataPort,
            "Whether the data port serves ProfileService and EventService too; the admin socket always does."),
        number(
            "event_retention_days", \.eventRetentionDays, 1...36_500,
            "How long events and exposures are kept one by one; older ones are refused. Counts stay."),
        secret(
            "preview_token", \.previewToken,
            "Secret of at least 16 bytes that previews over the data port must send; unset: only the admin socket previews."
        ),
        number(
            "visitor_ttl_days", \.visitorTTLDays, 0...36_500,
            "How long a visitor's profile is known after it was last written; 0: until it is deleted."),
        number(
            "account_ttl_days", \.accountTTLDays, 0...36_500,
            "How long an account's profile is known after it was last written; 0: until it is deleted."),
        optionalText("tls_certificate", \.tlsCertificate, "PEM file with the certificate chain of the data port."),
        optionalText("tls_key", \.tlsKey, "PEM file with its private key."),
        optionalText(
            "tls_client_authority", \.tlsClientAuthority,
            "PEM file with the authority that client certificates must come from; unset: clients need none."),
        number("request_bytes_max", \.requestBytesMax, 1_024...1_073_741_824, "Largest request message, in bytes."),
        number(
            "request_memory_bytes_max", \.requestMemoryBytesMax, 65_536...4_294_967_296,
            "What one request may take when decoded, in bytes."),
        number("push_bytes_max", \.pushBytesMax, 1_024...1_073_741_824, "Largest rule set in a push, in bytes."),
        number(
            "drain_milliseconds", \.drainMilliseconds, 0...3_600_000, isReloadable: true,
            "How long calls under way may take to end after SIGTERM."),
        number(
            "lame_duck_milliseconds", \.lameDuckMilliseconds, 0...3_600_000, isReloadable: true,
            "How long it serves on after SIGTERM, not ready, before it takes no further connections."),
        flag(
            "reuse_port", \.sharesPort,
            "Whether other processes may listen on the data port at the same time (SO_REUSEPORT): true or false."),
        number(
            "memory_bytes_max", \.memoryBytesMax, 0...(1 << 50),
            "Memory beyond which imports, writes and pushes are refused; 0: nine tenths of what there is."),
        number(
            "clock_hold_hours", \.clockHoldHours, 0...8_760,
            "How long nothing that has expired is deleted after the clock has jumped; 0: every clock is believed."),
        ConfigurationKey(
            name: "sink",
            help:
                "Where exposures and events are sent as JSON lines: file:/PATH, http://… or https://…; unset: nowhere.",
            isReloadable: false,
            apply: { configuration, text in
                guard !text.isEmpty else {
                    configuration.sink = nil
                    return nil
                }
                guard let sink = SinkAddress(text) else {
                    return
                        "is neither file: with an absolute path, nor http://HOST:PORT/PATH, nor https://HOST:PORT/PATH"
                }
                configuration.sink = sink
                return nil
            }, current: { $0.sink?.description ?? "" }),
        flag("sink_decisions", \.sinkGetsDecisions, "Whether the sink gets every decision too: true or false."),
        secret(
            "sink_authorization", \.sinkAuthorization,
            "Value of the Authorization header for an http sink, such as Bearer TOKEN."),
        optionalText(
            "sink_authority", \.sinkAuthority,
            "PEM file with the authority of an https sink's certificate; unset: the system's."),
        number(
            "sink_spool_bytes_max", \.sinkSpoolBytesMax, 65_536...(1 << 40),
            "Records that wait for the sink; further ones are dropped and counted."),
        ConfigurationKey(
            name: "journal_sync",
            help: "When writes are forced to disk: always, group:MILLISECONDS or everysec.", isReloadable: false,
            apply: { configuration, text in
                guard let sync = Configuration.JournalSync(text) else {
                    return "is neither always, nor everysec, nor group: and milliseconds from 1 to 1000"
                }
                configuration.journalSync = sync
                return nil
            }, current: { $0.journalSync.description }),
        ConfigurationKey(
            name: "log_format", help: "text or json.", isReloadable: false,
            apply: { configuration, text in
                guard let format = Configuration.LogFormat(rawValue: text) else { return "is neither text nor json" }
                configuration.logFormat = format
                return nil
            }, current: { $0.logFormat.rawValue }),
        ConfigurationKey(
            name: "log_level", help: "trace, debug, info, notice, warning, error or critical.", isReloadable: true,
            apply: { configuration, text in
                guard let level = Logger.Level(rawValue: text) else {
                    return "is none of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
                }
                configuration.logLevel = level.rawValue
                return nil
            }, current: { $0.logLevel }),
    ]

    /// - Returns: The setting of that name, or nil.
    package static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }

    typealias Path<Value> = WritableKeyPath<Configuration, Value> & Sendable

    private static func text(_ name: String, _ path: any Path<String>, _ help: String) -> ConfigurationKey {
        ConfigurationKey(
            name: name, help: help, isReloadable: false,
            apply: { configuration, text in
                guard !text.isEmpty else { return "is empty" }
                configuration[keyPath: path] = text
                return nil
            }, current: { $0[keyPath: path] })
    }

    static func optionalText(_ name: String, _ path: any Path<String?>, _ help: String) -> ConfigurationKey {
        ConfigurationKey(
            name: name, help: help, isReloadable: false,
            apply: { configuration, text in
                configuration[keyPath: path] = text.isEmpty ? nil : text
                return nil
            }, current: { $0[keyPath: path] ?? "" })
    }

    static func number(
        _ name: String, _ path: any Path<Int>, _ range: ClosedRange<Int>, isReloadable: Bool = false, _ help: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name, help: help, isReloadable: isReloadable,
            apply: { configuration, text in
                guard let value = Int(text), range.contains(value) else {
                    return "is not a whole number from \(range.lowerBound) to \(range.upperBound)" + Self.hint(text)
                }
                configuration[keyPath: path] = value
                return nil
            }, current: { String($0[keyPath: path]) })
    }

    /// What may have been meant by a text that begins as a number.
    private static func hint(_ text: String) -> String {
        guard text.first?.isNumber == true else { return "" }
        let digits = text.filter(\.isNumber)
        if text.allSatisfy({ $0.isNumber || ",._' ".contains($0) }), digits.count != text.count {
            return "; numbers have no separators: `\(digits)`"
        }
        return text.last?.isLetter == true ? "; leave its unit out: the setting's name says it" : ""
    }

    private static func secret(_ name: String, _ path: any Path<Secret?>, _ help: String) -> ConfigurationKey {
        ConfigurationKey(
            name: name, help: help, isReloadable: false, isSecret: true,
            apply: { configuration, text in
                configuration[keyPath: path] = text.isEmpty ? nil : Secret(text)
                return nil
            }, current: { $0[keyPath: path] == nil ? "" : Secret.mask })
    }

    static func flag(_ name: String, _ path: any Path<Bool>, _ help: String) -> ConfigurationKey {
        ConfigurationKey(
            name: name, help: help, isReloadable: false,
            apply: { configuration, text in
                guard let value = ["true": true, "false": false][text] else { return "is neither true nor false" }
                configuration[keyPath: path] = value
                return nil
            }, current: { String($0[keyPath: path]) })
    }

    private static func endpoint(
        _ name: String, _ path: any Path<Configuration.Endpoint>, _ help: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name, help: help, isReloadable: false,
            apply: { configuration, text in
                guard let endpoint = Configuration.Endpoint(text) else { return Configuration.Endpoint.problem }
                configuration[keyPath: path] = endpoint
                return nil
            }, current: { $0[keyPath: path].description })
    }
}

extension ConfigurationKey {
    /// A text as messages may show it.
    func shown(_ text: String) -> String { isSecret ? Secret.mask : text }

    /// The value as it stands, as text that the file takes; empty when unset.
    package func value(in configuration: Configuration) -> String { current(configuration) }
}
