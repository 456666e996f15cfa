internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages

/// `bespokectl rules push`.
struct PushRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Check a rule folder on the daemon and serve it.",
        discussion: """
            A rule set with an error, or whose own tests fail, is refused; the one that is served serves on. So is a folder that was made \
            from another revision than the one that is served, for it would undo what somebody else has pushed: the file \
            .bespoke-revision says which, written by `rules show --to`, `rules new` and each push. The command waits until the daemon is \
            done, however long --timeout is; broken off before the rules are stored, nothing of the push takes effect.
            """)

    @Argument(help: "The folder with the rule set.", completion: .directory) var folder: String
    @Option(help: "Who pushes, for the history. (default: the login name)") var author: String?
    @Option(help: "Why, for the history.") var reason = ""
    @Option(
        help: "Push only if this revision is served, or `none`. (default: what the folder was made from)",
        completion: .revisions)
    var expectedRevision: String?
    @Flag(help: "Push whatever is served and whatever the folder was made from.") var force = false
    @Flag(help: "Change nothing; say what the push would change of what is served.") var dryRun = false
    @Flag(name: .shortAndLong, help: "Push without asking; asked is on a terminal only.") var yes = false
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func validate() throws {
        guard !force || expectedRevision == nil else {
            throw ValidationError("--force pushes whatever is served; leave out --expected-revision.")
        }
    }

    func run() async throws {
        try await options.withDaemon { daemon in
            let contents = try FolderContents(folder)
            let files = contents.files
            var state = try RuleFolderState(folder, daemon: options.daemonAddress)
            let madeFrom = force || expectedRevision != nil ? nil : state.revision
            if dryRun { return try await rehearse(contents, madeFrom, daemon) }
            if madeFrom == nil, !force, expectedRevision == nil {
                Console.error(
                    "note: the folder does not say which revision it was made from, so nothing keeps this push from undoing "
                        + "another; \(FolderRevision.fileName) will say so from now on\n")
            }
            guard try await isConfirmed(files, daemon) else { throw Failure.notConfirmed }
            let request = PushRulesRequest(
                rules: files, author: RulePushing.author(author), reason: reason,
                expectedRevision: expectedRevision ?? madeFrom ?? "")
            var response: PushRulesResponse
            do {
                response = try await RulePushing.push(request, daemon)
            } catch let error as BespokeError where error.code == .aborted && madeFrom != nil {
                response = try await served(files, madeFrom ?? "", daemon)
            }
            response.diagnostics = contents.warnings + response.diagnostics
            options.show(json: response.json) { style in
                CheckedFolder.text(response.diagnostics, files: files)
                    + ReportText.failures(response.testFailures, style: style)
                    + RuleText.pushed(response, style: style)
            }
            guard response.accepted else { throw Failure.said }
            try await keep(response, &state, daemon)
        }
    }

    /// Asks on a terminal, with what changes; the first rule set of a daemon takes nothing away.
    private func isConfirmed(_ files: RuleFiles, _ daemon: Caller) async throws -> Bool {
        guard !yes, Console.canAsk else { return true }
        guard let served = try await RulePushing.servedIfAny(daemon) else { return true }
        let difference = RulePushing.difference(from: served.ruleFiles, to: files)
        return try RulePushing.isConfirmed(difference, yes: yes, mustAsk: false)
    }

    /// Somebody has pushed meanwhile. Where that was this very folder, as after a push whose answer was lost, all is well.
    private func served(_ files: RuleFiles, _ madeFrom: String, _ daemon: Caller) async throws -> PushRulesResponse {
        let between = try await RulesBetween(base: madeFrom, folder: files, daemon)
        if let response = between.answer(asPushed: files) { return response }
        options.show(json: between.json) { between.text($0) }
        throw Failure(
            "ABORTED",
            "nothing was pushed: take what changed over into the folder, from `bespokectl rules show --to NEW`, or push with --force"
        )
    }

    /// Makes the folder the set that is served. The push is done: what fails now is said, not undone.
    private func keep(_ response: PushRulesResponse, _ state: inout RuleFolderState, _ daemon: Caller) async throws {
        do throws(Failure) {
            if let done = try state.keepArms(try await arms(response, daemon)) { Console.error(done + "\n") }
            try state.set(response.revision)
        } catch {
            Console.error(
                "warning: the rules are served, but the folder could not be brought up to date: \(error.message ?? "")\n"
            )
        }
    }

    /// A daemon from before has no field for the arms' file, so that a missing one is asked for before it is taken for none.
    private func arms(_ response: PushRulesResponse, _ daemon: Caller) async throws(Failure) -> [UInt8] {
        guard response.allocations.isEmpty else { return response.allocations }
        do {
            let rules = try await RulePushing.rules(of: response.revision, daemon)
            return rules.arms
        } catch {
            throw Failure("FAILED", "\(error)")
        }
    }

    private func rehearse(_ contents: FolderContents, _ madeFrom: String?, _ daemon: Caller) async throws {
        let files = contents.files
        let request = CheckRulesRequest(
            rules: files, isAgainstServed: true)
        var response: CheckRulesResponse = try await daemon.call(
            Methods.Admin.checkRules, request, isIdempotent: true)
        response.diagnostics = contents.warnings + response.diagnostics
        let served = response.previousRevision.isEmpty ? FolderRevision.noRevision : response.previousRevision
        if response.accepted, let expected = expectedRevision ?? madeFrom, expected != served {
            try await refuse(files, madeFrom, served, daemon)
        }
        var difference = ""
        if response.accepted {
            let old =
                response.previousRevision.isEmpty
                ? [] : try await RulePushing.rules(of: response.previousRevision, daemon).ruleFiles
            difference = RulePushing.difference(from: old, to: files)
        }
        options.show(json: response.json) { style in
            CheckedFolder.text(response.diagnostics, files: files)
                + ReportText.failures(response.testFailures, style: style)
                + RuleText.wouldPush(response, difference: difference, style: style)
        }
        guard response.accepted else { throw Failure.said }
    }

    /// What a push would say of a folder that was made from another revision than the one that is served.
    ///
    /// - Parameter madeFrom: nil where the flag named the revision.
    /// - Throws: `Failure`, unless the folder is what is served.
    private func refuse(_ files: RuleFiles, _ madeFrom: String?, _ served: String, _ daemon: Caller) async throws {
        guard let madeFrom else {
            throw Failure(
                "ABORTED",
                "the push would be refused: --expected-revision names another than \(served), which is served")
        }
        guard served != FolderRevision.noRevision else {
            throw Failure(
                "ABORTED",
                "the push would be refused: the folder was made from revision \(madeFrom), and this daemon serves none; push with --force"
            )
        }
        let between = try await RulesBetween(base: madeFrom, folder: files, daemon)
        guard between.answer(asPushed: files) == nil else { return }
        options.show(json: between.json) { between.text($0) }
        throw Failure(
            "ABORTED",
            "the push would be refused: take what changed over into the folder, from `bespokectl rules show --to NEW`, or push with --force"
        )
    }
}
