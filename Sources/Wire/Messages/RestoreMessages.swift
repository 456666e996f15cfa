internal import CBespokeProto
package import Model

/// Who is to be brought back: `bespoke.v1.RestoreProfileRequest`.
package struct RestoreProfileRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.RestoreProfileRequest", bespoke__v1__restore_profile_request__unpack)

    package var backupDirectory = ""
    /// 0 for the newest.
    package var generation: UInt64 = 0
    package var id = ""

    package init() {}
}

extension RestoreProfileRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__RestoreProfileRequest>) throws(WireError) {
        self.init()
        backupDirectory = try raw.pointee.backup_directory.string("backup_directory")
        generation = raw.pointee.generation
        id = try raw.pointee.id.string("id")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__RestoreProfileRequest> {
        let raw = try arena.make(bespoke__v1__restore_profile_request__init)
        raw.pointee.backup_directory = try arena.text(backupDirectory)
        raw.pointee.generation = generation
        raw.pointee.id = try arena.text(id)
        return raw
    }
}

/// What came back: `bespoke.v1.RestoreProfileResponse`.
package struct RestoreProfileResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.RestoreProfileResponse", bespoke__v1__restore_profile_response__unpack)

    package var ids: [String] = []
    package var hadProfile = false
    package var hadBehaviour = false
    package var events: UInt64 = 0
    package var consents: UInt64 = 0
    package var generation: UInt64 = 0
    package var takenAt: Timestamp?

    package init() {}
}

extension RestoreProfileResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__RestoreProfileResponse>) throws(WireError) {
        self.init()
        ids = try decodedTexts(raw.pointee.ids, raw.pointee.n_ids, "ids")
        hadProfile = raw.pointee.had_profile != 0
        hadBehaviour = raw.pointee.had_behaviour != 0
        (events, consents, generation) = (raw.pointee.events, raw.pointee.consents, raw.pointee.generation)
        takenAt = try decodedTime(raw.pointee.taken_at, "taken_at")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__RestoreProfileResponse> {
        let raw = try arena.make(bespoke__v1__restore_profile_response__init)
        (raw.pointee.n_ids, raw.pointee.ids) = (ids.count, try arena.texts(ids))
        raw.pointee.had_profile = hadProfile ? 1 : 0
        raw.pointee.had_behaviour = hadBehaviour ? 1 : 0
        (raw.pointee.events, raw.pointee.consents, raw.pointee.generation) = (events, consents, generation)
        raw.pointee.taken_at = try arena.time(takenAt, "taken_at")
        return raw
    }
}
