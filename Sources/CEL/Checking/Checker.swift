internal import Model

/// Gives every node its type, or says what is wrong: all of it, not only the first.
///
/// Source: google/cel-spec, doc/langdef.md, "Gradual Type Checking".
struct Checker {
    private let environment: Environment
    private(set) var issues: [ExpressionIssue] = []
    private(set) var types: [CELType]
    /// Variables of the comprehensions around the node, innermost last.
    private var scopes: [[String: CELType]] = []

    init(environment: Environment, nodeCount: Int) {
        self.environment = environment
        types = [CELType](repeating: .dyn, count: nodeCount)
    }

    /// - Returns: nil when something within is wrong: its issue is noted, and what depends on it is not blamed.
    mutating func check(_ expression: Expression) -> CELType? {
        let type = find(expression)
        if let type { types[expression.id] = type }
        return type
    }

    private mutating func find(_ expression: Expression) -> CELType? {
        switch expression.kind {
        case .literal(let literal): return literal.type
        case .identifier(let name): return identifier(name, expression)
        case .select(let operand, let field, let isPresenceTest):
            return select(operand, field, isPresenceTest: isPresenceTest, expression)
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .comprehension(let fold): return comprehension(fold)
        case .call(let function, let target, let arguments):
            return call(function, target, arguments, expression)
        }
    }

    // MARK: Names

    private mutating func identifier(_ name: String, _ expression: Expression) -> CELType? {
        for scope in scopes.reversed() {
            if let type = scope[name] { return type }
        }
        if let type = environment.variables[name] { return type }
        if let type = Self.typeNames[name] { return .type(type) }
        let known = Array(environment.variables.keys.sorted()) + scopes.flatMap(\.keys)
        report(expression, "`\(name)` is not declared", suggestion: Spelling.nearest(to: name, among: known))
        return nil
    }

    static let typeNames: [String: CELType] = [
        "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes,
        "null_type": .null, "list": .list(.dyn), "map": .map(key: .dyn, value: .dyn), "type": .type(.dyn),
    ]

    private mutating func select(
        _ operand: Expression, _ field: String, isPresenceTest: Bool, _ expression: Expression
    ) -> CELType? {
        guard let type = check(operand) else { return nil }
        switch type {
        case .object(let name):
            guard let fields = environment.objects[name] else {
                preconditionFailure("the structure \(name) is used without being declared")
            }
            if let found = fields[field] { return isPresenceTest ? .bool : found.type }
            let path = ExpressionWords.path(operand).map { $0 + "." } ?? ""
            let nearest = Spelling.nearest(to: field, among: fields.keys.sorted())
            report(expression, "`\(path)\(field)` is not declared", suggestion: nearest.map { path + $0 })
            return nil
        case .map(_, let value): return isPresenceTest ? .bool : value
        case .dyn, .parameter: return isPresenceTest ? .bool : .dyn
        default:
            report(expression, "\(words(operand)) has no field `\(field)`")
            return nil
        }
    }

    // MARK: Collections

    private mutating func list(_ elements: [Expression]) -> CELType? {
        guard let type = common(elements) else { return nil }
        return .list(type)
    }

    private mutating func map(_ entries: [(key: Expression, value: Expression)]) -> CELType? {
        let keys = common(entries.map(\.key))
        let values = common(entries.map(\.value))
        guard let keys, let values else { return nil }
        for entry in entries {
            switch types[entry.key.id] {
            case .bool, .int, .uint, .string, .dyn: break
            default: report(entry.key, "a map's key is a bool, an int, a uint or a string, not \(types[entry.key.id].words)")
            }
        }
        return .map(key: keys, value: values)
    }

    /// - Returns: The type that all have, `dyn` for a mixture or for none, nil when one of them is wrong.
    private mutating func common(_ expressions: [Expression]) -> CELType? {
        var result: CELType?
        var isSound = true
        for expression in expressions {
            guard let type = check(expression) else {
                isSound = false
                continue
            }
            if let known = result, known != type { result = .dyn } else { result = type }
        }
        return isSound ? result ?? .dyn : nil
    }

