internal import Model

/// What was probably meant by functions and types that do not fit, where the grammar is right.
enum MeaningSlips {
    /// Functions of other languages, and how the same is said here of `X`.
    private static let functions: [String: String] = [
        "and": "&&", "or": "||", "not": "!(…)", "if": "condition ? value : other", "iff": "condition ? value : other",
        "lower": "X.lowerAscii()", "tolowercase": "X.lowerAscii()", "touppercase": "X.upperAscii()",
        "tolower": "X.lowerAscii()", "lowercase": "X.lowerAscii()",
        "upper": "X.upperAscii()",
        "toupper": "X.upperAscii()", "uppercase": "X.upperAscii()", "len": "size(X)", "length": "size(X)",
        "count": "size(X)",
        "strlen": "size(X)", "isblank": "!has(X)", "isempty": "!has(X)", "isnull": "!has(X)", "exists": "has(X)",
        "isset": "has(X)", "defined": "has(X)", "today": "now",
        "date": "for example timestamp(\"2026-03-15T00:00:00Z\")",
        "datetime": "for example timestamp(\"2026-03-15T00:00:00Z\")", "year": "X.getFullYear()",
        "month": "X.getMonth()",
        "like": "X.contains(\"…\")",
        "regex": "X.matches(\"…\")", "regexp_match": "X.matches(\"…\")",
    ]
    private static let methods = ["contains", "startsWith", "endsWith", "matches", "trim", "split", "replace"]

    /// - Parameter known: Names of functions that there are.
    static func function(_ name: String, _ arguments: [Expression], known: [String]) -> String? {
        let first = arguments.first.flatMap { ExpressionWords.path($0) }
        if let said = functions[name.lowercased()] {
            return first.map { said.replacing("X", with: $0) } ?? said
        }
        // What is a method here is a function elsewhere.
        if let first, let method = methods.first(where: { $0.lowercased() == name.lowercased() }) {
            return "\(first).\(method)(\(arguments.dropFirst().map { text($0) ?? "…" }.joined(separator: ", ")))"
        }
        if name == "now" { return "now" }
        return Spelling.nearest(to: name, among: known)
    }

    /// What was said of the grammar alone, where types tell more: a list contains nothing by `.contains`.
    static func adapted(_ issue: ExpressionIssue, _ environment: Environment) -> ExpressionIssue {
        guard let meant = issue.suggestion, meant.hasSuffix(")"), let call = meant.firstRange(of: ".contains("),
            case let path = String(meant[..<call.lowerBound]), case .list? = environment.type(ofPath: path)
        else { return issue }
        let member = meant[call.upperBound...].dropLast()
        return ExpressionIssue(offset: issue.offset, message: issue.message, suggestion: "\(member) in \(path)")
    }

    /// - Returns: What is wrong, where the usual words would not say it, and what was meant.
    static func misuse(
        _ function: String, _ parts: [Expression], _ types: [CELType], _ environment: Environment
    ) -> (message: String?, suggestion: String?) {
        guard parts.count == 2 else { return (nil, nil) }
        if function == "@in" { return (nil, membership(parts, types)) }
        if function == "_||_" { return (nil, alternatives(parts)) }
        if function == "contains", case .list = types[0], let member = text(parts[1]), let list = text(parts[0]) {
            return (nil, "\(member) in \(list)")
        }
        guard ExpressionWords.isComparison(function) else { return (nil, nil) }
        if types[0] == .bool, case .call(let inner, nil, let operands) = parts[0].kind,
            ExpressionWords.isComparison(inner),
            operands.count == 2
        {
            return (
                "a comparison has two sides; \(symbol(inner)) and \(symbol(function)) cannot stand in a row",
                chain(inner, operands, function, parts[1])
            )
        }
        return (
            nil,
            comparison(function, parts, types) ?? comparison(function, parts.reversed(), types.reversed())
                ?? part(parts, types, environment)
        )
    }

    /// `events.visit > 0`: the only field of the structure that is of the type of the constant.
    private static func part(_ parts: [Expression], _ types: [CELType], _ environment: Environment) -> String? {
        guard case .object(let object) = types[0], let path = ExpressionWords.path(parts[0]), isLiteral(parts[1]),
            let fields = environment.objects[object]?.values.filter({ $0.type == types[1] }), fields.count == 1
        else { return nil }
        return "\(path).\(fields[0].name)"
    }

