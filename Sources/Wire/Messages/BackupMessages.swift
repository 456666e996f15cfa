internal import CBespokeProto
package import Model

/// Where everything is to be written: `bespoke.v1.BackupRequest`.
package struct BackupRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.BackupRequest", bespoke__v1__backup_request__unpack)

    package var directory = ""
    /// Generations to keep; 0 for all.
    package var keep: UInt32 = 0

    package init() {}
}

extension BackupRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BackupRequest>) throws(WireError) {
        self.init()
        directory = try raw.pointee.directory.string("directory")
        keep = raw.pointee.keep
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BackupRequest> {
        let raw = try arena.make(bespoke__v1__backup_request__init)
        raw.pointee.directory = try arena.text(directory)
        raw.pointee.keep = keep
        return raw
    }
}

/// How far a backup is, or what it holds: `bespoke.v1.BackupResponse`.
package struct BackupResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.BackupResponse", bespoke__v1__backup_response__unpack)

    package var progress: BackupProgressMessage?
    package var receipt: BackupReceiptMessage?

    package init() {}
}

extension BackupResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BackupResponse>) throws(WireError) {
        self.init()
        if let given = raw.pointee.progress { progress = try decoded(given, "progress") }
        if let given = raw.pointee.receipt { receipt = try decoded(given, "receipt") }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BackupResponse> {
        let raw = try arena.make(bespoke__v1__backup_response__init)
        if let progress { raw.pointee.progress = try progress.raw(in: arena) }
        if let receipt { raw.pointee.receipt = try receipt.raw(in: arena) }
        return raw
    }
}

/// How far a backup is: `bespoke.v1.BackupProgress`.
package struct BackupProgressMessage: Sendable, Hashable {
    package var copiedBytes: UInt64 = 0
    package var totalBytes: UInt64 = 0

    package init() {}
}

extension BackupProgressMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BackupProgress>) throws(WireError) {
        self.init()
        copiedBytes = raw.pointee.copied_bytes
        totalBytes = raw.pointee.total_bytes
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BackupProgress> {
        let raw = try arena.make(bespoke__v1__backup_progress__init)
        raw.pointee.copied_bytes = copiedBytes
        raw.pointee.total_bytes = totalBytes
        return raw
    }
}

/// What a generation holds: `bespoke.v1.BackupReceipt`.
package struct BackupReceiptMessage: Sendable, Hashable {
    package var generation: UInt64 = 0
    /// The folder of this generation.
    package var path = ""
    package var takenAt: Timestamp?
    package var rows: [RowCountMessage] = []
    package var bytes: UInt64 = 0
    package var copiedBytes: UInt64 = 0
    package var seconds = 0.0
    /// Those that are kept, the oldest first.
    package var generations: [UInt64] = []

    package init() {}
}

extension BackupReceiptMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BackupReceipt>) throws(WireError) {
        self.init()
        generation = raw.pointee.generation
        path = try raw.pointee.path.string("path")
        takenAt = try decodedTime(raw.pointee.taken_at, "taken_at")
        rows = try decodedList(raw.pointee.rows, raw.pointee.n_rows, "rows")
        bytes = raw.pointee.bytes
        copiedBytes = raw.pointee.copied_bytes
        seconds = raw.pointee.seconds
        generations = Array(UnsafeBufferPointer(start: raw.pointee.generations, count: raw.pointee.n_generations))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BackupReceipt> {
        let raw = try arena.make(bespoke__v1__backup_receipt__init)
        raw.pointee.generation = generation
        raw.pointee.path = try arena.text(path)
        raw.pointee.taken_at = try arena.time(takenAt, "taken_at")
        (raw.pointee.n_rows, raw.pointee.rows) = (rows.count, try arena.list(rows))
        raw.pointee.bytes = bytes
        raw.pointee.copied_bytes = copiedBytes
        raw.pointee.seconds = seconds
        if let list = try arena.makeArray(UInt64.self, count: generations.count) {
            _ = UnsafeMutableBufferPointer(start: list, count: generations.count).initialize(from: generations)
            (raw.pointee.n_generations, raw.pointee.generations) = (generations.count, list)
        }
        return raw
    }
}

/// How much there is of a kind: `bespoke.v1.RowCount`.
package struct RowCountMessage: Sendable, Hashable {
    package var kind: String
    package var rows: UInt64

    package init(kind: String, rows: UInt64) {
        self.kind = kind
        self.rows = rows
    }
}

extension RowCountMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__RowCount>) throws(WireError) {
        self.init(kind: try raw.pointee.kind.string("kind"), rows: raw.pointee.rows)
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__RowCount> {
        let raw = try arena.make(bespoke__v1__row_count__init)
        raw.pointee.kind = try arena.text(kind)
        raw.pointee.rows = rows
        return raw
    }
}

/// A backup that the daemon has written: `bespoke.v1.BackupGeneration`.
package struct BackupGenerationMessage: Sendable, Hashable {
    package var directory: String
    package var generation: UInt64
    package var takenAt: Timestamp?

    package init(directory: String, generation: UInt64, takenAt: Timestamp?) {
        self.directory = directory
        self.generation = generation
        self.takenAt = takenAt
    }
}

extension BackupGenerationMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BackupGeneration>) throws(WireError) {
        self.init(
            directory: try raw.pointee.directory.string("directory"), generation: raw.pointee.generation,
            takenAt: try decodedTime(raw.pointee.taken_at, "taken_at"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BackupGeneration> {
        let raw = try arena.make(bespoke__v1__backup_generation__init)
        raw.pointee.directory = try arena.text(directory)
        raw.pointee.generation = generation
        raw.pointee.taken_at = try arena.time(takenAt, "taken_at")
        return raw
    }
}
