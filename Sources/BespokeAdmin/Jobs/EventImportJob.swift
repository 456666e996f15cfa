package import Importing
internal import Messages
internal import Model

/// One import of events: the file read, checked and sent.
package struct EventImportJob {
    private let daemon: any DaemonCalling
    private let file: FileReader
    /// As they are before the first byte of the file.
    private let fresh: EventRows
    private let skipsInvalid: Bool
    private let isDryRun: Bool
    private let rejectsFile: RejectsFile?
    private let checkpointPath: String
    private var checkpoint: ImportCheckpoint
    private let progress: (Double, UInt64) -> Void
    private var result = EventImportResult()
    /// What the daemon refused.
    private var refused: [ImportReject] = []
    private var refusedCount: UInt64 = 0
    package private(set) var leftOut = RowsLeftOut()
    /// Whether bad rows kept everything out.
    package private(set) var isStopped = false

    /// Of one call.
    private static let eventsMax = 1_000
    private static let callsPerNote = 10
    private static let firstMax = 5

    /// - Parameters:
    ///   - fresh: As the rows are before the first byte of the file.
    ///   - checkpoint: Of an import that begins now.
    ///   - progress: Gets the share of the file that is read, and its rows.
    package init(
        daemon: any DaemonCalling, file: FileReader, fresh: EventRows, skipsInvalid: Bool, isDryRun: Bool,
        rejectsFile: RejectsFile?, checkpoint: ImportCheckpoint, at checkpointPath: String,
        progress: @escaping (Double, UInt64) -> Void
    ) {
        self.daemon = daemon
        self.file = file
        self.fresh = fresh
        self.skipsInvalid = skipsInvalid
        self.isDryRun = isDryRun
        self.rejectsFile = rejectsFile
        self.checkpoint = checkpoint
        self.checkpointPath = checkpointPath
        self.progress = progress
    }

    /// - Parameter note: Gets what there is to say besides the result.
    /// - Throws: `Failure`, `CallFailure`.
    package mutating func run(note: (String) -> Void) async throws -> EventImportResult {
        if !isDryRun, let found = try ImportCheckpoint.resumed(from: checkpointPath, checkpoint, file.path, "events") {
            checkpoint = found
            note("\(ReportText.counted(found.written, "event")) sent by the run before; going on behind")
        }
        if isDryRun || (!skipsInvalid && checkpoint.line == 0) {
            // Everything that is wrong is found before the first event counts.
            try await pass { _, _ in }
            if isDryRun {
                note(
                    "the daemon was not asked: when they are recorded, events of people who do not agree are left out, and times before "
                        + "what it retains (event_retention_days) are refused")
            }
            if isDryRun || result.rejects.count > 0 {
                isStopped = !isDryRun
                try rejectsFile?.finish()
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
            progress(file.fraction, rows.rowCount)
        }
        try await take(try read(nil), body)
        result.rejects = rows.rejects
        leftOut = RowsLeftOut(count: rows.leftOutCount, ending: rows.ending)
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
            guard rows.count > 1 else { return try refuse(last, refusal.message ?? "") }
            try await record(Array(rows[..<(rows.count / 2)]))
            try await record(Array(rows[(rows.count / 2)...]))
        }
    }

    /// - Returns: A failure when something is wrong with the rows; everything else is thrown.
    private func answer(to rows: [EventRows.Row]) async throws -> Result<RecordResponse, Failure> {
        var request = RecordRequest()
        request.events = rows.map(\.event)
        do {
            return .success(try await daemon.call(Methods.Event.record, request, isIdempotent: true))
        } catch let error as any CallFailure where error.codeName == "INVALID_ARGUMENT" {
            return .failure(Failure(error.codeName, error.message))
        }
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
