package import GRPC

/// Where a daemon listens, as people write it.
package enum Address {
    /// Longest path of a Unix socket. Source: unix(7), `sun_path` less its final NUL.
    private static let socketPathBytesMax = 107

    /// - Parameter text: `unix:/path/of/socket`, `HOST:PORT` or `[IPV6]:PORT`.
    /// - Throws: INVALID_ARGUMENT saying what is wrong with it.
    package static func parse(_ text: String) throws(BespokeError) -> GRPCChannel.Target {
        if text.hasPrefix("unix:") {
            // `unix:///path` is how gRPC writes an absolute path.
            let rest = text.dropFirst("unix:".count)
            let path = String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
            guard !path.isEmpty else { throw invalid(text, "names no socket; write unix:/path/of/the/socket") }
            guard path.utf8.count <= socketPathBytesMax, !path.utf8.contains(0) else {
                throw invalid(text, "is longer than the \(socketPathBytesMax) bytes that a socket's path may have")
            }
            return .unix(path: path)
        }
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...].prefix { $0 != "/" }
            let secure = text.hasPrefix("https") ? " and add --tls" : ""
            throw invalid(
                text, "is a link; write only HOST:PORT, such as \(rest.isEmpty ? "127.0.0.1:7878" : rest)\(secure)")
        }
        if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("~") {
            throw invalid(text, "is a path; write unix:\(text) if it is that of a socket")
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw invalid(text, "has no port; write HOST:PORT, such as 127.0.0.1:7878, or unix:/path/of/the/socket")
        }
        guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw invalid(
                text, "has a port that is none; write HOST:PORT with a port from 1 to 65535, such as 127.0.0.1:7878")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw invalid(text, "is an IPv6 address without brackets; write [ADDRESS]:PORT")
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw invalid(text, "names no host; write HOST:PORT, such as 127.0.0.1:7878")
        }
        return .tcp(host: String(host), port: Int(port))
    }

    private static func invalid(_ text: String, _ problem: String) -> BespokeError {
        BespokeError(.invalidArgument, "the address \"\(text)\" \(problem)")
    }
}
