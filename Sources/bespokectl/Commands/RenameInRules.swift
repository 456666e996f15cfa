internal import ArgumentParser
internal import BespokeAdmin
internal import Messages
internal import Model

/// `bespokectl rules rename`.
struct RenameInRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give something in a rule folder another name, wherever the files name it.",
        discussion: """
            Conditions, references, insertions, tests and, with --mapping, import mappings; comments and form stay as they are, to \
            the byte. It shows each line that changes. An attribute is named with whose it is, such as visitor.title, and gets \
            `rename: {from: …}`, so that stored values come along with the push. Experiments keep their names: these decide who \
            gets which arm.
            """)

    @Argument(
        help: ArgumentHelp(
            "What it is: \(RenamedFolder.kinds.joined(separator: ", ")).", valueName: "kind"))
    var kind: RenamedKind
    @Argument(help: "Its name now, such as visitor.job.", completion: .renamed) var old: String
    @Argument(help: "Its new name.") var new: String
    @Argument(help: "The folder with the rule set.", completion: .directory) var folder: String
    @Option(
        name: .long,
        help: ArgumentHelp("An import mapping that names it too; may stand several times.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var mapping: [String] = []
    @Flag(help: "Write nothing; only show what would change.") var dryRun = false
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.reporting {
            let renamed = try RenamedFolder(folder, kind.name, from: old, to: new, mappings: mapping)
            if !dryRun { try renamed.write() }
            options.show(json: renamed.json(isWritten: !dryRun)) { _ in renamed.text(isWritten: !dryRun) }
        }
    }
}

/// What can get another name.
struct RenamedKind: ExpressibleByArgument {
    let name: String

    init?(argument: String) {
        guard RenamedFolder.kinds.contains(argument) else { return nil }
        name = argument
    }

    static var allValueStrings: [String] { RenamedFolder.kinds }
}
