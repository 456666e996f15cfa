package import Importing
package import Messages
package import Model
internal import Wire

/// One import: the file read, sent, and answered.
package struct ImportJob {
    /// How a pass over the file ends.
    private enum Outcome {
        case answered(ImportProfilesResponse)
        /// There are bad rows, which keep everything out.
        case refused
        /// It does not fit into one call.
        case tooLarge
    }

    private let daemon: any DaemonCalling
    private let file: FileReader
    /// As they are before the first byte of the file.
    private let fresh: ProfileBatches
    private let options: ImportOptions
    private let rejectsFile: RejectsFile?
    private let callBytesMax: Int
    private let checkpointPath: String
    private var checkpoint: ImportCheckpoint
    private let progress: (Double, UInt64) -> Void
    /// Of the file, once it has been sent.
    package private(set) var firstRows: [ImportRow] = []
    package private(set) var leftOut = RowsLeftOut()

    /// - Parameters:
    ///   - callBytesMax: Of the messages of one call.
    ///   - checkpoint: Of an import that begins now.
    ///   - progress: Gets the share of the file that is read, and its rows.
    package init(
        daemon: any DaemonCalling, file: FileReader, fresh: ProfileBatches, options: ImportOptions,
        rejectsFile: RejectsFile?,
        callBytesMax: Int, checkpoint: ImportCheckpoint, at checkpointPath: String,
        progress: @escaping (Double, UInt64) -> Void
    ) {
        self.daemon = daemon
        self.file = file
        self.fresh = fresh
        self.options = options
        self.rejectsFile = rejectsFile
        self.callBytesMax = callBytesMax
        self.checkpoint = checkpoint
        self.checkpointPath = checkpointPath
        self.progress = progress
    }

    /// What an earlier run of the same import has written; 0 when there was none.
    ///
    /// - Throws: `Failure` when there was one of something else.
    package mutating func resume() throws(Failure) -> UInt64 {
        guard !options.dryRun,
            let found = try ImportCheckpoint.resumed(from: checkpointPath, checkpoint, file.path, "profiles")
        else { return 0 }
        checkpoint = found
        return found.written
    }

    /// Profiles that are written while others are not yet; nil when there are none.
    package var writtenSoFar: UInt64? { checkpoint.line > 0 ? checkpoint.written : nil }

    /// Reads the file and sends it.
    ///
    /// - Throws: `Failure`, `CallFailure`.
    package mutating func run() async throws -> ImportProfilesResponse {
        if checkpoint.line > 0 || options.dryRun || options.skipInvalid {
            return try await answered(pass(dryRun: options.dryRun, isOneCall: false))
        }
        // Sent while it is read: nothing takes effect before the end of the call, so that what is found on the way can still
        // keep everything out.
        if case .answered(let response) = try await pass(dryRun: false, isOneCall: true) { return response }
        // The daemon checks all good rows as well, so that everything wrong is reported at once, or nothing is before the
        // first of several calls takes effect.
        try again()
        var response = try await answered(pass(dryRun: true, isOneCall: false))
        guard !file.hasChanged else { throw changed }
        response.written = 0
        if response.rejected > 0 { return response }
        try again()
        return try await answered(pass(dryRun: false, isOneCall: false))
    }

    private func again() throws(Failure) {
        try file.rewind()
        try rejectsFile?.restart()
    }

    private func answered(_ outcome: Outcome) throws(Failure) -> ImportProfilesResponse {
        guard case .answered(let response) = outcome else { throw changed }
        return response
    }

    private var changed: Failure {
        Failure("ABORTED", "\(file.path): changed while it was read; nothing more was written")
    }

    /// Reads the file to its end and sends it.
    private mutating func pass(dryRun: Bool, isOneCall: Bool) async throws -> Outcome {
        var sent = options
        sent.dryRun = dryRun
        var calls = ImportCalls(daemon, sent, bytesMax: callBytesMax, behind: checkpoint)
        var batches = fresh
        batches.writtenThrough = Int(checkpoint.line)
        let needsGoodRows = !dryRun && !options.skipInvalid
        do {
            var isAtEnd = false
            while !isAtEnd {
                let messages = try piece(&batches)
                isAtEnd = messages == nil
                let last = isAtEnd ? try end(&batches) : []
                if needsGoodRows, batches.rejects.count > 0 {
                    calls.cancel()
                    return .refused
                }
                for message in (messages ?? []) + last {
                    if calls.isFull(before: message) {
                        if isOneCall {
                            calls.cancel()
                            return .tooLarge
                        }
                        try await endCall(&calls, isLast: false)
                    }
                    try await calls.send(message)
                }
                progress(file.fraction, batches.rowCount)
            }
            firstRows = batches.firstRows
            leftOut = RowsLeftOut(count: batches.leftOutCount, ending: batches.ending)
            try await endCall(&calls, isLast: true)
        } catch {
            calls.cancel()
            throw error
        }
        var rejects = batches.rejects
        rejects.merge(calls.rejects, count: calls.rejected)
        return .answered(
            ImportProfilesResponse(
                written: calls.rejected > 0 && !options.skipInvalid ? 0 : calls.written, rejected: rejects.count,
                rejects: rejects.shown, committed: calls.isCommitted))
    }

    private mutating func endCall(_ calls: inout ImportCalls, isLast: Bool) async throws {
        // A disk that is full must show before anything takes effect.
        try rejectsFile?.flush()
        let (response, lastLine) = try await calls.end()
        try rejectsFile?.add(response.rejects)
        let isRefused = response.rejected > 0 && !options.skipInvalid && !calls.options.dryRun
        if isRefused, checkpoint.line > 0 || !isLast {
            let first = response.rejects.first.map { "line \($0.line): \($0.reason)" } ?? "a row was refused"
            throw Failure(
                "ABORTED",
                "\(file.path): \(first); the daemon took it when the whole file was checked. "
                    + "what is written is what stands up to line \(checkpoint.line)")
        }
        if isLast {
            try rejectsFile?.finish()
            if !calls.options.dryRun { try Files.remove(checkpointPath) }
        } else if !calls.options.dryRun {
            checkpoint.advance(through: lastLine, written: calls.written, rejected: calls.rejected)
            try Files.replaceWhole(checkpointPath, Array(checkpoint.text.utf8))
        }
    }

    private func piece(_ batches: inout ProfileBatches) throws -> [ImportMessage]? {
        let messages = try reading { try file.next { try batches.feed($0) } }
        try rejectsFile?.add(batches.takeRejects())
        return messages
    }

    private func end(_ batches: inout ProfileBatches) throws -> [ImportMessage] {
        let messages = try reading { try batches.finish() }
        try rejectsFile?.add(batches.takeRejects())
        return messages
    }

    private func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as CSVError {
            throw Failure("INVALID_ARGUMENT", "\(file.path): \(error)")
        }
    }
}

