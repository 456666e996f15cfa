internal import Model
internal import Ruleset
internal import Yams

extension Configuration {
    /// Size above which a configuration file is refused unread.
    package static let fileBytesMax = 1024 * 1024

    /// The configuration from its three sources: flags win over the environment, that over the file, that over the defaults.
    ///
    /// - Parameters:
    ///   - file: Name for messages and content of the YAML file; nil when there is none.
    ///   - environment: Of the process; variables that start with `BESPOKE_` and name no key are refused.
    ///   - flags: By key name.
    /// - Throws: `ConfigurationError` with everything that is wrong, a line each.
    package static func load(
        file: (name: String, content: String)?, environment: [String: String], flags: [String: String]
    ) throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        var problems: [String] = []
        if let file { problems += configuration.applyFile(named: file.name, content: file.content) }
        for name in environment.keys.sorted() where name.hasPrefix("BESPOKE_") && !ignoredVariables.contains(name) {
            guard let key = ConfigurationKey.all.first(where: { $0.environmentName == name }) else {
                problems.append(
                    "environment: \(name) is not a setting"
                        + suggestion(name, ConfigurationKey.all.map(\.environmentName)))
                continue
            }
            if let problem = key.apply(&configuration, environment[name] ?? "") {
                problems.append("environment: \(name) \"\(key.shown(environment[name] ?? ""))\" \(problem)")
            }
        }
        for name in flags.keys.sorted() {
            guard let key = ConfigurationKey.named(name) else {
                preconditionFailure("the flag \(name) has no key in the table of settings")
            }
            if let problem = key.apply(&configuration, flags[name] ?? "") {
                problems.append("--\(key.flagName) \"\(key.shown(flags[name] ?? ""))\" \(problem)")
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems.joined(separator: "\n")) }
        return try configuration.checked()
    }

    /// Names of the keys whose values differ and that only a restart applies.
    package func needsRestart(toBecome other: Configuration) -> [String] {
        ConfigurationKey.all.filter { !$0.isReloadable && $0.current(self) != $0.current(other) }.map(\.name)
    }

    /// What bespokectl reads from the same environment.
    private static let ignoredVariables: Set<String> = [
        "BESPOKE_ADDRESS", "BESPOKE_CONFIG", "BESPOKE_CONTEXT", "BESPOKE_CONTEXTS", "BESPOKE_TOKEN",
        "BESPOKE_TOKEN_FILE",
    ]

    private mutating func applyFile(named file: String, content: String) -> [String] {
        let root: Node?
        do {
            root = try Yams.compose(yaml: content)
        } catch {
            let found = Diagnostic.notYAML(error, path: file, content: content)
            return [
                "\(found.position.file):\(found.position.line):\(found.position.column): \(found.message)"
                    + (found.suggestion.map { "; \($0)" } ?? "")
            ]
        }
        guard let root else { return [] }
        guard case .mapping(let mapping) = root else {
            return [
                "\(Self.place(file, root)): is not a mapping of settings, such as `listen: 127.0.0.1:7878`"
                    + Self.joined(root)
            ]
        }
        var problems: [String] = []
        for (keyNode, valueNode) in mapping {
            guard let name = keyNode.string, let key = ConfigurationKey.named(name) else {
                let name = keyNode.string ?? ""
                problems.append(
                    "\(Self.place(file, keyNode)): unknown setting `\(name)`"
                        + Self.meant(name, ConfigurationKey.all.map(\.name)))
                continue
            }
            guard case .scalar(let scalar) = valueNode else {
                problems.append("\(Self.place(file, valueNode)): `\(name)` takes one value")
                continue
            }
            // A key without a value keeps its default, so that a commented file can list every key.
            if scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null" { continue }
            if let problem = key.apply(&self, scalar.string) {
                problems.append("\(Self.place(file, valueNode)): `\(name)`: \"\(key.shown(scalar.string))\" \(problem)")
            }
        }
        return problems
    }

    /// A setting whose colon has no space behind it, or is an equals sign.
    private static func joined(_ root: Node) -> String {
        guard let text = root.scalar?.string, let cut = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            return ""
        }
        func trimmed(_ text: Substring) -> Substring {
            let start = text.drop { $0 == " " }
            return start.dropLast(start.reversed().prefix { $0 == " " }.count)
        }
        let (name, value) = (trimmed(text[..<cut]), trimmed(text[text.index(after: cut)...].prefix { !$0.isNewline }))
        guard ConfigurationKey.named(String(name)) != nil, value.utf8.count <= 64 else { return "" }
        return "; did you mean `\(name): \(value)`?"
    }

    private static func meant(_ name: String, _ candidates: [String]) -> String {
        let found = suggestion(name.lowercased(), candidates)
        return found.isEmpty ? "; `bespoked --help` lists all" : found
    }

    private static func place(_ file: String, _ node: Node) -> String {
        guard let mark = node.mark else { return file }
        return "\(file):\(mark.line):\(mark.column)"
    }

    private static func suggestion(_ name: String, _ candidates: [String]) -> String {
        guard let nearest = Spelling.nearest(to: name, among: candidates) else { return "" }
        return "; did you mean `\(nearest)`?"
    }
}
