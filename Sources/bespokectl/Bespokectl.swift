internal import ArgumentParser
internal import BespokeAdmin

#if canImport(Glibc)
    internal import Glibc
#endif

/// The admin command line: flags, calls, printing; the rest is in `BespokeAdmin`.
@main
struct Bespokectl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bespokectl",
        abstract: "Checks and pushes rules, asks for decisions, imports profiles, and shows how the daemon is doing.",
        discussion: """
            Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 daemon unreachable.
            """,
        version: "0.1.0",
        subcommands: [
            Rules.self, Decide.self, Explain.self, Profiles.self, Accounts.self, Campaigns.self, Segments.self,
            ICPs.self,
            Personas.self, Placements.self, Attributes.self, Events.self, Experiments.self,
            StatusCommand.self,
            StatsCommand.self, DoctorCommand.self, Tokens.self, Privacy.self,
            ContextCommands.self, Completions.self, VersionCommand.self,
        ])

    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    /// As the library's own `main`, but wrong usage ends with 2, as design.md says, not with 64; a command that there is not is answered
    /// with the nearest, and help ends with examples.
    static func main() async {
        let words = TypedWords.joined(Array(CommandLine.arguments.dropFirst()))
        let naming = tree.naming(of: words, optionsWithValue: GlobalOptionsText.withValue)
        if words == ["help", "options"] {
            Console.out(GlobalOptionsText.page)
            return
        }
        // A shell that asks for completions has words of its own.
        if words.first?.hasPrefix("---") != true, let complaint = naming.complaint("bespokectl") {
            Console.error("bespokectl: \(complaint)\n")
            Glibc.exit(2)
        }
        do {
            var command = try await asyncParseAsRoot(words)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            finish(error, naming.path, words)
        }
    }

    private static func finish(_ error: any Error, _ path: [String], _ words: [String]) -> Never {
        let code = exitCode(for: error)
        var message = fullMessage(for: error)
        if code == .success {
            if message.hasPrefix("OVERVIEW:") { message = CommandHelp.page(message, path, tree) }
            Console.out(message.isEmpty ? "" : message + "\n")
        } else if !(error is ExitCode) {
            Console.error(UsageText.improved(message, path, help: help(of: path), words: words) + "\n")
        }
        Glibc.exit(code == .validationFailure ? 2 : code.rawValue)
    }

    /// As the library writes it.
    private static func help(of path: [String]) -> String {
        var command: any ParsableCommand.Type = self
        for word in path {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else { break }
            command = next
        }
        return helpMessage(for: command)
    }

    /// What this program's commands are called.
    static var tree: CommandTree { tree(of: self) }

    private static func tree(of command: any ParsableCommand.Type) -> CommandTree {
        CommandTree(
            command._commandName, aliases: command.configuration.aliases,
            command.configuration.subcommands.map(tree(of:)))
    }
}
