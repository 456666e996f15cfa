internal import Ledger
package import Model
internal import Profiles

/// A change of who is who: two ids turn out to be one person's, or one becomes a person's own again. A value, applied by
/// `BehaviourRecorder.apply`, and by nothing else.
package struct PersonChange: Sendable {
    /// What happens to the id.
    package enum Kind: Sendable {
        /// Somebody who has no other id signs in: the id becomes another one of that person. Refused for whoever belongs to somebody else:
        /// two people share a browser more often than one has two names.
        case alias(of: String)
        /// The person who has this id and the one who has that become one, kept under the latter.
        case merge(into: String)
        /// The id is a person's own again.
        case undo
    }

    package var id: String
    package var kind: Kind
    package var time: Timestamp

    /// A change that happens at a time.
    package init(id: String, kind: Kind, time: Timestamp) { (self.id, self.kind, self.time) = (id, kind, time) }

    /// A merge can be undone for that long; what is kept for that is then forgotten.
    package static let undoMicroseconds: Int64 = 30 * 86_400_000_000
}

/// Who somebody is after a change.
package struct PersonOutcome: Sendable {
    /// The id under which everything is kept.
    package var id: String
    package var others: [String]
    /// Whether anything has changed.
    package var hasChanged = true
    /// Nil for what has been undone, or has not changed.
    package var undoableUntil: Timestamp?
}

/// What a change does to profiles and ids, in memory and on disk.
struct PersonPublication {
    /// Whose profile takes the place of the stored one; nil to remove that.
    var profiles: [(id: String, record: [UInt8]?)] = []
    var records: [(key: [UInt8], record: MergeRecord?)] = []
    /// What else is written.
    var changes: [Change] = []
    /// Whose behaviour goes.
    var removed: [String] = []
    let table: ProfileTable
    let link: @Sendable (AliasTable, inout RecordUndo) -> Void

    func run(_ store: BehaviourStore, _ changes: inout Changes, _ undo: inout RecordUndo) -> ProfileUndo {
        var former = ProfileUndo()
        for (id, record) in profiles {
            guard let record else { continue }
            do throws(ProfileError) {
                try former.replace(id, with: record, in: table)
            } catch {
                preconditionFailure("what was made of stored profiles can be read: \(error)")
            }
            changes.append(.profile(.visitor, id: Array(id.utf8), record: record))
        }
        link(store.aliases, &undo)
        for (id, record) in profiles where record == nil {
            // Nothing that is not there needs to go.
            _ = try? former.delete(id, from: table)
            changes.append(.profile(.visitor, id: Array(id.utf8), record: nil))
        }
        for id in removed {
            let key = Array(id.utf8)
            _ = undo.remove(key, from: store.visitors)
            changes.append(.behaviour(.visitor, id: key, record: nil))
        }
        for change in self.changes { changes.append(change) }
        for (key, record) in records { changes.append(.merge(key: key, record: record?.encoded())) }
        return former
    }
}
