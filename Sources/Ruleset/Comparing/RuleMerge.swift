/// Applies to the files of a rule set what changed between two others: line by line, so that comments and order stay.
package struct RuleMerge: Sendable {
    /// Lines that both sides have changed.
    package struct Conflict: Sendable, Hashable {
        package let path: String
        /// The first of `ours`, from 1.
        package let line: Int
        // nil for a file that is not there.
        package let base: [String]?
        package let ours: [String]?
        package let theirs: [String]?
    }

    /// Sorted by path; without meaning where there are conflicts.
    package private(set) var files: [RuleFile] = []
    package private(set) var conflicts: [Conflict] = []

    /// The file of arms is the daemon's own: it is ours, and the push brings it up to date.
    private static let armsPath = "allocations.txt"

    /// - Parameters:
    ///   - base: What both others come from.
    ///   - ours: The files that are changed.
    ///   - theirs: What `base` became on the other side.
    package init(base: [RuleFile], ours: [RuleFile], theirs: [RuleFile]) {
        let (base, own, other) = (Self.byPath(base), Self.byPath(ours), Self.byPath(theirs))
        for path in Set(base.keys).union(own.keys).union(other.keys).sorted() {
            let (before, mine, yours) = (base[path], own[path], other[path])
            if path == Self.armsPath || before == yours || mine == yours {
                keep(path, mine)
            } else if before == mine {
                keep(path, yours)
            } else if let before, let mine, let yours {
                merge(path, LineMerge(base: before, ours: mine, theirs: yours))
            } else {
                conflicts.append(
                    Conflict(
                        path: path, line: 1, base: before.map(Self.words), ours: mine.map(Self.words),
                        theirs: yours.map(Self.words)))
            }
        }
    }

    /// The conflicts for people, with a line end each; empty without any.
    package var text: String {
        conflicts.map { conflict in
            "\(conflict.path):\(conflict.line)\n" + Self.side("served now", conflict.ours)
                + Self.side("as pushed", conflict.base) + Self.side("before it", conflict.theirs)
        }.joined()
    }

    private static let linesShownMax = 20

    private static func side(_ title: String, _ lines: [String]?) -> String {
        guard let lines else { return "  \(title): no such file\n" }
        guard !lines.isEmpty else { return "  \(title): nothing\n" }
        let rest = lines.count - linesShownMax
        return "  \(title):\n" + lines.prefix(linesShownMax).map { "    \($0)\n" }.joined()
            + (rest > 0 ? "    … and \(rest) more lines\n" : "")
    }

    private mutating func keep(_ path: String, _ content: [UInt8]?) {
        if let content { files.append(RuleFile(path: path, content: content)) }
    }

    private mutating func merge(_ path: String, _ merge: LineMerge) {
        keep(path, merge.content)
        conflicts += merge.conflicts.map { conflict in
            Conflict(
                path: path, line: conflict.line, base: conflict.base.map(Self.word), ours: conflict.ours.map(Self.word),
                theirs: conflict.theirs.map(Self.word))
        }
    }

    private static func byPath(_ files: [RuleFile]) -> [String: [UInt8]] {
        Dictionary(files.map { ($0.path, $0.content) }) { first, _ in first }
    }

    private static func words(_ content: [UInt8]) -> [String] { LineMerge.lines(content).map(word) }

    private static func word(_ line: ArraySlice<UInt8>) -> String {
        var line = line
        while line.last == 0x0a || line.last == 0x0d { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }
}
