internal import CBespokeProto
package import Model

/// Which id is another one of whom: `bespoke.v1.MergeProfilesRequest`.
package struct MergeProfilesRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.MergeProfilesRequest", bespoke__v1__merge_profiles_request__unpack)

    package var aliasID: String
    package var id: String

    package init(aliasID: String, id: String) {
        self.aliasID = aliasID
        self.id = id
    }
}

extension MergeProfilesRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__MergeProfilesRequest>) throws(WireError) {
        self.init(aliasID: try raw.pointee.alias_id.string("alias_id"), id: try raw.pointee.id.string("id"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__MergeProfilesRequest> {
        let raw = try arena.make(bespoke__v1__merge_profiles_request__init)
        raw.pointee.alias_id = try arena.text(aliasID)
        raw.pointee.id = try arena.text(id)
        return raw
    }
}

/// Which id is to be a person's own again: `bespoke.v1.UndoMergeRequest`.
package struct UndoMergeRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.UndoMergeRequest", bespoke__v1__undo_merge_request__unpack)

    package var id: String

    package init(id: String) {
        self.id = id
    }
}

extension UndoMergeRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__UndoMergeRequest>) throws(WireError) {
        self.init(id: try raw.pointee.id.string("id"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__UndoMergeRequest> {
        let raw = try arena.make(bespoke__v1__undo_merge_request__init)
        raw.pointee.id = try arena.text(id)
        return raw
    }
}

/// Who somebody is now: `bespoke.v1.MergeProfilesResponse`.
package struct MergeProfilesResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.MergeProfilesResponse", bespoke__v1__merge_profiles_response__unpack)

    package var id = ""
    package var otherIDs: [String] = []
    package var changed = false
    package var undoableUntil: Timestamp?

    package init() {}
}

extension MergeProfilesResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__MergeProfilesResponse>) throws(WireError) {
        self.init()
        id = try raw.pointee.id.string("id")
        otherIDs = try decodedTexts(raw.pointee.other_ids, raw.pointee.n_other_ids, "other_ids")
        changed = raw.pointee.changed != 0
        undoableUntil = try decodedTime(raw.pointee.undoable_until, "undoable_until")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__MergeProfilesResponse> {
        let raw = try arena.make(bespoke__v1__merge_profiles_response__init)
        raw.pointee.id = try arena.text(id)
        (raw.pointee.n_other_ids, raw.pointee.other_ids) = (otherIDs.count, try arena.texts(otherIDs))
        raw.pointee.changed = changed ? 1 : 0
        raw.pointee.undoable_until = try arena.time(undoableUntil, "undoable_until")
        return raw
    }
}
