internal import Ledger
internal import Store
internal import Model
internal import Profiles

/// What the erased had denied, where the rules say that it is to hold when they return (`keep_objections`).
///
/// By a digest of the id under a key of this daemon: who reads the journal without knowing an id learns nothing of anybody. Each is a record
/// of behaviour that holds nothing but the denials, and stands in for the one that a person does not have. Writers hold the behaviour
/// store's lock; event loops read without waiting.
final class Objections: Sendable {
    static let keyPrefix = Array("objection.".utf8)
    static let secretKey = Array("objections.secret".utf8)

    /// What event loops read.
    let held = ObjectionTable()

    /// For giving back what is retired.
    var records: RecordTable { held.records }

    private var table: RecordTable { held.records }

    func load(_ ledger: Ledger) throws(StoreError) {
        guard let stored = try ledger.get(.meta, key: Self.secretKey) else { return }
        held.secret = stored.reduce(0) { $0 << 8 | UInt64($1) }
        try ledger.scan(.meta, from: Self.keyPrefix) { key, value in
            guard key.starts(with: Self.keyPrefix) else { return false }
            Array(key.dropFirst(Self.keyPrefix.count)).withUnsafeBufferPointer { table.put($0, value) }
            return true
        }
    }

    /// As `ObjectionTable.find`.
    func find(_ id: UnsafeBufferPointer<UInt8>) -> BehaviourView? { held.find(id) }

    /// Keeps the denials of a person for when they return under any of the ids, or forgets those that were kept when there are none.
    func keep(
        _ denials: [Behaviour.Consent], of ids: [String], in changes: inout Changes, _ undo: inout RecordUndo
    ) {
        guard !denials.isEmpty || !table.isEmpty else { return }
        // Written again as long as nothing needs it: the write that had it first may have been refused.
        if table.count == 0 {
            if held.secret == 0 { held.secret = .random(in: 1 ... .max) }
            changes.append(.objectionSecret(key: Self.secretKey, secret: held.secret.bigEndianBytes))
        }
        var behaviour = Behaviour()
        (behaviour.version, behaviour.consents) = (1, denials)
        let payload = behaviour.encoded()
        for id in ids {
            let digest = digest(id)
            if denials.isEmpty {
                _ = undo.remove(digest, from: table)
                changes.append(.objection(key: Self.keyPrefix + digest, record: nil))
            } else {
                undo.put(digest, payload, in: table)
                changes.append(.objection(key: Self.keyPrefix + digest, record: payload))
            }
        }
    }

    private func digest(_ id: String) -> [UInt8] {
        let hash = Array(id.utf8).withUnsafeBytes { Hash.of($0, seed: held.secret) }
        return hash.high.bigEndianBytes + hash.low.bigEndianBytes
    }
}
