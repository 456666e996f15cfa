package import Model

/// Daemons that somebody works with, by name: what `bespokectl context` keeps.
///
/// The file is YAML of one fixed shape, so that it can be read and changed by hand.
package struct Contexts: Sendable, Hashable {
    /// How one daemon is reached.
    package struct Context: Sendable, Hashable {
        /// `unix:PATH` or `HOST:PORT`.
        package var address: String
        /// Whether the connection is encrypted.
        package var tls = false
        /// Files: the authorities to trust, this side's certificate and its key; and the file with the token that authorises.
        package var ca = ""
        package var cert = ""
        package var key = ""
        package var token = ""
        /// The name that the daemon's certificate must carry, where that is not the host.
        package var serverName = ""

        package init(address: String) {
            self.address = address
        }
    }

    /// Why a file is none of these.
    package struct Problem: Error, Sendable, Hashable {
        package let line: Int
        package let problem: String
    }

    /// The file's largest size.
    package static let bytesMax = 1 << 20

    package var current: String?
    package private(set) var byName: [String: Context] = [:]

    package init() {}

    /// Where the file is: below `XDG_CONFIG_HOME`, else `.config` in the home. Source: XDG Base Directory Specification.
    ///
    /// - Returns: nil when neither is known.
    package static func path(configHome: String?, home: String?) -> String? {
        if let configHome, configHome.hasPrefix("/") { return configHome + "/bespoke/contexts.yaml" }
        return home.flatMap { $0.hasPrefix("/") ? $0 + "/.config/bespoke/contexts.yaml" : nil }
    }

    /// Whether a name can be one: letters, digits, `-`, `_` and `.`.
    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0)
            }
    }

    /// Adds a context or replaces it.
    ///
    /// - Precondition: `isName(name)`.
    package mutating func set(_ name: String, _ context: Context) {
        precondition(Self.isName(name), "a context has a name")
        byName[name] = context
    }

    /// Forgets a context; it is not the current one any more.
    ///
    /// - Returns: Whether there was one.
    package mutating func remove(_ name: String) -> Bool {
        if current == name { current = nil }
        return byName.removeValue(forKey: name) != nil
    }

    /// Why there is no such context.
    package func unknown(_ name: String) -> String {
        let hint =
            Spelling.nearest(to: name, among: byName.keys.sorted()).map { "did you mean `\($0)`?" }
            ?? (byName.isEmpty ? "`bespokectl context add NAME` makes one" : "`bespokectl context list` lists all")
        return "context \(Style.printable(name)): there is no such; \(hint)"
    }
}

extension Contexts {
    private static let fields: [(name: String, path: any WritableKeyPath<Context, String> & Sendable)] = [
        ("address", \.address), ("ca", \.ca), ("cert", \.cert), ("key", \.key), ("server_name", \.serverName),
        ("token", \.token),
    ]

    /// As it stands in the file.
    package var text: String {
        var text = "# Written by `bespokectl context`; `bespokectl context --help` explains.\n"
        if let current { text += "current: \(current)\n" }
        text += byName.isEmpty ? "contexts: {}\n" : "contexts:\n"
        for (name, context) in byName.sorted(by: { $0.key < $1.key }) {
            text += "  \(name):\n"
            for field in Self.fields where !context[keyPath: field.path].isEmpty {
                text += "    \(field.name): \(JSONText.quoted(context[keyPath: field.path]))\n"
            }
            if context.tls { text += "    tls: true\n" }
        }
        return text
    }

    /// Reads what `text` writes, and what people make of it.
    package static func parse(_ text: String) throws(Problem) -> Contexts {
        var contexts = Contexts()
        var name: String?
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.drop { $0 == " " }
            guard !content.isEmpty, !content.hasPrefix("#") else { continue }
            func problem(_ text: String) -> Problem { Problem(line: index + 1, problem: text) }
            guard let colon = content.firstIndex(of: ":") else { throw problem("this is not `key: value`") }
            let key = String(content[..<colon])
            let value = try scalar(content[content.index(after: colon)...], problem)
            switch line.count - content.count {
            case 0 where key == "current": contexts.current = value.isEmpty ? nil : value
            case 0 where key == "contexts" && (value.isEmpty || value == "{}"): continue
            case 2 where value.isEmpty && isName(key):
                name = key
                contexts.byName[key] = Context(address: "")
            case 4:
                guard let name else { throw problem("`\(key)` stands below no context") }
                try contexts.set(key, value, of: name, problem)
            default: throw problem("`\(key)` is not expected here")
            }
        }
        return contexts
    }

    private mutating func set(
        _ key: String, _ value: String, of name: String, _ problem: (String) -> Problem
    ) throws(Problem) {
        if key == "tls" {
            guard value == "true" || value == "false" else { throw problem("`tls` is true or false") }
            byName[name]?.tls = value == "true"
            return
        }
        guard let field = Self.fields.first(where: { $0.name == key }) else {
            let known = Self.fields.map(\.name) + ["tls"]
            let hint = Spelling.nearest(to: key, among: known).map { "did you mean `\($0)`?" }
            throw problem("a context has no `\(key)`; " + (hint ?? "there are: " + known.joined(separator: ", ")))
        }
        byName[name]?[keyPath: field.path] = value
    }

    private static func scalar(_ text: Substring, _ problem: (String) -> Problem) throws(Problem) -> String {
        let trimmed = text.trimmingPrefix { $0 == " " }
        guard trimmed.hasPrefix("\"") else {
            let plain = trimmed.prefix { $0 != "#" }
            return String(plain.reversed().drop { $0 == " " }.reversed())
        }
        do throws(JSONError) {
            guard case .string(let value) = try JSONParser.parse(Array(trimmed.utf8)) else {
                throw JSONError(place: "", problem: "no text")
            }
            return value
        } catch {
            throw problem("the text in double quotes is not whole")
        }
    }
}

extension Contexts.Context {
    /// What is kept of it: the token's file, never what stands in it.
    package func json(name: String, isCurrent: Bool) -> JSON {
        .object([
            .init("name", .string(name)), .init("current", .bool(isCurrent)), .init("address", .string(address)),
            .init("tls", .bool(tls)), .init("ca", .string(ca)), .init("cert", .string(cert)),
            .init("key", .string(key)), .init("serverName", .string(serverName)), .init("token", .string(token)),
        ])
    }
}

extension Contexts {
    /// - Returns: A table with a head; the current one is marked.
    package func list(style: Style) -> String {
        guard !byName.isEmpty else { return "no contexts; `bespokectl context add NAME --to ADDRESS` makes one\n" }
        var table = TextTable([.left, .left, .left, .left])
        table.add(["", "name", "address", "tls"])
        for (name, context) in byName.sorted(by: { $0.key < $1.key }) {
            table.add([name == current ? "*" : "", name, context.address, context.tls ? "yes" : ""])
        }
        return table.text(head: style.bold)
    }
}

extension Contexts {
    /// - Returns: Lines, each with a line end.
    package func details(_ name: String, _ context: Context, style: Style) -> String {
        var table = TextTable([.left, .left])
        for field in Self.fields where !context[keyPath: field.path].isEmpty {
            table.add([field.name, context[keyPath: field.path]])
        }
        table.add(["tls", context.tls ? "yes" : "no"])
        return style.bold(name + (name == current ? " (in use)" : "")) + "\n" + table.text(indent: "  ")
    }
}
