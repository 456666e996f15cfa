internal import Yams

/// Changes of single texts of a file: gathered by what the texts say, made where they stand, and proven by reading the file again.
struct SourceEdits {
    /// What a text is to say, and which of its parts change.
    private struct Text {
        var node: Node.Scalar
        /// Offsets in the text, in UTF-8, of what is replaced.
        var offsets: Set<Int> = []
    }

    /// A mapping that gets a key behind another of its keys.
    private struct Addition {
        var key: Node.Scalar
        var behind: Node.Scalar
        var text: String
        /// The key and what the mapping below it says.
        var name: String
        var members: [String: String]
    }

    let old: String
    let new: String
    private var texts: [SourceScan.Place: Text] = [:]
    /// Texts that say something else as a whole.
    private var wholes: [SourceScan.Place: (node: Node.Scalar, text: String)] = [:]
    private var additions: [SourceScan.Place: Addition] = [:]

    init(old: String, new: String) {
        (self.old, self.new) = (old, new)
    }

    /// Replaces the old name at places of a text.
    mutating func replace(_ node: Node, at offsets: some Sequence<Int>) {
        guard let scalar = node.scalar, let place = FormatTree.place(node) else { return }
        let offsets = Array(offsets)
        guard !offsets.isEmpty else { return }
        texts[place, default: Text(node: scalar)].offsets.formUnion(offsets)
    }

    /// Replaces a text that is the old name.
    mutating func replace(_ node: Node) {
        if node.scalar?.string == old { replace(node, at: [0]) }
    }

    /// Replaces a whole text.
    mutating func set(_ node: Node, to text: String) {
        guard let scalar = node.scalar, let place = FormatTree.place(node), scalar.string != text else { return }
        wholes[place] = (scalar, text)
    }

    /// Adds `name: {key: value}` behind a key of a mapping.
    mutating func add(_ name: String, _ key: String, _ value: String, to mapping: Node, behind sibling: String) {
        guard case .mapping(let entries) = mapping, let place = FormatTree.place(mapping),
            let pair = entries.first(where: { $0.key.scalar?.string == sibling }), let keyNode = pair.key.scalar,
            let valueNode = pair.value.scalar
        else { return }
        additions[place] = Addition(
            key: keyNode, behind: valueNode, text: "\(name): {\(key): \(value)}",
            name: name, members: [key: value])
    }

    // MARK: Making them

    private struct Replacement {
        let range: Range<Int>
        let bytes: [UInt8]
    }

