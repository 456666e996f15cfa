internal import Model
internal import Yams

/// One mistake, one message: what follows from a mistake that was said already is kept back.
extension Loader {
    // MARK: What was declared wrongly

    /// Takes up the names under a node that is passed over, so that nobody is told that they are missing.
    mutating func breakNames(_ node: Node, depth: Int = 0) {
        guard depth < 4, brokenNames.count < 10_000, case .mapping(let mapping) = node else { return }
        for (key, value) in mapping {
            if let name = key.scalar?.string { brokenNames.insert(name.normalForm) }
            breakNames(value, depth: depth + 1)
        }
    }

    /// Names of attributes, events and lists that are written, but not understood; before any condition is looked at.
    mutating func breakUnloaded(_ sections: [String: [Section]]) {
        let loaded: [String: Set<String>] = [
            "events": Set(ruleSet.events.map(\.name)), "lists": Set(ruleSet.lists.map(\.name)),
        ]
        for (section, names) in loaded {
            for part in sections[section] ?? [] {
                guard case .mapping(let mapping) = part.value else {
                    brokenSections.insert(section)
                    continue
                }
                for (key, _) in mapping {
                    if let name = key.scalar?.string.normalForm, !names.contains(name) { brokenNames.insert(name) }
                }
            }
        }
        let attributes = Set(ruleSet.attributes.map { "\($0.entity.name).\($0.name)" })
        for part in sections["attributes"] ?? [] {
            guard case .mapping(let entities) = part.value else { continue }
            for (entity, node) in entities {
                guard case .mapping(let mapping) = node else { continue }
                for (key, _) in mapping {
                    guard let name = key.scalar?.string.normalForm else { continue }
                    if !attributes.contains("\(entity.scalar?.string ?? "").\(name)") { brokenNames.insert(name) }
                }
            }
        }
    }

    /// Whether a name of a condition at a place was declared wrongly; then it is known already that something is wrong with it.
    func isBroken(at offset: Int, in source: String) -> Bool {
        guard !brokenNames.isEmpty else { return false }
        let bytes = Array(source.utf8)
        func isPart(_ byte: UInt8) -> Bool {
            byte >= 0x80 || byte == 0x5f || byte == 0x2d || (48...57).contains(byte) || (97...122).contains(byte | 0x20)
        }
        var start = min(offset, bytes.count)
        if start < bytes.count, bytes[start] == 0x22 || bytes[start] == 0x27 { start += 1 }
        var end = start
        while start > 0, isPart(bytes[start - 1]) { start -= 1 }
        while end < bytes.count, isPart(bytes[end]) { end += 1 }
        return brokenNames.contains(String(decoding: bytes[start..<end], as: UTF8.self))
    }

    // MARK: Commas

    /// The pairs of a mapping, without those that only a comma within a text made.
    ///
    /// - Parameter isKey: Whether a key may stand there; one that may not and has no value is the rest of a text.
    mutating func pairs(
        _ mapping: Node.Mapping, _ file: String, isKey: (String) -> Bool
    ) -> (pairs: [(key: Node, value: Node)], hasSlip: Bool) {
        var result: [(key: Node, value: Node)] = []
        var hasSlip = false
        /// The text so far.
        var cut: (text: String, node: Node)?
        for (key, value) in mapping {
            // Only within brackets do two keys stand on one line.
            let line = cut?.node.mark?.line ?? result.last?.value.mark?.line
            let isRest =
                Self.isAbsent(value) && line != nil && key.mark?.line == line
                && key.scalar.map { $0.style == .plain && !isKey($0.string) } == true && !hasColon(key, file)
            if isRest, cut == nil, let last = result.last, let scalar = last.value.scalar, scalar.style == .plain,
                !scalar.string.isEmpty
            {
                cut = (scalar.string, last.value)
                result.removeLast()
                if let name = last.key.scalar?.string { brokenNames.insert(name) }
            }
            if isRest, cut != nil {
                cut?.text += ", " + (key.scalar?.string ?? "")
                continue
            }
            if let found = cut { reportCut(found.text, found.node, file) }
            hasSlip = hasSlip || cut != nil
            cut = nil
            result.append((key, value))
        }
        if let found = cut { reportCut(found.text, found.node, file) }
        return (result, hasSlip || cut != nil)
    }

