internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Decisioning
internal import Messages
internal import Model
internal import Ruleset

#if canImport(Glibc)
    internal import Glibc
#endif

/// `bespokectl rules new`.
struct NewRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a small rule set to begin with, explained and with tests.")

    @Argument(help: "A folder that is empty or not there yet.", completion: .directory) var folder: String
    @OptionGroup(visibility: .hidden) var options: GlobalOptions

    func run() async throws {
        try await options.reporting {
            let files = StarterSet.files
            try Files.makeEmptyFolder(folder)
            for file in files { try Files.write(file.content, to: file.path, in: folder) }
            try RuleFolderState.begin(folder)
            let json = JSON.object([
                .init("folder", .string(folder)), .init("files", .array(files.map { .string($0.path) })),
            ])
            options.show(json: json) { _ in
                let list = files.map { "  \($0.path)\n" }.joined()
                return "Wrote \(files.count) files to \(Style.printable(folder)):\n" + list
                    + "Change them, then: bespokectl rules check \(Style.printable(folder))\n"
            }
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
            (DiagnosticCode.all.map(\.name) + ReferencePage.sections).filter { $0.hasPrefix(prefix) }
        })
    var code: String?
    @Flag(help: "Every code.") var codes = false
    @OptionGroup(visibility: .hidden) var options: GlobalOptions

    func run() async throws {
        try await options.reporting {
            let text: String
            if let code {
                guard let section = LintPage.section(of: code) ?? ReferencePage.section(code) else {
                    let nearest = Spelling.nearest(
                        to: code, among: DiagnosticCode.all.map(\.name) + ReferencePage.sections)
                    throw Failure(
                        "NOT_FOUND",
                        "\(code): checks have no such code, and rules no such section"
                            + (nearest.map { "; did you mean `\($0)`?" }
                                ?? "; --codes lists all codes; sections are "
                                + ReferencePage.sections.joined(separator: ", ")))
                }
                text = section
            } else {
                text = codes ? LintPage.markdown() : ReferencePage.markdown()
            }
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

    /// What became of one file.
    private struct Outcome {
        let file: RuleFile
        let result: RuleFormatter.Result

        var isChanged: Bool { result.content != file.content }
    }

    @Argument(help: "The folder with the rule set.", completion: .directory) var folder: String
    @Flag(help: "Write nothing; list the files that differ, and exit with 1 when there are any.") var check = false
    @OptionGroup(visibility: .hidden) var options: GlobalOptions

    func run() async throws {
        try await options.reporting {
            let outcomes = try Self.format(folder)
            if !check { for outcome in outcomes where outcome.isChanged { try write(outcome) } }
            options.show(json: Self.json(outcomes)) { _ in text(outcomes) }
            if check, outcomes.contains(where: \.isChanged) { throw Failure.said }
        }
    }

    /// Nothing is written before every file has been understood.
    private static func format(_ folder: String) throws(Failure) -> [Outcome] {
        let files = try RuleTools.files(folder)
        var outcomes: [Outcome] = []
        for file in files where RuleFolder.isRules(file.path) {
            outcomes.append(
                Outcome(
                    file: file,
                    result: try RuleTools.explained { () throws(Diagnostic) in
                        try RuleFormatter.format(file)
                    }))
        }
        return outcomes
    }

    private static func json(_ outcomes: [Outcome]) -> JSON {
        let files = outcomes.map { outcome -> JSON in
            var members: [JSON.Member] = [
                .init("path", .string(outcome.file.path)), .init("changed", .bool(outcome.isChanged)),
            ]
            if let note = outcome.result.note { members.append(.init("note", .string(note))) }
            return .object(members)
        }
        return .object([.init("files", .array(files))])
    }

    private func text(_ outcomes: [Outcome]) -> String {
        var text = ""
        for outcome in outcomes {
            let path = Style.printable(outcome.file.path)
            if let note = outcome.result.note { text += "\(path): left as it is: \(note)\n" }
            if outcome.isChanged { text += "\(path): \(check ? "differs" : "formatted")\n" }
        }
        let count = outcomes.count { $0.isChanged }
        let files = "\(outcomes.count) file\(outcomes.count == 1 ? "" : "s")"
        return text + "\(count) of \(files) \(check ? "would change" : "changed")\n"
    }

    private func write(_ outcome: Outcome) throws(Failure) {
        try RuleTools.replace(folder + "/" + outcome.file.path, outcome.result.content)
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
    @OptionGroup(visibility: .hidden) var options: GlobalOptions

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
            try show(await RulePushing.served(daemon).ruleFiles, new)
        }
    }

    private func show(_ old: [RuleFile], _ new: [RuleFile]) throws(Failure) {
        var difference = try RuleTools.explained { () throws(Diagnostic) in
            try RuleSetDifference(from: old, to: new)
        }
        // As a push would find it.
        let moves = RuleCheck(new, after: RuleCheck(old, today: nil).book, today: nil).moves
        for index in difference.entries.indices where difference.entries[index].section == "experiments" {
            let name = difference.entries[index].name
            difference.entries[index].movedShare = moves.first { $0.experiment == name }?.share
        }
        options.show(json: DifferenceText.json(difference)) { _ in
            let text = difference.text()
            return text.isEmpty
                ? "The rules say the same.\n"
                : text.split(separator: "\n", omittingEmptySubsequences: false).map { Style.printable(String($0)) }
                    .joined(separator: "\n")
        }
        if exitCode, !difference.entries.isEmpty { throw Failure.said }
    }
}

/// What these commands share.
enum RuleTools {
    static func files(_ folder: String) throws(Failure) -> [RuleFile] {
        do throws(RuleFolderError) {
            return try RuleFolder.read(folder)
        } catch {
            throw Failure("FAILED", error.description)
        }
    }

    /// A file that is not YAML, said with its place.
    static func explained<Value>(_ body: () throws(Diagnostic) -> Value) throws(Failure) -> Value {
        do throws(Diagnostic) {
            return try body()
        } catch {
            let place = "\(error.position.file):\(error.position.line):\(error.position.column)"
            throw Failure("INVALID_ARGUMENT", "\(place): \(error.message)")
        }
    }

    /// Writes the new content beside the file and puts it in its place, so that a failure leaves the old one whole.
    static func replace(_ path: String, _ content: [UInt8]) throws(Failure) {
        guard let real = realpath(path, nil) else { throw Files.failure(path) }
        defer { free(real) }
        let target = String(cString: real)
        var status = stat()
        guard stat(target, &status) == 0 else { throw Files.failure(path) }
        let cut = target.lastIndex(of: "/") ?? target.startIndex
        let folder = String(target[..<cut])
        let name = ".\(target[target.index(after: cut)...]).new"
        try Files.write(content, to: name, in: folder)
        guard chmod(folder + "/" + name, status.st_mode & 0o7777) == 0, rename(folder + "/" + name, target) == 0 else {
            let failure = Files.failure(path)
            unlink(folder + "/" + name)
            throw failure
        }
    }
}
