internal import Decisioning

/// What a rule folder keeps beside its rules: the revision that it was made from, and the arms that belong to it.
package struct RuleFolderState {
    private let folder: String
    private let daemon: String
    private var revisions: FolderRevision

    /// - Parameter daemon: Its address.
    /// - Throws: `Failure` with the line of a file that is not as it was written.
    package init(_ folder: String, daemon: String) throws(Failure) {
        (self.folder, self.daemon) = (folder, daemon.split(separator: " ").joined())
        let path = folder + "/" + FolderRevision.fileName
        guard let content = try Files.contentIfThere(path, bytesMax: FolderRevision.bytesMax) else {
            revisions = FolderRevision()
            return
        }
        switch FolderRevision.parse(String(decoding: content, as: UTF8.self)) {
        case .success(let revisions): self.revisions = revisions
        case .failure(let error):
            throw Failure(
                "INVALID_ARGUMENT",
                "\(path):\(error.line): this is not an address and a revision; take the file from your repository, or delete it"
            )
        }
    }

    /// nil when the folder does not say; `none` when it was begun anew.
    package var revision: String? { revisions.revision(of: daemon) }

    /// Notes what the folder is the same as now.
    package mutating func set(_ revision: String) throws(Failure) {
        revisions.set(revision, of: daemon)
        try Files.replaceWhole(folder + "/" + FolderRevision.fileName, Array(revisions.text.utf8))
    }

    /// Says that a new folder was made from no revision, whatever the daemon.
    package static func begin(_ folder: String) throws(Failure) {
        var revisions = FolderRevision()
        revisions.set(FolderRevision.noRevision, of: FolderRevision.anyDaemon)
        try Files.replaceWhole(folder + "/" + FolderRevision.fileName, Array(revisions.text.utf8))
    }

    /// Makes the folder the set that was pushed: writes the file of arms that belongs to the revision, or removes one that says no more than
    /// the weights.
    ///
    /// - Parameter content: Of the file; empty for none.
    /// - Returns: What was done, for people; nil when the folder is as it was.
    package func keepArms(_ content: [UInt8]) throws(Failure) -> String? {
        let path = folder + "/" + AllocationBook.path
        let before = try Files.contentIfThere(path, bytesMax: Int.max)
        guard !content.isEmpty else {
            guard before != nil else { return nil }
            try Files.remove(path)
            return "removed \(AllocationBook.path): the weights alone say the same now; commit that"
        }
        guard before != content else { return nil }
        try Files.replaceWhole(path, content)
        return "wrote \(AllocationBook.path), which says who has which arm; commit it with the rules"
    }
}