    /// Whether a colon says that a key without a value is one.
    private mutating func hasColon(_ key: Node, _ file: String) -> Bool {
        guard let text = key.scalar?.string, let mark = key.mark else { return false }
        let written = line(mark.line, file).unicodeScalars.dropFirst(mark.column - 1)
        return written.dropFirst(text.unicodeScalars.count).first { $0 != " " } == ":"
    }

    private static func isAbsent(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain && scalar.string.isEmpty
    }

    /// Conditions of a list in brackets, of which a comma may have made several.
    mutating func wholeItems(_ sequence: Node.Sequence, _ file: String) -> [Node] {
        var result: [Node] = []
        var cut: (text: String, node: Node)?
        for node in sequence {
            guard let scalar = node.scalar, scalar.style == .plain else {
                result.append(node)
                continue
            }
            if let open = cut, open.node.mark?.line == node.mark?.line {
                cut?.text += ", " + scalar.string
                if Self.isBalanced(open.text + scalar.string) {
                    reportCut(cut?.text ?? "", open.node, file)
                    cut = nil
                }
            } else if Self.isBalanced(scalar.string) {
                result.append(node)
            } else {
                cut = (scalar.string, node)
            }
        }
        if let open = cut { result.append(open.node) }
        return result
    }

    private static func isBalanced(_ text: String) -> Bool {
        text.utf8.count { $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "[") }
            == text.utf8.count { $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: "]") }
    }

    private mutating func reportCut(_ text: String, _ node: Node, _ file: String) {
        let digits = text.filter { $0 != "," && $0 != " " }
        if Int(digits) != nil, text.split(separator: ", ").dropFirst().allSatisfy({ $0.utf8.count == 3 }) {
            report(
                "wrong-form", node, file, "a number has no separators between thousands; here the comma ends it",
                suggestion: digits)
            return
        }
        report(
            "wrong-form", node, file, "within `[ ]` or `{ }` a comma ends a text that has no quotes",
            suggestion: "`\(YAMLSlips.quoted(text))`")
    }

    // MARK: Forms

    /// Says what stands where a mapping is needed.
    mutating func reportNoMapping(_ node: Node, _ file: String, _ message: String) {
        breakNames(node)
        if case .scalar(let scalar) = node, let slip = KeySlips.joined(scalar.string) {
            report("wrong-form", node, file, slip.message, suggestion: slip.suggestion)
        } else if case .sequence(let sequence) = node {
            for item in sequence { breakNames(item) }
            let start = node.mark.map { line($0.line, file).unicodeScalars.dropFirst($0.column - 1).first }
            let isFlow = start == "["
            report(
                "wrong-form", node, file, "\(message); here stands a list",
                suggestion: isFlow
                    ? "write each with its name and a colon, between `{` and `}`"
                    : "leave the dashes out, and begin each with its name and a colon")
        } else {
            report("wrong-form", node, file, message)
        }
    }

    /// Says what stands where one text is needed.
    mutating func reportNoText(_ node: Node, _ file: String) {
        let start = node.mark.map { line($0.line, file).unicodeScalars.dropFirst($0.column - 1) }
        let written = start.map { String(String.UnicodeScalarView($0)) } ?? ""
        let text = TextEdges.trimmed(String(written.prefix { !$0.isNewline }))
        if written.hasPrefix("{{") {
            report(
                "wrong-form", node, file, "a text with an insertion at its start stands between quotes",
                suggestion: "`\(YAMLSlips.quoted(text))`")
            return
        }
        if case .sequence(let sequence) = node {
            let isFlow = written.hasPrefix("[")
            report(
                "wrong-form", node, file, "this takes one text; here stands a list",
                suggestion: isFlow && sequence.count == 1
                    ? "a text that begins with `[` between quotes: `\(YAMLSlips.quoted(text))`" : nil)
        } else {
            report("wrong-form", node, file, "this takes one text; here stand keys with values")
        }
    }

    /// Says what stands where a list is needed.
    mutating func reportNoList(_ node: Node, _ file: String) {
        guard case .scalar(let scalar) = node else {
            report("wrong-form", node, file, "this takes a list, such as `[one, two]`; here stand keys with values")
            return
        }
        let items = scalar.string.split { $0 == "," || $0.isNewline || $0 == " " && scalar.string.hasPrefix("-") }
            .map { TextEdges.trimmed(String($0)) }.filter { !$0.isEmpty && $0 != "-" }
        let hasDashes = scalar.style == .plain && items.allSatisfy { $0.hasPrefix("-") }
        report(
            "wrong-form", node, file,
            hasDashes ? "a space is missing behind the dash" : "this takes a list, such as `[one, two]`",
            suggestion: hasDashes
                ? items.first.map { "`- \($0.dropFirst())`" }
                : "`[\(items.prefix(4).joined(separator: ", "))\(items.count > 4 ? ", …" : "")]`")
    }

    // MARK: Keys

    /// Leaves out what stands beside a name that should stand below it, and says so.
    mutating func withoutOutdented(
        _ pairs: [(key: Node, value: Node)], _ table: KeyTable, _ file: String
    ) -> [(key: Node, value: Node)] {
        guard let index = pairs.firstIndex(where: { Self.isAbsent($0.value) }), pairs.count > index + 1,
            let name = pairs[index].key.scalar?.string
        else { return pairs }
        let behind = pairs[(index + 1)...].prefix { pair in
            table.keys.contains { $0.name == pair.key.scalar?.string }
        }
        guard let first = behind.first?.key.scalar?.string else { return pairs }
        report(
            "wrong-form", behind[behind.startIndex].key, file,
            "`\(first)` stands beside `\(name)`, below which nothing stands; it is a key of \(table.subject)",
            suggestion: "two more spaces before it and what follows, so that it stands below `\(name)`")
        brokenNames.insert(name)
        return Array(pairs[..<index]) + Array(pairs[behind.endIndex...])
    }

    /// What was found among the keys of one mapping.
    struct UnknownKeys {
        /// Whether a key was refused.
        var hasSlip: Bool
        /// The key before, if nothing stands below it.
        var emptyKey: String?
        /// Whether the keys that follow it are indented too little.
        var isOutdented = false
    }

    mutating func reportUnknown(
        _ key: String, _ node: Node, _ value: Node, _ file: String, _ table: KeyTable, _ state: inout UnknownKeys
    ) {
        breakNames(value)
        brokenNames.insert(key)
        let isFirst = !state.isOutdented
        if let first = key.unicodeScalars.first, Letters.isInvisible(first) {
            state.hasSlip = true
            brokenNames.insert(String(key.drop { !$0.isLetter }))
            report(
                "unknown-key", node, file,
                "an invisible character or a special space (\(Letters.number(first))) indents this line; in YAML only plain "
                    + "spaces do", suggestion: "a plain space instead of each")
            return
        }
        if let slip = KeySlips.joined(key) {
            state.hasSlip = true
            report("unknown-key", node, file, slip.message, suggestion: slip.suggestion)
            return
        }
        state.hasSlip = true
        if let empty = state.emptyKey, Spelling.nearest(to: key, among: table.names) == nil {
            state.isOutdented = true
            guard isFirst else { return }
            report(
                "unknown-key", node, file,
                "`\(key)` is not a key of \(table.subject), and nothing stands below `\(empty)` before it",
                suggestion: "two more spaces before it and what follows, so that it stands within `\(empty)`")
            return
        }
        let oddity = Letters.oddity(in: key)
        let meant = ValueSlips.word(oddity?.plain ?? key, among: table.names)
        report(
            "unknown-key", node, file,
            "`\(key)` is not a key of \(table.subject)" + (oddity.map { "; \($0.problem)" } ?? ""),
            suggestion: meant ?? "one of \(table.names.joined(separator: ", "))")
    }
}