    private mutating func comprehension(_ fold: Comprehension) -> CELType? {
        guard let range = check(fold.range) else { return nil }
        var first = CELType.dyn
        var second = CELType.dyn
        switch range {
        case .list(let element):
            (first, second) = fold.secondVariable == nil ? (element, .dyn) : (.int, element)
        case .map(let key, let value): (first, second) = (key, value)
        case .dyn, .parameter: break
        default:
            report(fold.range, "\(words(fold.range)) cannot be gone through; a list or a map can")
            return nil
        }
        guard let initial = check(fold.initial) else { return nil }
        var scope = [fold.iterationVariable: first]
        if let variable = fold.secondVariable { scope[variable] = second }
        // What is gathered takes its type from the step: the initial list or map is empty.
        scope[fold.accumulator] = initial
        scopes.append(scope)
        defer { scopes.removeLast() }
        guard check(fold.condition) != nil, let step = check(fold.step) else { return nil }
        if step != initial { scopes[scopes.count - 1][fold.accumulator] = step }
        return check(fold.result)
    }

    // MARK: Calls

    private mutating func call(
        _ function: String, _ target: Expression?, _ arguments: [Expression], _ expression: Expression
    ) -> CELType? {
        if let target, let namespaced = namespaced(function, target) {
            return call(namespaced, nil, arguments, expression)
        }
        var operands: [CELType] = []
        var isSound = true
        for part in (target.map { [$0] } ?? []) + arguments {
            if let type = check(part) { operands.append(type) } else { isSound = false }
        }
        guard isSound else { return nil }
        let parts = (target.map { [$0] } ?? []) + arguments
        if let declared = environment.functions[function], target == nil {
            return declaredCall(function, declared, operands, parts, expression)
        }
        guard let rules = StandardLibrary.rules(function, isMethod: target != nil) else {
            let known = StandardLibrary.names(isMethod: target != nil) + environment.functions.keys.sorted()
            report(expression, "there is no function `\(function)`", suggestion: Spelling.nearest(to: function, among: known))
            return nil
        }
        if let result = rules(operands) { return result }
        report(expression, ExpressionWords.misuse(function, parts, operands, environment))
        return nil
    }

    private mutating func declaredCall(
        _ function: String, _ overloads: [Environment.Function], _ operands: [CELType], _ parts: [Expression],
        _ expression: Expression
    ) -> CELType? {
        for overload in overloads where overload.parameters.count == operands.count {
            if zip(overload.parameters, operands).allSatisfy({ $0.matches($1) || ($0 == .double && $1 == .int) }) {
                return overload.result
            }
        }
        report(expression, ExpressionWords.misuse(function, parts, operands, environment))
        return nil
    }

    /// `math.greatest(…)` parses as a method of `math`; it is a function of that whole name.
    private func namespaced(_ function: String, _ target: Expression) -> String? {
        guard case .identifier(let space) = target.kind, environment.variables[space] == nil,
            !scopes.contains(where: { $0[space] != nil })
        else { return nil }
        let name = space + "." + function
        return StandardLibrary.rules(name, isMethod: false) == nil ? nil : name
    }

    private func words(_ expression: Expression) -> String {
        ExpressionWords.operand(expression, types[expression.id], environment)
    }

    private mutating func report(_ expression: Expression, _ message: String, suggestion: String? = nil) {
        issues.append(ExpressionIssue(offset: expression.offset, message: message, suggestion: suggestion))
    }
}

extension Literal {
    var type: CELType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        }
    }
}

extension Environment {
    /// Parses and checks.
    ///
    /// - Returns: The expression with the type of each node, or everything that is wrong.
    package func check(
        _ source: String, limits: Limits = .default
    ) -> Result<CheckedExpression, ExpressionIssues> {
        let root: Expression
        do throws(ExpressionIssues) {
            root = try Parser.parse(source, limits: limits)
        } catch {
            return .failure(error)
        }
        // Nodes are numbered as they are made, and the root is made last.
        var checker = Checker(environment: self, nodeCount: root.id + 1)
        _ = checker.check(root)
        guard checker.issues.isEmpty else { return .failure(ExpressionIssues(checker.issues)) }
        return .success(CheckedExpression(source: source, root: root, types: checker.types))
    }
}
