internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Model
internal import Profiles
internal import Ruleset
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
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv", "ndjson", "jsonl"])) var file: String
    @Option(help: "csv, or ndjson for one JSON object a line. (default: what the file's name ends with)")
    var format: FormatArgument?
    @Option(help: "visitor or account; a mapping says it.") var kind: KindArgument?
    @Option(
        help: ArgumentHelp("How the file's columns become attributes.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var mapping: String?
    @Flag(help: "Load the good rows although others are bad.") var skipInvalid = false
    @Flag(help: "Check everything and show the first rows as they would be loaded; load nothing.") var dryRun = false
    @Flag(help: "Refuse rows of those who were erased.") var respectErasure = false
    @Option(help: "The character between cells; \\t for a tab. (default: ,)") var delimiter: String?
    @Option(help: "How the file's bytes are text: utf-8, utf-16, windows-1252 or iso-8859-1. (default: utf-8)")
    var encoding: EncodingArgument?
    @Option(
        help: ArgumentHelp(
            "Write every bad cell of the file to this one, as CSV: line, column, reason, value.", valueName: "file"),
        completion: .file(extensions: ["csv"]))
    var rejects: String?
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        _ = try csvOptions()
        if delimiter != nil, rowFormat == .ndjson { throw ValidationError("--delimiter is for CSV; leave it out.") }
        if mapping != nil, kind != nil || delimiter != nil || encoding != nil {
            throw ValidationError("A mapping says --kind, --delimiter and --encoding; leave them out.")
        }
        guard mapping != nil || kind != nil else {
            throw ValidationError("Say whose profiles they are: --kind visitor or --kind account, or give a --mapping.")
        }
    }

    func run() async throws {
        let csv = try csvOptions()
        try await options.withDaemon { daemon in
            let file = try FileReader(file)
            let attributes = try await Self.attributes(of: daemon)
            let batches =
                if let mapping {
                    ProfileBatches(
                        mapping: try self.mapping(mapping, attributes), attributes: attributes, format: rowFormat,
                        now: Console.now())
                } else {
                    ProfileBatches(
                        kind: kind?.wire ?? .visitor, attributes: attributes, format: rowFormat, options: csv)
                }
            var job = ImportJob(
                daemon: daemon, file: file, fresh: batches,
                options: ImportOptions(skipInvalid: skipInvalid, dryRun: dryRun, respectErasure: respectErasure),
                rejectsFile: try rejects.map { path throws(Failure) in try RejectsFile(path, besides: file) })
            let response = try await job.run()
            switch options.output {
            case .json: Console.out(response.json(firstRows: dryRun ? job.firstRows : nil).text() + "\n")
            case .text:
                Console.error(ImportText.rejects(response))
                if dryRun { Console.out(ImportText.preview(job.firstRows, style: Console.style)) }
                Console.out(
                    ImportText.summary(response, kind: batches.kind, isDryRun: dryRun, style: Console.style))
            }
            guard response.rejected == 0 || skipInvalid else { throw Failure.said }
        }
    }

    private var rowFormat: ImportFormat { format?.format ?? ImportFormat(path: file) }

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

    /// - Throws: `Failure`; everything that is wrong with the mapping is said.
    private func mapping(_ path: String, _ attributes: [Attribute]) throws -> ImportMapping {
        let file = RuleFile(
            path: path, content: try Files.content(path, bytesMax: ImportMappingLoader.fileBytesMax))
        let loaded = ImportMappingLoader.load(file, attributes: attributes)
        if let mapping = loaded.mapping { return mapping }
        switch options.output {
        case .json:
            let problems = loaded.diagnostics.map {
                "\($0.position.file):\($0.position.line):\($0.position.column): \($0.message)"
            }
            throw Failure("INVALID_ARGUMENT", problems.joined(separator: "; "))
        case .text:
            let text = DiagnosticText(files: [file], isColoured: Console.isErrorTerminal)
            Console.error(
                loaded.diagnostics.map(text.render).joined() + DiagnosticText.summary(loaded.diagnostics))
            throw Failure.said
        }
    }

    /// What the rule set that is served declares.
    static func attributes(of daemon: Caller) async throws -> [Attribute] {
        let rules: GetRulesResponse = try await daemon.call(
            "/bespoke.v1.AdminService/GetRules", GetRulesRequest(), isIdempotent: true)
        let loaded = RuleSetLoader.load(rules.files.map { RuleFile(path: $0.path, content: $0.content) })
        guard let ruleSet = loaded.ruleSet else {
            throw Failure(
                "FAILED_PRECONDITION",
                "this bespokectl cannot read the rules that the daemon serves; use the one that came with the daemon")
        }
        return ruleSet.attributes
    }
}

/// How a file's bytes are text, as an argument.
enum EncodingArgument: String, ExpressibleByArgument, CaseIterable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case windows1252 = "windows-1252"
    case latin1 = "iso-8859-1"

    var encoding: TextEncoding {
        switch self {
        case .utf8: .utf8
        case .utf16: .utf16
        case .windows1252: .windows1252
        case .latin1: .latin1
        }
    }
}

/// How a file holds rows, as an argument.
enum FormatArgument: String, ExpressibleByArgument, CaseIterable {
    case csv
    case ndjson

    var format: ImportFormat {
        switch self {
        case .csv: .csv
        case .ndjson: .ndjson
        }
    }
}
