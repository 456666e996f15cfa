package import Messages
internal import Ruleset

/// The rule files of a folder, with what is to be said of files in it that are not read.
package struct FolderContents {
    /// Files of rules.
    package let files: RuleFiles
    /// As the daemon says what it finds.
    package let warnings: [DiagnosticMessage]

    /// - Throws: `Failure` naming what cannot be read.
    package init(_ folder: String) throws(Failure) {
        let contents = try RuleTools.contents(folder)
        (files, warnings) = (contents.files, contents.warnings.map(DiagnosticMessage.init))
    }
}

extension PushRulesRequest {
    /// - Parameter rules: Files to be served.
    package init(rules: RuleFiles, author: String, reason: String, expectedRevision: String) {
        self.init(
            files: rules.map { RuleFileMessage(path: $0.path, content: $0.content) }, author: author, reason: reason,
            expectedRevision: expectedRevision)
    }
}

extension CheckRulesRequest {
    /// - Parameter rules: Files that a push would serve.
    package init(rules: RuleFiles, isAgainstServed: Bool) {
        self.init(
            files: rules.map { RuleFileMessage(path: $0.path, content: $0.content) }, isAgainstServed: isAgainstServed)
    }
}
