package import Profiles
internal import Synchronization

/// What the erased had denied, by a digest of the id under a key of this daemon. Event loops read it without waiting.
package final class ObjectionTable: Sendable {
    /// Records of behaviour that hold nothing but the denials.
    package let records = RecordTable()

    private let key = Atomic<UInt64>(0)

    /// Nothing denied, and no key yet.
    package init() {}

    /// Of this daemon; 0 for none yet.
    package var secret: UInt64 {
        get { key.load(ordering: .relaxed) }
        set { key.store(newValue, ordering: .relaxed) }
    }

    /// The denials of somebody who was erased; allocates nothing.
    ///
    /// - Returns: Valid as `RecordTable.find` says.
    package func find(_ id: UnsafeBufferPointer<UInt8>) -> BehaviourView? {
        guard !records.isEmpty, id.count > 0 else { return nil }
        let hash = Hash.of(UnsafeRawBufferPointer(id), seed: secret)
        let digest = (hash.high.bigEndian, hash.low.bigEndian)
        return withUnsafeBytes(of: digest) { digest in
            records.find(digest.bindMemory(to: UInt8.self)).flatMap { BehaviourView($0.payload) }
        }
    }
}
