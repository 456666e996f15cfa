package import CEL
internal import Model

/// What conditions may name, with the operands of nodes that the names stand for: rows of tables that this target does not know.
package struct ConditionNames: Sendable {
    package let segments: [String: UInt32]
    package let lists: [String: UInt32]
    package let icps: [String: UInt32]

    /// Names in the order of their rows; of equal ones the first counts.
    package init(segments: [String], lists: [String], icps: [String]) {
        self.segments = ConditionNames.positions(segments)
        self.lists = ConditionNames.positions(lists)
        self.icps = ConditionNames.positions(icps)
    }

    private static func positions(_ names: [String]) -> [String: UInt32] {
        Dictionary(names.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
    }
}

/// Turns checked conditions into nodes.
///
/// What the nodes cover decides without allocating; the smallest condition around anything else goes to the general
/// evaluator, so the whole language works. Equal parts of conditions become one node, decided once.
package struct ConditionCompiler {
    /// What has been compiled so far.
    package var nodes = NodeTable()
    /// What only the general evaluator covers, by the operand of `.general`.
    package private(set) var programs: [Program] = []
    /// By the operand of `.matches`.
    package private(set) var patterns: [RegularExpression] = []
    /// Grows by the query parameters that conditions name.
    package var slots: SlotMap

    /// What the names in conditions stand for.
    package let names: ConditionNames
    let storage: TableStorage

    /// Deeper scalars than this go to the general evaluator; the parser bounds the depth of everything else.
    static let depthMax = 200

    /// Nothing is compiled yet.
    ///
    /// - Parameter storage: Keeps the texts of constants; outlives what is compiled.
    package init(_ names: ConditionNames, slots: SlotMap, storage: TableStorage) {
        self.names = names
        self.slots = slots
        self.storage = storage
    }

    /// - Returns: The node that decides the condition.
    package mutating func compile(_ condition: CheckedExpression) -> Row<Node> {
        this(condition.root, Typing(types: condition.types))
    }

    /// - Returns: Where the conditions' nodes stand in the children's table.
    package mutating func compile(_ conditions: [CheckedExpression]) -> Run<Row<Node>> {
        let compiled = conditions.map { compile($0) }
        return nodes.run(compiled)
    }

    // MARK: Conditions

    /// The types of an expression's nodes, by their `id`.
    struct Typing {
        let types: [CELType]

        subscript(expression: Expression) -> CELType {
            expression.id < types.count ? types[expression.id] : .dyn
        }
    }

    mutating func this(_ expression: Expression, _ typing: Typing) -> Row<Node> {
        condition(expression, typing) ?? general(expression)
    }

    private mutating func general(_ expression: Expression) -> Row<Node> {
        programs.append(Program(expression))
        return nodes.append(Node(operation: .general, a: Row<Program>(programs.count - 1)))
    }

    mutating func condition(_ expression: Expression, _ typing: Typing) -> Row<Node>? {
        switch expression.kind {
        case .literal(.bool(let value)):
            return nodes.append(Node(operation: .verdict, a: UInt32(Verdict(value).bits)))
        case .select(let operand, let field, isPresenceTest: true):
            guard let slot = slot(operand, field) else { return nil }
            return nodes.append(Node(operation: .has, a: slot))
        case .select, .identifier:
            guard typing[expression] == .bool, let scalar = scalar(expression, typing) else { return nil }
            return nodes.append(Node(operation: .isTrue, a: scalar))
        case .call(let function, let target, let arguments):
            return call(function, target, arguments, expression, typing)
        default:
            return nil
        }
    }

    private mutating func call(
        _ function: String, _ target: Expression?, _ arguments: [Expression], _ expression: Expression, _ typing: Typing
    ) -> Row<Node>? {
        if let target { return textCall(function, target, arguments, typing) }
        switch (function, arguments.count) {
        case ("_&&_", 2), ("_||_", 2):
            let operands = flattened(expression, function).map { this($0, typing) }
            return nodes.connective(function == "_&&_" ? .all : .any, operands)
        case ("!_", 1):
            return nodes.append(Node(operation: .not, a: this(arguments[0], typing)))
        case ("_?_:_", 3):
            let parts = arguments.map { this($0, typing) }
            return nodes.append(Node(operation: .choose, a: parts[0], b: parts[1], c: parts[2]))
        case ("@in", 2):
            return membership(arguments[0], arguments[1], typing)
        case ("between", 3):
            guard let parts = scalars(arguments, typing) else { return nil }
            return nodes.append(Node(operation: .between, a: parts[0], b: parts[1], c: parts[2]))
        case ("in_segment", 1):
            guard let segment = names.segments[literal(arguments[0])] else { return nil }
            return nodes.append(Node(operation: .segment, a: segment))
        case ("is_icp", 1):
            guard let icp = names.icps[literal(arguments[0])] else { return nil }
            return nodes.append(Node(operation: .icp, a: icp))
        case ("in_list", 2):
            guard let list = names.lists[literal(arguments[0])], let value = scalar(arguments[1], typing) else {
                return nil
            }
            return nodes.append(Node(operation: .inList, a: list, b: value.index))
        default:
            guard arguments.count == 2, let relation = Node.Relation(operator: function) else { return nil }
            return comparison(relation, arguments[0], arguments[1], typing)
        }
    }

    /// The operands of a chain of one connective, without recursion: chains can be long.
    private func flattened(_ expression: Expression, _ function: String) -> [Expression] {
        var operands: [Expression] = []
        var pending = [expression]
        while let next = pending.popLast() {
            if case .call(function, nil, let arguments) = next.kind, arguments.count == 2 {
                pending.append(arguments[1])
                pending.append(arguments[0])
            } else {
                operands.append(next)
            }
        }
        return operands
    }

    // MARK: Comparisons

    private mutating func comparison(
        _ relation: Node.Relation, _ left: Expression, _ right: Expression, _ typing: Typing
    ) -> Row<Node>? {
        guard ConditionCompiler.isScalar(typing[left]), ConditionCompiler.isScalar(typing[right]),
            let leftNode = scalar(left, typing), let rightNode = scalar(right, typing)
        else { return nil }
        if nodes[leftNode].operation == .constant, nodes[rightNode].operation == .slot {
            return special(relation.mirrored, slot: rightNode, constant: leftNode, typing[right])
                ?? nodes.append(Node(operation: .compare, relation: relation, a: leftNode, b: rightNode))
        }
        if nodes[leftNode].operation == .slot, nodes[rightNode].operation == .constant,
            let node = special(relation, slot: leftNode, constant: rightNode, typing[left])
        {
            return node
        }
        return nodes.append(Node(operation: .compare, relation: relation, a: leftNode, b: rightNode))
    }

    /// The comparison of a slot with a constant of its own type, or of another number that has an equal in that type.
    private mutating func special(
        _ relation: Node.Relation, slot: Row<Node>, constant: Row<Node>, _ type: CELType
    ) -> Row<Node>? {
        let slot = Row<Slot>(nodes[slot].a)
        var value = nodes.constant(of: constant)
        let operation: Node.Operation
        switch (type, value.kind) {
        case (.string, .string) where relation == .equal || relation == .notEqual:
            let equals = nodes.append(Node(operation: .textEquals, a: slot, b: nodes.constant(value)))
            return relation == .equal ? equals : nodes.append(Node(operation: .not, a: equals))
        case (.int, .int): operation = .compareInt
        case (.int, .double):
            guard let same = Int64(exactly: value.double) else { return nil }
            operation = .compareInt
            value = Scalar(same)
        case (.double, .double): operation = .compareDouble
        case (.double, .int):
            guard let same = Double(exactly: value.int) else { return nil }
            operation = .compareDouble
            value = Scalar(same)
        default: return nil
        }
        return nodes.append(Node(operation: operation, relation: relation, a: slot, b: nodes.constant(value)))
    }

    private mutating func membership(_ value: Expression, _ collection: Expression, _ typing: Typing) -> Row<Node>? {
        guard ConditionCompiler.isScalar(typing[value]), let node = scalar(value, typing) else { return nil }
        if case .list(let elements) = collection.kind {
            var members: [Row<Scalar>] = []
            for element in elements {
                guard let node = scalar(element, typing), nodes[node].operation == .constant else { return nil }
                members.append(Row(nodes[node].a))
            }
            let isText = typing[value] == .string && nodes[node].operation == .slot
            let operation: Node.Operation = isText ? .textIsOneOf : .isOneOf
            let first = isText ? nodes[node].a : node.index
            return nodes.membership(operation, of: first, in: members)
        }
        guard typing[value] == .string, typing[collection] == .list(.string) else { return nil }
        guard let texts = scalar(collection, typing) else { return nil }
        return nodes.append(Node(operation: .isMember, a: node, b: texts))
    }

    private mutating func textCall(
        _ function: String, _ target: Expression, _ arguments: [Expression], _ typing: Typing
    ) -> Row<Node>? {
        if function == "matches" { return pattern(target, arguments, typing) }
        let operation: Node.Operation
        switch function {
        case "startsWith": operation = .hasPrefix
        case "endsWith": operation = .hasSuffix
        case "contains": operation = .contains
        default: return nil
        }
        guard arguments.count == 1, typing[target] == .string, typing[arguments[0]] == .string,
            let text = scalar(target, typing), let part = scalar(arguments[0], typing)
        else { return nil }
        return nodes.append(Node(operation: operation, a: text, b: part))
    }

    /// A match with a constant pattern, which is compiled once.
    private mutating func pattern(_ target: Expression, _ arguments: [Expression], _ typing: Typing) -> Row<Node>? {
        guard arguments.count == 1, typing[target] == .string, case .literal(.string(let source)) = arguments[0].kind,
            let text = scalar(target, typing), let pattern = try? RegularExpression(source)
        else { return nil }
        patterns.append(pattern)
        return nodes.append(Node(operation: .matches, a: text, b: Row<RegularExpression>(patterns.count - 1)))
    }

    // MARK: Names

    func literal(_ expression: Expression) -> String {
        if case .literal(.string(let value)) = expression.kind { return value }
        return ""
    }

    mutating func slot(_ operand: Expression, _ field: String) -> Row<Slot>? {
        var path = [field]
        var current = operand
        while path.count < 4 {
            switch current.kind {
            case .identifier(let name):
                path.append(name)
                return slots.slot(path.reversed())
            case .select(let inner, let name, isPresenceTest: false):
                path.append(name)
                current = inner
            default:
                return nil
            }
        }
        return nil
    }
}

extension Node.Relation {
    fileprivate init?(operator name: String) {
        switch name {
        case "_==_": self = .equal
        case "_!=_": self = .notEqual
        case "_<_": self = .less
        case "_<=_": self = .lessOrEqual
        case "_>_": self = .greater
        case "_>=_": self = .greaterOrEqual
        default: return nil
        }
    }
}
