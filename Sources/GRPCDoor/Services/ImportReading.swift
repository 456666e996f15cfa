internal import Engine
internal import GRPC
internal import Messages
internal import Model
internal import NIOCore
internal import Wire

/// Hands the rows of one import call to the engine, as they come.
final class ImportReading {
    /// What the members of sets, and the fields, of one row may take.
    private static let rowArenaBytesMax = 64 << 20

    private let rows: ProfileImport
    private let clock: @Sendable () -> Timestamp
    private let arena = Arena(initialBytes: 64 << 10, budgetBytes: rowArenaBytesMax)
    private var isFirst = true
    private var byteCount = 0
    private var rowCount = 0

    init(into rows: ProfileImport, clock: @escaping @Sendable () -> Timestamp) {
        (self.rows, self.clock) = (rows, clock)
    }

    /// - Throws: `Status`: the import is broken off.
    func take(_ message: ByteBuffer) throws {
        byteCount += message.readableBytes
        guard byteCount <= WireLimits.importBytesMax else { throw Self.tooLarge("\(WireLimits.importBytesMax) bytes") }
        do {
            try message.withUnsafeReadableBytes { try read($0) }
        } catch let error as WireError {
            throw Status(error)
        }
    }

    /// Writes what has come.
    func finish() async throws -> ImportProfilesResponse {
        guard !isFirst else { throw Status(.invalidArgument, "the call takes at least one message; none came") }
        let outcome = try await rows.finish()
        return ImportProfilesResponse(
            written: outcome.written, rejected: outcome.rejected, rejects: outcome.rejects,
            committed: outcome.isCommitted)
    }

    private func read(_ message: UnsafeRawBufferPointer) throws {
        var reader = try ImportRowsReader(message, arena: arena)
        if let given = reader.options {
            guard isFirst else { throw Status(.invalidArgument, "options: stand in the first message only") }
            rows.options = given
        }
        isFirst = false
        let now = clock().seconds
        while let row = try reader.next() {
            rowCount += 1
            guard rowCount <= WireLimits.importRowsMax else { throw Self.tooLarge("\(WireLimits.importRowsMax) rows") }
            switch row.content {
            case .failure(let fault): rows.reject(fault)
            case .success(let profile): rows.take(profile, line: row.line, atSeconds: now)
            }
        }
    }

    private static func tooLarge(_ limit: String) -> Status {
        Status(.resourceExhausted, "the import is larger than \(limit); split it, each part is all or nothing")
    }
}
