internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Ruleset
internal import Wire

/// `bespokectl rules history`.
struct RuleHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "List what was pushed when, by whom and why, the newest first.",
        discussion: "The first is served. The newest thousand pushes are kept.")

    @Option(help: "At most that many.") var limit: Int?
    @OptionGroup var options: GlobalOptions

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
            "/bespoke.v1.AdminService/ListRevisions", ListRevisionsRequest(limit: UInt32(limit)), isIdempotent: true)
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
            with it. `bespokectl rules diff` with `rules show --revision` says beforehand what changes.
            """)

    @Argument(help: "The revision, or its first digits. (default: the one before the one that is served)")
    var revision: String?
    @Option(help: "Who rolls back, for the history. (default: the login name)") var author: String?
    @Option(help: "Why, for the history.") var reason: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let author = author ?? Console.environment("USER") ?? Console.environment("LOGNAME") ?? ""
        try await options.withDaemon { daemon in
            let history = try await RuleHistory.list(daemon)
            let target = try Self.target(revision, in: history)
            let old: GetRulesResponse = try await daemon.call(
                "/bespoke.v1.AdminService/GetRules", GetRulesRequest(revision: target), isIdempotent: true)
            let request = PushRulesRequest(
                files: old.files, author: author, reason: reason ?? "rollback to \(target)",
                expectedRevision: history.revisions.first?.revision ?? "", restores: true)
            let response: PushRulesResponse = try await daemon.call(
                "/bespoke.v1.AdminService/PushRules", request, isIdempotent: false)
            options.show(json: response.json) { style in
                CheckedFolder.text(
                    response.diagnostics, files: old.files.map { RuleFile(path: $0.path, content: $0.content) })
                    + ReportText.failures(response.testFailures, style: style)
                    + RuleText.pushed(response, style: style)
            }
            guard response.accepted else { throw Failure.said }
        }
    }

    private static func target(_ start: String?, in history: ListRevisionsResponse) throws(Failure) -> String {
        let served = history.revisions.first?.revision ?? ""
        if let start {
            let revision = try RuleHistory.revision(start, in: history)
            guard revision != served else { throw Failure("FAILED_PRECONDITION", "\(revision) is served already") }
            return revision
        }
        guard let before = history.revisions.first(where: { $0.revision != served }) else {
            throw Failure("FAILED_PRECONDITION", "nothing else was served before")
        }
        return before.revision
    }
}
