internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Wire

extension Profiles {
    /// `bespokectl profiles backup`.
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write profiles, behaviour and rule sets into a folder while the daemon serves.",
            discussion: """
                The daemon writes it, so the folder is one of the daemon's machine, as an absolute path, outside its data \
                directory. Each backup is a generation of its own, whole in itself; files that have not changed since the one \
                before are shared with it. Ctrl-C breaks the backup off and leaves nothing of it.
                """)

        @Argument(help: "The folder; made if absent.") var directory: String
        @Option(help: "Keep so many generations and remove older ones. Without it all are kept.") var keep: UInt32?
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard keep != 0 else { throw ValidationError("--keep must be at least 1.") }
        }

        func run() async throws {
            var request = BackupRequest()
            (request.directory, request.keep) = (directory, keep ?? 0)
            let asked = request
            try await options.withDaemon { daemon in
                var line = ProgressLine()
                var receipt: BackupReceiptMessage?
                try await daemon.download("/bespoke.v1.AdminService/Backup", asked) { (response: BackupResponse) in
                    if let progress = response.progress { line.update(BackupText.progress(progress)) }
                    receipt = response.receipt ?? receipt
                }
                line.clear()
                guard let receipt else { throw Failure("INTERNAL", "the call ended without its receipt") }
                options.show(json: receipt.json) { BackupText.receipt(receipt, style: $0) }
            }
        }
    }
}

/// One line on standard error that is written again and again, when that is a terminal and the work takes more than a second.
struct ProgressLine {
    private let isShown = Console.isErrorTerminal
    private var next = ContinuousClock.now + .seconds(1)
    private var hasDrawn = false

    mutating func update(_ text: @autoclosure () -> String) {
        guard isShown, ContinuousClock.now >= next else { return }
        next = ContinuousClock.now + .milliseconds(100)
        hasDrawn = true
        Console.error("\r\u{1b}[K" + text())
    }

    func clear() {
        if hasDrawn { Console.error("\r\u{1b}[K") }
    }
}