    /// `x == "a" || "b"`.
    private static func alternatives(_ parts: [Expression]) -> String? {
        guard case .call("_==_", nil, let sides) = parts[0].kind, sides.count == 2,
            let path = ExpressionWords.path(sides[0]), isLiteral(sides[1]), isLiteral(parts[1]),
            let first = text(sides[1]), let second = text(parts[1])
        else { return nil }
        return "\(path) in [\(first), \(second)]"
    }

    /// What `low <= x <= high` is here.
    private static func chain(
        _ first: String, _ operands: [Expression], _ second: String, _ last: Expression
    ) -> String? {
        guard let low = text(operands[0]), let middle = text(operands[1]), let high = text(last) else { return nil }
        if first == "_<=_", second == "_<=_" { return "between(\(middle), \(low), \(high))" }
        if first == "_>=_", second == "_>=_" { return "between(\(middle), \(high), \(low))" }
        return "\(low) \(bare(first)) \(middle) && \(middle) \(bare(second)) \(high)"
    }

    private static func membership(_ parts: [Expression], _ types: [CELType]) -> String? {
        guard types[0] == .string, types[1] == .string, let left = text(parts[0]), let right = text(parts[1]) else {
            return nil
        }
        return isLiteral(parts[1]) ? "\(left) in [\(right)]" : "\(right).contains(\(left))"
    }

    /// Where what stands first is a name, and what stands behind it has another type.
    private static func comparison(_ function: String, _ parts: [Expression], _ types: [CELType]) -> String? {
        guard let path = ExpressionWords.path(parts[0]) else { return nil }
        let isEquality = function == "_==_" || function == "_!=_"
        let negation = function == "_!=_" ? "!" : ""
        switch (types[0], parts[1].kind) {
        case (.list(.string), .literal(.string)) where isEquality:
            let said = "\(text(parts[1]) ?? "…") in \(path)"
            return negation.isEmpty ? said : "!(\(said))"
        case (_, .list) where isEquality:
            return negation.isEmpty ? "\(path) in […]" : "!(\(path) in […])"
        case (.int, .literal(.string(let text))), (.double, .literal(.string(let text))):
            let digits = text.filter { $0 != "," && $0 != " " }
            return digits.utf8.allSatisfy { Lexer.isDigit($0) || $0 == UInt8(ascii: ".") } && !digits.isEmpty
                ? digits : nil
        case (.string, .literal(.int)), (.string, .literal(.double)), (.string, .literal(.bool)):
            return text(parts[1]).map { "\"\($0)\"" }
        case (.bool, .literal(.string(let text))):
            return ["true", "yes", "1"].contains(text.lowercased()) ? "true" : "false"
        case (.timestamp, .literal(.string(let text))):
            return Slips.day(from: 0, in: Array(text.utf8)).map { Slips.time($0) }
        case (.timestamp, .call(function: "_-_", target: nil, arguments: _)):
            return text(parts[1]).flatMap { Slips.day(from: 0, in: Array($0.utf8)) }.map { Slips.time($0) }
        default: return nil
        }
    }

    private static func isLiteral(_ expression: Expression) -> Bool {
        if case .literal = expression.kind { true } else { false }
    }

    private static func bare(_ function: String) -> String { function.filter { $0 != "_" } }
    private static func symbol(_ function: String) -> String { "`\(bare(function))`" }

    /// A constant, a name or a difference of numbers as it is written; nil for anything else.
    static func text(_ expression: Expression) -> String? {
        switch expression.kind {
        case .literal(.int(let value)): return "\(value)"
        case .literal(.uint(let value)): return "\(value)u"
        case .literal(.double(let value)): return "\(value)"
        case .literal(.bool(let value)): return "\(value)"
        case .literal(.string(let value)): return value.contains("\"") || value.utf8.count > 60 ? nil : "\"\(value)\""
        case .call(function: "_-_", target: nil, let arguments) where arguments.count == 2:
            guard let left = text(arguments[0]), let right = text(arguments[1]) else { return nil }
            return "\(left)-\(right.utf8.count == 1 ? "0" + right : right)"
        default: return ExpressionWords.path(expression)
        }
    }
}
