internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Profiles
internal import Ruleset
internal import Wire

/// `bespokectl profiles import`.
struct ImportProfiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Load profiles from a CSV file.",
        discussion: """
            The first row names the columns: id, account (for visitors) and attributes. An empty cell means that nothing is \
            known; the members of a set are separated by |. When a row is bad, every bad row is listed and nothing is loaded, \
            unless --skip-invalid is given.
            """)

    @Argument(help: "The CSV file.", completion: .file(extensions: ["csv"])) var file: String
    @Option(help: "visitor or account.") var kind: KindArgument
    @Flag(help: "Load the good rows although others are bad.") var skipInvalid = false
    @Flag(help: "Check everything, load nothing.") var dryRun = false
    @Flag(help: "Refuse rows of those who were erased.") var respectErasure = false
    @Option(help: "The character between cells; \\t for a tab.") var delimiter = ","
    @OptionGroup var options: GlobalOptions

    func validate() throws { _ = try csvOptions() }

    func run() async throws {
        let csv = try csvOptions()
        try await options.withDaemon { daemon in
            let file = try FileReader(file)
            let attributes = try await Self.attributes(of: daemon)
            let job = ImportJob(
                daemon: daemon, file: file, kind: kind.wire, attributes: attributes, csv: csv, skipInvalid: skipInvalid,
                dryRun: dryRun, respectErasure: respectErasure)
            let response = try await job.run()
            switch options.output {
            case .json: Console.out(response.json.text() + "\n")
            case .text:
                Console.error(ImportText.rejects(response))
                Console.out(ImportText.summary(response, kind: kind.wire, isDryRun: dryRun, style: Console.style))
            }
            guard response.rejected == 0 || skipInvalid else { throw Failure.said }
        }
    }

    private func csvOptions() throws -> CSVOptions {
        let text = delimiter == "\\t" ? "\t" : delimiter
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, !"\"\r\n\0".utf8.contains(byte) else {
            throw ValidationError("--delimiter must be one ASCII character other than a quote or a line end.")
        }
        var options = CSVOptions()
        options.delimiter = byte
        return options
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

/// One import: the file read, sent, and answered.
private struct ImportJob {
    let daemon: Caller
    let file: FileReader
    let kind: ProfileKind
    let attributes: [Attribute]
    let csv: CSVOptions
    let skipInvalid: Bool
    let dryRun: Bool
    let respectErasure: Bool

    func run() async throws -> ImportProfilesResponse {
        var progress = ProgressBar()
        defer { progress.clear() }
        // A bad row means that nothing is loaded: look through the whole file first, so that then everything can still be
        // checked by the daemon, in a dry run, and all that is wrong reported at once.
        var hasBadRows = false
        if !skipInvalid && !dryRun {
            var batches = ProfileBatches(kind: kind, attributes: attributes, options: csv)
            while let _ = try piece(&batches) { progress.update(file.fraction / 2, rows: batches.rowCount) }
            _ = try end(&batches)
            hasBadRows = batches.rejects.count > 0
            try file.rewind()
        }
        return try await send(dryRun: dryRun || hasBadRows, &progress)
    }

    private func send(dryRun: Bool, _ progress: inout ProgressBar) async throws -> ImportProfilesResponse {
        let upload: Upload<ImportProfilesRequest, ImportProfilesResponse> = try await daemon.upload(
            "/bespoke.v1.ProfileService/ImportProfiles")
        do {
            var batches = ProfileBatches(kind: kind, attributes: attributes, options: csv)
            try await upload.send(
                ImportProfilesRequest(
                    options: ImportOptions(skipInvalid: skipInvalid, dryRun: dryRun, respectErasure: respectErasure)))
            while let messages = try piece(&batches) {
                for message in messages { try await upload.send(message) }
                progress.update(file.fraction, rows: batches.rowCount)
            }
            for message in try end(&batches) { try await upload.send(message) }
            guard dryRun || skipInvalid || batches.rejects.count == 0 else {
                throw Failure("ABORTED", "\(file.path): changed while it was read; nothing was written")
            }
            return Self.merged(try await upload.finish(), batches.rejects, wasForced: dryRun && !self.dryRun)
        } catch {
            upload.cancel()
            throw error
        }
    }

    /// The daemon's answer with what was found here; `wasForced`: it was a dry run because of bad rows.
    private static func merged(
        _ response: ImportProfilesResponse, _ found: RejectList, wasForced: Bool
    ) -> ImportProfilesResponse {
        var rejects = found
        rejects.merge(response.rejects, count: response.rejected)
        return ImportProfilesResponse(
            written: wasForced ? 0 : response.written, rejected: rejects.count, rejects: rejects.shown,
            committed: response.committed)
    }

    private func piece(_ batches: inout ProfileBatches) throws -> [ImportProfilesRequest]? {
        try reading { try file.next { try batches.feed($0) } }
    }

    private func end(_ batches: inout ProfileBatches) throws -> [ImportProfilesRequest] {
        try reading { try batches.finish() }
    }

    private func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as CSVError {
            throw Failure("INVALID_ARGUMENT", "\(file.path): \(error)")
        }
    }
}

/// Progress on standard error, when that is a terminal and the work takes more than a second.
private struct ProgressBar {
    private let isShown = Console.isErrorTerminal
    private var next = ContinuousClock.now + .seconds(1)
    private var hasDrawn = false

    mutating func update(_ fraction: Double, rows: UInt64) {
        guard isShown, ContinuousClock.now >= next else { return }
        next = ContinuousClock.now + .milliseconds(100)
        hasDrawn = true
        Console.error("\r\u{1b}[K" + ImportText.progress(fraction: fraction, rows: rows))
    }

    func clear() {
        if hasDrawn { Console.error("\r\u{1b}[K") }
    }
}
