internal import ArgumentParser

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
            Rules.self, Decide.self, Explain.self, Profiles.self, Accounts.self, Campaigns.self, Events.self,
            Experiments.self,
            StatusCommand.self,
            StatsCommand.self, Tokens.self,
            Completions.self,
        ])

    @OptionGroup var options: GlobalOptions

    func run() throws {
        throw ValidationError("Name a command; `bespokectl --help` lists them.")
    }

    /// As the library's own `main`, but wrong usage ends with 2, as design.md says, not with 64.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code == .success {
                Console.out(message.isEmpty ? "" : message + "\n")
            } else if !(error is ExitCode) {
                Console.error(message + "\n")
            }
            Glibc.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}
