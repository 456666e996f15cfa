internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages

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

        @Argument(help: "The folder; made if absent.", completion: .directory) var directory: String
        @Option(help: "Keep so many generations and remove older ones. Without it all are kept.") var keep: UInt32?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

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
                try await daemon.download(Methods.Admin.backup, asked) { (response: BackupResponse) in
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

extension Profiles {
    /// `bespokectl profiles verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read and decode everything that is on disk, or in a backup, and list what is damaged.",
            discussion: "The daemon serves on meanwhile. Ends with 1 when anything is bad.")

        @Option(
            help: ArgumentHelp("A folder of backups on the daemon's machine instead.", valueName: "folder"),
            completion: .directory)
        var backup: String?
        @Option(help: "Which generation of it. Without it the newest.") var generation: UInt64?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard generation != 0 else { throw ValidationError("--generation must be at least 1.") }
            guard generation == nil || backup != nil else { throw ValidationError("--generation goes with --backup.") }
            guard backup != "" else { throw ValidationError("--backup must name a folder.") }
        }

        func run() async throws {
            var request = VerifyRequest()
            (request.backupDirectory, request.generation) = (backup ?? "", generation ?? 0)
            let asked = request
            try await options.withDaemon { daemon in
                var line = ProgressLine()
                var report: VerifyReportMessage?
                try await daemon.download(Methods.Admin.verify, asked) { (response: VerifyResponse) in
                    if response.report == nil { line.update(BackupText.progress(response)) }
                    report = response.report ?? report
                }
                line.clear()
                guard let report else { throw Failure("INTERNAL", "the call ended without its report") }
                options.show(json: report.json) { BackupText.verified(report, style: $0) }
                guard report.bad == 0 else { throw Failure.said }
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
