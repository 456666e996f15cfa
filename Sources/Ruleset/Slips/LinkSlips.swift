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
        if let slip = markup(start, isWhole: pieces.count == 1) ?? spaced(start, isWhole: pieces.count == 1) {
            return slip
        }
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
            // `http//shop.example`, `https;//shop.example`: the colon is what is missing.
            let isWeb = ["http", "https"].contains(scheme.lowercased())
            let behind = rest.drop { ":;./\\".contains($0) }
            return (
                "a link begins with its scheme, or with `/` for a path of the same site: `\(start.prefix(40))` has none",
                isWeb && !behind.isEmpty && behind.startIndex != rest.startIndex
                    ? "`\(scheme.lowercased())://\(behind)`"
                    : scheme.contains(".") ? "`https://\(start)`" : "`/\(start)`"
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

    /// `<a href="https://…">` and `[shop](https://…)`.
    private static func markup(_ text: String, isWhole: Bool) -> (message: String, suggestion: String?)? {
        let marks = [("href=\"", "\""), ("href='", "'"), ("href=", ">"), ("](", ")")]
        guard text.hasPrefix("<") || text.hasPrefix("["),
            let (open, close) = marks.first(where: { text.contains($0.0) }), let start = text.firstRange(of: open)
        else { return nil }
        let address = text[start.upperBound...].prefix { !close.contains($0) }
        return (
            text.hasPrefix("<")
                ? "a link is an address, without HTML around it" : "a link is an address, without Markdown around it",
            isWhole && !address.isEmpty ? "`\(address)`" : nil
        )
    }

    /// What spaces and backslashes are doing in an address.
    private static func spaced(_ text: String, isWhole: Bool) -> (message: String, suggestion: String?)? {
        guard isWhole else { return nil }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        if ["http", "https"].contains(scheme), text.contains("\\") {
            return ("the slashes of a link lean to the right", "`\(text.replacing("\\", with: "/"))`")
        }
        let parts = text.split { $0 == " " || $0 == "," || $0 == ";" }
        let second = parts.dropFirst().first { part in schemes.contains { part.hasPrefix($0 + ":") } }
        if second != nil { return ("a link is one address; here stand two", parts.first.map { "`\($0)`" }) }
        if ["tel", "sms"].contains(scheme), text.contains(" ") {
            return ("a link has no spaces", "`\(text.filter { $0 != " " })`")
        }
        return nil
    }

    /// What a browser does not reach, though it is an address.
    ///
    /// - Returns: Nil when nothing is doubtful.
    static func doubt(_ pieces: [Template.Piece]) -> (message: String, suggestion: String?)? {
        guard case .text(let text)? = pieces.first else { return nil }
        for case .text(let text) in pieces {
            let numbers = text.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
            guard !numbers.allSatisfy({ $0.prefix(2).allSatisfy(\.isHexDigit) && $0.count > 1 }) else { continue }
            return (
                "in a link `%` begins the number of a character",
                pieces.count == 1 ? "`\(text.replacing("%", with: "%25"))`" : nil
            )
        }
        guard text.lowercased().hasPrefix("http"), let start = text.firstRange(of: "://") else { return nil }
        let authority = text[start.upperBound...].prefix { !"/?#".contains($0) }
        // What an insertion goes on with is not known.
        guard pieces.count == 1 || text[start.upperBound...].count > authority.count else { return nil }
        let address = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        guard !address.hasPrefix("[") else { return nil }
        let parts = address.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, Int(parts[1]).map({ (1...65_535).contains($0) }) != true {
            return ("the port behind the host is a number from 1 to 65535, not `\(parts[1])`", nil)
        }
        let host = String(parts.first ?? "")
        if let odd = host.first(where: { ",;!$&()*+='\"".contains($0) }) {
            return (
                "the host `\(host)` holds `\(odd)`",
                odd == "," ? "`\(text.replacing(host, with: host.replacing(",", with: ".")))`" : nil
            )
        }
        if host.contains("..") || host.hasPrefix(".") {
            return (
                "the host `\(host)` has a dot too many",
                "`\(text.replacing(host, with: host.split(separator: ".").joined(separator: ".")))`"
            )
        }
        return nil
    }

    private static func host(_ rest: Substring, _ pieces: [Template.Piece]) -> (message: String, suggestion: String?)? {
        let host = rest.prefix { !"/?#".contains($0) }
        guard host.isEmpty, !rest.isEmpty || pieces.count == 1 else { return nil }
        return ("the link names no host", "for example https://www.example.com/")
    }
}
