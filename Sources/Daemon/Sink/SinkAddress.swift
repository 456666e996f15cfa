/// Where records are sent.
package enum SinkAddress: Sendable, Equatable, CustomStringConvertible {
    /// Appended to a file.
    case file(path: String)
    /// Posted to a web server.
    case web(WebAddress)

    /// A web server and what to ask it for.
    package struct WebAddress: Sendable, Equatable {
        package var usesTLS: Bool
        /// Without brackets.
        package var host: String
        package var port: Int
        /// Path and query.
        package var target: String

        /// As the `Host` field has it.
        var authority: String {
            let host = host.contains(":") ? "[\(host)]" : host
            return port == (usesTLS ? 443 : 80) ? host : "\(host):\(port)"
        }
    }

    /// Reads `file:/path`, `http://host:port/path` or `https://host:port/path?query`; nil for all else.
    package init?(_ text: String) {
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { return nil }
        if text.hasPrefix("file:/") {
            var path = text.dropFirst(5)
            if path.hasPrefix("///") { path = path.dropFirst(2) }
            guard path.count > 1, !path.hasSuffix("/"), !path.hasPrefix("//") else { return nil }
            self = .file(path: String(path))
            return
        }
        let schemes = [("http://", false, 80), ("https://", true, 443)]
        guard let (scheme, usesTLS, defaultPort) = schemes.first(where: { text.hasPrefix($0.0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { "/?".contains($0) } ?? rest.endIndex
        var target = String(rest[end...])
        guard !target.contains("#"), target.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        if !target.hasPrefix("/") { target = "/" + target }
        guard let (host, port) = Self.hostAndPort(rest[..<end], defaultPort) else { return nil }
        self = .web(WebAddress(usesTLS: usesTLS, host: host, port: port, target: target))
    }

    private static func hostAndPort(_ text: Substring, _ defaultPort: Int) -> (host: String, port: Int)? {
        let host: Substring
        var rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            (host, rest) = (text[..<end], text[end...])
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "@") }) else { return nil }
        guard !rest.isEmpty else { return (String(host), defaultPort) }
        guard rest.removeFirst() == ":", let port = Int(rest), (1...65_535).contains(port) else { return nil }
        return (String(host), port)
    }

    /// As the configuration file has it.
    package var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .web(let address): "\(address.usesTLS ? "https" : "http")://\(address.authority)\(address.target)"
        }
    }
}
