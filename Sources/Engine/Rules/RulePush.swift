package import Ruleset

/// A push as its caller describes it.
package struct RulePush: Sendable {
    /// What `expectedRevision` says when nothing may be served yet.
    package static let noRevision = "none"

    package var files: [RuleFile]
    /// As the caller says, for the history.
    package var author = ""
    package var reason = ""
    /// Push only if this is what is served; empty for whatever is, `none` for nothing.
    package var expectedRevision = ""
    /// Whether everybody has the arm again that they had with these files.
    package var restores = false
    /// The number of the push that these files are from; 0 for the newest of that revision.
    package var restoredPush: UInt64 = 0
    /// The revision whose push these files take back; empty for none.
    package var reverts = ""
    /// Who it is, as the system says; empty when it is not known.
    package var peer = ""

    /// A push that restores nothing.
    package init(files: [RuleFile], author: String = "", reason: String = "") {
        (self.files, self.author, self.reason) = (files, author, reason)
    }

    /// - Parameter served: The revision that is served; empty for none.
    /// - Throws: `.conflict` when it is not the one that this push was made from.
    func check(served: String) throws(EngineError) {
        let expected = expectedRevision == Self.noRevision ? "" : expectedRevision
        guard !expectedRevision.isEmpty, expected != served else { return }
        throw EngineError(
            .conflict,
            "the revision served is \(served.isEmpty ? "none" : served), not \(expectedRevision); look at what changed and push again"
        )
    }
}
