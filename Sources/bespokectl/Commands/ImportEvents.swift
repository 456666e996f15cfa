internal import Importing
internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model
internal import Ruleset

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
        @OptionGroup(visibility: .hidden) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let file = try FileReader(input.file)
                let events = try await daemon.names(.event).eventNames
                let content = try Files.content(mapping, bytesMax: ImportMappingLoader.fileBytesMax)
                let mapping = try ImportProfiles.loaded(RuleFile(path: mapping, content: content), options) {
                    ImportMappingLoader.loadEvents($0, events: events)
                }
                let begun = try input.begun(
                    file,
                    settings: [
                        "events", options.daemonAddress, input.rowFormat.rawValue, "\(input.skipInvalid)",
                        String(decoding: content, as: UTF8.self),
                    ])
                var job = EventImportJob(
                    daemon: daemon, file: file,
                    fresh: EventRows(mapping: mapping, events: events, format: input.rowFormat, now: Console.now()),
                    skipsInvalid: input.skipInvalid, isDryRun: input.dryRun,
                    rejectsFile: try input.rejectsFile(besides: file), checkpoint: begun, at: input.checkpointPath)
                let result = try await job.run(note: options.output == .text ? { Console.error($0 + "\n") } : { _ in })
                switch options.output {
                case .json, .yaml: Console.out(options.rendered(result.json(isDryRun: input.dryRun)))
                case .text:
                    Console.error(ImportText.rejects(result.rejects))
                    Console.out(
                        result.text(isDryRun: input.dryRun, isStopped: job.isStopped, style: Console.style))
                }
                guard result.rejects.count == 0 || input.skipInvalid else { throw Failure.said }
            }
        }
    }
}

/// One import of events: the file read, checked and sent.
struct EventImportJob {
    private let daemon: Caller
    private let file: FileReader
    /// As they are before the first byte of the file.
    private let fresh: EventRows
    private let skipsInvalid: Bool
    private let isDryRun: Bool
    private let rejectsFile: RejectsFile?
    private let checkpointPath: String
    private var checkpoint: ImportCheckpoint
    private var progress = ProgressBar()
    private var result = EventImportResult()
    /// What the daemon refused.
    private var refused: [ImportReject] = []
    private var refusedCount: UInt64 = 0
    private var endings = ""
    /// Whether bad rows kept everything out.
    private(set) var isStopped = false

    /// Of one call.
    private static let eventsMax = 1_000
    private static let callsPerNote = 10
    private static let firstMax = 5

    init(
        daemon: Caller, file: FileReader, fresh: EventRows, skipsInvalid: Bool, isDryRun: Bool,
        rejectsFile: RejectsFile?, checkpoint: ImportCheckpoint, at checkpointPath: String
    ) {
        self.daemon = daemon
        self.file = file
        self.fresh = fresh
        self.skipsInvalid = skipsInvalid
        self.isDryRun = isDryRun
        self.rejectsFile = rejectsFile
        self.checkpoint = checkpoint
        self.checkpointPath = checkpointPath
    }

    /// - Parameter note: Gets what there is to say besides the result.
    mutating func run(note: (String) -> Void) async throws -> EventImportResult {
        defer { progress.clear() }
        if !isDryRun, let found = try ImportCheckpoint.resumed(from: checkpointPath, checkpoint, file.path, "events") {
            checkpoint = found
            note("\(ReportText.counted(found.written, "event")) sent by the run before; going on behind")
        }
        if isDryRun || (!skipsInvalid && checkpoint.line == 0) {
            // Everything that is wrong is found before the first event counts.
            try await pass { _, _ in }
            if isDryRun || result.rejects.count > 0 {
                isStopped = !isDryRun
                try rejectsFile?.finish()
                if !endings.isEmpty { note(endings) }
                return result
            }
            guard !file.hasChanged else {
                throw Failure("ABORTED", "\(file.path) was written to while it was read; import it again")
            }
            try file.rewind()
            try rejectsFile?.restart()
        }
        do {
            try await send()
        } catch {
            if checkpoint.line > 0 { note("sent up to line \(checkpoint.line); repeat the command to go on behind it") }
            throw error
        }
        result.rejects.merge(refused, count: refusedCount)
        try rejectsFile?.finish()
        try Files.remove(checkpointPath)
        if !endings.isEmpty { note(endings) }
        return result
    }

