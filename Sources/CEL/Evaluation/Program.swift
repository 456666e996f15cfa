/// An expression that can be evaluated, any number of times.
package struct Program: Sendable {
    private let root: Expression
    private let limits: Limits

    package init(_ root: Expression, limits: Limits = .default) {
        self.root = root
        self.limits = limits
    }

    package init(_ checked: CheckedExpression, limits: Limits = .default) {
        self.init(checked.root, limits: limits)
    }

    /// Evaluates; errors and unknowns are outcomes, nothing traps.
    package func evaluate(_ activation: some Activation) -> Outcome {
        var interpreter = Interpreter(activation: activation, limits: limits)
        return interpreter.evaluate(root)
    }
}

/// Walks the tree. Depth is bounded by the parser, work by `stepsMax`.
struct Interpreter<Host: Activation> {
    private let activation: Host
    private let limits: Limits
    private var steps = 0
    private var scopes: [(name: String, value: Outcome)] = []

    init(activation: Host, limits: Limits) {
        self.activation = activation
        self.limits = limits
    }

    mutating func evaluate(_ expression: Expression) -> Outcome {
        steps += 1
        guard steps <= limits.stepsMax else { return .failure("the evaluation takes more than \(limits.stepsMax) steps") }
        switch expression.kind {
        case .literal(let literal): return .value(literal.value)
        case .identifier(let name): return identifier(name)
        case .select(let operand, let field, let isPresenceTest):
            return select(operand, field, isPresenceTest: isPresenceTest)
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .comprehension(let fold): return comprehension(fold)
        case .call(let function, let target, let arguments): return call(function, target, arguments)
        }
    }

    private func identifier(_ name: String) -> Outcome {
        if let found = scopes.last(where: { $0.name == name }) { return found.value }
        if let found = activation.variable(name) { return found }
        if let type = Checker.typeNames[name] { return .value(.type(type == .null ? "null_type" : name)) }
        return .failure("`\(name)` is not declared")
    }

    private mutating func select(_ operand: Expression, _ field: String, isPresenceTest: Bool) -> Outcome {
        switch evaluate(operand) {
        case .value(.object(let path)):
            let path = path + [field]
            return isPresenceTest ? .value(.bool(activation.isPresent(path))) : activation.field(path)
        case .value(.map(let map)):
            let found = map.value(at: .string(field))
            if isPresenceTest { return .value(.bool(found != nil)) }
            return found.map { .value($0) } ?? .failure("no such key: \(field)")
        case .value(let value): return .failure("a \(value.typeName) has no field \(field)")
        case let other: return other
        }
    }

    private mutating func list(_ elements: [Expression]) -> Outcome {
        switch values(elements) {
        case .success(let values): .value(.list(values))
        case .failure(let stop): stop.outcome
        }
    }

    private mutating func map(_ entries: [(key: Expression, value: Expression)]) -> Outcome {
        var map = MapValue()
        for entry in entries {
            switch values([entry.key, entry.value]) {
            case .failure(let stop): return stop.outcome
            case .success(let pair):
                if case .double = pair[0] { return .failure("a map's key cannot be a double") }
                guard let key = MapValue.key(pair[0]) else { return .failure("a map's key cannot be a \(pair[0].typeName)") }
                guard map.insert(pair[0], pair[1], at: key) else { return .failure("a map's key stands twice") }
            }
        }
        return .value(.map(map))
    }

    /// Errors and unknowns on the way to a value.
    private struct Stop: Error {
        let outcome: Outcome
    }

    /// - Returns: All values, or an unknown if there is one, or the first error.
    private mutating func values(_ expressions: [Expression]) -> Result<[Value], Stop> {
        var values: [Value] = []
        var stop: Outcome?
        for expression in expressions {
            switch evaluate(expression) {
            case .value(let value): values.append(value)
            case .unknown: stop = .unknown
            case .failure(let message): if stop == nil { stop = .failure(message) }
            }
        }
        return stop.map { .failure(Stop(outcome: $0)) } ?? .success(values)
    }

    private mutating func comprehension(_ fold: Comprehension) -> Outcome {
        let elements: [(Value, Value)]
        switch evaluate(fold.range) {
        case .value(.list(let list)):
            elements = fold.secondVariable == nil
                ? list.map { ($0, .null) } : list.enumerated().map { (.int(Int64($0)), $1) }
        case .value(.map(let map)): elements = map.entries.map { ($0.key, $0.value) }
        case .value(let value): return .failure("a \(value.typeName) cannot be gone through")
        case let other: return other
        }
        var accumulated = evaluate(fold.initial)
        let base = scopes.count
        defer { scopes.removeLast(scopes.count - base) }
        for (first, second) in elements {
            scopes.removeLast(scopes.count - base)
            scopes.append((fold.accumulator, accumulated))
            if case .value(.bool(false)) = evaluate(fold.condition) { break }
            scopes.append((fold.iterationVariable, .value(first)))
            if let variable = fold.secondVariable { scopes.append((variable, .value(second))) }
            accumulated = evaluate(fold.step)
            guard steps <= limits.stepsMax else { return accumulated }
        }
        scopes.removeLast(scopes.count - base)
        scopes.append((fold.accumulator, accumulated))
        return evaluate(fold.result)
    }

    private mutating func call(_ function: String, _ target: Expression?, _ arguments: [Expression]) -> Outcome {
        switch function {
        case "_&&_": return logic(arguments, decisive: false)
        case "_||_": return logic(arguments, decisive: true)
        case "@not_strictly_false":
            if case .value(.bool(let value)) = evaluate(arguments[0]) { return .value(.bool(value)) }
            return .value(.bool(true))
        case "_?_:_":
            switch evaluate(arguments[0]) {
            case .value(.bool(let choice)): return evaluate(arguments[choice ? 1 : 2])
            case .value: return .failure("a condition is a bool")
            case let other: return other
            }
        default: break
        }
        let parts = (target.map { [$0] } ?? []) + arguments
        switch values(parts) {
        case .failure(let stop): return stop.outcome
        case .success(let values):
            if target == nil, let outcome = activation.call(function, values) { return outcome }
            return Functions.call(function, values, isMethod: target != nil, limits: limits)
        }
    }

    /// `false && x` is false and `true || x` is true, whatever x is; an unknown wins over an error.
    private mutating func logic(_ arguments: [Expression], decisive: Bool) -> Outcome {
        var result: Outcome = .value(.bool(!decisive))
        for argument in arguments {
            switch evaluate(argument) {
            case .value(.bool(decisive)): return .value(.bool(decisive))
            case .value(.bool): break
            case .unknown: result = .unknown
            case .value: if case .value = result { result = .failure("a condition is a bool") }
            case .failure(let message): if case .value = result { result = .failure(message) }
            }
        }
        return result
    }
}

extension Literal {
    var value: Value {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): .uint(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .bytes(let value): .bytes(value)
        }
    }
}
