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
        /// Where the word that is none is a command, as words behind the program's name.
        package var elsewhere: [[String]] = []
        /// The first option of the words that is none of those that stand before a command.
        package var unknownOption: String?
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
                if naming.unknownOption == nil, !GlobalOptionsText.isOption(word) { naming.unknownOption = word }
                continue
            }
            if index == 0, word == "help" { continue }
            guard !node.children.isEmpty else { break }
            guard let next = node.children.first(where: { $0.name == word || $0.aliases.contains(word) }) else {
                naming.unknown = word
                naming.known = node.children.map(\.name)
                naming.elsewhere = paths(to: word)
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

    /// Commands of a name, however deep.
    private func paths(to name: String) -> [[String]] {
        children.flatMap { child in
            (child.name == name || child.aliases.contains(name) ? [[child.name]] : [])
                + child.paths(to: name).map { [child.name] + $0 }
        }
    }

    /// Every command that does something, as words behind the program's name.
    package var leaves: [[String]] {
        children.flatMap { child in
            child.children.isEmpty ? [[child.name]] : child.leaves.map { [child.name] + $0 }
        }
    }
}

extension CommandTree.Naming {
    /// More places than these are no advice.
    private static let placesMax = 3

    /// What to say of a word that is no command, or of one that is missing; nil when all is well.
    ///
    /// - Parameter program: Its name.
    package func complaint(_ program: String) -> String? {
        let place = ([program] + path).joined(separator: " ")
        guard let unknown else {
            guard isOpen else { return nil }
            if path.isEmpty, let unknownOption {
                let hint = GlobalOptionsText.nearest(to: unknownOption).map { "; did you mean `\(place) \($0)`?" }
                return "there is no option `\(Style.printable(unknownOption))`"
                    + (hint ?? "; `\(place) --help` lists commands, `\(place) help options` the options of all")
            }
            return "name a command of `\(place)`: " + known.joined(separator: ", ")
                + "; `\(place) --help` says what each does"
        }
        let meant = meant(by: unknown).map { "`" + ([program] + $0).joined(separator: " ") + "`" }
        return "`\(place)` has no command `\(Style.printable(unknown))`; "
            + (meant.isEmpty
                ? "there are: " + known.joined(separator: ", ") : "did you mean \(meant.joined(separator: " or "))?")
    }

    /// Commands, as words behind the program's name; none where nothing is near.
    private func meant(by word: String) -> [[String]] {
        if let habit = Self.habits[word], known.contains(habit) { return [path + [habit]] }
        if let inRules = Self.listing(word, path) { return [inRules] }
        if (1...Self.placesMax).contains(elsewhere.count) { return elsewhere }
        if path.isEmpty, let habit = Self.longHabits[word] { return habit }
        return Spelling.nearest(to: word, among: known).map { [path + [$0]] } ?? []
    }

    /// What `rules list` shows, typed as if it had commands of its own: `stages list`, `events list`.
    private static func listing(_ word: String, _ path: [String]) -> [String]? {
        if path.isEmpty, word == "list" || word == "ls" { return ["rules", "list"] }
        let kind = path.last ?? word
        guard path.count <= 1, path.isEmpty || word == "list" || word == "ls" else { return nil }
        return RuleNameKind.allCases.first { $0.plural == kind || (path.isEmpty && $0.rawValue == kind) }
            .map { ["rules", "list", $0.plural] }
    }

    /// What people of other tools type.
    private static let habits = [
        "ls": "list", "get": "show", "describe": "show", "cat": "show", "info": "show", "apply": "push",
        "deploy": "push", "upload": "push", "validate": "check", "verify": "check", "fmt": "format", "log": "history",
        "undo": "rollback", "init": "new", "create": "new", "add": "create", "delete": "erase", "rm": "remove",
        "config": "context",
        "contexts": "context", "set": "use", "switch": "use", "docs": "reference", "health": "status",
        "metrics": "stats", "completion": "completions", "why": "explain", "campaign": "campaigns",
        "segment": "segments", "icp": "icps", "persona": "personas", "placement": "placements",
        "attribute": "attributes", "event": "events", "experiment": "experiments",
    ]

    /// The same, where it stands deeper.
    private static let longHabits: [String: [[String]]] = [
        "apply": [["rules", "push"]], "deploy": [["rules", "push"]], "upload": [["rules", "push"]],
        "validate": [["rules", "check"]], "fmt": [["rules", "format"]], "init": [["rules", "new"]],
        "log": [["rules", "history"]], "undo": [["rules", "rollback"]], "docs": [["rules", "reference"]],
        "export": [["profiles", "export"], ["events", "export"]], "users": [["profiles"]], "user": [["profiles"]],
        "visitors": [["profiles"]], "visitor": [["profiles"]], "companies": [["accounts"]],
        "login": [["context", "add"]],
        "connect": [["context", "add"]], "auth": [["tokens"]], "track": [["events", "record"]],
        "forget": [["profiles", "erase"]], "simulate": [["experiments", "simulate"]], "ping": [["status"]],
    ]
}
