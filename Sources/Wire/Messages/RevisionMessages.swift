internal import CBespokeProto
package import Model

/// Asks what was pushed.
package struct ListRevisionsRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ListRevisionsRequest", bespoke__v1__list_revisions_request__unpack)

    /// 0 for all.
    package var limit: UInt32

    package init(limit: UInt32 = 0) { self.limit = limit }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ListRevisionsRequest>) throws(WireError) {
        limit = raw.pointee.limit
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ListRevisionsRequest> {
        let raw = try arena.make(bespoke__v1__list_revisions_request__init)
        raw.pointee.limit = limit
        return raw
    }
}

/// What was pushed, the newest first.
package struct ListRevisionsResponse: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ListRevisionsResponse", bespoke__v1__list_revisions_response__unpack)

    package var revisions: [RevisionMessage]

    package init(revisions: [RevisionMessage]) { self.revisions = revisions }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ListRevisionsResponse>) throws(WireError) {
        revisions = try decodedList(raw.pointee.revisions, raw.pointee.n_revisions, "revisions")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ListRevisionsResponse> {
        let raw = try arena.make(bespoke__v1__list_revisions_response__init)
        raw.pointee.n_revisions = revisions.count
        raw.pointee.revisions = try arena.list(revisions)
        return raw
    }
}

/// One push.
package struct RevisionMessage: Sendable, Hashable, MappedMessage {
    package var revision: String
    package var pushedAt: Timestamp?
    package var author: String
    package var reason: String
    /// Of the push: from 1, growing; 0 from a daemon that does not say.
    package var number: UInt64 = 0
    /// The number of the push that this one restored; 0 for none.
    package var restoredPush: UInt64 = 0
    /// The revision whose push this one took back; empty for none.
    package var reverts = ""
    /// Who pushed, as the daemon's system says; empty when it is not known.
    package var peer = ""

    package init(revision: String, pushedAt: Timestamp?, author: String, reason: String) {
        (self.revision, self.pushedAt, self.author, self.reason) = (revision, pushedAt, author, reason)
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Revision>) throws(WireError) {
        revision = try raw.pointee.revision.string("revision")
        pushedAt = try decodedTime(raw.pointee.pushed_at, "pushed_at")
        author = try raw.pointee.author.string("author")
        reason = try raw.pointee.reason.string("reason")
        (number, restoredPush) = (raw.pointee.number, raw.pointee.restored_push)
        reverts = try raw.pointee.reverts.string("reverts")
        peer = try raw.pointee.peer.string("peer")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Revision> {
        let raw = try arena.make(bespoke__v1__revision__init)
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.pushed_at = try arena.time(pushedAt, "pushed_at")
        raw.pointee.author = try arena.text(author)
        raw.pointee.reason = try arena.text(reason)
        (raw.pointee.number, raw.pointee.restored_push) = (number, restoredPush)
        raw.pointee.reverts = try arena.text(reverts)
        raw.pointee.peer = try arena.text(peer)
        return raw
    }
}
