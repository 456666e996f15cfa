/// A table that event loops read without waiting, so that what a write takes out is freed later.
package protocol RetiringTable: Sendable {
    /// What writes have taken out.
    associatedtype Retired: RetiredBatch

    /// Hands over what has been retired since the last call; dropping it leaks memory.
    func takeRetired() -> Retired

    /// Frees what `takeRetired` handed over.
    ///
    /// - Precondition: Each event loop has run a task since, and no other thread holds what is from before.
    func free(_ retired: Retired)
}

/// Memory that is no longer reachable, but that readers may still be looking at.
package protocol RetiredBatch: Sendable {
    /// Whether there is nothing to free.
    var isEmpty: Bool { get }
}

extension ProfileTable: RetiringTable {}
extension ProfileTable.Retired: RetiredBatch {}
extension RecordTable: RetiringTable {}
extension RecordTable.Retired: RetiredBatch {}
