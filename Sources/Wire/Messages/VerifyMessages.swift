internal import CBespokeProto

/// What is to be verified: `bespoke.v1.VerifyRequest`.
package struct VerifyRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.VerifyRequest", bespoke__v1__verify_request__unpack)

    /// Empty for what the daemon itself holds.
    package var backupDirectory = ""
    /// 0 for the newest.
    package var generation: UInt64 = 0

    package init() {}
}

extension VerifyRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__VerifyRequest>) throws(WireError) {
        self.init()
        backupDirectory = try raw.pointee.backup_directory.string("backup_directory")
        generation = raw.pointee.generation
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__VerifyRequest> {
        let raw = try arena.make(bespoke__v1__verify_request__init)
        raw.pointee.backup_directory = try arena.text(backupDirectory)
        raw.pointee.generation = generation
        return raw
    }
}

/// How far it is, or what was found: `bespoke.v1.VerifyResponse`.
package struct VerifyResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.VerifyResponse", bespoke__v1__verify_response__unpack)

    package var rows: UInt64 = 0
    package var expectedRows: UInt64 = 0
    package var report: VerifyReportMessage?

    package init() {}
}

extension VerifyResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__VerifyResponse>) throws(WireError) {
        self.init()
        rows = raw.pointee.rows
        expectedRows = raw.pointee.expected_rows
        if let given = raw.pointee.report { report = try decoded(given, "report") }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__VerifyResponse> {
        let raw = try arena.make(bespoke__v1__verify_response__init)
        raw.pointee.rows = rows
        raw.pointee.expected_rows = expectedRows
        if let report { raw.pointee.report = try report.raw(in: arena) }
        return raw
    }
}

/// What was found: `bespoke.v1.VerifyReport`.
package struct VerifyReportMessage: Sendable, Hashable {
    package var path = ""
    package var rows: [RowCountMessage] = []
    package var bad: UInt64 = 0
    /// The first 1,000.
    package var badRows: [BadRowMessage] = []
    package var seconds = 0.0

    package init() {}
}

extension VerifyReportMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__VerifyReport>) throws(WireError) {
        self.init()
        path = try raw.pointee.path.string("path")
        rows = try decodedList(raw.pointee.rows, raw.pointee.n_rows, "rows")
        bad = raw.pointee.bad
        badRows = try decodedList(raw.pointee.bad_rows, raw.pointee.n_bad_rows, "bad_rows")
        seconds = raw.pointee.seconds
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__VerifyReport> {
        let raw = try arena.make(bespoke__v1__verify_report__init)
        raw.pointee.path = try arena.text(path)
        (raw.pointee.n_rows, raw.pointee.rows) = (rows.count, try arena.list(rows))
        raw.pointee.bad = bad
        (raw.pointee.n_bad_rows, raw.pointee.bad_rows) = (badRows.count, try arena.list(badRows))
        raw.pointee.seconds = seconds
        return raw
    }
}

/// A row that is not as it was written: `bespoke.v1.BadRow`.
package struct BadRowMessage: Sendable, Hashable {
    package var kind: String
    package var key: String
    package var reason: String

    package init(kind: String, key: String, reason: String) {
        self.kind = kind
        self.key = key
        self.reason = reason
    }
}

extension BadRowMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BadRow>) throws(WireError) {
        self.init(
            kind: try raw.pointee.kind.string("kind"), key: try raw.pointee.key.string("key"),
            reason: try raw.pointee.reason.string("reason"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BadRow> {
        let raw = try arena.make(bespoke__v1__bad_row__init)
        raw.pointee.kind = try arena.text(kind)
        raw.pointee.key = try arena.text(key)
        raw.pointee.reason = try arena.text(reason)
        return raw
    }
}
