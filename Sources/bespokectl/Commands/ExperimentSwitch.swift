internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

extension Experiments {
    /// `bespokectl experiments stop`.
    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop an experiment: a push of the rules with an `ends` that has come.",
            discussion: """
                Nobody gets an arm any more, and its results stay readable. The edit is made in the rules that are served, or in a folder, \
                and shown first. Take it over into your own folder, or name that with --folder.
                """)

        @Argument(help: "The experiment's name.", completion: .names(.experiment)) var name: String
        @OptionGroup var push: EditOptions
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await push.run(options, name, reason: "stop \(name)") { files throws(EditProblem) in
                try ExperimentEdit.stop(name, in: files, at: Console.now())
            }
        }
    }

    /// `bespokectl experiments start`.
    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Start an experiment that was stopped or begins later: a push of the rules without its `ends`, or with `starts` now.",
            discussion: "As for `experiments stop`. Whoever had an arm gets the same one again.")

        @Argument(help: "The experiment's name.", completion: .names(.experiment)) var name: String
        @OptionGroup var push: EditOptions
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await push.run(options, name, reason: "start \(name)") { files throws(EditProblem) in
                try ExperimentEdit.start(name, in: files, at: Console.now())
            }
        }
    }
}

/// How an edit of the rules is pushed.
struct EditOptions: ParsableArguments {
    @Option(help: "Edit this rule folder and push it. (default: the rules that are served)", completion: .directory)
    var folder: String?
    @Flag(name: .shortAndLong, help: "Push without asking.") var yes = false
    @Option(help: "Who pushes, for the history. (default: the login name)") var author: String?
    @Option(help: "Why, for the history.") var reason: String?

    /// Edits, shows what changes, asks, pushes, and with a folder writes it there.
    func run(
        _ options: GlobalOptions, _ name: String, reason: String, _ edit: (RuleFiles) throws(EditProblem) -> RuleFiles
    ) async throws {
        try await options.withDaemon { daemon in
            let served = try await RulePushing.served(daemon)
            let files =
                try folder.map { path throws(Failure) in try FolderContents(path).files } ?? served.ruleFiles
            let edited: RuleFiles
            do throws(EditProblem) {
                edited = try edit(files)
            } catch {
                let ended =
                    error.isUnknownName
                    ? try await daemon.names(.experiment).endedWords(name, "there is nothing to stop or start") : nil
                throw Failure("FAILED_PRECONDITION", ended ?? error.description)
            }
            var state = try folder.map { path throws(Failure) in
                try RuleFolderState(path, daemon: options.daemonAddress)
            }
            let difference = RulePushing.difference(from: served.ruleFiles, to: edited)
            guard try RulePushing.isConfirmed(difference, yes: yes, mustAsk: true) else { throw Failure.notConfirmed }
            let request = PushRulesRequest(
                rules: edited, author: RulePushing.author(author), reason: self.reason ?? reason,
                expectedRevision: state?.revision ?? served.revision)
            let response = try await RulePushing.push(request, daemon)
            if response.accepted, let folder {
                try RuleTools.write(edited, over: files, in: folder)
                try state?.set(response.revision)
                if let done = try state?.keepArms(response.allocations) { Console.error(done + "\n") }
            }
            options.show(json: response.json) { style in
                CheckedFolder.text(response.diagnostics, files: edited)
                    + ReportText.failures(response.testFailures, style: style) + RuleText.pushed(response, style: style)
            }
            guard response.accepted else { throw Failure.said }
        }
    }
}
