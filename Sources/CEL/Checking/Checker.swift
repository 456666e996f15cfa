internal import Model

/// Gives every node its type, or says what is wrong: all of it, not only the first.
///
/// Source: google/cel-spec, doc/langdef.md, "Gradual Type Checking".
struct Checker {
    private let environment: Environment
    private(set) var issues: [ExpressionIssue] = []
    private(set) var types: [CELType]
    /// Variables of the comprehensions around the node, innermost last.
    private var scopes: [(name: String, type: CELType)] = []
    /// The nodes around the one that is looked at, and itself: what a wrong name was meant to be hangs on them.
    private var around: [Expression] = []

    init(environment: Environment, nodeCount: Int) {
        self.environment = environment
        types = [CELType](repeating: .dyn, count: nodeCount)
    }

    /// - Returns: nil when something within is wrong: its issue is noted, and what depends on it is not blamed.
    mutating func check(_ expression: Expression) -> CELType? {
        around.append(expression)
        defer { around.removeLast() }
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
        // A leading dot, kept by the parser where it matters, skips the variables of macros.
        let isRooted = name.utf8.first == UInt8(ascii: ".")
        let plain = isRooted ? String(name.dropFirst()) : name
        if !isRooted, let type = local(name) { return type }
        if let type = environment.variables[plain] { return type }
        if let type = StandardLibrary.typeNames[plain] { return .type(type) }
        let known = environment.variables.keys.sorted() + scopes.map(\.name).filter { !$0.hasPrefix("@") }
        report(
            expression, "`\(plain)` is not declared",
            suggestion: NameSlips(environment: environment, known: known, parent: around.dropLast().last).meant(plain))
        return nil
    }

    private func local(_ name: String) -> CELType? { scopes.last { $0.name == name }?.type }

    /// `net.IP` and the like: a name with dots that stands for a type.
    private func typeName(_ operand: Expression, _ field: String) -> CELType? {
        guard let path = ExpressionWords.path(operand), let root = path.split(separator: ".").first.map(String.init),
            environment.variables[root] == nil, local(root) == nil
        else { return nil }
        return StandardLibrary.typeNames["\(path).\(field)"]
    }

