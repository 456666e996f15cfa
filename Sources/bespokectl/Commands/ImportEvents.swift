internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Importing
internal import Messages
internal import Model

extension Events {
    /// `bespokectl events import`.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Record events from a file of CSV or JSON lines, each at its own time.",
            discussion: """
                A mapping says which columns name the visitor or account, the event, its time and value; config/import/events/ has \
                some, docs/imports.md explains them. An event counts once, however often its file is imported: it is known by its own \
                id, or by a digest of its row. When a row is bad, every bad row is listed and nothing is recorded, unless \
                --skip-invalid is given.

                When it breaks off, repeat the command: it goes on where it was, by what it noted beside the file (--checkpoint).
                """)

        @OptionGroup var input: ImportFileOptions
        @Option(
            help: ArgumentHelp("How the file's columns become events.", valueName: "file"),
            completion: .file(extensions: ["yaml", "yml"]))
        var mapping: String
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let file = try FileReader(input.file)
                let events = try await daemon.names(.event).eventNames
                let mappingFile = try MappingFile(mapping)
                let mapping = try ImportProfiles.loaded(options) { () throws(MappingFile.Problems) in
                    try mappingFile.events(events)
                }
                let begun = try input.begun(
                    file,
                    settings: [
                        "events", options.daemonAddress, input.rowFormat.rawValue, "\(input.skipInvalid)",
                        mappingFile.text,
                    ])
                let progress = ProgressBar()
                var job = EventImportJob(
                    daemon: daemon, file: file,
                    fresh: EventRows(mapping: mapping, events: events, format: input.rowFormat, now: Console.now()),
                    skipsInvalid: input.skipInvalid, isDryRun: input.dryRun,
                    rejectsFile: try input.rejectsFile(besides: file), checkpoint: begun, at: input.checkpointPath,
                    progress: progress.update)
                defer { progress.clear() }
                let result = try await job.run(note: options.output == .text ? { Console.error($0 + "\n") } : { _ in })
                switch options.output {
                case .json, .yaml:
                    Console.out(options.rendered(job.leftOut.added(to: result.json(isDryRun: input.dryRun))))
                case .text:
                    for line in job.leftOut.lines { Console.error(line + "\n") }
                    Console.error(ImportText.rejects(result.rejects))
                    Console.out(
                        result.text(isDryRun: input.dryRun, isStopped: job.isStopped, style: Console.style))
                }
                guard result.rejects.count == 0 || input.skipInvalid else { throw Failure.said }
            }
        }
    }
}
