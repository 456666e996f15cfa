internal import Yams

/// What the files of a rule set say, a value for each section.
struct RuleContent {
    private static let depthMax = 200
    private(set) var sections: [String: PlainValue] = [:]

    /// - Throws: A diagnostic when a file is not YAML, or has more nodes, aliases counted each time, than a rule set may have.
    init(_ files: [RuleFile]) throws(Diagnostic) {
        var parts: [String: [PlainValue]] = [:]
        let sorted = files.sorted { $0.path < $1.path }
        var nodesLeft = 2 * files.reduce(100_000) { $0 + $1.content.count }
        for file in sorted where Loader.isYAML(file.path) {
            guard let root = try YAMLFile(file).root else { continue }
            guard Self.fits(root, &nodesLeft) else {
                throw Diagnostic(
                    code: "too-large", at: SourcePosition(file: file.path, line: 1, column: 1),
                    "the aliases of the rule set stand for too many YAML nodes, or too deep ones")
            }
            guard case .mapping(let mapping) = root else { continue }
            for (key, value) in mapping where !Loader.isEmpty(value) {
                parts[key.scalar?.string ?? "?", default: []].append(PlainValue(value))
            }
        }
        sections = parts.mapValues { PlainValue.merged($0) }
        resolveLists(files)
    }

    /// Whether a tree, aliases counted each time, is small and flat enough to be gone over.
    private static func fits(_ root: Node, _ left: inout Int) -> Bool {
        var pending = [(node: root, depth: 0)]
        while let (node, depth) = pending.popLast() {
            left -= 1
            guard left > 0, depth < depthMax else { return false }
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping { pending += [(key, depth + 1), (value, depth + 1)] }
            case .sequence(let sequence): pending += sequence.map { ($0, depth + 1) }
            case .scalar, .alias: break
            }
        }
        return true
    }

    /// The members of a list that stands in a file of its own are compared like others.
    private mutating func resolveLists(_ files: [RuleFile]) {
        guard let lists = sections["lists"] else { return }
        let contents = Dictionary(files.map { ($0.path, $0.asRead.content) }) { first, _ in first }
        sections["lists"] = .mapping(
            lists.members.map { name, list in
                let isThere = list.members.contains { $0.key == "values" }
                guard !isThere, case .text(let path)? = list.members.first(where: { $0.key == "file" })?.value,
                    let content = contents[path]
                else { return (name, list) }
                let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline)
                let values = lines.compactMap { line -> PlainValue? in
                    let words = line.trimmingPrefix { $0.isWhitespace }
                    guard let end = words.lastIndex(where: { !$0.isWhitespace }), words.first != "#" else { return nil }
                    return .text(String(words[...end]))
                }
                return (name, .mapping(list.members + [("values", .list(values))]))
            })
    }
}
