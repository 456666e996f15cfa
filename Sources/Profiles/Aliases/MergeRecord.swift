package import Model

/// What the journal keeps of a merge under the id that became another id of a person; and, under the person's own id with
/// `ownPrefix` before it, what had been recorded under that one before anybody was merged into it.
package struct MergeRecord: Sendable, Equatable {
    /// What was kept of one id, so that it can be taken out again.
    package struct Part: Sendable, Equatable {
        /// An encoded `Behaviour`; empty for none.
        package var behaviour: [UInt8]
        /// A profile as the journal keeps it; empty for none.
        package var profile: [UInt8]

        /// By default nothing.
        package init(behaviour: [UInt8] = [], profile: [UInt8] = []) {
            self.behaviour = behaviour
            self.profile = profile
        }
    }

    /// The id under which the person was kept then; empty for what is kept of that one itself.
    package var parent: String
    package var time: Timestamp
    /// Nil once the merge can no longer be undone.
    package var part: Part?

    /// A merge.
    package init(parent: String, time: Timestamp, part: Part?) {
        self.parent = parent
        self.time = time
        self.part = part
    }

    /// No id begins with it.
    package static let ownPrefix: UInt8 = 1
    private static let format: UInt8 = 1

    /// Where what had been recorded under a person's own id is kept.
    package static func ownKey(_ id: String) -> [UInt8] { [ownPrefix] + Array(id.utf8) }

    // Format, parent, time (8 bytes), whether there are parts, behaviour and profile each with its length, XXH64.

    /// - Throws: `ProfileError.corrupt` for damage and for a newer format.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(ProfileError) {
        var reader = try CheckedCursor(checksummed: bytes, of: "a merge")
        let found = try reader.byte()
        guard found == Self.format else {
            throw .corrupt("a merge has format \(found), this version reads \(Self.format)")
        }
        parent = String(decoding: try reader.counted(), as: UTF8.self)
        guard let microseconds = Int64(exactly: try reader.varint()) else { throw reader.damaged("a bad time") }
        time = Timestamp(microseconds: microseconds)
        guard try reader.byte() == 1 else {
            part = nil
            guard reader.isAtEnd else { throw reader.damaged("bytes after the end") }
            return
        }
        let behaviour = Array(try reader.counted())
        let profile = Array(try reader.counted())
        guard reader.isAtEnd else { throw reader.damaged("bytes after the end") }
        guard behaviour.isEmpty || behaviour.withUnsafeBytes({ BehaviourView($0) != nil }) else {
            throw reader.damaged("behaviour that cannot be decoded")
        }
        part = Part(behaviour: behaviour, profile: profile)
    }

    /// The form that `init(decoding:)` reads.
    package func encoded() -> [UInt8] {
        let count = parent.utf8.count + (part.map { $0.behaviour.count + $0.profile.count } ?? 0)
        var writer = PackedWriter(capacity: count + 128)
        writer.byte(Self.format)
        Array(parent.utf8).withUnsafeBufferPointer { writer.counted($0) }
        // Merges happen after 1970.
        writer.varint(UInt64(clamping: time.microseconds))
        writer.byte(part == nil ? 0 : 1)
        if let part {
            part.behaviour.withUnsafeBufferPointer { writer.counted($0) }
            part.profile.withUnsafeBufferPointer { writer.counted($0) }
        }
        writer.checksum()
        precondition(!writer.overflowed, "there is room for what was counted")
        return Array(writer.contents)
    }
}
