/// What an expression may be.
package struct Limits: Sendable {
    /// UTF-8 bytes of the source.
    package var sourceBytesMax = 32 * 1024
    /// How deep expressions may stand within each other.
    package var depthMax = 100
    /// Nodes, macros expanded.
    package var nodesMax = 20_000
    /// Steps of all comprehensions of one evaluation together.
    package var stepsMax = 1_000_000
    /// Bytes of a string, members of a list, that an evaluation may make.
    package var sizeMax = 1_000_000

    package init() {}

    package static let `default` = Limits()
}

/// Everything that is wrong with an expression, by place; never empty.
package struct ExpressionIssues: Error, Sendable, Hashable {
    package let issues: [ExpressionIssue]

    package init(_ issues: [ExpressionIssue]) {
        precondition(!issues.isEmpty, "an error says what is wrong")
        self.issues = issues.sorted { $0.offset < $1.offset }
    }
}

/// Turns source into a tree, macros expanded. Recursive descent, bounded in depth.
///
/// Source: google/cel-spec, doc/langdef.md, "Syntax" and "Macros".
package struct Parser {
    private var lexer: Lexer
    private var token: Token
    private let limits: Limits
    private var depth = 0
    private var nodeCount = 0

    /// Names that the language keeps for itself. Source: doc/langdef.md, RESERVED.
    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while", "in", "true", "false", "null",
    ]

    private static let relations: Set<String> = ["<", "<=", ">", ">=", "==", "!="]

    /// - Throws: What is wrong; a syntax error is reported alone, for what follows it cannot be understood.
    package static func parse(_ source: String, limits: Limits = .default) throws(ExpressionIssues) -> Expression {
        do throws(ExpressionIssue) {
            guard source.utf8.count <= limits.sourceBytesMax else {
                throw ExpressionIssue(
                    offset: 0,
                    message: "the expression is \(source.utf8.count) bytes long; the limit is \(limits.sourceBytesMax)")
            }
            var parser = try Parser(source, limits: limits)
            return try parser.whole()
        } catch {
            throw ExpressionIssues([error])
        }
    }

    private init(_ source: String, limits: Limits) throws(ExpressionIssue) {
        lexer = Lexer(source)
        self.limits = limits
        token = try lexer.next()
    }

    private mutating func whole() throws(ExpressionIssue) -> Expression {
        let expression = try self.expression()
        guard token.kind == .end else { throw unexpected("an operator or the end") }
        return expression
    }

    // MARK: Levels of binding

    private mutating func expression() throws(ExpressionIssue) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depthMax else {
            throw ExpressionIssue(offset: token.offset, message: "the expression is nested more than \(limits.depthMax) deep")
        }
        let condition = try disjunction()
        guard isSymbol("?") else { return condition }
        let offset = token.offset
        try advance()
        let first = try disjunction()
        try expect(":")
        let second = try expression()
        return try call("_?_:_", [condition, first, second], offset)
    }

    private mutating func disjunction() throws(ExpressionIssue) -> Expression {
        var operands = [try conjunction()]
        var offsets: [Int] = []
        while isSymbol("||") {
            offsets.append(token.offset)
            try advance()
            operands.append(try conjunction())
        }
        return try balanced("_||_", operands[...], offsets[...])
    }

    private mutating func conjunction() throws(ExpressionIssue) -> Expression {
        var operands = [try relation()]
        var offsets: [Int] = []
        while isSymbol("&&") {
            offsets.append(token.offset)
            try advance()
            operands.append(try relation())
        }
        return try balanced("_&&_", operands[...], offsets[...])
    }

    /// A long chain becomes a tree of logarithmic depth: order of operands is kept, and that is all the operators need.
    private mutating func balanced(
        _ function: String, _ operands: ArraySlice<Expression>, _ offsets: ArraySlice<Int>
    ) throws(ExpressionIssue) -> Expression {
        guard operands.count > 1 else { return operands[operands.startIndex] }
        let middle = offsets.startIndex + offsets.count / 2
        let left = try balanced(function, operands[operands.startIndex...middle], offsets[offsets.startIndex..<middle])
        let right = try balanced(function, operands[(middle + 1)...], offsets[(middle + 1)...])
        return try call(function, [left, right], offsets[middle])
    }

    private mutating func relation() throws(ExpressionIssue) -> Expression {
        var left = try sum()
        while true {
            let offset = token.offset
            if case .symbol(let symbol) = token.kind, Self.relations.contains(symbol) {
                try advance()
                left = try call("_\(symbol)_", [left, try sum()], offset)
            } else if token.kind == .identifier("in") {
                try advance()
                left = try call("@in", [left, try sum()], offset)
            } else {
                return left
            }
        }
    }

    private mutating func sum() throws(ExpressionIssue) -> Expression {
        var left = try product()
        while case .symbol(let symbol) = token.kind, symbol == "+" || symbol == "-" {
            let offset = token.offset
            try advance()
            left = try call("_\(symbol)_", [left, try product()], offset)
        }
        return left
    }

    private mutating func product() throws(ExpressionIssue) -> Expression {
        var left = try unary()
        while case .symbol(let symbol) = token.kind, symbol == "*" || symbol == "/" || symbol == "%" {
            let offset = token.offset
            try advance()
            left = try call("_\(symbol)_", [left, try unary()], offset)
        }
        return left
    }

    private mutating func unary() throws(ExpressionIssue) -> Expression {
        let offset = token.offset
        var count = 0
        if isSymbol("!") {
            while isSymbol("!") {
                count += 1
                try advance()
            }
            let operand = try member()
            return count % 2 == 0 ? operand : try call("!_", [operand], offset)
        }
        while isSymbol("-") {
            count += 1
            try advance()
        }
        guard count > 0 else { return try member() }
        if count == 1, case .int(let value) = token.kind {
            // The smallest int exists only with its sign.
            guard value <= UInt64(Int64.max) + 1 else { throw ExpressionIssue(offset: offset, message: "the number does not fit into an int") }
            try advance()
            let literal = try node(.literal(.int(Int64(truncatingIfNeeded: 0 &- value))), offset)
            return try members(of: literal)
        }
        if count == 1, case .double(let value) = token.kind {
            try advance()
            return try members(of: try node(.literal(.double(-value)), offset))
        }
        let operand = try member()
        return count % 2 == 0 ? operand : try call("-_", [operand], offset)
    }

    private mutating func member() throws(ExpressionIssue) -> Expression {
        try members(of: try primary())
    }

    private mutating func members(of first: Expression) throws(ExpressionIssue) -> Expression {
        var operand = first
        var chain = 0
        while true {
            chain += 1
            guard chain + depth <= limits.depthMax * 4 else {
                throw ExpressionIssue(offset: token.offset, message: "the chain of selections is too long")
            }
            if isSymbol(".") {
                try advance()
                let offset = token.offset
                guard case .identifier(let name) = token.kind else { throw unexpected("a field") }
                try advance()
                if isSymbol("(") {
                    let arguments = try self.arguments()
                    operand = try method(name, operand, arguments, offset)
                } else {
                    operand = try node(.select(operand: operand, field: name, isPresenceTest: false), offset)
                }
            } else if isSymbol("[") {
                let offset = token.offset
                try advance()
                let index = try expression()
                try expect("]")
                operand = try call("_[_]", [operand, index], offset)
            } else {
                return operand
            }
        }
    }

    private mutating func primary() throws(ExpressionIssue) -> Expression {
        let offset = token.offset
        switch token.kind {
        case .int(let value):
            guard value <= UInt64(Int64.max) else {
                throw ExpressionIssue(offset: offset, message: "the number does not fit into an int", suggestion: "\(value)u")
            }
            return try literal(.int(Int64(value)))
        case .uint(let value): return try literal(.uint(value))
        case .double(let value): return try literal(.double(value))
        case .string(let value): return try literal(.string(value))
        case .bytes(let value): return try literal(.bytes(value))
        case .identifier("true"): return try literal(.bool(true))
        case .identifier("false"): return try literal(.bool(false))
        case .identifier("null"): return try literal(.null)
        case .identifier(let name): return try named(name, offset)
        case .symbol("."):
            try advance()
            guard case .identifier(let name) = token.kind else { throw unexpected("a name") }
            return try named(name, token.offset)
        case .symbol("("):
            try advance()
            let inner = try expression()
            try expect(")")
            return inner
        case .symbol("["):
            try advance()
            return try node(.list(try list(until: "]")), offset)
        case .symbol("{"):
            return try map(offset)
        default:
            throw unexpected("a value")
        }
    }

    private mutating func named(_ name: String, _ offset: Int) throws(ExpressionIssue) -> Expression {
        guard !Self.reserved.contains(name) else {
            throw ExpressionIssue(offset: offset, message: "`\(name)` is a reserved word")
        }
        try advance()
        guard isSymbol("(") else { return try node(.identifier(name), offset) }
        let arguments = try self.arguments()
        if name == "has" {
            guard arguments.count == 1, case .select(let operand, let field, false) = arguments[0].kind else {
                throw ExpressionIssue(offset: offset, message: "`has` takes one field, such as `has(visitor.title)`")
            }
            return try node(.select(operand: operand, field: field, isPresenceTest: true), arguments[0].offset)
        }
        return try node(.call(function: name, target: nil, arguments: arguments), offset)
    }

    private mutating func map(_ offset: Int) throws(ExpressionIssue) -> Expression {
        try expect("{")
        var entries: [(key: Expression, value: Expression)] = []
        while !isSymbol("}") {
            let key = try expression()
            try expect(":")
            entries.append((key, try expression()))
            guard isSymbol(",") else { break }
            try advance()
        }
        try expect("}")
        return try node(.map(entries), offset)
    }

    private mutating func arguments() throws(ExpressionIssue) -> [Expression] {
        try expect("(")
        return try list(until: ")")
    }

    private mutating func list(until end: String) throws(ExpressionIssue) -> [Expression] {
        var elements: [Expression] = []
        while !isSymbol(end) {
            elements.append(try expression())
            guard isSymbol(",") else { break }
            try advance()
            // Only a list may end with a comma.
            if end == ")", isSymbol(end) { throw unexpected("a value") }
        }
        try expect(end)
        return elements
    }

    private mutating func method(
        _ name: String, _ target: Expression, _ arguments: [Expression], _ offset: Int
    ) throws(ExpressionIssue) -> Expression {
        var maker = MacroExpander(nodeCount: nodeCount)
        if let expanded = try maker.expand(name, target, arguments, offset) {
            nodeCount = maker.nodeCount
            try checkCount(offset)
            return expanded
        }
        return try node(.call(function: name, target: target, arguments: arguments), offset)
    }

    // MARK: Helpers

    private mutating func literal(_ value: Literal) throws(ExpressionIssue) -> Expression {
        let offset = token.offset
        try advance()
        return try node(.literal(value), offset)
    }

    private mutating func call(
        _ function: String, _ arguments: [Expression], _ offset: Int
    ) throws(ExpressionIssue) -> Expression {
        try node(.call(function: function, target: nil, arguments: arguments), offset)
    }

    private mutating func node(_ kind: Expression.Kind, _ offset: Int) throws(ExpressionIssue) -> Expression {
        defer { nodeCount += 1 }
        try checkCount(offset)
        return Expression(id: nodeCount, offset: offset, kind: kind)
    }

    private func checkCount(_ offset: Int) throws(ExpressionIssue) {
        guard nodeCount < limits.nodesMax else {
            throw ExpressionIssue(offset: offset, message: "the expression has more than \(limits.nodesMax) parts")
        }
    }

    private func isSymbol(_ symbol: String) -> Bool { token.kind == .symbol(symbol) }

    private mutating func advance() throws(ExpressionIssue) {
        token = try lexer.next()
    }

    private mutating func expect(_ symbol: String) throws(ExpressionIssue) {
        guard isSymbol(symbol) else { throw unexpected("`\(symbol)`") }
        try advance()
    }

    private func unexpected(_ wanted: String) -> ExpressionIssue {
        let found =
            switch token.kind {
            case .end: "the expression ends"
            case .symbol(let symbol): "`\(symbol)` stands"
            case .identifier(let name): "`\(name)` stands"
            default: "a value stands"
            }
        return ExpressionIssue(offset: token.offset, message: "\(found) where \(wanted) is needed")
    }
}
