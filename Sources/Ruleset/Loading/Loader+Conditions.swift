internal import CEL
internal import Model
internal import Yams

/// Conditions: parsed, checked, and every name in them resolved.
extension Loader {
    mutating func condition(_ node: Node?, _ file: String) -> Condition? {
        guard let node, let source = text(node, file) else { return nil }
        if let braces = source.firstRange(of: "{{") {
            let offset = source.unicodeScalars.distance(from: source.startIndex, to: braces.lowerBound)
            report(
                "condition", position(ofScalar: offset, in: node, file),
                "a condition names values as they are; `{{ }}` is for texts",
                suggestion: "`\(source.replacing("{{ ", with: "").replacing(" }}", with: ""))`")
            return nil
        }
        switch ruleSet.environment.check(source) {
        case .failure(let error):
            if refusesCutText(node, file) { return nil }
            for issue in error.issues where !isBroken(at: issue.offset, in: source) {
                let position = position(of: issue.offset, in: node, file)
                report("condition", position, issue.message + hint(node, file), suggestion: issue.suggestion)
            }
            return nil
        case .success(let checked):
            guard checked.type == .bool else {
                var meant: String?
                if case .literal(.string(let name)) = checked.root.kind { meant = ruleSet.environment.questions[name] }
                report(
                    "condition", node, file, "a condition is true or false; this one is \(checked.type.words)",
                    suggestion: meant?.replacing("X", with: "…"))
                return nil
            }
            var walker = ConditionWalker(known: known, attributes: ruleSet.attributes)
            walker.walk(checked.root)
            for (offset, code, message, suggestion) in walker.issues
            where !isBroken(at: offset, in: source)
                && !(code == "unresolved-name" && !brokenSections.isDisjoint(with: known.keys))
            {
                let position = position(of: offset, in: node, file)
                report(code, position, message, suggestion: suggestion)
            }
            guard walker.issues.isEmpty else { return nil }
            return Condition(expression: checked, position: Self.position(node, file))
        }
    }

    /// YAML ends a plain text in brackets at a comma, which leaves half a call.
    private mutating func hint(_ node: Node, _ file: String) -> String {
        guard let scalar = node.scalar, [.plain, .any].contains(scalar.style) else { return "" }
        let opened = scalar.string.utf8.count { $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "[") }
        let closed = scalar.string.utf8.count { $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: "]") }
        guard opened != closed, let mark = node.mark else { return "" }
        let written = line(mark.line, file).unicodeScalars.dropFirst(mark.column - 1)
        let rest = written.dropFirst(scalar.string.unicodeScalars.count).first { $0 != " " }
        guard rest == "," else { return "" }
        return "; within `[ ]` or `{ }` a comma ends the text, so put a condition with a comma between quotes"
    }

    mutating func conditions(_ node: Node?, _ file: String) -> [Condition] {
        guard let node else { return [] }
        guard case .sequence(let sequence) = node else { return condition(node, file).map { [$0] } ?? [] }
        return wholeItems(sequence, file).compactMap { condition($0, file) }
    }

    /// Of a UTF-8 offset in the text of a node.
    private mutating func position(of offset: Int, in node: Node, _ file: String) -> SourcePosition {
        let text = node.scalar?.string ?? ""
        return position(ofScalar: Self.scalars(before: offset, of: text.normalForm, in: text), in: node, file)
    }

    /// - Parameters:
    ///   - offset: UTF-8 bytes into the text in its normal form.
    ///   - written: The text as it is written, whose letters may be made of more scalars.
    static func scalars(before offset: Int, of text: String, in written: String) -> Int {
        let before = String(decoding: text.utf8.prefix(offset), as: UTF8.self)
        guard text.utf8.count != written.utf8.count else { return before.unicodeScalars.count }
        var count = 0
        for character in written.prefix(before.count) { count += character.unicodeScalars.count }
        return count
    }

    mutating func loadNamedConditions(_ section: String, _ sections: [Section]) -> [NamedCondition] {
        var result: [NamedCondition] = []
        for part in sections {
            for (name, key, value) in named(part.value, part.file, section) {
                guard declare(section, name, key, part.file) != nil, let condition = condition(value, part.file) else {
                    continue
                }
                result.append(NamedCondition(name: name, condition: condition))
            }
        }
        return result
    }
}

