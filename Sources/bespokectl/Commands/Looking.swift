internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the daemon holds and whether it is ready; exits with 1 when it is not.")

    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let status: GetStatusResponse = try await daemon.call(
                Methods.Admin.getStatus, GetStatusRequest(), isIdempotent: true)
            options.show(json: status.json) { ReportText.status(status, now: Console.now(), style: $0) }
            guard status.ready else { throw Failure.said }
        }
    }
}

/// `bespokectl stats`.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show calls, errors and latency of each method since the start.")

    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let stats: GetStatsResponse = try await daemon.call(
                Methods.Admin.getStats, GetStatsRequest(), isIdempotent: true)
            options.show(json: stats.json) { ReportText.stats(stats, style: $0) }
        }
    }
}

/// `bespokectl completions`.
struct Completions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a script that completes bespokectl's arguments.",
        discussion: "For bash: bespokectl completions bash > ~/.local/share/bash-completion/completions/bespokectl")

    /// The shells that scripts are made for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish

        var library: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.") var shell: Shell
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        let script = Bespokectl.completionScript(for: shell.library)
        options.show(json: .object([.init("script", .string(script))])) { _ in script + "\n" }
    }
}
