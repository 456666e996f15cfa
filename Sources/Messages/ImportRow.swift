internal import CBespokeProto
package import Model
internal import Wire

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
            let id = raw.pointee.profile.map { String(decoding: decodedBytes($0.pointee.id), as: UTF8.self) } ?? ""
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
