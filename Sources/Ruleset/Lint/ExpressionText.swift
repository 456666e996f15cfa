internal import CEL

/// Puts parts of conditions into words, alike for alike parts.
enum ExpressionText {
    private static let roots: Set<String> = [
        "visitor", "account", "request", "events", "engagement", "role", "stage", "persona", "grade",
    ]
    /// Beyond 2^53 a double does not hold every whole number.
    private static let exactMax: Int64 = 1 << 53

    /// - Returns: `account.employees`, `events.demo.count`, `role` or `fit('mary')`; nil for what is computed.
    static func input(_ expression: Expression) -> String? {
        if case .call("fit", nil, let parts) = expression.kind, let first = parts.first,
            case .literal(.string(let name)) = first.kind
        {
            return "fit('\(name)')"
        }
        var fields: [String] = []
        var current = expression
        while true {
            switch current.kind {
            case .identifier(let name):
                return roots.contains(name) ? ([name] + fields.reversed()).joined(separator: ".") : nil
            case .select(let operand, let field, isPresenceTest: false):
                fields.append(field)
                current = operand
            default: return nil
            }
        }
    }

    /// - Returns: Nil for what is no constant, or one that a double does not hold exactly.
    static func number(_ expression: Expression) -> Double? {
        switch expression.kind {
        case .literal(.int(let value)): abs(value.clamped) <= exactMax ? Double(value) : nil
        case .literal(.uint(let value)): value <= UInt64(exactMax) ? Double(value) : nil
        case .literal(.double(let value)): value.isFinite ? value : nil
        case .call("-_", nil, let parts) where parts.count == 1: number(parts[0]).map { -$0 }
        default: nil
        }
    }

    /// - Returns: 0 for `now`, 3600 for `now + duration('1h')`; nil for any other time.
    static func secondsFromNow(_ expression: Expression) -> Double? {
        switch expression.kind {
        case .identifier("now"): return 0
        case .call(let sign, nil, let parts) where parts.count == 2 && (sign == "_+_" || sign == "_-_"):
            guard let start = secondsFromNow(parts[0]), let seconds = duration(parts[1]) else { return nil }
            return sign == "_+_" ? start + seconds : start - seconds
        default: return nil
        }
    }

    /// Of `duration('336h')`: a whole number and one unit.
    private static func duration(_ expression: Expression) -> Double? {
        guard case .call("duration", nil, let parts) = expression.kind, parts.count == 1,
            case .literal(.string(let text)) = parts[0].kind, let value = Int32(text.dropLast())
        else { return nil }
        switch text.last {
        case "h": return Double(value) * 3_600
        case "m": return Double(value) * 60
        case "s": return Double(value)
        default: return nil
        }
    }

    /// The expression, written so that only equal ones are written alike.
    ///
    /// - Returns: Nil for a fold, whose variables mean something within it only.
    static func text(_ expression: Expression) -> String? {
        switch expression.kind {
        case .literal(let literal): return "\(literal)"
        case .identifier(let name): return name
        case .select(let operand, let field, let isPresenceTest):
            guard let text = text(operand) else { return nil }
            return isPresenceTest ? "has(\(text).\(field))" : "\(text).\(field)"
        case .list(let elements): return texts(elements).map { "[\($0)]" }
        case .map, .comprehension: return nil
        case .call(let function, let target, let arguments):
            guard let inner = texts(arguments) else { return nil }
            guard let target else { return "\(function)(\(inner))" }
            return text(target).map { "\($0).\(function)(\(inner))" }
        }
    }

    private static func texts(_ expressions: [Expression]) -> String? {
        var result: [String] = []
        for expression in expressions {
            guard let text = text(expression) else { return nil }
            result.append(text)
        }
        return result.joined(separator: ", ")
    }
}

extension Int64 {
    /// So that a magnitude exists.
    fileprivate var clamped: Int64 { Swift.max(self, -Int64.max) }
}
