internal import Model

/// The commands of a program: what they are called, not what they do.
package struct CommandTree: Sendable {
    package let name: String
    package let aliases: [String]
    package let children: [CommandTree]

    package init(_ name: String, aliases: [String] = [], _ children: [CommandTree] = []) {
        (self.name, self.aliases, self.children) = (name, aliases, children)
    }

    /// What the words of a command line name.
    package struct Naming: Sendable, Hashable {
        /// The commands that are named, without the program: `["rules", "push"]`.
        package var path: [String] = []
        /// A word where a command should stand that is none.
        package var unknown: String?
        /// What may stand there.
        package var known: [String] = []
        /// Whether the words end where a command is missing, and help was not asked for either.
        package var isOpen = false
    }

    /// Follows the words down the tree; options, which begin with a dash, are passed over with the word that is their value.
    ///
    /// - Parameters:
    ///   - words: Without the program's name; a first `help` is passed over.
    ///   - optionsWithValue: Such as `--address`; written `--address=…` they have no further word.
    package func naming(of words: [String], optionsWithValue: Set<String>) -> Naming {
        var naming = Naming()
        var (node, isValue) = (self, false)
        for (index, word) in words.enumerated() {
            guard !isValue else {
                isValue = false
                continue
            }
            if word == "--" { break }
            if word.hasPrefix("-") {
                isValue = optionsWithValue.contains(word)
                continue
            }
            if index == 0, word == "help" { continue }
            guard !node.children.isEmpty else { break }
            guard let next = node.children.first(where: { $0.name == word || $0.aliases.contains(word) }) else {
                naming.unknown = word
                naming.known = node.children.map(\.name)
                break
            }
            naming.path.append(next.name)
            node = next
        }
        naming.isOpen =
            naming.unknown == nil && !node.children.isEmpty && words.first != "help"
            && !words.contains { Self.asksForHelp($0) }
        if naming.isOpen { naming.known = node.children.map(\.name) }
        return naming
    }

    private static func asksForHelp(_ word: String) -> Bool {
        ["-h", "--help", "--help-hidden", "--version"].contains(word) || word.hasPrefix("--experimental-")
            || word.hasPrefix("--generate-")
    }

    /// Every command that does something, as words behind the program's name.
    package var leaves: [[String]] {
        children.flatMap { child in
            child.children.isEmpty ? [[child.name]] : child.leaves.map { [child.name] + $0 }
        }
    }
}

extension CommandTree.Naming {
    /// What to say of a word that is no command, or of one that is missing; nil when all is well.
    ///
    /// - Parameter program: Its name.
    package func complaint(_ program: String) -> String? {
        let place = ([program] + path).joined(separator: " ")
        guard let unknown else {
            guard isOpen else { return nil }
            return "name a command of `\(place)`: " + known.joined(separator: ", ")
                + "; `\(place) --help` says what each does"
        }
        let meant =
            Self.habits[unknown].flatMap { known.contains($0) ? $0 : nil }
            ?? Spelling.nearest(to: unknown, among: known)
        return "`\(place)` has no command `\(Style.printable(unknown))`; "
            + (meant.map { "did you mean `\(place) \($0)`?" } ?? "there are: " + known.joined(separator: ", "))
    }

    /// What people of other tools type.
    private static let habits = [
        "ls": "list", "get": "show", "describe": "show", "cat": "show", "info": "show", "apply": "push",
        "deploy": "push", "upload": "push", "validate": "check", "verify": "check", "fmt": "format", "log": "history",
        "undo": "rollback", "init": "new", "create": "new", "add": "create", "delete": "erase", "rm": "remove",
        "config": "context",
        "contexts": "context", "set": "use", "switch": "use", "docs": "reference", "health": "status",
        "metrics": "stats", "completion": "completions", "why": "explain",
    ]
}
