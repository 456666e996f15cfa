internal import CEL
internal import Model

extension ConditionCompiler {
    static func isScalar(_ type: CELType) -> Bool {
        switch type {
        case .bool, .int, .double, .string, .timestamp, .duration: true
        default: false
        }
    }

    mutating func scalars(_ expressions: [Expression], _ typing: Typing) -> [Row<Node>]? {
        var nodes: [Row<Node>] = []
        for expression in expressions {
            guard ConditionCompiler.isScalar(typing[expression]), let node = scalar(expression, typing) else {
                return nil
            }
            nodes.append(node)
        }
        return nodes
    }

    /// - Returns: The node that computes the value, or nil when the nodes do not cover it.
    mutating func scalar(_ expression: Expression, _ typing: Typing, depth: Int = 0) -> Row<Node>? {
        guard depth < ConditionCompiler.depthMax else { return nil }
        switch expression.kind {
        case .literal(let literal):
            return scalar(literal)
        case .select(let operand, let field, isPresenceTest: false):
            return slot(operand, field).map { nodes.append(Node(operation: .slot, a: $0)) }
        case .identifier(let name):
            return variable(name)
        case .call(let function, let target, let arguments):
            if let constant = time(function, target, arguments) { return nodes.append(constant) }
            if target == nil, let node = operation(function, arguments, expression, typing, depth: depth) {
                return node
            }
            // `query["x"]` and the conditions among the scalars.
            if function == "_[_]", arguments.count == 2, case .literal(.string(let key)) = arguments[1].kind {
                return slot(arguments[0], key).map { nodes.append(Node(operation: .slot, a: $0)) }
            }
            guard typing[expression] == .bool, let condition = condition(expression, typing) else { return nil }
            return nodes.append(Node(operation: .truth, a: condition))
        default:
            guard typing[expression] == .bool, let condition = condition(expression, typing) else { return nil }
            return nodes.append(Node(operation: .truth, a: condition))
        }
    }

    private mutating func scalar(_ literal: Literal) -> Row<Node>? {
        switch literal {
        case .bool(let value): nodes.append(Scalar(value))
        case .int(let value): nodes.append(Scalar(value))
        case .double(let value): nodes.append(Scalar(value))
        case .string(let value): nodes.append(Scalar(storage.text(value)))
        default: nil
        }
    }

    private mutating func variable(_ name: String) -> Row<Node>? {
        switch name {
        case "now": slots.slot(["now"]).map { nodes.append(Node(operation: .slot, a: $0)) }
        case "engagement": nodes.append(Node(operation: .engagement))
        case "grade": nodes.append(Node(operation: .grade))
        case "persona": nodes.append(Node(operation: .persona))
        case "role": nodes.append(Node(operation: .role))
        case "stage": nodes.append(Node(operation: .stage))
        default: nil
        }
    }

    private mutating func operation(
        _ function: String, _ arguments: [Expression], _ expression: Expression, _ typing: Typing, depth: Int
    ) -> Row<Node>? {
        switch (function, arguments.count) {
        case ("_+_", 2), ("_-_", 2), ("_*_", 2), ("_/_", 2), ("_%_", 2):
            return arithmetic(function, arguments, typing, depth: depth)
        case ("-_", 1):
            guard typing[arguments[0]] == .int || typing[arguments[0]] == .double,
                let value = scalar(arguments[0], typing, depth: depth + 1)
            else { return nil }
            return nodes.append(Node(operation: .negate, a: value))
        case ("_?_:_", 3) where typing[expression] != .bool && ConditionCompiler.isScalar(typing[expression]):
            guard typing[arguments[1]] == typing[arguments[2]],
                let left = scalar(arguments[1], typing, depth: depth + 1),
                let right = scalar(arguments[2], typing, depth: depth + 1)
            else { return nil }
            return nodes.append(Node(operation: .chooseScalar, a: this(arguments[0], typing), b: left, c: right))
        case ("fit", 1):
            return names.icps[literal(arguments[0])].map { nodes.append(Node(operation: .fit, a: $0)) }
        case ("size", 1):
            guard typing[arguments[0]] == .string || typing[arguments[0]] == .list(.string),
                let value = scalar(arguments[0], typing, depth: depth + 1)
            else { return nil }
            return nodes.append(Node(operation: .size, a: value))
        case ("double", 1):
            guard typing[arguments[0]] == .int || typing[arguments[0]] == .double,
                let value = scalar(arguments[0], typing, depth: depth + 1)
            else { return nil }
            return nodes.append(Node(operation: .toDouble, a: value))
        default:
            return nil
        }
    }

    private mutating func arithmetic(
        _ function: String, _ arguments: [Expression], _ typing: Typing, depth: Int
    ) -> Row<Node>? {
        let left = typing[arguments[0]]
        let right = typing[arguments[1]]
        let operation: Node.Operation
        switch (function, left, right) {
        case ("_+_", .int, .int), ("_+_", .double, .double), ("_+_", .timestamp, .duration),
            ("_+_", .duration, .timestamp), ("_+_", .duration, .duration):
            operation = .add
        case ("_-_", .int, .int), ("_-_", .double, .double), ("_-_", .timestamp, .duration),
            ("_-_", .timestamp, .timestamp), ("_-_", .duration, .duration):
            operation = .subtract
        case ("_*_", .int, .int), ("_*_", .double, .double): operation = .multiply
        case ("_/_", .int, .int), ("_/_", .double, .double): operation = .divide
        case ("_%_", .int, .int): operation = .remainder
        default: return nil
        }
        guard let leftNode = scalar(arguments[0], typing, depth: depth + 1),
            let rightNode = scalar(arguments[1], typing, depth: depth + 1)
        else { return nil }
        return nodes.append(Node(operation: operation, a: leftNode, b: rightNode))
    }

    /// The constant of `duration("…")` or `timestamp("…")`, when microseconds hold it exactly.
    private func time(_ function: String, _ target: Expression?, _ arguments: [Expression]) -> Scalar? {
        guard target == nil, arguments.count == 1, case .literal(.string) = arguments[0].kind,
            function == "duration" || function == "timestamp"
        else { return nil }
        return ConstantTime.value(of: function, arguments[0])
    }
}
