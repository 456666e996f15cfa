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
    package let response: CheckRulesResponse
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
