/// Makes the nodes of a program.
struct ProgramCompiler {
    /// By the id of an expression; nil when it was not checked.
    private let types: [CELType]?
    private var scopes: [(name: String, slot: Int)] = []
    private(set) var slotCount = 0

    /// Whether `a.b.c` may be a variable of that whole name.
    private let resolvesDottedNames: Bool

    init(types: [CELType]?, resolvesDottedNames: Bool) {
        self.types = types
        self.resolvesDottedNames = resolvesDottedNames
    }

    mutating func node(_ expression: Expression) -> Node {
        let offset = expression.offset
        switch expression.kind {
        case .literal(let literal): return .constant(literal.value)
        case .identifier, .select(_, _, isPresenceTest: false): return name(expression)
        case .select(let operand, let field, isPresenceTest: true):
            if let path = hostPath(operand) { return .hostPresence(path + [field]) }
            return .presence(node(operand), field, offset: offset)
        case .list(let elements):
            let nodes = elements.map { node($0) }
            let values = nodes.compactMap(\.constant)
            return values.count == nodes.count ? .constant(.list(values)) : .list(nodes, offset: offset)
        case .map(let entries):
            return map(entries.map { (node($0.key), node($0.value)) }, offset)
        case .call(let function, let target, let arguments): return call(function, target, arguments, offset)
        case .comprehension(let fold): return comprehension(fold, offset)
        }
    }

    private func map(_ entries: [(key: Node, value: Node)], _ offset: Int) -> Node {
        var map = MapValue()
        for entry in entries {
            guard let key = entry.key.constant, let value = entry.value.constant, map.insert(key, value) else {
                return .map(entries, offset: offset)
            }
        }
        return .constant(.map(map))
    }

    // MARK: Names

    private func local(_ name: String) -> Int? { scopes.last { $0.name == name }?.slot }

    private mutating func name(_ expression: Expression) -> Node {
        var fields: [String] = []
        var current = expression
        while case .select(let operand, let field, isPresenceTest: false) = current.kind {
            if let path = hostPath(current) { return Self.fields(.hostField(path), fields, expression.offset) }
            fields.insert(field, at: 0)
            current = operand
        }
        guard case .identifier(let written) = current.kind else {
            return Self.fields(node(current), fields, expression.offset)
        }
        if let slot = local(written) { return Self.fields(.local(slot), fields, expression.offset) }
        let root = written.utf8.first == UInt8(ascii: ".") ? String(written.dropFirst()) : written
        let parts = [root] + fields
        let whole = parts.joined(separator: ".")
        let type = StandardLibrary.typeNames[whole].map { _ in Value.type(whole) }
        let lengths = resolvesDottedNames ? Array((1...parts.count).reversed()) : [1]
        let candidates = lengths.map { (parts[..<$0].joined(separator: "."), Array(parts[$0...])) }
        return .path(Node.Path(candidates: candidates, type: type, offset: expression.offset))
    }

    private static func fields(_ node: Node, _ fields: [String], _ offset: Int) -> Node {
        fields.reduce(node) { .field($0, $1, offset: offset) }
    }

    /// - Returns: The path of an expression whose every step down to the variable is a structure by the checker's word.
    private func hostPath(_ expression: Expression) -> [String]? {
        guard let types else { return nil }
        switch expression.kind {
        case .select(let operand, let field, isPresenceTest: false):
            guard case .object = types[operand.id] else { return nil }
            return hostPath(operand).map { $0 + [field] }
        case .identifier(let name):
            guard case .object = types[expression.id], local(name) == nil else { return nil }
            return [name.utf8.first == UInt8(ascii: ".") ? String(name.dropFirst()) : name]
        default: return nil
        }
    }

    // MARK: Calls