extension ImportCheckpoint {
    private static let fileBytesMax = 4_096

    /// What an earlier run of the same import has noted; nil when there was none.
    ///
    /// - Parameters:
    ///   - begun: Of an import that begins now.
    ///   - what: Of the file, in the plural.
    /// - Throws: `Failure` when there was one of something else.
    static func resumed(
        from path: String, _ begun: ImportCheckpoint, _ file: String, _ what: String
    ) throws(Failure) -> ImportCheckpoint? {
        guard let content = try Files.contentIfThere(path, bytesMax: fileBytesMax) else { return nil }
        func failure(_ reason: String) -> Failure { Failure("FAILED_PRECONDITION", "\(path): \(reason)") }
        guard let found = ImportCheckpoint(content) else {
            throw failure("does not say how far an import has come; remove it to import the whole file")
        }
        do throws(ImportCheckpoint.Refusal) {
            try found.check(against: begun)
        } catch {
            switch error {
            case .fileChanged:
                throw failure(
                    "\(file) has changed since \(found.written) of its \(what) were written; "
                        + "remove this file to import all of it as it is now")
            case .otherSettings:
                throw failure(
                    "the import that was broken off had other options, another mapping, other rules or another "
                        + "daemon; repeat it as it was, or remove this file to import all of \(file)")
            }
        }
        return found
    }
}
