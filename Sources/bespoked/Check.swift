internal import ArgumentParser
internal import Daemon

#if canImport(Glibc)
    internal import Glibc
#endif

/// `bespoked check`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bespoked check", abstract: "Look at what a start needs, and say what is wrong and what to do.",
        discussion:
            "Changes nothing, and may run beside a daemon. Ends with 1 when something keeps the daemon from its work.")

    @Option(help: "Configuration file (also BESPOKE_CONFIG).") var config: String?
    @Option(help: "Folder of everything that must survive.") var dataDirectory: String?
    @Option(help: "text or json.") var output: Output = .text

    /// What it prints.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    func run() throws {
        let flags = dataDirectory.map { ["data_directory": $0] } ?? [:]
        let configuration: Configuration
        do {
            configuration = try Configuration.read(
                file: config ?? Bespoked.environment("BESPOKE_CONFIG"), flags: flags)
        } catch {
            Bespoked.fail(error.description)
        }
        var check = OfflineCheck(configuration, now: time(nil))
        let findings = check.run()
        switch output {
        case .text: for finding in findings { print((finding.isProblem ? "problem  " : "ok       ") + finding.text) }
        case .json: print(Finding.json(findings))
        }
        if findings.contains(where: \.isProblem) { Glibc.exit(1) }
    }
}
