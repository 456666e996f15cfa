internal import ArgumentParser
internal import Daemon

#if canImport(Glibc)
    internal import Glibc
#endif

/// `bespoked restore`.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bespoked restore", abstract: "Put a backup into the data directory, with the daemon stopped.",
        discussion: """
            The data directory is that of the configuration, as for the daemon itself. Every file is compared with the backup's \
            receipt. Whatever fails, the data directory stays as it was.
            """)

    @Argument(help: "The folder that `bespokectl profiles backup` wrote into.") var folder: String
    @Option(help: "Which generation of it. Without it the newest.") var generation: UInt64?
    @Flag(help: "Put a journal that is there aside, and keep it.") var replace = false
    @Option(help: "Configuration file (also BESPOKE_CONFIG).") var config: String?
    @Option(help: "Folder of everything that must survive.") var dataDirectory: String?

    func validate() throws {
        guard generation != 0 else { throw ValidationError("--generation must be at least 1.") }
    }

    func run() async throws {
        let flags = dataDirectory.map { ["data_directory": $0] } ?? [:]
        do {
            let configuration = try Configuration.read(
                file: config ?? Bespoked.environment("BESPOKE_CONFIG"), flags: flags)
            let restoration = Restoration(folder: folder, generation: generation, isReplacing: replace)
            let isShown = isatty(STDERR_FILENO) == 1
            var shown: UInt64 = 0
            let text = try restoration.run(into: configuration) { copied, total in
                guard isShown, copied == total || copied - shown >= 64 << 20 else { return }
                shown = copied
                Bespoked.tell("\r\(copied >> 20) of \(total >> 20) MiB copied" + (copied == total ? "\n" : ""))
            }
            print(text, terminator: "")
        } catch let error as ConfigurationError {
            Bespoked.fail(error.description)
        } catch let error as DaemonError {
            Bespoked.fail(error.description)
        }
    }
}