    /// - Throws: `RuleRename.Refusal` when the file is written so that its texts are not found where they seem to stand.
    func applied(to file: RuleFile) throws(RuleRename.Refusal) -> [UInt8] {
        guard !texts.isEmpty || !wholes.isEmpty || !additions.isEmpty else { return file.content }
        let mark = file.content.count - file.asRead.content.count
        let body = Array(file.content.dropFirst(max(0, mark)))
        guard body == file.asRead.content else { throw refusal(file, "it is not in Unicode's normal form (NFC)") }
        let source = Source(body)
        var replacements: [Replacement] = []
        for (place, text) in texts {
            for offset in text.offsets {
                guard let start = source.start(of: text.node, at: place),
                    let found = occurrence(number(of: offset, in: text.node.string), in: body, from: start)
                else { throw refusal(file, "line \(place.line)") }
                replacements.append(Replacement(range: found, bytes: Array(new.utf8)))
            }
        }
        for (place, whole) in wholes {
            let bytes = Array(whole.node.string.utf8)
            guard let start = source.start(of: whole.node, at: place),
                let range = Source.range(of: bytes, in: body, from: start)
            else { throw refusal(file, "line \(place.line)") }
            replacements.append(Replacement(range: range, bytes: Array(whole.text.utf8)))
        }
        for (place, addition) in additions {
            // The parser tells another style than the mapping has.
            let isFlow = source.start(at: place).map { body[$0] == UInt8(ascii: "{") } ?? false
            guard let replacement = replacement(addition, isFlow: isFlow, source) else {
                throw refusal(file, "line \(place.line)")
            }
            replacements.append(replacement)
        }
        var content = body
        var end = content.count
        for replacement in replacements.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            guard replacement.range.upperBound <= end else { throw refusal(file, "two of its texts are one") }
            content.replaceSubrange(replacement.range, with: replacement.bytes)
            end = replacement.range.lowerBound
        }
        try prove(file, body, content)
        return Array(file.content.prefix(max(0, mark))) + content
    }

    private func replacement(_ addition: Addition, isFlow: Bool, _ source: Source) -> Replacement? {
        guard let keyMark = addition.key.mark, let mark = addition.behind.mark else { return nil }
        let place = SourceScan.Place(line: mark.line, column: mark.column)
        guard let start = source.start(of: addition.behind, at: place),
            let value = Source.range(of: Array(addition.behind.string.utf8), in: source.bytes, from: start)
        else { return nil }
        var end = value.upperBound
        if isFlow {
            if [.singleQuoted, .doubleQuoted].contains(addition.behind.style) { end += 1 }
            return Replacement(range: end..<end, bytes: Array(", \(addition.text)".utf8))
        }
        while end < source.bytes.count, source.bytes[end] != 0x0a { end += 1 }
        let hasReturn = end > 0 && source.bytes[end - 1] == 0x0d && end < source.bytes.count
        if hasReturn { end -= 1 }
        let indentation = String(repeating: " ", count: keyMark.column - 1)
        return Replacement(
            range: end..<end, bytes: Array("\(hasReturn ? "\r\n" : "\n")\(indentation)\(addition.text)".utf8))
    }

    /// Which of the places in a text at which the old name stands, be it within a longer word, an offset is.
    private func number(of offset: Int, in text: String) -> Int {
        let (text, name) = (Array(text.utf8), Array(old.utf8))
        return (0..<offset).count { text[$0...].starts(with: name) }
    }

    private func occurrence(_ number: Int, in bytes: [UInt8], from start: Int) -> Range<Int>? {
        let name = Array(old.utf8)
        var start = start
        var left = number
        while let found = Source.range(of: name, in: bytes, from: start) {
            if left == 0 { return found }
            left -= 1
            start = found.lowerBound + 1
        }
        return nil
    }

    private func refusal(_ file: RuleFile, _ reason: String) -> RuleRename.Refusal {
        RuleRename.Refusal(
            description:
                "\(file.path) is written so that it cannot be changed in place (\(reason)); change it by hand, or bring it "
                + "into plain form with `bespokectl rules format`")
    }

    // MARK: Proving them

    /// The changed file says what is meant, and nothing else of it says anything else.
    private func prove(_ file: RuleFile, _ body: [UInt8], _ content: [UInt8]) throws(RuleRename.Refusal) {
        do throws(Diagnostic) {
            let before = try YAMLFile(RuleFile(path: file.path, content: body), resolver: .default).root
            let after = try YAMLFile(RuleFile(path: file.path, content: content), resolver: .default).root
            if let before, let after, isMeant(before, after) { return }
        } catch {
            throw refusal(file, error.message)
        }
        throw refusal(file, "the same text stands for several, or has escapes")
    }

    private func isMeant(_ before: Node, _ after: Node) -> Bool {
        switch (before, after) {
        case (.scalar(let left), .scalar(let right)):
            return expected(left, FormatTree.place(before)) == right.string && before.tag == after.tag
        case (.sequence(let left), .sequence(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { isMeant($0, $1) }
        case (.mapping(let left), .mapping(let right)):
            var entries = right.map { $0 }
            if let addition = FormatTree.place(before).flatMap({ additions[$0] }) {
                guard let index = entries.firstIndex(where: { $0.key.scalar?.string == addition.name }),
                    case .mapping(let added) = entries.remove(at: index).value,
                    added.count == addition.members.count,
                    added.allSatisfy({ addition.members[$0.key.scalar?.string ?? ""] == $0.value.scalar?.string })
                else { return false }
            }
            return left.count == entries.count
                && zip(left, entries).allSatisfy { isMeant($0.key, $1.key) && isMeant($0.value, $1.value) }
        default: return false
        }
    }

    private func expected(_ node: Node.Scalar, _ place: SourceScan.Place?) -> String {
        guard let place else { return node.string }
        if let whole = wholes[place] { return whole.text }
        guard let text = texts[place] else { return node.string }
        var bytes = Array(node.string.utf8)
        for offset in text.offsets.sorted(by: >) {
            bytes.replaceSubrange(offset..<(offset + old.utf8.count), with: Array(new.utf8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where the lines of a file begin.
    private struct Source {
        let bytes: [UInt8]
        private let lineStarts: [Int]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            lineStarts = [0] + bytes.indices.filter { bytes[$0] == 0x0a }.map { $0 + 1 }
        }

        /// - Returns: Where the content of a text begins, its quotes included.
        func start(of scalar: Node.Scalar, at place: SourceScan.Place) -> Int? {
            guard lineStarts.indices.contains(place.line - 1) else { return nil }
            if [.literal, .folded].contains(scalar.style) {
                // Behind the line of its sign, which may have a comment.
                return lineStarts.indices.contains(place.line) ? lineStarts[place.line] : nil
            }
            return start(at: place)
        }

        /// - Returns: nil behind the end.
        func start(at place: SourceScan.Place) -> Int? {
            guard lineStarts.indices.contains(place.line - 1) else { return nil }
            var index = lineStarts[place.line - 1]
            for _ in 1..<place.column {
                guard index < bytes.count else { return nil }
                index += 1
                while index < bytes.count, bytes[index] & 0xc0 == 0x80 { index += 1 }
            }
            return index < bytes.count ? index : nil
        }

        static func range(of part: [UInt8], in bytes: [UInt8], from start: Int) -> Range<Int>? {
            guard !part.isEmpty, bytes.count >= part.count, start <= bytes.count - part.count else { return nil }
            return (start...(bytes.count - part.count)).first {
                bytes[$0] == part[0] && bytes[$0...].starts(with: part)
            }
            .map { $0..<($0 + part.count) }
        }
    }
}
