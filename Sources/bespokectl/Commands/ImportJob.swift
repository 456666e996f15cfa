internal import BespokeAdmin
internal import BespokeClient
internal import Profiles
internal import Wire

/// One import: the file read, sent, and answered.
struct ImportJob {
    let daemon: Caller
    let file: FileReader
    /// As they are before the first byte of the file.
    let fresh: ProfileBatches
    let options: ImportOptions
    let rejectsFile: RejectsFile?
    /// Of the file, once it has been sent.
    private(set) var firstRows: [ImportRow] = []

    init(
        daemon: Caller, file: FileReader, fresh: ProfileBatches, options: ImportOptions, rejectsFile: RejectsFile?
    ) {
        self.daemon = daemon
        self.file = file
        self.fresh = fresh
        self.options = options
        self.rejectsFile = rejectsFile
    }

    mutating func run() async throws -> ImportProfilesResponse {
        var progress = ProgressBar()
        defer { progress.clear() }
        if let response = try await send(dryRun: options.dryRun, &progress) { return response }
        // A bad row means that nothing is loaded. In a dry run the daemon checks the others, so that all that is wrong is
        // reported at once.
        try file.rewind()
        try rejectsFile?.restart()
        guard let response = try await send(dryRun: true, &progress), response.rejected > 0 else {
            throw Failure("ABORTED", "\(file.path): changed while it was read; nothing was written")
        }
        return response
    }

    /// - Returns: Nil when it was no dry run, and a bad row that was found on the way has kept everything out: nothing takes
    ///   effect before the end of the call.
    private mutating func send(dryRun: Bool, _ progress: inout ProgressBar) async throws -> ImportProfilesResponse? {
        let upload: Upload<ImportProfilesRequest, ImportProfilesResponse> = try await daemon.upload(
            "/bespoke.v1.ProfileService/ImportProfiles")
        let needsGoodRows = !dryRun && !options.skipInvalid
        func isRefused(_ batches: ProfileBatches) -> Bool { needsGoodRows && batches.rejects.count > 0 }
        do {
            var batches = fresh
            var sent = options
            sent.dryRun = dryRun
            try await upload.send(ImportProfilesRequest(options: sent))
            while let messages = try piece(&batches) {
                if isRefused(batches) { break }
                for message in messages { try await upload.send(encoded: message) }
                progress.update(file.fraction, rows: batches.rowCount)
            }
            let last = isRefused(batches) ? [] : try end(&batches)
            if isRefused(batches) {
                upload.cancel()
                return nil
            }
            for message in last { try await upload.send(encoded: message) }
            firstRows = batches.firstRows
            // A disk that is full must show before anything takes effect.
            try rejectsFile?.flush()
            let response = try await upload.finish()
            try rejectsFile?.add(response.rejects)
            try rejectsFile?.finish()
            return Self.merged(response, batches.rejects, wasForced: dryRun && !options.dryRun)
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

    private func piece(_ batches: inout ProfileBatches) throws -> [[UInt8]]? {
        let messages = try reading { try file.next { try batches.feed($0) } }
        try rejectsFile?.add(batches.takeRejects())
        return messages
    }

    private func end(_ batches: inout ProfileBatches) throws -> [[UInt8]] {
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
