internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Importing
internal import Messages
internal import Model
internal import Wire

/// `bespokectl profiles import`.
struct ImportProfiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Load profiles from a file of CSV or JSON lines.",
        discussion: """
            The first row of CSV names the columns: id, account (for visitors) and attributes. An empty cell means that nothing is \
            known; the members of a set are separated by |. A JSON line is {"id": …, "account": …, "attributes": {…}}, or what \
            `profiles export` writes. Files of other programs are read through a mapping, which says what \
            each column is; config/import/ has some, docs/imports.md explains them. When a row is bad, every bad row is listed \
            and nothing is loaded, unless --skip-invalid is given.

            What fits into one call (480 MiB as messages, some 800,000 rows of 20 columns) is loaded as a whole or not at all. A \
            larger file is checked to its end first, then loaded in several calls, each as a whole. When that breaks off, repeat \
            the command: it goes on behind the last call, by what it noted beside the file (--checkpoint).
            """)

    @OptionGroup var input: ImportFileOptions
    @Option(help: "visitor or account; a mapping says it.") var kind: KindArgument?
    @Option(
        help: ArgumentHelp("How the file's columns become attributes.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var mapping: String?
    @Flag(help: "Refuse rows of those who were erased.") var respectErasure = false
    @Option(help: "The character between cells; \\t for a tab. (default: ,)") var delimiter: String?
    @Option(
        help: "How the file's bytes are text: utf-8, utf-16, windows-1252 or iso-8859-1. (default: utf-8)",
        completion: .list(["utf-8", "utf-16", "windows-1252", "iso-8859-1"]))
    var encoding: EncodingArgument?
    @Option(help: .hidden) var callBytes = Self.callBytesMax
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func validate() throws {
        _ = try csvOptions()
        if delimiter != nil, input.rowFormat == .ndjson {
            throw ValidationError("--delimiter is for CSV; leave it out.")
        }
        if mapping != nil, kind != nil || delimiter != nil || encoding != nil {
            throw ValidationError("A mapping says --kind, --delimiter and --encoding; leave them out.")
        }
        guard (1...Self.callBytesMax).contains(callBytes) else {
            throw ValidationError("--call-bytes must be 1 to \(Self.callBytesMax).")
        }
        guard mapping != nil || kind != nil else {
            throw ValidationError("Say whose profiles they are: --kind visitor or --kind account, or give a --mapping.")
        }
    }

    func run() async throws {
        let csv = try csvOptions()
        try await options.withDaemon { daemon in
            let file = try FileReader(input.file)
            let attributes = try await daemon.names(.attribute).attributes
            let mappingFile = try mapping.map(MappingFile.init)
            let batches =
                if let mapping = mappingFile {
                    ProfileBatches(
                        mapping: try Self.loaded(options) { () throws(MappingFile.Problems) in
                            try mapping.profiles(attributes)
                        }, attributes: attributes, format: input.rowFormat,
                        now: Console.now())
                } else {
                    ProfileBatches(
                        kind: kind?.wire ?? .visitor, attributes: attributes, format: input.rowFormat, options: csv,
                        now: Console.now())
                }
            let progress = ProgressBar()
            var job = ImportJob(
                daemon: daemon, file: file, fresh: batches,
                options: ImportOptions(
                    skipInvalid: input.skipInvalid, dryRun: input.dryRun, respectErasure: respectErasure),
                rejectsFile: try input.rejectsFile(besides: file), callBytesMax: callBytes,
                checkpoint: try input.begun(file, settings: settings(attributes, mappingFile)),
                at: input.checkpointPath,
                progress: progress.update)
            defer { progress.clear() }
            let response = try await run(&job, kind: batches.kind)
            switch options.output {
            case .json, .yaml:
                let json = response.json(firstRows: input.dryRun ? job.firstRows : nil)
                Console.out(options.rendered(job.leftOut.added(to: json)))
            case .text:
                for line in job.leftOut.lines { Console.error(line + "\n") }
                Console.error(ImportText.rejects(response))
                if input.dryRun { Console.out(ImportText.preview(job.firstRows, style: Console.style)) }
                Console.out(
                    ImportText.summary(response, kind: batches.kind, isDryRun: input.dryRun, style: Console.style))
            }
            guard response.rejected == 0 || input.skipInvalid else { throw Failure.said }
        }
    }

    private func run(_ job: inout ImportJob, kind: ProfileKind) async throws -> ImportProfilesResponse {
        func note(_ text: String) {
            if options.output == .text { Console.error(text + "\n") }
        }
        let before = try job.resume()
        if before > 0 { note("\(ReportText.counted(before, kind.name)) written by the run before; going on behind") }
        do {
            return try await job.run()
        } catch {
            if let written = job.writtenSoFar {
                note("\(ReportText.counted(written, kind.name)) written; repeat the command to go on behind them")
            }
            throw error
        }
    }

    /// Everything beside the file that decides what is written, and where.
    private func settings(_ attributes: ServedAttributes, _ mapping: MappingFile?) -> [String] {
        let settings = [
            options.daemonAddress, kind?.rawValue ?? "", input.rowFormat.rawValue, delimiter ?? "",
            encoding?.rawValue ?? "", "\(input.skipInvalid)", "\(respectErasure)",
        ]
        return settings + (mapping.map { [$0.text] } ?? []) + MappingFile.settings(attributes)
    }

    /// Below what the daemon takes in one call.
    private static let callBytesMax = WireLimits.importBytesMax - (32 << 20)

    private func csvOptions() throws -> CSVOptions {
        var options = CSVOptions()
        options.encoding = encoding?.encoding ?? .utf8
        guard let delimiter else { return options }
        let text = delimiter == "\\t" ? "\t" : delimiter
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, !"\"\r\n\0".utf8.contains(byte) else {
            throw ValidationError("--delimiter must be one ASCII character other than a quote or a line end.")
        }
        options.delimiter = byte
        return options
    }

    /// Runs `load`; everything that is wrong with the mapping is said.
    static func loaded<Mapping>(
        _ options: GlobalOptions, _ load: () throws(MappingFile.Problems) -> Mapping
    ) throws(Failure) -> Mapping {
        do throws(MappingFile.Problems) {
            return try load()
        } catch {
            guard options.output == .text else { throw Failure("INVALID_ARGUMENT", error.line) }
            Console.error(error.text(isColoured: Console.isErrorTerminal))
            throw Failure.said
        }
    }
}
