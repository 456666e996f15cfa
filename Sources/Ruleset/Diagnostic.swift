/// Something wrong or doubtful in a rule set, in words for whoever wrote it.
package struct Diagnostic: Error, Sendable, Hashable {
    /// An error refuses the rule set; a warning does not.
    package enum Severity: Sendable, Hashable { case error, warning }

    package let severity: Severity
    /// Stable, such as `unknown-key`; documented in docs/lint.md.
    package let code: String
    package let position: SourcePosition
    /// What is wrong, in one sentence.
    package let message: String
    /// How to mend it, such as ``did you mean `account.employees`?``; nil when nothing is close.
    package let suggestion: String?

    package init(
        _ severity: Severity = .error, code: String, at position: SourcePosition, _ message: String,
        suggestion: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.position = position
        self.message = message
        self.suggestion = suggestion
    }
}
