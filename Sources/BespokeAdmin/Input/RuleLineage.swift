package import Messages

/// What a rollback goes back to.
package struct RuleLineage {
    private let revisions: [RevisionMessage]

    /// - Parameter revisions: The history, the newest first.
    package init(_ revisions: [RevisionMessage]) {
        self.revisions = revisions
    }

    /// The push before the one that is served, with other rules. Where a rollback is served, that is the one before the push which it
    /// restored, so that a second rollback goes one further back; nil when nothing else was served before.
    package var before: RevisionMessage? {
        guard var position = revisions.indices.first else { return nil }
        // Each step leads to an older push: an entry that names another is no help.
        while revisions[position].restoredPush > 0,
            let restored = revisions.firstIndex(where: { $0.number == revisions[position].restoredPush }),
            restored > position
        {
            position = restored
        }
        let served = revisions[0].revision
        return revisions[(position + 1)...].first { $0.revision != served }
    }
}
