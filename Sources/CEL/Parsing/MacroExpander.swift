/// Turns the macros with a receiver into comprehensions.
///
/// Source: google/cel-spec, doc/langdef.md, "Macros"; for the two-variable forms, cel-go's ext/comprehensions.
struct MacroExpander {
    private(set) var nodeCount: Int
    /// A name that cannot be written.
    static let accumulator = "@result"

    init(nodeCount: Int) {
        self.nodeCount = nodeCount
    }

    /// - Returns: nil when the call is no macro.
    mutating func expand(
        _ name: String, _ target: Expression, _ arguments: [Expression], _ offset: Int
    ) throws(ExpressionIssue) -> Expression? {
        if name == "bind" { return try binding(target, arguments, offset) }
        let body: Int
        switch (name, arguments.count) {
        case ("all", 2), ("exists", 2), ("exists_one", 2), ("existsOne", 2), ("filter", 2): body = 1
        case ("map", 2), ("map", 3): body = 1
        case ("all", 3), ("exists", 3), ("exists_one", 3), ("existsOne", 3): body = 2
        case ("transformList", 3), ("transformList", 4), ("transformMap", 3), ("transformMap", 4): body = 2
        case ("transformMapEntry", 3), ("transformMapEntry", 4): body = 2
        default: return nil
        }
        let variables = try arguments[..<body].map { (variable) throws(ExpressionIssue) in try Self.variable(variable) }
        if body == 2, variables[0] == variables[1] {
            throw ExpressionIssue(offset: arguments[1].offset, message: "the two variables need two names")
        }
        let rest = Array(arguments[body...])
        let fold = Fold(target: target, variables: variables, offset: offset)
        switch name {
        case "all":
            let step = call("_&&_", [accumulated(offset), rest[0]], offset)
            return comprehension(
                fold, initial: literal(.bool(true), offset), condition: notStrictlyFalse(offset), step: step)
        case "exists":
            let step = call("_||_", [accumulated(offset), rest[0]], offset)
            let condition = call("@not_strictly_false", [call("!_", [accumulated(offset)], offset)], offset)
            return comprehension(fold, initial: literal(.bool(false), offset), condition: condition, step: step)
        case "exists_one", "existsOne":
            let more = call("_+_", [accumulated(offset), literal(.int(1), offset)], offset)
            let step = call("_?_:_", [rest[0], more, accumulated(offset)], offset)
            let result = call("_==_", [accumulated(offset), literal(.int(1), offset)], offset)
            return comprehension(
                fold, initial: literal(.int(0), offset), condition: always(offset), step: step, result: result)
        case "filter":
            let element = node(.identifier(variables[0]), offset)
            return gathering(fold, test: rest[0], element: element)
        case "map", "transformList":
            return gathering(fold, test: rest.count == 2 ? rest[0] : nil, element: rest[rest.count - 1])
        case "transformMap":
            let key = node(.identifier(variables[0]), offset)
            return inserting(fold, test: rest.count == 2 ? rest[0] : nil, [key, rest[rest.count - 1]])
        default:
            return inserting(fold, test: rest.count == 2 ? rest[0] : nil, [rest[rest.count - 1]])
        }
    }

    /// `cel.bind(name, value, result)`: a fold over nothing, whose accumulator is the name.
    private mutating func binding(
        _ target: Expression, _ arguments: [Expression], _ offset: Int
    ) throws(ExpressionIssue) -> Expression? {
        guard case .identifier("cel") = target.kind, arguments.count == 3 else { return nil }
        let name = try Self.variable(arguments[0])
        let range = node(.list([]), offset)
        let never = literal(.bool(false), offset)
        let step = node(.identifier(name), offset)
        return node(
            .comprehension(
                Comprehension(
                    iterationVariable: "@unused", secondVariable: nil, range: range, accumulator: name,
                    initial: arguments[1], condition: never, step: step, result: arguments[2])), offset)
    }

    private struct Fold {
        let target: Expression
        let variables: [String]
        let offset: Int
    }

    private static func variable(_ expression: Expression) throws(ExpressionIssue) -> String {
        guard case .identifier(let name) = expression.kind else {
            throw ExpressionIssue(offset: expression.offset, message: "a macro's variable is a simple name")
        }
        return name
    }

    private mutating func gathering(_ fold: Fold, test: Expression?, element: Expression) -> Expression {
        let offset = fold.offset
        var step = call("_+_", [accumulated(offset), node(.list([element]), offset)], offset)
        if let test { step = call("_?_:_", [test, step, accumulated(offset)], offset) }
        return comprehension(fold, initial: node(.list([]), offset), condition: always(offset), step: step)
    }

    private mutating func inserting(_ fold: Fold, test: Expression?, _ entry: [Expression]) -> Expression {
        let offset = fold.offset
        var step = call("@insert", [accumulated(offset)] + entry, offset)
        if let test { step = call("_?_:_", [test, step, accumulated(offset)], offset) }
        return comprehension(fold, initial: node(.map([]), offset), condition: always(offset), step: step)
    }

    private mutating func comprehension(
        _ fold: Fold, initial: Expression, condition: Expression, step: Expression, result: Expression? = nil
    ) -> Expression {
        let result = result ?? accumulated(fold.offset)
        return node(
            .comprehension(
                Comprehension(
                    iterationVariable: fold.variables[0],
                    secondVariable: fold.variables.count == 2 ? fold.variables[1] : nil,
                    range: fold.target, accumulator: Self.accumulator, initial: initial, condition: condition,
                    step: step,
                    result: result)), fold.offset)
    }

    private mutating func notStrictlyFalse(_ offset: Int) -> Expression {
        call("@not_strictly_false", [accumulated(offset)], offset)
    }

    private mutating func always(_ offset: Int) -> Expression { literal(.bool(true), offset) }

    private mutating func accumulated(_ offset: Int) -> Expression { node(.identifier(Self.accumulator), offset) }

    private mutating func literal(_ value: Literal, _ offset: Int) -> Expression { node(.literal(value), offset) }

    private mutating func call(_ function: String, _ arguments: [Expression], _ offset: Int) -> Expression {
        node(.call(function: function, target: nil, arguments: arguments), offset)
    }

    private mutating func node(_ kind: Expression.Kind, _ offset: Int) -> Expression {
        defer { nodeCount += 1 }
        return Expression(id: nodeCount, offset: offset, kind: kind)
    }
}
