internal import Decisioning
package import Messages
package import Model
package import Ruleset

/// A rule folder, checked as the daemon would check it.
package struct CheckedFolder {
    /// Its files.
    package let files: [RuleFile]
    private let ruleSet: RuleSet?
    private let diagnostics: [Diagnostic]
    /// As the daemon would answer.
    package private(set) var response: CheckRulesResponse
    /// Whether it was compared with another.
    package private(set) var isCompared = false
    private let coverage: RuleCoverage?

    /// - Throws: `Failure` naming what cannot be read.
    package init(_ folder: String) throws(Failure) {
        let contents = try RuleTools.contents(folder)
        files = contents.files
        let check = RuleCheck(files, warnings: contents.warnings)
        ruleSet = check.ruleSet
        coverage = check.ruleSet.flatMap { ruleSet in check.table.map { RuleCoverage(ruleSet, table: $0) } }
        diagnostics = check.diagnostics
        response = CheckRulesResponse(
            accepted: check.isAccepted, revision: check.ruleSet?.revision.digest ?? "",
            diagnostics: check.diagnostics.map(DiagnosticMessage.init),
            testFailures: check.testFailures.map(RuleTestFailureMessage.init),
            tests: UInt32(check.ruleSet?.tests.count ?? 0))
    }

    /// Adds which attributes the rules take away from others, with what is stored of them.
    ///
    /// - Parameter folder: Of the other rules.
    /// - Throws: `Failure` naming what cannot be read there, or that it is no rule set.
    package mutating func compare(withFolder folder: String) throws(Failure) {
        let other = try RuleTools.contents(folder)
        guard let before = RuleCheck(other.files, today: nil).ruleSet else {
            throw Failure(
                "INVALID_ARGUMENT", "--against: \(folder) is no rule set; bespokectl rules check \(folder) says why")
        }
        isCompared = true
        guard let ruleSet, response.accepted else { return }
        response.orphans = RemovedAttribute.all(from: before.attributes, to: ruleSet.attributes).map { removed in
            OrphanMessage(
                attribute: "\(removed.entity.name).\(removed.name)",
                renamed: removed.renamed.map { "\(removed.entity.name).\($0)" } ?? "")
        }
    }

    /// Adds what a daemon says that a push of the rules would take away.
    package mutating func compare(withServed served: CheckRulesResponse) {
        isCompared = true
        guard response.accepted else { return }
        (response.orphans, response.endings) = (served.orphans, served.endings)
    }

    /// What `rules check` prints for programs.
    package var checkJSON: JSON {
        guard isCompared, case .object(var members) = response.jsonAlone else { return response.jsonAlone }
        members += [
            .init("endings", .array(response.endings.map(\.json))),
            .init("orphans", .array(response.orphans.map(\.json))),
        ]
        return .object(members)
    }

    /// Its files, for a daemon.
    package var fileMessages: [RuleFileMessage] { files.map { RuleFileMessage(path: $0.path, content: $0.content) } }

    /// Whether the files make a rule set.
    package var isRuleSet: Bool { ruleSet != nil }

    /// How much of it its tests reach, from 0 to 1; nil without a rule set.
    package var reachedShare: Double? { coverage?.share }

    /// What its tests reach, in words; empty without a rule set.
    package func coverageText(listsMissed: Bool, style: Style) -> String {
        guard let coverage else { return "" }
        return CoverageText.summary(coverage, style: style)
            + (listsMissed ? CoverageText.missed(coverage, style: style) : "")
    }

    /// What was found, for editors and build servers.
    package func sarif(version: String) -> String { SARIF.log(diagnostics, files: files, version: version) }

    /// What became of its tests, for build servers.
    package var junit: String { JUnit.document(ruleSet?.tests ?? [], failures: response.testFailures) }

    /// Each diagnostic with its line and a caret.
    package static func text(_ diagnostics: [DiagnosticMessage], files: [RuleFile], isColoured: Bool) -> String {
        guard !diagnostics.isEmpty else { return "" }
        let text = DiagnosticText(files: files, isColoured: isColoured, isDetailed: true)
        return diagnostics.map { text.render(Diagnostic($0)) }.joined()
    }

    /// What was found, each with its line and a caret.
    package func diagnosticText(isColoured: Bool) -> String {
        Self.text(response.diagnostics, files: files, isColoured: isColoured)
    }

    /// What `rules test` prints for programs.
    package var testJSON: JSON {
        guard case .object(var members) = response.jsonAlone, let coverage else { return response.jsonAlone }
        members.append(.init("coverage", CoverageText.json(coverage)))
        return .object(members)
    }

    /// One line: whether it would be taken.
    package func summary(_ style: Style) -> String {
        RuleText.checked(response, style: style)
    }
}

extension DiagnosticMessage {
    /// What checks found, as the daemon sends it.
    package init(_ diagnostic: Diagnostic) {
        self.init(
            severity: diagnostic.severity == .error ? .error : .warning, code: diagnostic.code,
            file: diagnostic.position.file, line: UInt32(clamping: diagnostic.position.line),
            column: UInt32(clamping: diagnostic.position.column), message: diagnostic.message,
            suggestion: diagnostic.suggestion ?? "")
    }
}

extension Diagnostic {
    fileprivate init(_ message: DiagnosticMessage) {
        self.init(
            message.severity == .error ? .error : .warning, code: message.code,
            at: SourcePosition(
                file: Style.printable(message.file), line: max(1, Int(message.line)),
                column: max(1, Int(message.column))),
            Style.printable(message.message),
            suggestion: message.suggestion.isEmpty ? nil : Style.printable(message.suggestion))
    }
}

extension RuleTestFailureMessage {
    fileprivate init(_ failure: RuleTestFailure) {
        self.init(
            test: failure.test, path: failure.path, expected: failure.expected, actual: failure.actual,
            file: failure.position.file, line: UInt32(clamping: failure.position.line),
            column: UInt32(clamping: failure.position.column))
    }
}
