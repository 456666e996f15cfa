internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl rules new`.
struct NewRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a small rule set to begin with, explained and with tests.")

    @Argument(help: "A folder that is empty or not there yet.", completion: .directory) var folder: String
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.reporting {
            let written = try NewFolder(folder)
            options.show(json: written.json) { _ in written.text }
        }
    }
}

/// `bespokectl rules reference`.
struct RuleReference: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Print every key of the rules, those of a section, or what a check's code means.",
        discussion: "As Markdown, the pages that docs/ has: without arguments the reference, with --codes all codes.")

    @Argument(
        help: "A code that `rules check` reports, such as unreachable, or a section of the rules, such as campaigns.",
        completion: .custom { _, _, prefix in
            RuleReferenceText.names.filter { $0.hasPrefix(prefix) }
        })
    var code: String?
    @Flag(help: "Every code.") var codes = false
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.reporting {
            let text = try RuleReferenceText.markdown(of: code, isOfCodes: codes)
            options.show(json: .object([.init("markdown", .string(text))])) { _ in text }
        }
    }
}

/// `bespokectl rules format`.
struct FormatRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "format", abstract: "Write the files of a rule folder in one form, keeping comments and meaning.",
        discussion:
            "Sections and keys in the order of the reference, two spaces a level, quotes only where needed. A file with anchors, tags or other constructs that cannot be rewritten safely is left as it is, with a note."
    )

    @Argument(help: "The folder with the rule set.", completion: .directory) var folder: String
    @Flag(help: "Write nothing; list the files that differ, and exit with 1 when there are any.") var check = false
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.reporting {
            let formatted = try FormattedFolder(folder)
            if !check { try formatted.write() }
            options.show(json: formatted.json) { _ in formatted.text(isWritten: !check) }
            if check, formatted.isChanged { throw Failure.said }
        }
    }
}

/// `bespokectl rules diff`.
struct DiffRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what changed between two rule sets, by section and name.",
        discussion: "With one folder, the rule set that the daemon serves is the old one.")

    @Argument(help: "The old folder and the new one, or only the new one.", completion: .directory)
    var folders: [String]
    @Flag(help: "Exit with 1 when the rules differ.") var exitCode = false
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func validate() throws {
        guard folders.count == 1 || folders.count == 2 else {
            throw ValidationError("Name one folder, or the old one and the new one.")
        }
    }

    func run() async throws {
        if folders.count == 2 {
            try await options.reporting { try show(RuleTools.files(folders[0]), RuleTools.files(folders[1])) }
            return
        }
        try await options.withDaemon { daemon in
            let new = try RuleTools.files(folders[0])
            guard let served = try await RulePushing.servedIfAny(daemon) else {
                Console.error("note: no rule set is served yet, so that all of the folder is new\n")
                return try show([], new)
            }
            try show(served.ruleFiles, new)
        }
    }

    private func show(_ old: RuleFiles, _ new: RuleFiles) throws(Failure) {
        let difference = try ComparedRules(from: old, to: new)
        options.show(json: difference.json) { _ in difference.text }
        if exitCode, difference.isChanged { throw Failure.said }
    }
}
