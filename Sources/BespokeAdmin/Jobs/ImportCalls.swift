internal import Importing
internal import Messages
internal import Model
internal import Wire

/// The calls that a file is sent in, one after the other. Nothing of a call takes effect before its end.
struct ImportCalls {
    private let daemon: any DaemonCalling
    let options: ImportOptions
    /// Of the messages of a call, unless one alone is larger.
    private let bytesMax: Int
    private var call: (any DaemonUpload<ImportProfilesRequest, ImportProfilesResponse>)?
    private var byteCount = 0
    private var rowCount = 0
    private var lastLine: UInt64 = 0
    /// Of the calls that have ended, those of earlier runs too.
    private(set) var written: UInt64
    private(set) var rejected: UInt64
    private(set) var rejects: [ImportReject] = []
    private(set) var isCommitted: Bool

    init(_ daemon: any DaemonCalling, _ options: ImportOptions, bytesMax: Int, behind checkpoint: ImportCheckpoint) {
        self.daemon = daemon
        self.options = options
        self.bytesMax = bytesMax
        written = checkpoint.written
        rejected = checkpoint.rejected
        isCommitted = checkpoint.written > 0
    }

    /// Whether the next message needs a call of its own.
    func isFull(before message: ImportMessage) -> Bool {
        byteCount > 0
            && (byteCount + message.bytes.count > bytesMax || rowCount + message.rowCount > WireLimits.importRowsMax)
    }

    mutating func send(_ message: ImportMessage) async throws {
        try await open()
        try await call?.send(encoded: message.bytes)
        byteCount += message.bytes.count
        rowCount += message.rowCount
        lastLine = message.lastLine
    }

    /// Ends a call; the next message begins another.
    ///
    /// - Returns: What became of it, and the last line that it holds.
    mutating func end() async throws -> (response: ImportProfilesResponse, lastLine: UInt64) {
        try await open()
        guard let call else { preconditionFailure("a call is open") }
        let response = try await call.finish()
        self.call = nil
        (byteCount, rowCount) = (0, 0)
        written += response.written
        rejected += response.rejected
        rejects += response.rejects.prefix(max(0, RejectList.shownMax - rejects.count))
        isCommitted = isCommitted || response.committed
        return (response, lastLine)
    }

    /// Breaks off the call that is under way.
    mutating func cancel() {
        call?.cancel()
        call = nil
    }

    private mutating func open() async throws {
        guard call == nil else { return }
        let call = try await daemon.open(Methods.Profile.importProfiles)
        self.call = call
        try await call.send(ImportProfilesRequest(options: options))
    }
}
