internal import CBespokeProto
package import Model

/// Who is to be forgotten: `bespoke.v1.EraseProfileRequest`.
package struct EraseProfileRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.EraseProfileRequest", bespoke__v1__erase_profile_request__unpack)

    package var kind: ProfileKind
    package var id: String

    package init(kind: ProfileKind, id: String) {
        self.kind = kind
        self.id = id
    }
}

extension EraseProfileRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EraseProfileRequest>) throws(WireError) {
        self.init(kind: try ProfileKind(raw.pointee.kind), id: try raw.pointee.id.string("id"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EraseProfileRequest> {
        let raw = try arena.make(bespoke__v1__erase_profile_request__init)
        raw.pointee.kind = kind.raw
        raw.pointee.id = try arena.text(id)
        return raw
    }
}

/// What was forgotten: `bespoke.v1.EraseProfileResponse`.
package struct EraseProfileResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.EraseProfileResponse", bespoke__v1__erase_profile_response__unpack)

    package var receipt = ""
    package var erasedAt: Timestamp?
    package var hadProfile = false
    package var hadBehaviour = false
    package var events: UInt64 = 0
    /// Backups that may still hold the data.
    package var backups: [BackupGenerationMessage] = []
    /// Links to the account that were removed.
    package var links: UInt64 = 0
    /// All ids of the person.
    package var ids: [String] = []

    package init() {}
}

extension EraseProfileResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EraseProfileResponse>) throws(WireError) {
        self.init()
        receipt = try raw.pointee.receipt.string("receipt")
        erasedAt = try decodedTime(raw.pointee.erased_at, "erased_at")
        hadProfile = raw.pointee.had_profile != 0
        hadBehaviour = raw.pointee.had_behaviour != 0
        events = raw.pointee.events
        links = raw.pointee.links
        ids = try decodedTexts(raw.pointee.ids, raw.pointee.n_ids, "ids")
        backups = try decodedList(raw.pointee.backups, raw.pointee.n_backups, "backups")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EraseProfileResponse> {
        let raw = try arena.make(bespoke__v1__erase_profile_response__init)
        raw.pointee.receipt = try arena.text(receipt)
        raw.pointee.erased_at = try arena.time(erasedAt, "erased_at")
        raw.pointee.had_profile = hadProfile ? 1 : 0
        raw.pointee.had_behaviour = hadBehaviour ? 1 : 0
        raw.pointee.events = events
        raw.pointee.links = links
        (raw.pointee.n_ids, raw.pointee.ids) = (ids.count, try arena.texts(ids))
        (raw.pointee.n_backups, raw.pointee.backups) = (backups.count, try arena.list(backups))
        return raw
    }
}
