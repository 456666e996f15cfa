internal import Ruleset

/// A push as its caller describes it.
struct RulePush: Sendable {
    /// What `expectedRevision` says when nothing may be served yet.
    static let noRevision = "none"

    var files: [RuleFile]
    /// As the caller says, for the history.
    var author = ""
    var reason = ""
    /// Push only if this is what is served; empty for whatever is, `none` for nothing.
    var expectedRevision = ""
    /// Whether everybody has the arm again that they had with these files.
    var restores = false
    /// The number of the push that these files are from; 0 for the newest of that revision.
    var restoredPush: UInt64 = 0
    /// The revision whose push these files take back; empty for none.
    var reverts = ""
    /// Who it is, as the system says; empty when it is not known.
    var peer = ""

    /// - Parameter served: The revision that is served; empty for none.
    /// - Throws: `.conflict` when it is not the one that this push was made from.
    func check(served: String) throws(DaemonError) {
        let expected = expectedRevision == Self.noRevision ? "" : expectedRevision
        guard !expectedRevision.isEmpty, expected != served else { return }
        throw DaemonError(
            .conflict,
            "the revision served is \(served.isEmpty ? "none" : served), not \(expectedRevision); look at what changed and push again"
        )
    }
}
