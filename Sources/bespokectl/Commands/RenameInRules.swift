internal import ArgumentParser
internal import BespokeAdmin
internal import Messages
internal import Model
internal import Ruleset

extension RuleRename.Kind: ExpressibleByArgument {}

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
            "What it is: \(RuleRename.Kind.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "kind"))
    var kind: RuleRename.Kind
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
            let outcome = try renamed()
            if !dryRun {
                for change in outcome.files { try RuleTools.replace(folder + "/" + change.path, change.after) }
                for change in outcome.mappings { try RuleTools.replace(change.path, change.after) }
            }
            let files = outcome.files + outcome.mappings
            let lines = files.map { ($0.path, ChangedLine.all(from: $0.before, to: $0.after)) }
            options.show(json: json(lines, outcome.notes)) { _ in text(lines, outcome.notes) }
        }
    }

    private func renamed() throws(Failure) -> RuleRename.Outcome {
        let files = try RuleTools.files(folder)
        var mappings: [RuleFile] = []
        for path in mapping {
            mappings.append(
                RuleFile(path: path, content: try Files.content(path, bytesMax: ImportMappingLoader.fileBytesMax)))
        }
        do throws(RuleRename.Refusal) {
            return try RuleRename(kind, from: old, to: new).run(files, mappings: mappings)
        } catch {
            throw Failure("INVALID_ARGUMENT", error.description)
        }
    }

    private func text(_ files: [(path: String, lines: [ChangedLine])], _ notes: [String]) -> String {
        var text = ""
        for (path, lines) in files {
            for line in lines {
                text += "\(Style.printable(path)):\(line.number)\n"
                for before in line.before { text += "  - \(Style.printable(before))\n" }
                for after in line.after { text += "  + \(Style.printable(after))\n" }
            }
        }
        for note in notes { text += "note: \(note)\n" }
        let count = files.count
        return text + "\(count) file\(count == 1 ? "" : "s") \(dryRun ? "would change" : "changed")\n"
    }

    private func json(_ files: [(path: String, lines: [ChangedLine])], _ notes: [String]) -> JSON {
        .object([
            .init("written", .bool(!dryRun)),
            .init(
                "files",
                .array(
                    files.map { path, lines in
                        .object([.init("path", .string(path)), .init("changes", .array(lines.map(\.json)))])
                    })),
            .init("notes", .array(notes.map { .string($0) })),
        ])
    }
}

extension ChangedLine {
    fileprivate var json: JSON {
        .object([
            .init("line", .number(number)), .init("before", .texts(before)),
            .init("after", .texts(after)),
        ])
    }
}
