/// Writes a tree of entries as lines: two spaces a level, sections and keys in the order of the reference.
struct FormatWriter {
    private let tree: FormatTree
    private var lines: [String] = []

    init(_ tree: FormatTree) { self.tree = tree }

    /// The whole file, its last line ended.
    static func text(_ tree: FormatTree) -> String {
        var writer = FormatWriter(tree)
        writer.writeFile()
        return writer.lines.map { $0 + "\n" }.joined()
    }

    private mutating func writeFile() {
        let header = Self.trimmed(tree.header)
        lines += header
        for index in sorted(tree.roots) {
            if !lines.isEmpty { lines.append("") }
            writeLeading(index, 0, isFirst: true)
            write(index, 0, prefix: "", width: 0)
        }
        let footer = Self.trimmed(tree.footer)
        if !footer.isEmpty { lines += [""] + footer }
    }

    private static func trimmed(_ comments: [String]) -> [String] {
        let start = comments.firstIndex { !$0.isEmpty } ?? comments.endIndex
        let end = comments.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? start
        return Array(comments[start..<end])
    }

    private func sorted(_ indices: [Int]) -> [Int] {
        indices.sorted { (tree.entries[$0].rank, $0) < (tree.entries[$1].rank, $1) }
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    private mutating func writeComments(_ comments: [String], _ indentation: Int) {
        lines += comments.map { $0.isEmpty ? "" : Self.spaces(indentation) + $0 }
    }

    /// - Parameter isFirst: Whether it is the first of its neighbours: no blank line stands above it.
    private mutating func writeLeading(_ index: Int, _ indentation: Int, isFirst: Bool) {
        let entry = tree.entries[index]
        let leading = isFirst ? Array(entry.leading.drop { $0.isEmpty }) : entry.leading
        writeComments(leading + entry.trailing.dropLast(), indentation)
    }

    private mutating func writeChildren(_ indices: [Int], _ indentation: Int, isAligned: Bool) {
        let order = sorted(indices)
        let widths = isAligned ? self.widths(order) : [:]
        for (position, index) in order.enumerated() {
            writeLeading(index, indentation, isFirst: position == 0)
            write(index, indentation, prefix: Self.spaces(indentation), width: widths[index] ?? 0)
        }
    }

    /// - Parameters:
    ///   - indentation: Of the entry, in spaces.
    ///   - prefix: What its first line begins with.
    ///   - width: Of the longest key with which its value is aligned.
    private mutating func write(_ index: Int, _ indentation: Int, prefix: String, width: Int) {
        let entry = tree.entries[index]
        let comment = entry.trailing.last.map { "  " + $0 } ?? ""
        let start = entry.key.map { prefix + $0 + ":" } ?? prefix + "-"
        let gap = Self.spaces(max(1, 1 + width - (entry.key?.unicodeScalars.count ?? 0)))
        switch entry.value {
        case .line(let text): lines.append(start + (text.isEmpty ? "" : gap + text) + comment)
        case .block(let header, let content):
            lines.append(start + " " + header + comment)
            lines += content.map { $0.isEmpty ? "" : Self.spaces(indentation + 2) + $0 }
        case .mapping(let children, let isAligned):
            if entry.key == nil, let first = sorted(children).first {
                writeItem(children, first, indentation, prefix, comment)
            } else {
                lines.append(start + comment)
                writeChildren(children, indentation + 2, isAligned: isAligned)
            }
        case .sequence(let items):
            lines.append(start + comment)
            for (position, item) in items.enumerated() {
                writeLeading(item, indentation + 2, isFirst: position == 0)
                write(item, indentation + 2, prefix: Self.spaces(indentation + 2), width: 0)
            }
        }
        writeComments(entry.after, indentation)
    }

    /// The first key stands beside the dash; what was said above it is said above the dash.
    private mutating func writeItem(
        _ children: [Int], _ first: Int, _ indentation: Int, _ prefix: String, _ comment: String
    ) {
        if !comment.isEmpty { writeComments([String(comment.dropFirst(2))], indentation) }
        writeLeading(first, indentation, isFirst: true)
        write(first, indentation + 2, prefix: prefix + "- ", width: 0)
        for index in sorted(children).dropFirst() {
            writeLeading(index, indentation + 2, isFirst: false)
            write(index, indentation + 2, prefix: Self.spaces(indentation + 2), width: 0)
        }
    }

    /// Neighbours on lines of their own are aligned with each other; a comment or a blank line begins a new group.
    private func widths(_ order: [Int]) -> [Int: Int] {
        var result: [Int: Int] = [:]
        var group: [Int] = []
        func close() {
            let width = group.map { tree.entries[$0].key?.unicodeScalars.count ?? 0 }.max() ?? 0
            for index in group { result[index] = width }
            group = []
        }
        for index in order {
            let entry = tree.entries[index]
            guard case .line(let text) = entry.value, !text.isEmpty else {
                close()
                continue
            }
            if !entry.leading.isEmpty || entry.trailing.count > 1 { close() }
            group.append(index)
            if !entry.after.isEmpty { close() }
        }
        close()
        return result
    }
}
