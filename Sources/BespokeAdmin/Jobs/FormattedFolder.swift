package import Model
internal import Ruleset

/// The files of a rule folder in one form.
package struct FormattedFolder {
    /// What became of one file.
    private struct Outcome {
        let file: RuleFile
        let result: RuleFormatter.Result

        var isChanged: Bool { result.content != file.content }
    }

    private let folder: String
    private let outcomes: [Outcome]

    /// Nothing is written before every file has been understood.
    ///
    /// - Throws: `Failure` with the place of what is no YAML.
    package init(_ folder: String) throws(Failure) {
        self.folder = folder
        var outcomes: [Outcome] = []
        for file in try RuleTools.files(folder) where RuleFolder.isRules(file.path) {
            let result = try RuleTools.explained { () throws(Diagnostic) in try RuleFormatter.format(file) }
            outcomes.append(Outcome(file: file, result: result))
        }
        self.outcomes = outcomes
    }

    /// Whether any file is in another form.
    package var isChanged: Bool { outcomes.contains(where: \.isChanged) }

    /// Writes those that are.
    package func write() throws(Failure) {
        for outcome in outcomes where outcome.isChanged {
            try RuleTools.replace(folder + "/" + outcome.file.path, outcome.result.content)
        }
    }

    /// Each file, and whether it changes.
    package var json: JSON {
        let files = outcomes.map { outcome -> JSON in
            var members: [JSON.Member] = [
                .init("path", .string(outcome.file.path)), .init("changed", .bool(outcome.isChanged)),
            ]
            if let note = outcome.result.note { members.append(.init("note", .string(note))) }
            return .object(members)
        }
        return .object([.init("files", .array(files))])
    }

    /// The same for people: only what changes, or cannot.
    package func text(isWritten: Bool) -> String {
        var text = ""
        for outcome in outcomes {
            let path = Style.printable(outcome.file.path)
            if let note = outcome.result.note { text += "\(path): left as it is: \(note)\n" }
            if outcome.isChanged { text += "\(path): \(isWritten ? "formatted" : "differs")\n" }
        }
        let count = outcomes.count { $0.isChanged }
        let files = "\(outcomes.count) file\(outcomes.count == 1 ? "" : "s")"
        return text + "\(count) of \(files) \(isWritten ? "changed" : "would change")\n"
    }
}
