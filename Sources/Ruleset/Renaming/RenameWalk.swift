internal import CEL
internal import Model
internal import Yams

/// Goes over a rule file by the tables that say what stands where, and gathers what names the thing that is renamed.
struct RenameWalk {
    private let rename: RuleRename
    private let environment: Environment
    private(set) var edits: SourceEdits

    init(_ rename: RuleRename, _ environment: Environment) {
        self.rename = rename
        self.environment = environment
        edits = SourceEdits(old: rename.old, new: rename.new)
    }

    /// - Parameter path: The keys down to the node, those of tables only.
    mutating func visit(_ node: Node, _ form: ValueForm, _ path: [String]) {
        switch (form, node) {
        case (.table(let table), .mapping(let entries)), (.optionalTable(let table), .mapping(let entries)):
            for (key, value) in entries {
                guard let found = table.keys.first(where: { $0.name == key.scalar?.string }) else { continue }
                visit(value, found.value, path + [found.name])
            }
        case (.list(let form), .sequence(let items)):
            for item in items { visit(item, form, path) }
        // One alone may stand without the list.
        case (.list(let form), .scalar): visit(node, form, path)
        case (.mapping(let keys, let form, _), .mapping(let entries)):
            visit(entries, keys, form, path)
        case (.reference(let what), .scalar) where what == rename.kind.rawValue: edits.replace(node)
        case (.name, .scalar) where rename.kind == .purpose && path.last == "purpose": edits.replace(node)
        case (.attribute, .scalar(let scalar)):
            if let entity = rename.entity, scalar.string == "\(entity.name).\(rename.old)" {
                edits.replace(node, at: [entity.name.utf8.count + 1])
            }
        case (.condition, .scalar), (.conditions, .scalar): visitCondition(node)
        case (.conditions, .sequence(let items)): for item in items { visitCondition(item) }
        case (.text, .scalar(let scalar)) where rename.kind == .segment && path.suffix(2) == ["expect", "segments"]:
            edits.replace(node, at: words(in: scalar.string))
        default: break
        }
    }

    private mutating func visit(
        _ entries: Node.Mapping, _ keys: ValueForm.Keys, _ form: ValueForm, _ path: [String]
    ) {
        let isDeclaration =
            rename.kind != .attribute && path.last == rename.kind.section
            && (path.count == 1 || rename.kind == .purpose)
        for (key, value) in entries {
            let name = key.scalar?.string ?? ""
            switch keys {
            case .names where isDeclaration: edits.replace(key)
            case .references(let what) where what == rename.kind.rawValue: edits.replace(key)
            case .choice where path == ["attributes"]:
                if name == rename.entity?.name, case .mapping(let attributes) = value { declare(attributes) }
            case .words where path.count == 2 && path[0] == "tests" && path[1] == rename.entity?.name:
                edits.replace(key)
            case .references("field"): if let text = value.scalar?.string { visitTemplate(value, text) }
            default: break
            }
            visit(value, form, path)
        }
    }

    /// The attribute itself: visitors' and accounts' values come along by `rename`.
    private mutating func declare(_ attributes: Node.Mapping) {
        for (key, value) in attributes where key.scalar?.string == rename.old {
            edits.replace(key)
            guard rename.entity != .request, case .mapping(let entries) = value else { continue }
            let former = entries.first { $0.key.scalar?.string == "rename" }?.value
            if case .mapping(let known)? = former,
                let from = known.first(where: { $0.key.scalar?.string == "from" })?.value
            {
                edits.set(from, to: rename.old)
            } else {
                edits.add("rename", "from", rename.old, to: value, behind: "type")
            }
        }
    }

    // MARK: Templates

