package import Model
internal import Ruleset

/// Something in a rule folder under another name, as it would be written.
package struct RenamedFolder {
    /// What can get another name.
    package static let kinds = RuleRename.Kind.allCases.map(\.rawValue)

    private let folder: String
    private let outcome: RuleRename.Outcome

    /// - Parameters:
    ///   - kind: One of `kinds`.
    ///   - mappings: Paths of import mappings that name it too.
    /// - Throws: `Failure` naming what cannot be read, or why nothing is renamed.
    package init(
        _ folder: String, _ kind: String, from old: String, to new: String, mappings paths: [String]
    ) throws(Failure) {
        guard let kind = RuleRename.Kind(rawValue: kind) else {
            throw Failure("INVALID_ARGUMENT", "\(kind): is none of \(Self.kinds.joined(separator: ", "))")
        }
        self.folder = folder
        let files = try RuleTools.files(folder)
        var mappings: [RuleFile] = []
        for path in paths {
            mappings.append(
                RuleFile(path: path, content: try Files.content(path, bytesMax: ImportMappingLoader.fileBytesMax)))
        }
        do throws(RuleRename.Refusal) {
            outcome = try RuleRename(kind, from: old, to: new).run(files, mappings: mappings)
        } catch {
            throw Failure("INVALID_ARGUMENT", error.description)
        }
    }

    /// Puts what changes in the place of what is there.
    ///
    /// - Throws: `Failure` naming what cannot be written.
    package func write() throws(Failure) {
        for change in outcome.files { try RuleTools.replace(folder + "/" + change.path, change.after) }
        for change in outcome.mappings { try RuleTools.replace(change.path, change.after) }
    }

    private var lines: [(path: String, lines: [ChangedLine])] {
        (outcome.files + outcome.mappings).map { ($0.path, ChangedLine.all(from: $0.before, to: $0.after)) }
    }

    /// Each line that changes.
    package func text(isWritten: Bool) -> String {
        let files = lines
        var text = ""
        for (path, lines) in files {
            for line in lines {
                text += "\(Style.printable(path)):\(line.number)\n"
                for before in line.before { text += "  - \(Style.printable(before))\n" }
                for after in line.after { text += "  + \(Style.printable(after))\n" }
            }
        }
        for note in outcome.notes { text += "note: \(note)\n" }
        let count = files.count
        return text + "\(count) file\(count == 1 ? "" : "s") \(isWritten ? "changed" : "would change")\n"
    }

    /// The same for programs.
    package func json(isWritten: Bool) -> JSON {
        .object([
            .init("written", .bool(isWritten)),
            .init(
                "files",
                .array(
                    lines.map { path, lines in
                        .object([.init("path", .string(path)), .init("changes", .array(lines.map(\.json)))])
                    })),
            .init("notes", .array(outcome.notes.map { .string($0) })),
        ])
    }
}

extension ChangedLine {
    fileprivate var json: JSON {
        .object([
            .init("line", .number(number)), .init("before", .texts(before)),
            .init("after", .texts(after)),
        ])
    }
}