    private mutating func call(
        _ function: String, _ target: Expression?, _ arguments: [Expression], _ offset: Int
    ) -> Node {
        if let target, case .identifier(let space) = target.kind, local(space) == nil,
            let body = FunctionLibrary.body("\(space).\(function)", isMethod: false)
        {
            let nodes = arguments.map { node($0) }
            return folded(.call("\(space).\(function)", body, nodes, offset: offset), nodes)
        }
        let nodes = (target.map { [$0] + arguments } ?? arguments).map { node($0) }
        switch (function, nodes.count) {
        case ("_&&_", 2): return .all(nodes[0], nodes[1], offset: offset)
        case ("_||_", 2): return .any(nodes[0], nodes[1], offset: offset)
        case ("_?_:_", 3): return .choice(nodes[0], nodes[1], nodes[2], offset: offset)
        case ("@not_strictly_false", 1): return .isNotFalse(nodes[0])
        case ("matches", 2):
            if case .string(let source)? = nodes[1].constant, let pattern = try? RegularExpression(source) {
                return .matches(nodes[0], pattern, offset: offset)
            }
        case (_, 2):
            if let kind = Operators.named(function) {
                return folded(.operation(kind, nodes[0], nodes[1], offset: offset), nodes)
            }
        default: break
        }
        guard let body = FunctionLibrary.body(function, isMethod: target != nil) else {
            return .hostCall(function, nodes, offset: offset)
        }
        return folded(.call(function, body, nodes, offset: offset), nodes)
    }

    /// What depends on constants only is computed once, unless it fails or is large: then it is left for evaluation.
    private func folded(_ node: Node, _ operands: [Node]) -> Node {
        guard operands.allSatisfy({ $0.constant != nil }) else { return node }
        var limits = Limits.default
        limits.stepsMax = 10_000
        limits.sizeMax = 10_000
        var evaluator = ProgramEvaluator(host: Bindings(), slotCount: 0, limits: limits)
        guard case .value(let value) = evaluator.evaluate(node) else { return node }
        return .constant(value)
    }

    // MARK: Macros

    private mutating func comprehension(_ fold: Comprehension, _ offset: Int) -> Node {
        let collection = node(fold.range)
        let initial = node(fold.initial)
        let base = scopes.count
        defer { scopes.removeLast(scopes.count - base) }
        let accumulator = declare(fold.accumulator)
        let first = declare(fold.iterationVariable)
        let second = fold.secondVariable.map { declare($0) }
        let range = Node.Range(collection: collection, first: first, second: second, offset: offset)
        if let gather = gather(fold, range) { return .gather(gather) }
        var condition: Node? = node(fold.condition)
        if case .bool(true)? = condition?.constant { condition = nil }
        let step = node(fold.step)
        scopes.removeLast(scopes.count - base)
        scopes.append((fold.accumulator, accumulator))
        return .fold(
            Node.Fold(
                range: range, accumulator: accumulator, initial: initial, condition: condition, step: step,
                result: node(fold.result)))
    }

    private mutating func declare(_ name: String) -> Int {
        scopes.append((name, slotCount))
        slotCount += 1
        return slotCount - 1
    }

    /// Recognises the form to which `map`, `filter` and their like expand; their accumulator has a name that no one can write.
    private mutating func gather(_ fold: Comprehension, _ range: Node.Range) -> Node.Gather? {
        guard fold.accumulator == MacroExpander.accumulator, case .literal(.bool(true)) = fold.condition.kind,
            case .identifier(MacroExpander.accumulator) = fold.result.kind
        else { return nil }
        var step = fold.step
        var test: Expression?
        if case .call("_?_:_", nil, let arguments) = step.kind {
            test = arguments[0]
            step = arguments[1]
        }
        guard case .call(let function, nil, let arguments) = step.kind else { return nil }
        let form: Node.Gather.Form
        switch (function, fold.initial.kind, arguments.count) {
        case ("_+_", .list, 2):
            guard case .list(let members) = arguments[1].kind, members.count == 1 else { return nil }
            form = .list(node(members[0]))
        case ("@insert", .map, 3): form = .entry(key: node(arguments[1]), value: node(arguments[2]))
        case ("@insert", .map, 2): form = .entries(node(arguments[1]))
        default: return nil
        }
        return Node.Gather(range: range, test: test.map { node($0) }, form: form)
    }
}

extension Node {
    fileprivate var constant: Value? {
        if case .constant(let value) = self { value } else { nil }
    }
}
