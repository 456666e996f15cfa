internal import ArgumentParser
internal import Daemon

/// `bespoked clone`.
struct Clone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bespoked clone",
        abstract: "Make a data directory for tests out of a backup, with nobody's data in it.",
        discussion: """
            Ids and texts are replaced by hashes with a key: what belonged together still does, and whoever lacks the key cannot tell whose \
            it was. Addresses of e-mail stay addresses; numbers, times, listed values, arms and consent stay as they are, and the rules do. \
            Tokens are left out. docs/operations.md says what that protects against, and what it does not.
            """)

    @Argument(help: "The folder that `bespokectl profiles backup` wrote into.") var folder: String
    @Flag(help: "Replace ids and texts; there is no clone without.") var anonymise = false
    @Option(help: ArgumentHelp("Holds the key, 16 bytes and more, readable by you alone.", valueName: "file"))
    var keyFile: String
    @Option(help: "Which generation of it. Without it the newest.") var generation: UInt64?
    @Option(help: "Folder of the clone; must hold no journal yet.") var dataDirectory: String

    func validate() throws {
        guard generation != 0 else { throw ValidationError("--generation must be at least 1.") }
        guard anonymise else {
            throw ValidationError("Say --anonymise; `bespoked restore` copies a backup as it is.")
        }
    }

    func run() async throws {
        do {
            let configuration = try Configuration.read(file: nil, flags: ["data_directory": dataDirectory])
            print(
                try Cloning(folder: folder, generation: generation, keyFile: keyFile).run(into: configuration),
                terminator: "")
        } catch let error as ConfigurationError {
            Bespoked.fail(error.description)
        } catch let error as DaemonError {
            Bespoked.fail(error.description)
        }
    }
}
