package import Model
package import Ruleset

/// Why an edit was not made: what, where, and how to mend it.
package struct EditProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String
    /// Whether the rules have no experiment of the name.
    package let isUnknownName: Bool

    init(_ description: String, isUnknownName: Bool = false) {
        (self.description, self.isUnknownName) = (description, isUnknownName)
    }
}

/// Changes of when an experiment runs, made in the text of the rules: all that stands around stays as it was written.
package enum ExperimentEdit {
    /// The rules with an `ends` that has come: nobody gets an arm any more, and what was found out stays.
    ///
    /// - Throws: `EditProblem` when there is none of the name, it does not run, or its text is of a form that is not understood.
    package static func stop(_ name: String, in files: [RuleFile], at now: Timestamp) throws(EditProblem) -> [RuleFile]
    {
        let experiment = try experiment(name, files)
        if let ends = experiment.ends, ends <= now {
            throw EditProblem("experiment \(name) has ended already, at \(TimestampText.format(ends))")
        }
        if let starts = experiment.starts, starts > now {
            throw EditProblem(
                "experiment \(name) has not begun yet: it starts at \(TimestampText.format(starts)); remove it, or change `starts`"
            )
        }
        return try edited(files, experiment, ["ends": TimestampText.format(now.wholeSeconds)]) {
            $0.ends == now.wholeSeconds
        }
    }

    /// The rules without an `ends` that has come, and with a `starts` that has.
    ///
    /// - Throws: As `stop`.
    package static func start(_ name: String, in files: [RuleFile], at now: Timestamp) throws(EditProblem) -> [RuleFile]
    {
        let experiment = try experiment(name, files)
        var values: [String: String?] = [:]
        if let ends = experiment.ends, ends <= now { values["ends"] = String?.none }
        if let starts = experiment.starts, starts > now { values["starts"] = TimestampText.format(now.wholeSeconds) }
        guard !values.isEmpty else { throw EditProblem("experiment \(name) runs already") }
        return try edited(files, experiment, values) { edited in
            (edited.ends.map { $0 > now } ?? true) && (edited.starts.map { $0 <= now } ?? true)
        }
    }

    private static func experiment(_ name: String, _ files: [RuleFile]) throws(EditProblem) -> Experiment {
        let loaded = RuleSetLoader.load(files)
        guard let ruleSet = loaded.ruleSet else {
            let first = loaded.diagnostics.first { $0.severity == .error }
            let place = first.map { ": \($0.position.file):\($0.position.line): \($0.message)" } ?? ""
            throw EditProblem("the rules cannot be read\(place)")
        }
        guard let experiment = ruleSet.experiments.first(where: { $0.name == name }) else {
            let hint = Spelling.nearest(to: name, among: ruleSet.experiments.map(\.name)).map {
                "; did you mean `\($0)`?"
            }
            throw EditProblem(
                "experiment \(name): the rules have none of that name"
                    + (hint ?? "; `bespokectl experiments list` lists all"), isUnknownName: true)
        }
        return experiment
    }

    /// - Parameters:
    ///   - values: By key; nil takes the key away.
    ///   - isRight: Whether the experiment of the edited text is what was wanted.
    private static func edited(
        _ files: [RuleFile], _ experiment: Experiment, _ values: [String: String?], _ isRight: (Experiment) -> Bool
    ) throws(EditProblem) -> [RuleFile] {
        let place = experiment.position
        guard let index = files.firstIndex(where: { $0.path == place.file }) else {
            throw EditProblem("\(place.file): is not among the rules")
        }
        var edited = files
        let text = try BlockText(files[index].content, place, values)
        edited[index] = RuleFile(path: place.file, content: text.content)
        guard let after = RuleSetLoader.load(edited).ruleSet?.experiments.first(where: { $0.name == experiment.name }),
            isRight(after)
        else { throw BlockText.problem(place, values) }
        return edited
    }
}

/// The lines of a YAML file, some keys of one block mapping changed.
private struct BlockText {
    let content: [UInt8]

    init(_ content: [UInt8], _ place: SourcePosition, _ values: [String: String?]) throws(EditProblem) {
        // By bytes: to a String CR and LF together are one character.
        var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let head = place.line - 1
        guard lines.indices.contains(head), Self.endsWithColon(lines[head]) else {
            throw Self.problem(place, values)
        }
        let depth = Self.depth(lines[head])
        var end = head + 1
        while end < lines.count, !Self.isContent(lines[end]) || Self.depth(lines[end]) > depth { end += 1 }
        guard let first = (head + 1..<end).first(where: { Self.isContent(lines[$0]) }) else {
            throw Self.problem(place, values)
        }
        let inner = Self.depth(lines[first])
        let lineEnd = lines[first].hasSuffix("\r") ? "\r" : ""
        for (key, value) in values.sorted(by: { $0.key > $1.key }) {
            let written = value.map { String(repeating: " ", count: inner) + "\(key): \($0)" + lineEnd }
            let place = (head + 1..<end).first { index in
                Self.depth(lines[index]) == inner && lines[index].dropFirst(inner).hasPrefix("\(key):")
            }
            if let place, let written {
                lines[place] = written
            } else if let place {
                lines.remove(at: place)
                end -= 1
            } else if let written {
                lines.insert(written, at: first)
                end += 1
            }
        }
        self.content = Array(lines.joined(separator: "\n").utf8)
    }

    static func problem(_ place: SourcePosition, _ values: [String: String?]) -> EditProblem {
        let wanted = values.sorted { $0.key < $1.key }.map { key, value in
            value.map { "write `\(key): \($0)`" } ?? "remove `\(key)`"
        }
        return EditProblem(
            "\(place.file):\(place.line): the experiment is not written as a block of lines, which is all that is edited here; "
                + wanted.joined(separator: " and ") + " by hand, then `bespokectl rules push`")
    }

    /// Whether a line is a key and nothing else but a comment.
    private static func endsWithColon(_ line: String) -> Bool {
        let text = line.prefix { $0 != "#" }.reversed().drop { $0 == " " || $0 == "\r" }
        return text.first == ":"
    }

    private static func isContent(_ line: String) -> Bool {
        let text = line.drop { $0 == " " || $0 == "\r" || $0 == "\t" }
        return !text.isEmpty && !text.hasPrefix("#")
    }

    private static func depth(_ line: String) -> Int { line.prefix { $0 == " " }.count }
}

extension Timestamp {
    /// Rules say times to the second.
    fileprivate var wholeSeconds: Timestamp { Timestamp(microseconds: microseconds - microseconds % 1_000_000) }
}
