internal import Decisioning
package import Messages
package import Model
package import Ruleset

/// What pushes, rollbacks and reverts share.
package enum RulePushing {
    private static let firstWord = Duration.seconds(1)
    private static let nextWord = Duration.seconds(10)

    /// Pushes, and waits as long as the daemon works: a push that is under way takes effect whoever waits for it, so giving up would only
    /// hide what became of it.
    ///
    /// - Parameter note: Gets what there is to say while it takes long.
    /// - Throws: `Failure`, `CallFailure`.
    package static func push(
        _ request: PushRulesRequest, _ daemon: any DaemonCalling, note: @escaping @Sendable (String) -> Void
    ) async throws -> PushRulesResponse {
        let start = ContinuousClock.now
        let telling = Task {
            var pause = firstWord
            while (try? await Task.sleep(for: pause)) != nil {
                let seconds = (ContinuousClock.now - start).components.seconds
                note("the daemon is checking and publishing the rules (\(seconds) s); ends with Ctrl-C\n")
                pause = nextWord
            }
        }
        defer { telling.cancel() }
        let call = try await daemon.open(Methods.Admin.pushRules)
        do {
            try await call.send(request)
            return try await call.finish()
        } catch let error as any CallFailure where ["UNAVAILABLE", "CANCELLED"].contains(error.codeName) {
            throw Failure(
                error.codeName,
                "\(error.message); whether the rules are served is not known: `bespokectl rules history` says",
                kind: error.isUnreachable ? .unreachable : .refused)
        }
    }

    /// The rules that are served.
    ///
    /// - Throws: `CallFailure`.
    package static func served(_ daemon: any DaemonCalling) async throws -> GetRulesResponse {
        try await rules(of: "", daemon)
    }

    /// The same.
    ///
    /// - Returns: nil when no rule set is served yet.
    /// - Throws: `CallFailure`.
    package static func servedIfAny(_ daemon: any DaemonCalling) async throws -> GetRulesResponse? {
        do {
            return try await served(daemon)
        } catch let error as any CallFailure
            where ["NOT_FOUND", "UNAVAILABLE"].contains(error.codeName) && !error.isUnreachable
        {
            // A daemon that is ready says which rules it serves: this one has none.
            let status: GetStatusResponse = try await daemon.call(
                Methods.Admin.getStatus, GetStatusRequest(), isIdempotent: true)
            guard status.revision.isEmpty else { throw error }
            return nil
        }
    }

    /// - Parameter revision: Empty for what is served.
    package static func rules(of revision: String, _ daemon: any DaemonCalling) async throws -> GetRulesResponse {
        try await daemon.call(
            Methods.Admin.getRules, GetRulesRequest(revision: revision), isIdempotent: true)
    }

    /// What was pushed, the newest first.
    ///
    /// - Throws: `CallFailure`.
    package static func history(_ daemon: any DaemonCalling) async throws -> ListRevisionsResponse {
        try await daemon.call(Methods.Admin.listRevisions, ListRevisionsRequest(), isIdempotent: true)
    }

    /// What changes from some rules to others, for a terminal; empty where nothing does, or one of them cannot be read.
    package static func difference(from old: RuleFiles, to new: RuleFiles) -> String {
        printable((try? RuleSetDifference(from: old, to: new))?.text() ?? "")
    }

    /// Each line made safe for a terminal.
    package static func printable(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Style.printable(String($0)) }
            .joined(separator: "\n")
    }
}

extension GetRulesResponse {
    /// Its files, as rules.
    package var ruleFiles: [RuleFile] { files.map { RuleFile(path: $0.path, content: $0.content) } }

    /// The file that says which units have which arm; empty without one.
    package var arms: [UInt8] { files.first { $0.path == AllocationBook.path }?.content ?? [] }
}

/// What was pushed between the revision that a folder was made from and the one that is served.
package struct RulesBetween {
    /// The revision that the folder was made from.
    package let base: String
    /// What is served.
    package let served: GetRulesResponse
    /// The newest first; empty when the daemon never had the base.
    package let pushes: [RevisionMessage]
    /// From the base, or from the folder where the daemon does not know the base, to what is served.
    package let difference: RuleSetDifference?
    /// Whether the daemon has ever served the base, and still knows.
    package let isBaseKnown: Bool

    /// - Throws: `CallFailure`.
    package init(base: String, folder: [RuleFile], _ daemon: any DaemonCalling) async throws {
        self.base = base
        served = try await RulePushing.served(daemon)
        let history = try await RulePushing.history(daemon).revisions
        let position = history.firstIndex { $0.revision == base }
        isBaseKnown = position != nil
        pushes = position.map { Array(history[..<$0]) } ?? []
        let old = isBaseKnown ? try await RulePushing.rules(of: base, daemon).ruleFiles : folder
        difference = try? RuleSetDifference(from: old, to: served.ruleFiles)
    }

    /// What a push of the folder would have answered that has become what is served, as after one whose answer was lost.
    ///
    /// - Returns: nil where something else is served.
    package func answer(asPushed files: [RuleFile]) -> PushRulesResponse? {
        let check = RuleCheck(files, after: RuleCheck(served.ruleFiles, today: nil).book, today: nil)
        guard check.isAccepted, check.ruleSet?.revision.digest == served.revision else { return nil }
        var response = PushRulesResponse(
            accepted: true, revision: served.revision, previousRevision: served.revision,
            diagnostics: [], testFailures: [], tests: UInt32(check.ruleSet?.tests.count ?? 0))
        response.allocations = served.arms
        return response
    }

    /// - Returns: Lines, each with a line end.
    package func text(_ style: Style) -> String {
        let head =
            isBaseKnown
            ? "The folder was made from revision \(base); since then others have pushed:\n"
            : base == FolderRevision.noRevision
                ? "The folder was begun anew, and revision \(served.revision) is served.\n"
                : "The folder was made from revision \(base), which this daemon has never served or has forgotten.\n"
        let list = pushes.isEmpty ? "" : ReportText.pushes(pushes)
        guard let words = difference?.text() else { return head + list }
        let intro = isBaseKnown ? "What they changed:" : "What is served has, compared with the folder:"
        return head + list
            + (words.isEmpty ? "The rules say the same.\n" : "\(intro)\n\(RulePushing.printable(words))")
    }

    /// What a refused push prints for programs.
    package var json: JSON {
        .object([
            .init("accepted", .bool(false)), .init("revision", .string("")),
            .init("previousRevision", .string(served.revision)), .init("madeFrom", .string(base)),
            .init("changes", difference.map(DifferenceText.changes) ?? .array([])),
        ])
    }
}
