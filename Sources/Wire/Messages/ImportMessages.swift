internal import CBespokeProto
internal import Model

/// Some rows of an import; the first message carries the options.
package struct ImportProfilesRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ImportProfilesRequest", bespoke__v1__import_profiles_request__unpack)

    package var options: ImportOptions?
    package var rows: [ImportRow]

    package init(options: ImportOptions? = nil, rows: [ImportRow] = []) {
        self.options = options
        self.rows = rows
    }
}

extension ImportProfilesRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ImportProfilesRequest>) throws(WireError) {
        options = try raw.pointee.options.map { (options) throws(WireError) in try ImportOptions(options) }
        rows = try decodedList(raw.pointee.rows, raw.pointee.n_rows, "rows")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ImportProfilesRequest> {
        let raw = try arena.make(bespoke__v1__import_profiles_request__init)
        if let options { raw.pointee.options = try options.raw(in: arena) }
        raw.pointee.n_rows = rows.count
        raw.pointee.rows = try arena.list(rows)
        return raw
    }
}

/// How an import treats what is wrong.
package struct ImportOptions: Sendable, Hashable, MappedMessage {
    /// Load the good rows although others are refused.
    package var skipInvalid: Bool
    /// Check everything, write nothing.
    package var dryRun: Bool
    /// Refuse rows of those who were erased.
    package var respectErasure: Bool

    package init(skipInvalid: Bool = false, dryRun: Bool = false, respectErasure: Bool = false) {
        self.skipInvalid = skipInvalid
        self.dryRun = dryRun
        self.respectErasure = respectErasure
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ImportOptions>) throws(WireError) {
        skipInvalid = raw.pointee.skip_invalid != 0
        dryRun = raw.pointee.dry_run != 0
        respectErasure = raw.pointee.respect_erasure != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ImportOptions> {
        let raw = try arena.make(bespoke__v1__import_options__init)
        raw.pointee.skip_invalid = skipInvalid ? 1 : 0
        raw.pointee.dry_run = dryRun ? 1 : 0
        raw.pointee.respect_erasure = respectErasure ? 1 : 0
        return raw
    }
}

/// One profile of an import, with where it stands in its source.
///
/// A row that is wrong in itself does not spoil its message: it arrives as a reject, to be itemised like any other.
package struct ImportRow: Sendable, Hashable {
    /// 0 when the source has no lines.
    package var line: UInt64
    package var content: Result<ProfileMessage, ImportReject>

    package init(line: UInt64 = 0, profile: ProfileMessage) {
        self.line = line
        content = .success(profile)
    }
}

extension ImportRow: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ImportRow>) throws(WireError) {
        line = raw.pointee.line
        do throws(WireError) {
            content = .success(try required(raw.pointee.profile, "profile"))
        } catch {
            let id = raw.pointee.profile.map { String($0.pointee.id.text) } ?? ""
            content = .failure(ImportReject(line: line, id: id, reason: error.description))
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ImportRow> {
        let raw = try arena.make(bespoke__v1__import_row__init)
        raw.pointee.line = line
        switch content {
        case .success(let profile): raw.pointee.profile = try profile.raw(in: arena)
        case .failure(let reject): throw .invalid(field: "rows", problem: reject.reason)
        }
        return raw
    }
}

/// Why a row was refused.
package struct ImportReject: Error, Sendable, Hashable, MappedMessage {
    package var line: UInt64
    package var id: String
    /// What is wrong and how to mend it.
    package var reason: String

    package init(line: UInt64, id: String, reason: String) {
        self.line = line
        self.id = id
        self.reason = reason
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ImportReject>) throws(WireError) {
        line = raw.pointee.line
        id = try raw.pointee.id.string("id")
        reason = try raw.pointee.reason.string("reason")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ImportReject> {
        let raw = try arena.make(bespoke__v1__import_reject__init)
        raw.pointee.line = line
        raw.pointee.id = try arena.text(id)
        raw.pointee.reason = try arena.text(reason)
        return raw
    }
}

/// What became of an import.
package struct ImportProfilesResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ImportProfilesResponse", bespoke__v1__import_profiles_response__unpack)

    /// Profiles written, or that would be in a dry run.
    package var written: UInt64
    package var rejected: UInt64
    /// The first 1,000.
    package var rejects: [ImportReject]
    /// Whether anything was written.
    package var committed: Bool

    package init(written: UInt64, rejected: UInt64, rejects: [ImportReject], committed: Bool) {
        self.written = written
        self.rejected = rejected
        self.rejects = rejects
        self.committed = committed
    }
}

extension ImportProfilesResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ImportProfilesResponse>) throws(WireError) {
        written = raw.pointee.written
        rejected = raw.pointee.rejected
        rejects = try decodedList(raw.pointee.rejects, raw.pointee.n_rejects, "rejects")
        committed = raw.pointee.committed != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ImportProfilesResponse> {
        let raw = try arena.make(bespoke__v1__import_profiles_response__init)
        raw.pointee.written = written
        raw.pointee.rejected = rejected
        raw.pointee.n_rejects = rejects.count
        raw.pointee.rejects = try arena.list(rejects)
        raw.pointee.committed = committed ? 1 : 0
        return raw
    }
}