    private mutating func select(
        _ operand: Expression, _ field: String, isPresenceTest: Bool, _ expression: Expression
    ) -> CELType? {
        if case .identifier(let name) = root(of: operand), name == "net" || name == "google",
            let type = typeName(operand, field)
        {
            return .type(type)
        }
        guard let type = check(operand) else { return nil }
        switch type {
        case .object(let name):
            guard let fields = environment.objects[name] else {
                preconditionFailure("the structure \(name) is used without being declared")
            }
            if let found = fields[field] { return isPresenceTest ? .bool : found.type }
            let path = ExpressionWords.path(operand).map { $0 + "." } ?? ""
            let inner = field.split(separator: "_", maxSplits: 1).map(String.init)
            let nearest =
                inner.count == 2 && environment.type(ofPath: path + inner.joined(separator: ".")) != nil
                ? inner.joined(separator: ".") : Spelling.nearest(to: field, among: fields.keys.sorted())
            // Of events there are few, and everybody counts on some that every shop has.
            let all = path == "events." && nearest == nil ? fields.keys.sorted().joined(separator: ", ") : ""
            report(
                expression,
                "`\(path)\(field)` is not declared" + (all.isEmpty ? "" : "; there are: \(all.prefix(200))"),
                suggestion: nearest.map { path + $0 })
            return nil
        case .map(_, let value): return isPresenceTest ? .bool : value
        case .dyn, .parameter: return isPresenceTest ? .bool : .dyn
        default:
            let counted = ["length", "size", "count", "len"].contains(field) ? ExpressionWords.path(operand) : nil
            report(
                expression, "\(words(operand)) has no field `\(field)`", suggestion: counted.map { "size(\($0))" })
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
            case .bool, .int, .uint, .string, .dyn, .parameter: break
            default:
                report(
                    entry.key, "a map's key is a bool, an int, a uint or a string, not \(types[entry.key.id].words)")
            }
        }
        return .map(key: keys, value: values)
    }

    /// - Returns: The type that all have, `dyn` for a mixture, a type parameter for none, nil when one of them is wrong.
    private mutating func common(_ expressions: [Expression]) -> CELType? {
        var result = CELType.parameter("element")
        var isSound = true
        for expression in expressions {
            guard let type = check(expression) else {
                isSound = false
                continue
            }
            result = result.joined(with: type) ?? .dyn
        }
        return isSound ? result : nil
    }

    private mutating func comprehension(_ fold: Comprehension) -> CELType? {
        let range = check(fold.range)
        // What hangs on a wrong range is checked all the same, so that all its other faults are found at once.
        guard let (first, second) = members(of: range ?? .dyn, hasTwo: fold.secondVariable != nil) else {
            report(fold.range, "\(words(fold.range)) cannot be gone through; a list or a map can")
            return nil
        }
        let initial = check(fold.initial)
        let base = scopes.count
        defer { scopes.removeLast(scopes.count - base) }
        scopes.append((fold.accumulator, initial ?? .dyn))
        scopes.append((fold.iterationVariable, first))
        if let variable = fold.secondVariable { scopes.append((variable, second)) }
        let condition = check(fold.condition)
        let step = check(fold.step)
        // What is gathered takes its type from the step: the initial list or map is empty.
        scopes.removeLast(scopes.count - base)
        scopes.append((fold.accumulator, step ?? initial ?? .dyn))
        let result = check(fold.result)
        return range == nil || initial == nil || condition == nil || step == nil ? nil : result
    }

    private func members(of range: CELType, hasTwo: Bool) -> (CELType, CELType)? {
        switch range {
        case .list(let element): hasTwo ? (.int, element) : (element, .dyn)
        case .map(let key, let value): (key, value)
        case .dyn, .parameter: (.dyn, .dyn)
        default: nil
        }
    }

    // MARK: Calls

    private mutating func call(
        _ function: String, _ target: Expression?, _ arguments: [Expression], _ expression: Expression
    ) -> CELType? {
        if let target, let namespaced = namespaced(function, target) {
            return call(namespaced, nil, arguments, expression)
        }
        let parts = target.map { [$0] + arguments } ?? arguments
        if function == "_-_", let hyphens = NameSlips.hyphenated(expression, environment) {
            report(
                parts[0], "`\(hyphens.written)` has hyphens, which are minus signs here; names have `_`",
                suggestion: hyphens.meant)
            return nil
        }
        var operands: [CELType] = []
        operands.reserveCapacity(parts.count)
        for part in parts {
            if let type = check(part) { operands.append(type) }
        }
        guard operands.count == parts.count else { return nil }
        if let rule = StandardLibrary.rule(function, isMethod: target != nil) {
            if let result = rule(operands) {
                if let problem = LiteralCheck.problem(function, parts) {
                    report(parts[problem.part], problem.message, suggestion: problem.suggestion)
                    return nil
                }
                return result
            }
        } else if target == nil, let overloads = environment.functions[function] {
            if let result = overload(overloads, operands) { return result }
        } else {
            let known = StandardLibrary.names(isMethod: target != nil) + environment.functions.keys.sorted()
            report(
                expression, "there is no function `\(function)`",
                suggestion: MeaningSlips.function(function, parts, known: known))
            return nil
        }
        let slip = MeaningSlips.misuse(function, parts, operands, environment)
        let message = slip.message ?? ExpressionWords.misuse(function, parts, operands, environment)
        report(expression, message, suggestion: slip.suggestion)
        return nil
    }

    private func overload(_ overloads: [Environment.Function], _ operands: [CELType]) -> CELType? {
        overloads.first { overload in
            overload.parameters.count == operands.count
                && zip(overload.parameters, operands).allSatisfy { $0.matches($1) || ($0 == .double && $1 == .int) }
        }?.result
    }

    /// `math.greatest(…)` parses as a method of `math`; it is a function of that whole name.
    private func namespaced(_ function: String, _ target: Expression) -> String? {
        guard case .identifier(let space) = target.kind, environment.variables[space] == nil, local(space) == nil
        else { return nil }
        let name = space + "." + function
        return StandardLibrary.hasFunction(name) ? name : nil
    }

    private func root(of expression: Expression) -> Expression.Kind {
        var current = expression
        while case .select(let operand, _, _) = current.kind { current = operand }
        return current.kind
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
            root = try Parser.parse(source, limits: limits, normalisesTexts: normalisesTexts)
        } catch {
            return .failure(ExpressionIssues(error.issues.map { MeaningSlips.adapted($0, self) }))
        }
        // Nodes are numbered as they are made, and the root is made last.
        var checker = Checker(environment: self, nodeCount: root.id + 1)
        _ = checker.check(root)
        guard checker.issues.isEmpty else { return .failure(ExpressionIssues(checker.issues)) }
        return .success(CheckedExpression(source: source, root: root, types: checker.types))
    }
}
