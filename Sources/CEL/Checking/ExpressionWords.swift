/// Puts expressions and their types into words for messages.
enum ExpressionWords {
    private static let comparisons: Set<String> = ["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"]

    static func isComparison(_ function: String) -> Bool { comparisons.contains(function) }

    /// - Returns: `account.employees` for a chain of fields; nil for anything else.
    static func path(_ expression: Expression) -> String? {
        var fields: [String] = []
        var current = expression
        while true {
            switch current.kind {
            case .identifier(let name): return ([name] + fields.reversed()).joined(separator: ".")
            case .select(let operand, let field, isPresenceTest: false):
                fields.append(field)
                current = operand
            default: return nil
            }
        }
    }

    /// What an operand is: "`account.employees` is an int (people)", or "a string".
    static func operand(_ expression: Expression, _ type: CELType, _ environment: Environment) -> String {
        guard let path = path(expression) else { return type.words }
        return "`\(path)` (\(bare(type))\(unit(expression, environment)))"
    }

    static func misuse(
        _ function: String, _ parts: [Expression], _ types: [CELType], _ environment: Environment
    ) -> String {
        if comparisons.contains(function), parts.count == 2 {
            let other = describe(parts[1], types[1], environment)
            if let path = path(parts[0]) {
                return
                    "`\(path)` is \(types[0].words)\(unitWords(parts[0], environment)), it cannot be compared with \(other)"
            }
            return "\(types[0].words) cannot be compared with \(other)"
        }
        if function == "_?_:_", types[0].matches(.bool) {
            return "`?:` gives one type; here it is \(describe(parts[1], types[1], environment)) or "
                + describe(parts[2], types[2], environment)
        }
        let described = zip(parts, types).map { describe($0, $1, environment) }
        if function == "@in" {
            let comma = path(parts[0]) == nil ? "" : ","
            return "\(described[0])\(comma) cannot be looked for in \(described[1])"
        }
        if function.hasPrefix("_") || function.hasSuffix("_") {
            let symbol = function.filter { $0 != "_" }
            return "`\(symbol)` cannot be applied to \(described.joined(separator: " and "))"
        }
        return "`\(function)` cannot take \(described.isEmpty ? "nothing" : described.joined(separator: " and "))"
    }

    private static func describe(_ expression: Expression, _ type: CELType, _ environment: Environment) -> String {
        guard let path = path(expression) else { return type.words }
        return "`\(path)`, which is \(type.words)\(unitWords(expression, environment))"
    }

    private static func bare(_ type: CELType) -> String {
        type.words.split(separator: " ", maxSplits: 1).last.map(String.init) ?? type.words
    }

    private static func unit(_ expression: Expression, _ environment: Environment) -> String {
        field(expression, environment)?.unit.map { ", " + $0 } ?? ""
    }

    private static func unitWords(_ expression: Expression, _ environment: Environment) -> String {
        field(expression, environment)?.unit.map { " (\($0))" } ?? ""
    }

    private static func field(_ expression: Expression, _ environment: Environment) -> Environment.Field? {
        guard case .select(let operand, let name, _) = expression.kind else { return nil }
        switch operand.kind {
        case .identifier(let variable):
            guard case .object(let object)? = environment.variables[variable] else { return nil }
            return environment.objects[object]?[name]
        default:
            guard let outer = field(operand, environment), case .object(let object) = outer.type else { return nil }
            return environment.objects[object]?[name]
        }
    }
}
