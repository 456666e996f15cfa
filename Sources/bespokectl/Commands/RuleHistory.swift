internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl rules history`.
struct RuleHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "List what was pushed when, by whom and why, the newest first.",
        discussion: "The first is served. The newest thousand pushes are kept.")

    @Option(help: "At most that many.") var limit: Int?
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func validate() throws {
        guard limit.map({ (1...1_000).contains($0) }) ?? true else {
            throw ValidationError("--limit is from 1 to 1000.")
        }
    }

    func run() async throws {
        try await options.withDaemon { daemon in
            let history = try await Self.list(daemon, limit: limit ?? 0)
            options.show(json: history.json) { ReportText.history(history, style: $0) }
        }
    }

    static func list(_ daemon: Caller, limit: Int = 0) async throws -> ListRevisionsResponse {
        try await daemon.call(
            Methods.Admin.listRevisions, ListRevisionsRequest(limit: UInt32(limit)), isIdempotent: true)
    }

    /// - Parameter start: The first digits of a revision.
    /// - Throws: `Failure` when no push, or pushes of several revisions, begin so.
    static func revision(_ start: String, in history: ListRevisionsResponse) throws(Failure) -> String {
        let found = Set(history.revisions.map(\.revision).filter { $0.hasPrefix(start.lowercased()) })
        guard let revision = found.first, !start.isEmpty else {
            throw Failure("NOT_FOUND", "revision \(start): there is none; `bespokectl rules history` lists them")
        }
        guard found.count == 1 else {
            throw Failure("INVALID_ARGUMENT", "revision \(start): \(found.count) begin so; give more of its digits")
        }
        return revision
    }
}

/// `bespokectl rules rollback`.
struct RollBackRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Serve again what was served before.",
        discussion: """
            It is pushed like any rule set: checked, its tests run, and written to the history. Visitors have the arms again that they had \
            with it. A second rollback goes one further back. `bespokectl rules diff` with `rules show --revision` says beforehand what \
            changes; to take back one push and keep those that came after it, use `rules revert`.
            """)

    @Argument(
        help: "The revision, or its first digits. (default: the one before the one that is served)",
        completion: .revisions)
    var revision: String?
    @Option(help: "Who rolls back, for the history. (default: the login name)") var author: String?
    @Option(help: "Why, for the history.") var reason: String?
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let history = try await RuleHistory.list(daemon)
            let target = try Self.target(revision, in: history)
            let old = try await RulePushing.rules(of: target.revision, daemon)
            var request = PushRulesRequest(
                files: old.files, author: RulePushing.author(author),
                reason: reason ?? "rollback to \(target.revision)",
                expectedRevision: history.revisions.first?.revision ?? "", restores: true)
            request.restoredPush = target.number
            let response = try await RulePushing.push(request, daemon)
            options.show(json: response.json) { style in
                CheckedFolder.text(response.diagnostics, files: old.ruleFiles)
                    + ReportText.failures(response.testFailures, style: style)
                    + RuleText.pushed(response, style: style)
            }
            guard response.accepted else { throw Failure.said }
        }
    }

    private static func target(_ start: String?, in history: ListRevisionsResponse) throws(Failure) -> RevisionMessage {
        let served = history.revisions.first?.revision ?? ""
        if let start {
            let revision = try RuleHistory.revision(start, in: history)
            guard revision != served else { throw Failure("FAILED_PRECONDITION", "\(revision) is served already") }
            guard let push = history.revisions.first(where: { $0.revision == revision }) else {
                throw Failure("NOT_FOUND", "revision \(start): there is none")
            }
            return push
        }
        guard let before = RuleLineage(history.revisions).before else {
            throw Failure("FAILED_PRECONDITION", "nothing else was served before")
        }
        return before
    }
}

/// `bespokectl rules revert`.
struct RevertRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert", abstract: "Take one push back and keep what came after it.",
        discussion: """
            What that push changed is taken out of the rules that are served, line by line, and the result is pushed: checked, tested and \
            written to the history. Where a later push has changed the same lines, they are shown and nothing is pushed. Your own folder \
            does not change by that: take it anew with `rules show --to`.
            """)

    @Argument(help: "The revision whose push is taken back, or its first digits.", completion: .revisions)
    var revision: String
    @Option(help: "Who takes it back, for the history. (default: the login name)") var author: String?
    @Option(help: "Why, for the history.") var reason: String?
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            let history = try await RuleHistory.list(daemon)
            let wanted = try RuleHistory.revision(revision, in: history)
            guard let place = history.revisions.firstIndex(where: { $0.revision == wanted }),
                place + 1 < history.revisions.count
            else {
                throw Failure("FAILED_PRECONDITION", "\(wanted): it is not known what was served before it")
            }
            let pushed = try await RulePushing.rules(of: wanted, daemon)
            let before = try await RulePushing.rules(of: history.revisions[place + 1].revision, daemon)
            let served = try await RulePushing.served(daemon)
            let reverted = RevertedPush(of: pushed, before: before, in: served)
            guard !reverted.isInConflict else {
                options.show(json: reverted.json) { _ in reverted.text }
                throw Failure(
                    "ABORTED",
                    "nothing was pushed: later pushes have changed the same lines; change them by hand, from `rules show --to FOLDER`"
                )
            }
            guard reverted.changesAnything else {
                throw Failure("FAILED_PRECONDITION", "nothing of \(wanted) is served any more")
            }
            var request = PushRulesRequest(
                rules: reverted.files, author: RulePushing.author(author), reason: reason ?? "revert of \(wanted)",
                expectedRevision: served.revision)
            request.reverts = wanted
            let response = try await RulePushing.push(request, daemon)
            options.show(json: response.json) { style in
                CheckedFolder.text(response.diagnostics, files: reverted.files)
                    + ReportText.failures(response.testFailures, style: style)
                    + RuleText.pushed(response, style: style)
            }
            guard response.accepted else { throw Failure.said }
        }
    }
}
