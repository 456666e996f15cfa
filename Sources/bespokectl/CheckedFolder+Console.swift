internal import BespokeAdmin
internal import Messages

extension CheckedFolder {
    /// Each diagnostic with its line and a caret.
    static func text(_ diagnostics: [DiagnosticMessage], files: RuleFiles) -> String {
        text(diagnostics, files: files, isColoured: Console.isOutputColoured)
    }

    /// What was found.
    func diagnosticText() -> String { diagnosticText(isColoured: Console.isOutputColoured) }
}
