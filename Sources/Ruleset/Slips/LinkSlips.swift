internal import Model

/// What a link must look like for a browser to follow it where its author meant.
enum LinkSlips {
    private static let schemes = ["https", "http", "mailto", "tel", "sms"]

    /// What is wrong with the content of a field of type `url`.
    ///
    /// Inserted values are percent-encoded, so only what the author wrote decides where a link leads: `https://…`, `mailto:…`, `tel:…`,
    /// `sms:…`, or a path that begins with `/`, `?` or `#`.
    /// - Returns: Nil when nothing is.
    static func problem(_ pieces: [Template.Piece]) -> (message: String, suggestion: String?)? {
        guard case .text(let start)? = pieces.first else {
            return (
                "a link cannot begin with an insertion: values are percent-encoded, so none is an address",
                "the scheme and the host before it: `https://www.example.com/{{ … }}`"
            )
        }
        guard !start.isEmpty || pieces.count > 1 else { return nil }
        for piece in pieces {
            guard case .text(let text) = piece else { continue }
            if let odd = text.unicodeScalars.first(where: {
                $0.value <= 0x20 || $0.value == 0x7f || Letters.isInvisible($0)
            }) {
                return (
                    "a link has no spaces\(odd == " " ? "" : ", line ends or invisible characters (\(Letters.number(odd)))")",
                    pieces.count == 1 ? "`\(TextEdges.trimmed(text).replacing(" ", with: "%20"))`" : nil
                )
            }
        }
        if let first = start.first, "/?#".contains(first) {
            return start.hasPrefix("//") ? host(start.dropFirst(2), pieces) : nil
        }
        let scheme = start.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        let rest = start[scheme.endIndex...]
        guard rest.first == ":", !scheme.isEmpty, !scheme.contains("."), scheme != "localhost" else {
            return (
                "a link begins with its scheme, or with `/` for a path of the same site: `\(start.prefix(40))` has none",
                scheme.contains(".") ? "`https://\(start)`" : "`/\(start)`"
            )
        }
        guard schemes.contains(scheme.lowercased()) else {
            let meant = Spelling.nearest(to: scheme.lowercased(), among: schemes)
            return (
                "a link's scheme is one of \(schemes.joined(separator: ", ")), not `\(scheme)`",
                meant.map { "`\($0)\(rest)`" }
            )
        }
        guard scheme.lowercased().hasPrefix("http") else { return nil }
        guard rest.hasPrefix("://") else {
            return ("two slashes are missing behind the scheme", "`\(scheme)://\(rest.dropFirst().drop { $0 == "/" })`")
        }
        return host(rest.dropFirst(3), pieces)
    }

    private static func host(_ rest: Substring, _ pieces: [Template.Piece]) -> (message: String, suggestion: String?)? {
        let host = rest.prefix { !"/?#".contains($0) }
        guard host.isEmpty, !rest.isEmpty || pieces.count == 1 else { return nil }
        return ("the link names no host", "for example https://www.example.com/")
    }
}
