internal import Yams

/// A rule file as entries that stand on lines of their own, with the comments that belong to each.
struct FormatTree {
    /// A key with its value, or a member of a list.
    struct Entry {
        /// As it is written; nil for a member of a list.
        let key: String?
        let line: Int
        let column: Int
        let parent: Int?
        /// Its place among its neighbours: that of its table, or the one it has.
        let rank: Int
        /// Comments above it; an empty one is a blank line.
        var leading: [String] = []
        var trailing: [String] = []
        /// Comments below all that belongs to it.
        var after: [String] = []
        var value = Value.line("")
    }

    enum Value {
        case line(String)
        case block(header: String, lines: [String])
        /// - Parameter isAligned: Whether values of neighbouring lines begin at the same column.
        case mapping([Int], isAligned: Bool)
        case sequence([Int])
    }

    private(set) var entries: [Entry] = []
    private(set) var roots: [Int] = []
    /// Comments at the top of the file that belong to no section.
    private(set) var header: [String] = []
    private(set) var footer: [String] = []
    private let scan: SourceScan

    init(_ root: Node.Mapping, _ scan: SourceScan) {
        self.scan = scan
        roots = children(root, .table(.file), parent: nil)
        attachComments()
    }

    // MARK: Entries

    private mutating func children(_ mapping: Node.Mapping, _ form: ValueForm?, parent: Int?) -> [Int] {
        mapping.map { key, value in
            let rank = Self.rank(of: key, in: form)
            let place = Self.place(key) ?? SourceScan.Place(line: 1, column: 1)
            return add(
                Entry(
                    key: key.scalar.map { ScalarText.render($0, isInFlow: false) } ?? "", line: place.line,
                    column: place.column, parent: parent, rank: rank),
                value, Self.form(of: key, in: form))
        }
    }

    private mutating func add(_ entry: Entry, _ value: Node, _ form: ValueForm?) -> Int {
        let index = entries.count
        entries.append(entry)
        switch value {
        case .mapping(let mapping) where isBlock(value, mapping.isEmpty):
            let isAligned = if case .mapping(.names, _, _)? = form { true } else { false }
            entries[index].value = .mapping(children(mapping, form, parent: index), isAligned: isAligned)
        case .sequence(let sequence) where isBlock(value, sequence.isEmpty):
            let place = Self.place(value).flatMap { scan.isInBrackets($0) ? nil : $0 }
            let column = place?.column ?? entry.column + 1
            let items = sequence.map { item in
                add(
                    Entry(key: nil, line: item.mark?.line ?? entry.line, column: column, parent: index, rank: 0), item,
                    Self.member(of: form))
            }
            entries[index].value = .sequence(items)
        case .scalar(let scalar):
            if let block = Self.place(value).flatMap({ scan.blocks[$0] }) {
                entries[index].value = .block(header: block.header, lines: block.lines)
            } else {
                entries[index].value = .line(ScalarText.render(scalar, isInFlow: false))
            }
        default: entries[index].value = .line(Self.flow(value, form))
        }
        return index
    }

    /// What stands in brackets stays there when it is on one line; over several lines it is written without them.
    private func isBlock(_ node: Node, _ isEmpty: Bool) -> Bool {
        guard !isEmpty, let place = Self.place(node) else { return !isEmpty }
        guard scan.isInBrackets(place) else { return true }
        return scan.lastLine[place].map { $0 > place.line } ?? false
    }

    private static func flow(_ node: Node, _ form: ValueForm?) -> String {
        switch node {
        case .scalar(let scalar): return ScalarText.render(scalar, isInFlow: true)
        case .sequence(let sequence):
            return "[" + sequence.map { flow($0, member(of: form)) }.joined(separator: ", ") + "]"
        case .mapping(let mapping):
            let sorted = mapping.enumerated().sorted {
                (rank(of: $0.element.key, in: form), $0.offset) < (rank(of: $1.element.key, in: form), $1.offset)
            }
            let members = sorted.map { _, pair in
                flow(pair.key, nil) + ": " + flow(pair.value, self.form(of: pair.key, in: form))
            }
            return "{" + members.joined(separator: ", ") + "}"
        case .alias: return ""
        }
    }

    static func place(_ node: Node) -> SourceScan.Place? {
        node.mark.map { SourceScan.Place(line: $0.line, column: $0.column) }
    }

    // MARK: Forms

    /// Keys of a table have its order, unknown ones follow; names that the author chose keep theirs.
    static func rank(of key: Node, in form: ValueForm?) -> Int {
        guard case .table(let table)? = form?.asTable else { return 0 }
        return table.keys.firstIndex { $0.name == key.scalar?.string } ?? Int.max
    }

    static func form(of key: Node, in form: ValueForm?) -> ValueForm? {
        switch form?.asTable {
        case .table(let table)?: table.keys.first { $0.name == key.scalar?.string }?.value
        case .mapping(_, let form, _)?: form
        default: nil
        }
    }

    static func member(of form: ValueForm?) -> ValueForm? {
        if case .list(let form)? = form { return form }
        return nil
    }

    // MARK: Comments

    private mutating func attachComments() {
        var pending: [(column: Int, text: String)] = []
        var next = 0
        for (index, line) in scan.lines.enumerated() {
            let number = index + 1
            switch line {
            case .blank: if pending.last?.text != "" { pending.append((Int.max, "")) }
            case .comment(let column, let text): pending.append((column, text))
            case .content, .inside:
                if next < entries.count, entries[next].line <= number {
                    attach(pending, before: next)
                    pending = []
                    while next < entries.count, entries[next].line <= number { next += 1 }
                }
                if let comment = scan.trailing[number], next > 0 { entries[next - 1].trailing.append(comment) }
            }
        }
        attach(pending, before: nil)
        splitHeader()
    }

    /// A comment that is indented deeper than what follows belongs to what stands above it.
    private mutating func attach(_ pending: [(column: Int, text: String)], before next: Int?) {
        var rest = pending[...]
        let column = next.map { entries[$0].column } ?? 1
        while let first = rest.firstIndex(where: { !$0.text.isEmpty }), rest[first].column > column,
            let owner = owner(of: rest[first].column, before: next)
        {
            entries[owner].after += rest[...first].map(\.text)
            rest = rest[(first + 1)...]
        }
        if let next { entries[next].leading += rest.map(\.text) } else { footer += rest.map(\.text) }
    }

    private func owner(of column: Int, before next: Int?) -> Int? {
        var candidate = (next ?? entries.count) - 1
        while candidate >= 0, entries[candidate].column > column {
            guard let parent = entries[candidate].parent else { return nil }
            candidate = parent
        }
        guard candidate >= 0 else { return nil }
        var ancestor = next.flatMap { entries[$0].parent }
        while let known = ancestor {
            if known == candidate { return nil }
            ancestor = entries[known].parent
        }
        return candidate
    }

    private mutating func splitHeader() {
        guard let first = roots.first else { return }
        let leading = entries[first].leading
        let isForEditors = leading.first?.hasPrefix("# yaml-language-server:") == true
        guard let end = leading.lastIndex(of: "") ?? (isForEditors ? 0 : nil) else { return }
        header = Array(leading[...end])
        entries[first].leading = Array(leading[(end + 1)...])
    }
}

extension ValueForm {
    /// A table that may be left empty is a table.
    fileprivate var asTable: ValueForm {
        if case .optionalTable(let table) = self { return .table(table) }
        return self
    }
}
