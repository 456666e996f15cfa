internal import Access

extension Configuration.Endpoint {
    /// What is said of a text that is none.
    static let problem = "is not HOST:PORT, such as 127.0.0.1:7878 or [::1]:7878"

    /// - Returns: nil for what is not HOST:PORT.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.init(host: host, port: port)
    }

    /// Whether only processes of this machine reach it.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

extension Configuration {
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
        return warnings
    }
}
