extension Diagnostic {
    /// What keeps a text from being YAML, in words for people: where, and how to mend it.
    ///
    /// - Parameter error: What Yams threw when it read `content`.
    package static func notYAML(_ error: any Error, path: String, content: String) -> Diagnostic {
        YAMLFile.diagnostic(error, RuleFile(path: path, content: Array(content.utf8)))
    }
}
