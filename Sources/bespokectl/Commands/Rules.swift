internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl rules`.
struct Rules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write, check, test, compare, push, show and roll back rule sets.",
        subcommands: [
            ListRules.self, NewRules.self, FormatRules.self, Check.self, Test.self, DiffRules.self, PushRules.self,
            Show.self, RuleHistory.self, RollBackRules.self, RevertRules.self, RenameInRules.self, RuleReference.self,
        ])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a rule folder and run its tests, without a daemon.",
            discussion: """
                Errors refuse it, warnings do not; docs/lint.md explains each code. A comment `# bespoke:allow CODE reason` on a \
                line, or above it, says that what is found there is meant.
                """, aliases: ["lint"])

        @Argument(help: "The folder with the rule set.", completion: .directory) var folder: String
        @Option(
            help: ArgumentHelp(
                "Also write what is found as SARIF 2.1.0, for editors and CI; - for standard output instead of the text.",
                valueName: "file"), completion: .file())
        var sarif: String?
        @Option(
            help: ArgumentHelp(
                "Also say which attributes are lost with what is stored of them: against another folder, such as a copy of your "
                    + "main branch, or `served`, the rules of the daemon, which tells how many profiles lose values.",
                valueName: "folder"), completion: .directory)
        var against: String?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            guard against == "served" else { return try await options.reporting { try await check(nil) } }
            try await options.withDaemon { try await check($0) }
        }

        private func check(_ daemon: Caller?) async throws {
            var checked = try CheckedFolder(folder)
            if let daemon {
                let request = CheckRulesRequest(
                    files: checked.fileMessages, isAgainstServed: true)
                checked.compare(
                    withServed: try await daemon.call(Methods.Admin.checkRules, request, isIdempotent: true))
            } else if let against {
                try checked.compare(withFolder: against)
            }
            if let sarif {
                let log = checked.sarif(version: Bespokectl.configuration.version)
                if sarif == "-" {
                    Console.out(log)
                    guard checked.response.accepted else { throw Failure.said }
                    return
                }
                try Files.replace(sarif, Array(log.utf8))
            }
            options.show(json: checked.checkJSON) { style in
                checked.diagnosticText() + ReportText.failures(checked.response.testFailures, style: style)
                    + checked.summary(style)
            }
            guard checked.response.accepted else { throw Failure.said }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the tests that a rule folder carries, without a daemon.")

        @Argument(help: "The folder with the rule set.", completion: .directory) var folder: String
        @Option(
            help: ArgumentHelp(
                "Also write the outcome as JUnit XML, for build servers; - for standard output instead of the text.",
                valueName: "file"), completion: .file())
        var junit: String?
        @Flag(help: "List what no test reaches.") var coverage = false
        @Option(
            help: ArgumentHelp("Fail when the tests reach less than this, in percent.", valueName: "percent"))
        var coverageMinimum: Double?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard coverageMinimum.map({ (0...100).contains($0) }) ?? true else {
                throw ValidationError("--coverage-minimum is from 0 to 100.")
            }
        }

        func run() async throws {
            try await options.reporting {
                let checked = try CheckedFolder(folder)
                if let junit {
                    let document = checked.junit
                    if junit == "-", checked.isRuleSet {
                        Console.out(document)
                        guard checked.response.accepted else { throw Failure.said }
                        return
                    }
                    if junit != "-" { try Files.replace(junit, Array(document.utf8)) }
                }
                options.show(json: checked.testJSON) { style in
                    (checked.isRuleSet ? "" : checked.diagnosticText())
                        + ReportText.failures(checked.response.testFailures, style: style) + checked.summary(style)
                        + checked.coverageText(listsMissed: coverage, style: style)
                }
                guard checked.response.accepted else { throw Failure.said }
                if let coverageMinimum, let reached = checked.reachedShare, reached * 100 < coverageMinimum {
                    throw Failure("FAILED", "the tests reach less than the \(coverageMinimum)% that is asked for")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the rule set that is served, or one that was.")

        @Option(help: "The revision, or its first digits. (default: the one that is served)", completion: .revisions)
        var revision: String?
        @Option(
            help:
                "A new or empty folder to write its files to; a push from there is refused once another has come between.",
            completion: .directory)
        var to: String?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                var request = GetRulesRequest()
                if let revision {
                    request.revision = try RuleHistory.revision(revision, in: await RuleHistory.list(daemon))
                }
                let rules: GetRulesResponse = try await daemon.call(
                    Methods.Admin.getRules, request, isIdempotent: true)
                if let folder = to {
                    try Self.write(rules.files, to: folder)
                    var state = try RuleFolderState(folder, daemon: options.daemonAddress)
                    try state.set(rules.revision)
                }
                options.show(json: rules.json) { ReportText.rules(rules, style: $0) }
            }
        }

        private static func write(_ files: [RuleFileMessage], to folder: String) throws(Failure) {
            for file in files where !Files.isSafe(file.path) {
                throw Failure("FAILED", "the daemon names the file \"\(file.path)\", which leads out of the folder")
            }
            try Files.makeEmptyFolder(folder)
            for file in files { try Files.write(file.content, to: file.path, in: folder) }
        }
    }
}