    /// Reads the file once.
    ///
    /// - Parameter body: Gets good rows, and whether the file has ended.
    private mutating func pass(_ body: (inout EventImportJob, [EventRows.Row]) async throws -> Void) async throws {
        var rows = fresh
        result.count = 0
        func read(_ piece: UnsafeBufferPointer<UInt8>?) throws -> [EventRows.Row] {
            do {
                let events = try rows.feed(piece)
                try rejectsFile?.add(rows.takeRejects())
                return events
            } catch let error as CSVError {
                throw Failure("INVALID_ARGUMENT", "\(file.path): \(error)")
            }
        }
        while let events = try file.next({ try read($0) }) {
            try await take(events, body)
            progress.update(file.fraction, rows: rows.rowCount)
        }
        try await take(try read(nil), body)
        result.rejects = rows.rejects
        endings = [
            ImportText.leftOut(rows.leftOutCount),
            rows.ending.map { ImportText.ending(line: $0.line, rowCount: $0.rowCount) } ?? "",
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private mutating func take(
        _ events: [EventRows.Row], _ body: (inout EventImportJob, [EventRows.Row]) async throws -> Void
    ) async throws {
        if result.first.count < Self.firstMax { result.first += events.prefix(Self.firstMax - result.first.count) }
        result.count += UInt64(events.count)
        try await body(&self, events)
    }

    private mutating func send() async throws {
        let through = checkpoint.line
        var waiting: [EventRows.Row] = []
        var calls = 0
        try await pass { job, events in
            waiting += events.filter { UInt64($0.line) > through }
            while waiting.count >= Self.eventsMax {
                try await job.record(Array(waiting.prefix(Self.eventsMax)))
                waiting.removeFirst(Self.eventsMax)
                calls += 1
                if calls.isMultiple(of: Self.callsPerNote) { try job.keepCheckpoint() }
            }
        }
        if !waiting.isEmpty { try await record(waiting) }
    }

    private func keepCheckpoint() throws(Failure) {
        try Files.replaceWhole(checkpointPath, Array(checkpoint.text.utf8))
    }

    /// Records rows, in one call when all are good; what the daemon refuses is found by halves, for it names one alone.
    private mutating func record(_ rows: [EventRows.Row]) async throws {
        guard let last = rows.last else { return }
        switch try await answer(to: rows) {
        case .success(let response):
            result.recorded += response.recorded
            result.duplicates += response.duplicates
            result.notAgreed += response.notAgreed
            advance(to: last.line, by: rows.count)
        case .failure(let refusal):
            guard rows.count > 1 else { return try refuse(last, refusal.message) }
            try await record(Array(rows[..<(rows.count / 2)]))
            try await record(Array(rows[(rows.count / 2)...]))
        }
    }

    /// - Returns: A failure when something is wrong with the rows; everything else is thrown.
    private func answer(to rows: [EventRows.Row]) async throws -> Result<RecordResponse, BespokeError> {
        var request = RecordRequest()
        request.events = rows.map(\.event)
        let answer: Result<RecordResponse, BespokeError>
        do throws(BespokeError) {
            let response: RecordResponse = try await daemon.call(
                Methods.Event.record, request, isIdempotent: true)
            answer = .success(response)
        } catch {
            answer = .failure(error)
        }
        if case .failure(let error) = answer, error.code != .invalidArgument { throw error }
        return answer
    }

    private mutating func advance(to line: Int, by count: Int) {
        checkpoint.advance(
            through: UInt64(line), written: checkpoint.written + UInt64(count), rejected: checkpoint.rejected)
    }

    private mutating func refuse(_ row: EventRows.Row, _ message: String) throws {
        let reason = message.replacing("events[0].", with: "")
        guard skipsInvalid else {
            if checkpoint.line > 0 { try keepCheckpoint() }
            throw Failure(
                "INVALID_ARGUMENT",
                "\(file.path): line \(row.line): \(reason); \(ReportText.counted(checkpoint.written, "event")) before it are sent. "
                    + "Mend or remove the row and import the file again, or leave such rows out with --skip-invalid")
        }
        let reject = ImportReject(line: UInt64(row.line), id: row.event.visitorID, reason: reason)
        try rejectsFile?.add([reject])
        refusedCount += 1
        if refused.count < RejectList.shownMax { refused.append(reject) }
        advance(to: row.line, by: 0)
    }
}
