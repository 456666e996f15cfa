internal import Access
internal import GRPCDoor

extension Configuration.Endpoint {
    /// What is said of a text that is none.
    static let problem =
        "is not HOST:PORT, such as 127.0.0.1:7878 or [::1]:7878; 0.0.0.0:7878 is every IPv4 address of this machine, [::]:7878 every address"

    /// - Returns: nil for what is not HOST:PORT.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            // With the name of an interface behind `%`, where the address is of the link.
            guard host.contains(":"), host.utf8.allSatisfy({ Self.isAlphanumeric($0) || ".:%".utf8.contains($0) })
            else { return nil }
        } else {
            // No `*`, no scheme, no path, no address of IPv6 without brackets: each would be looked up as a name, and mean something else.
            guard host.utf8.allSatisfy({ Self.isAlphanumeric($0) || "-._".utf8.contains($0) }) else { return nil }
        }
        self.init(host: host, port: port)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// Whether only processes of this machine reach it.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

extension Configuration {
    /// What the settings say of what is kept of persons.
    var privacyTerms: PrivacyService.Terms {
        // What stands behind `?` may be a secret.
        let address = sink.map { String($0.description.prefix { $0 != "?" }) }
        return PrivacyService.Terms(
            eventDays: eventRetentionDays, visitorDays: visitorTTLDays, accountDays: accountTTLDays, sink: address,
            requestsReopen: requestConsentReopens)
    }

    /// What whoever runs the daemon should know of who may reach it: said at the start, and in `status`.
    package var warnings: [String] {
        var warnings: [String] = []
        if dataAccess == .open {
            warnings.append(
                "data_access is open: whoever reaches \(listen) may read, export and erase everybody; give clients tokens and remove the setting"
            )
        }
        if tlsCertificate == nil, !listen.isLoopback {
            warnings.append(
                "the data port \(listen) is not encrypted: tokens and what is asked can be read on the way; set tls_certificate and tls_key"
            )
        }
        if requestConsentReopens {
            warnings.append(
                "request_consent_reopens is true: whoever asks may open purposes that a person has denied; remove the setting once page servers record choices"
            )
        }
        return warnings
    }
}
