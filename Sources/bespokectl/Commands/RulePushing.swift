internal import BespokeAdmin
internal import BespokeClient
internal import Decisioning
internal import Messages
internal import Model
internal import Ruleset

/// What pushes, rollbacks and reverts share.
enum RulePushing {
    private static let firstWord = Duration.seconds(1)
    private static let nextWord = Duration.seconds(10)

    /// Pushes, and waits as long as the daemon works: a push that is under way takes effect whoever waits for it, so giving up would only
    /// hide what became of it.
    static func push(_ request: PushRulesRequest, _ daemon: Caller) async throws -> PushRulesResponse {
        let start = ContinuousClock.now
        let telling = Task {
            var pause = firstWord
            while (try? await Task.sleep(for: pause)) != nil {
                let seconds = (ContinuousClock.now - start).components.seconds
                Console.error("the daemon is checking and publishing the rules (\(seconds) s); ends with Ctrl-C\n")
                pause = nextWord
            }
        }
        defer { telling.cancel() }
        let call: Upload<PushRulesRequest, PushRulesResponse> = try await daemon.upload(
            Methods.Admin.pushRules)
        do throws(BespokeError) {
            try await call.send(request)
            return try await call.finish()
        } catch {
            guard error.code == .unavailable || error.code == .cancelled else { throw error }
            throw Failure(
                error.code.rawValue,
                "\(error.message); whether the rules are served is not known: `bespokectl rules history` says",
                kind: error.isUnreachable ? .unreachable : .refused)
        }
    }

    /// Shows what a push changes and asks on a terminal whether that is meant.
    ///
    /// - Parameters:
    ///   - difference: In words; nothing is asked where nothing changes.
    ///   - yes: Whether it was said on the command line that it is.
    ///   - mustAsk: Whether nothing may be pushed where nobody can be asked.
    /// - Throws: `Failure` when nobody can be asked.
    static func isConfirmed(_ difference: String, yes: Bool, mustAsk: Bool) throws(Failure) -> Bool {
        guard !yes, !difference.isEmpty else { return true }
        guard Console.canAsk else {
            guard mustAsk else { return true }
            Console.error(difference)
            throw Failure("FAILED_PRECONDITION", "nothing was pushed: there is no terminal to ask on; add --yes")
        }
        Console.error(difference)
        return Console.ask("Push this?")
    }

    static func served(_ daemon: Caller) async throws -> GetRulesResponse {
        try await rules(of: "", daemon)
    }

    /// - Parameter revision: Empty for what is served.
    static func rules(of revision: String, _ daemon: Caller) async throws -> GetRulesResponse {
        try await daemon.call(
            Methods.Admin.getRules, GetRulesRequest(revision: revision), isIdempotent: true)
    }

    /// Whoever is logged in, for the history.
    static func author(_ given: String?) -> String {
        given ?? Console.environment("USER") ?? Console.environment("LOGNAME") ?? ""
    }

    /// Each line made safe for a terminal.
    static func printable(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Style.printable(String($0)) }
            .joined(separator: "\n")
    }
}

extension GetRulesResponse {
    var ruleFiles: [RuleFile] { files.map { RuleFile(path: $0.path, content: $0.content) } }
}

/// What was pushed between the revision that a folder was made from and the one that is served.
struct RulesBetween {
    let base: String
    let served: GetRulesResponse
    /// The newest first; empty when the daemon never had the base.
    let pushes: [RevisionMessage]
    /// From the base, or from the folder where the daemon does not know the base, to what is served.
    let difference: RuleSetDifference?
    let isBaseKnown: Bool

    init(base: String, folder: [RuleFile], _ daemon: Caller) async throws {
        self.base = base
        served = try await RulePushing.served(daemon)
        let history = try await RuleHistory.list(daemon).revisions
        let position = history.firstIndex { $0.revision == base }
        isBaseKnown = position != nil
        pushes = position.map { Array(history[..<$0]) } ?? []
        let old = isBaseKnown ? try await RulePushing.rules(of: base, daemon).ruleFiles : folder
        difference = try? RuleSetDifference(from: old, to: served.ruleFiles)
    }

    func text(_ style: Style) -> String {
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

    var json: JSON {
        .object([
            .init("accepted", .bool(false)), .init("revision", .string("")),
            .init("previousRevision", .string(served.revision)), .init("madeFrom", .string(base)),
            .init("changes", difference.map(DiffRules.changes) ?? .array([])),
        ])
    }
}
