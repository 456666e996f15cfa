internal import Yams

/// Writes rule files in one form: indentation, order of sections and keys, quotes. Comments and meaning stay.
package enum RuleFormatter {
    /// What became of a file.
    package struct Result: Sendable {
        /// The file in its canonical form, or as it was when there is a note.
        package let content: [UInt8]
        /// Why the file was left as it is; nil when it was not.
        package let note: String?
    }

    /// Formats one file. Other files than `.yaml` and `.yml` stay as they are.
    ///
    /// The result is read again: unless it says the same with the same comments, the file is left as it is.
    /// - Throws: One diagnostic when the file is not YAML.
    package static func format(_ original: RuleFile) throws(Diagnostic) -> Result {
        let file = original.asRead
        guard Loader.isYAML(file.path) else { return Result(content: original.content, note: nil) }
        guard let source = try Source(file) else { return Result(content: original.content, note: nil) }
        if let note = source.obstacle { return Result(content: original.content, note: note) }
        guard case .mapping(let root) = source.root else {
            return Result(content: original.content, note: "it is not a mapping of sections")
        }
        let text = FormatWriter.text(FormatTree(root, source.scan))
        guard try says(text, what: source, file.path) else {
            return Result(content: original.content, note: "its form cannot be changed without changing what it says")
        }
        return Result(content: Array(text.utf8), note: nil)
    }

    /// Whether the text is sound: the same values and comments, and formatting it again changes nothing.
    private static func says(_ text: String, what source: Source, _ path: String) throws(Diagnostic) -> Bool {
        guard let copy = try Source(RuleFile(path: path, content: Array(text.utf8))),
            case .mapping(let root) = copy.root
        else { return false }
        return isSame(source.root, copy.root, .table(.file))
            && source.scan.comments.sorted() == copy.scan.comments.sorted()
            && FormatWriter.text(FormatTree(root, copy.scan)) == text
    }

    /// The same values in the same order, except that the keys of a table may have changed places.
    private static func isSame(_ old: Node, _ new: Node, _ form: ValueForm?) -> Bool {
        switch (old, new) {
        case (.scalar(let left), .scalar(let right)):
            if Loader.isEmpty(old) || Loader.isEmpty(new) { return Loader.isEmpty(old) && Loader.isEmpty(new) }
            return left.string == right.string && old.tag == new.tag
        case (.sequence(let left), .sequence(let right)):
            return left.count == right.count
                && zip(left, right).allSatisfy { isSame($0, $1, FormatTree.member(of: form)) }
        case (.mapping(let left), .mapping(let right)):
            let (left, right) = (ordered(left, form), ordered(right, form))
            return left.count == right.count
                && zip(left, right).allSatisfy { old, new in
                    old.key.scalar?.string == new.key.scalar?.string
                        && isSame(old.value, new.value, FormatTree.form(of: new.key, in: form))
                }
        default: return false
        }
    }

    private static func ordered(_ mapping: Node.Mapping, _ form: ValueForm?) -> [(key: Node, value: Node)] {
        mapping.enumerated().sorted {
            (FormatTree.rank(of: $0.element.key, in: form), $0.offset)
                < (FormatTree.rank(of: $1.element.key, in: form), $1.offset)
        }.map(\.element)
    }

    /// A file as values, and what stands beside them.
    private struct Source {
        let root: Node
        let scan: SourceScan
        /// A construct that the formatter does not rewrite, in words.
        let obstacle: String?

        /// Nil when there is nothing but comments.
        init?(_ file: RuleFile) throws(Diagnostic) {
            guard let root = try YAMLFile(file, resolver: .default).root, !Loader.isEmpty(root) else { return nil }
            self.root = root
            let lines = String(decoding: file.content, as: UTF8.self).unicodeScalars
                .split(separator: "\n", omittingEmptySubsequences: false).map { line in
                    Array(line.last == "\r" ? line.dropLast() : line)
                }
            var openings: [SourceScan.Place: SourceScan.Opening] = [:]
            var oddity = Self.oddity(lines)
            Self.collect(root, lines, &openings, &oddity)
            scan = SourceScan(lines, openings)
            obstacle =
                oddity ?? (scan.hasOddBlock ? "a text says how it is indented or keeps empty lines at its end" : nil)
        }

        private static func oddity(_ lines: [[Unicode.Scalar]]) -> String? {
            let odd: Set<Unicode.Scalar> = ["\u{feff}", "\u{85}", "\u{2028}", "\u{2029}", "\r"]
            if lines.contains(where: { $0.contains { odd.contains($0) } }) {
                return "it has a byte order mark or unusual line breaks"
            }
            let marks = ["---", "...", "%"].map { Array($0.unicodeScalars) }
            if lines.contains(where: { line in marks.contains { line.starts(with: $0) } }) {
                return "it has document marks (---, ... or %)"
            }
            return nil
        }

        private static func collect(
            _ node: Node, _ lines: [[Unicode.Scalar]], _ openings: inout [SourceScan.Place: SourceScan.Opening],
            _ oddity: inout String?
        ) {
            guard let place = FormatTree.place(node), oddity == nil else { return }
            let first = lines.dropFirst(place.line - 1).first?.dropFirst(place.column - 1).first
            if let first, ["&", "*", "!"].contains(first) {
                oddity = "it has an anchor, an alias or a tag in line \(place.line)"
                return
            }
            switch node {
            case .scalar(let scalar):
                switch scalar.style {
                case .singleQuoted: openings[place] = .singleQuoted
                case .doubleQuoted: openings[place] = .doubleQuoted
                case .literal, .folded: openings[place] = .block
                case .any, .plain: break
                }
            case .mapping(let mapping):
                if first == "{" { openings[place] = .flow }
                for (key, value) in mapping {
                    if key.scalar == nil { oddity = "a key in line \(place.line) is not a word" }
                    collect(key, lines, &openings, &oddity)
                    collect(value, lines, &openings, &oddity)
                }
            case .sequence(let sequence):
                if first == "[" { openings[place] = .flow }
                for item in sequence { collect(item, lines, &openings, &oddity) }
            case .alias: oddity = "it has an alias in line \(place.line)"
            }
        }
    }
}