    private mutating func visitTemplate(_ node: Node, _ text: String) {
        guard let entity = rename.entity else { return }
        let path = Array("\(entity.name).\(rename.old)".utf8)
        let bytes = Array(text.utf8)
        var offsets: [Int] = []
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "{"), bytes[index + 1] == UInt8(ascii: "{") else {
                index += 1
                continue
            }
            index += 2
            while index < bytes.count, [0x20, 0x09, 0x0a].contains(bytes[index]) { index += 1 }
            let end = index + path.count
            if bytes[index...].starts(with: path), end >= bytes.count || !Self.isPart(bytes[end]) {
                offsets.append(index + entity.name.utf8.count + 1)
            }
        }
        edits.replace(node, at: offsets)
    }

    /// The places at which the old name stands as a word of its own.
    private func words(in text: String) -> [Int] {
        let (bytes, name) = (Array(text.utf8), Array(rename.old.utf8))
        return bytes.indices.filter { index in
            let end = index + name.count
            return bytes[index...].starts(with: name) && (index == 0 || !Self.isPart(bytes[index - 1]))
                && (end >= bytes.count || !Self.isPart(bytes[end]))
        }
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: Conditions

    private mutating func visitCondition(_ node: Node) {
        guard let source = node.scalar?.string, source.contains(rename.old),
            case .success(let checked) = environment.check(source)
        else { return }
        edits.replace(node, at: ConditionNames(rename, Array(source.utf8)).offsets(in: checked.root))
    }
}

/// Where a condition names the thing that is renamed.
private struct ConditionNames {
    let rename: RuleRename
    let source: [UInt8]

    private static let functions: [RuleRename.Kind: [String]] = [
        .segment: ["in_segment"], .list: ["in_list"], .icp: ["is_icp", "fit"],
    ]

    init(_ rename: RuleRename, _ source: [UInt8]) {
        (self.rename, self.source) = (rename, source)
    }

    func offsets(in root: Expression) -> Set<Int> {
        var offsets: Set<Int> = []
        var pending = [root]
        while let expression = pending.popLast() {
            switch expression.kind {
            case .literal, .identifier: break
            case .select(let operand, let field, _):
                if field == rename.old, let offset = self.offset(ofFieldOf: operand) { offsets.insert(offset) }
                pending.append(operand)
            case .list(let elements): pending += elements
            case .map(let entries): for entry in entries { pending += [entry.key, entry.value] }
            case .comprehension(let fold):
                pending += [fold.range, fold.initial, fold.condition, fold.step, fold.result]
            case .call(let function, let target, let arguments):
                offsets.formUnion(names(function, arguments))
                pending += arguments
                if let target { pending.append(target) }
            }
        }
        return offsets
    }

    /// - Returns: Where the field stands, if its name is of the kind that is renamed.
    private func offset(ofFieldOf operand: Expression) -> Int? {
        switch (rename.kind, operand.kind) {
        case (.attribute, .identifier(let entity)) where entity == rename.entity?.name:
            return behind(operand.offset, [entity])
        case (.event, .identifier("events")): return behind(operand.offset, ["events"])
        case (.event, .select(let owner, "events", _)):
            guard case .identifier("account") = owner.kind else { return nil }
            return behind(owner.offset, ["account", "events"])
        default: return nil
        }
    }

    /// Passes over words and the points behind them, with the space that may stand between.
    private func behind(_ offset: Int, _ words: [String]) -> Int? {
        var index = offset
        func skipSpace() { while index < source.count, source[index] <= 0x20 { index += 1 } }
        for word in words {
            guard index <= source.count, source[index...].starts(with: word.utf8) else { return nil }
            index += word.utf8.count
            skipSpace()
            guard index < source.count, source[index] == UInt8(ascii: ".") else { return nil }
            index += 1
            skipSpace()
        }
        return source[index...].starts(with: rename.old.utf8) ? index : nil
    }

    private func names(_ function: String, _ arguments: [Expression]) -> [Int] {
        if Self.functions[rename.kind]?.contains(function) == true {
            return arguments.prefix(1).compactMap(offset(ofText:))
        }
        guard [.role, .stage, .persona].contains(rename.kind), arguments.count == 2,
            ["_==_", "_!=_", "@in"].contains(function)
        else { return [] }
        return [(arguments[0], arguments[1]), (arguments[1], arguments[0])].flatMap { side, other -> [Int] in
            guard case .identifier(rename.kind.rawValue) = side.kind else { return [] }
            if case .list(let elements) = other.kind { return elements.compactMap(offset(ofText:)) }
            return [other].compactMap(offset(ofText:))
        }
    }

    /// - Returns: Where the name stands within the quotes, if a text is the name.
    private func offset(ofText expression: Expression) -> Int? {
        guard case .literal(.string(rename.old)) = expression.kind, expression.offset < source.count else { return nil }
        var index = expression.offset
        while index < source.count, !source[index...].starts(with: rename.old.utf8) { index += 1 }
        return index < source.count ? index : nil
    }
}