/// Looks at what a condition refers to.
struct ConditionWalker {
    let known: [String: Set<String>]
    let attributes: [Attribute]
    private(set) var issues: [(offset: Int, code: String, message: String, suggestion: String?)] = []
    /// What the condition depends on: `segments.NAME`, `icps.NAME`, `role`, `stage`, `persona`, `grade`.
    private(set) var dependencies: Set<String> = []

    init(known: [String: Set<String>], attributes: [Attribute]) {
        self.known = known
        self.attributes = attributes
    }

    private static let sections = ["in_segment": "segments", "in_list": "lists", "is_icp": "icps", "fit": "icps"]

    mutating func walk(_ root: Expression) {
        var pending = [root]
        while let expression = pending.popLast() {
            switch expression.kind {
            case .literal: break
            case .identifier(let name):
                if ["role", "stage", "persona", "grade"].contains(name) { dependencies.insert(name) }
            case .select(let operand, _, _): pending.append(operand)
            case .list(let elements): pending += elements
            case .map(let entries):
                for entry in entries { pending += [entry.key, entry.value] }
            case .comprehension(let fold):
                pending += [fold.range, fold.initial, fold.condition, fold.step, fold.result]
            case .call(let function, let target, let arguments):
                resolve(function, target, arguments, expression)
                checkValues(function, arguments)
                pending += arguments
                if let target { pending.append(target) }
            }
        }
    }

    private mutating func resolve(
        _ function: String, _ target: Expression?, _ arguments: [Expression], _ expression: Expression
    ) {
        guard target == nil, let section = Self.sections[function], let first = arguments.first else { return }
        guard case .literal(.string(let name)) = first.kind else {
            issues.append(
                (first.offset, "condition", "`\(function)` takes a name in quotes, so that it can be checked", nil))
            return
        }
        dependencies.insert(function == "fit" ? "fits.\(name)" : "\(section).\(name)")
        guard known[section]?.contains(name) != true else { return }
        let what = ["segments": "segment", "lists": "list", "icps": "ideal customer profile"][section] ?? section
        let nearest = Spelling.nearest(to: name, among: (known[section] ?? []).sorted())
        let rest = arguments.count < 2 ? "" : ", " + (ExpressionText.input(arguments[1]) ?? "…")
        issues.append(
            (
                first.offset, "unresolved-name", "there is no \(what) `\(name)`",
                nearest.map { "\(function)('\($0)'\(rest))" }
            ))
    }

    /// A comparison with a value that the attribute cannot have would never hold.
    private mutating func checkValues(_ function: String, _ arguments: [Expression]) {
        guard ["_==_", "_!=_", "@in"].contains(function), arguments.count == 2 else { return }
        for (side, other) in [(arguments[0], arguments[1]), (arguments[1], arguments[0])] {
            guard let attribute = attribute(side), !attribute.values.isEmpty else { continue }
            let literals: [Expression]
            if case .list(let elements) = other.kind { literals = elements } else { literals = [other] }
            for literal in literals {
                guard case .literal(.string(let value)) = literal.kind, !attribute.values.contains(value) else {
                    continue
                }
                issues.append(
                    (
                        literal.offset, "unknown-value",
                        "`\(attribute.entity.name).\(attribute.name)` is never \"\(value)\"; it is one of \(attribute.values.joined(separator: ", "))",
                        Spelling.nearest(to: value, among: attribute.values)
                    ))
            }
        }
    }

    private func attribute(_ expression: Expression) -> Attribute? {
        guard case .select(let operand, let field, false) = expression.kind, case .identifier(let entity) = operand.kind
        else { return nil }
        return attributes.first { $0.name == field && $0.entity.name == entity }
    }
}
