/// Turns source into a tree, macros expanded. Recursive descent, bounded in depth.
///
/// Source: google/cel-spec, doc/langdef.md, "Syntax" and "Macros".
package struct Parser {
    private var lexer: Lexer
    private var token: Token
    /// What stands before it.
    private var previous: Token?
    private let limits: Limits
    private var depth = 0
    private var nodeCount = 0
    /// How many method calls stand around: only there can a leading dot skip a macro's variable.
    private var methodDepth = 0

    /// Names that the language keeps for itself. Source: doc/langdef.md, RESERVED.
    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]

    /// - Parameter normalisesTexts: See `Environment`.
    /// - Throws: What is wrong; a syntax error is reported alone, for what follows it cannot be understood.
    package static func parse(
        _ source: String, limits: Limits = .default, normalisesTexts: Bool = false
    ) throws(ExpressionIssues) -> Expression {
        do throws(ExpressionIssue) {
            guard source.utf8.count <= limits.sourceBytesMax else {
                throw ExpressionIssue(
                    offset: limits.sourceBytesMax,
                    message: "the expression is \(source.utf8.count) bytes long; the limit is \(limits.sourceBytesMax)")
            }
            var parser = try Parser(source, limits, normalisesTexts)
            return try parser.whole()
        } catch {
            throw ExpressionIssues([error])
        }
    }

    private init(_ source: String, _ limits: Limits, _ normalisesTexts: Bool) throws(ExpressionIssue) {
        lexer = Lexer(source, normalisesTexts: normalisesTexts)
        self.limits = limits
        token = try lexer.next()
    }

    private mutating func whole() throws(ExpressionIssue) -> Expression {
        if case .end = token.kind { throw ExpressionIssue(offset: 0, message: "the expression is empty") }
        let expression = try self.expression()
        guard case .end = token.kind else { throw unexpected(Self.afterWhole) }
        return expression
    }

    /// What may follow a whole expression.
    private static let afterWhole = "an operator or the end"

    // MARK: Levels of binding

    private mutating func expression() throws(ExpressionIssue) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depthMax else {
            throw ExpressionIssue(
                offset: token.offset, message: "the expression is nested more than \(limits.depthMax) deep")
        }
        let condition = try disjunction()
        guard isSymbol(.question) else { return condition }
        let offset = token.offset
        try advance()
        let first = try disjunction()
        try expect(.colon)
        let second = try expression()
        return try call("_?_:_", [condition, first, second], offset)
    }

    private mutating func disjunction() throws(ExpressionIssue) -> Expression {
        let first = try conjunction()
        guard isSymbol(.or) else { return first }
        var operands = [first]
        var offsets: [Int] = []
        while isSymbol(.or) {
            offsets.append(token.offset)
            try advance()
            operands.append(try conjunction())
        }
        return try balanced("_||_", operands[...], offsets[...])
    }

    private mutating func conjunction() throws(ExpressionIssue) -> Expression {
        let first = try relation()
        guard isSymbol(.and) else { return first }
        var operands = [first]
        var offsets: [Int] = []
        while isSymbol(.and) {
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
        let count = offsets.count / 2
        let middle = offsets.startIndex + count
        let split = operands.startIndex + count + 1
        let left = try balanced(function, operands[..<split], offsets[..<middle])
        let right = try balanced(function, operands[split...], offsets[(middle + 1)...])
        return try call(function, [left, right], offsets[middle])
    }

    private mutating func relation() throws(ExpressionIssue) -> Expression {
        var left = try sum()
        while case .symbol(let symbol) = token.kind, let function = symbol.relation {
            let offset = token.offset
            try advance()
            left = try call(function, [left, try sum()], offset)
        }
        return left
    }

    private mutating func sum() throws(ExpressionIssue) -> Expression {
        var left = try product()
        while case .symbol(let symbol) = token.kind, let function = symbol.sum {
            let offset = token.offset
            try advance()
            left = try call(function, [left, try product()], offset)
        }
        return left
    }

    private mutating func product() throws(ExpressionIssue) -> Expression {
        var left = try unary()
        while case .symbol(let symbol) = token.kind, let function = symbol.product {
            let offset = token.offset
            try advance()
            left = try call(function, [left, try unary()], offset)
        }
        return left
    }

    private mutating func unary() throws(ExpressionIssue) -> Expression {
        if isSymbol(.not) { return try repeated(.not, "!_") }
        guard isSymbol(.minus) else { return try member() }
        let offset = token.offset
        guard let literal = try negativeLiteral() else { return try repeated(.minus, "-_") }
        return try members(of: try node(.literal(literal), offset))
    }

    /// `!!!x` in any number; every two of them leave the operand's type to be checked and its value as it is.
    private mutating func repeated(_ symbol: Symbol, _ function: String) throws(ExpressionIssue) -> Expression {
        let offset = token.offset
        var count = 0
        while isSymbol(symbol) {
            count += 1
            try advance()
        }
        var operand = try member()
        // One or two, so that a wrong type is found and the smallest int still overflows, but a long row stays shallow.
        for _ in 0..<(count % 2 == 0 ? 2 : 1) { operand = try call(function, [operand], offset) }
        return operand
    }

    /// `-1` is one literal: the smallest int exists only with its sign.
    private mutating func negativeLiteral() throws(ExpressionIssue) -> Literal? {
        let before = (lexer, token, previous)
        try advance()
        switch token.kind {
        case .int(let value):
            guard value <= UInt64(Int64.max) + 1 else {
                throw ExpressionIssue(offset: before.1.offset, message: "the number does not fit into an int")
            }
            try advance()
            return .int(Int64(truncatingIfNeeded: 0 &- value))
        case .double(let value):
            try advance()
            return .double(-value)
        default:
            (lexer, token, previous) = before
            return nil
        }
    }

    private mutating func member() throws(ExpressionIssue) -> Expression {
        try members(of: try primary())
    }

    private mutating func members(of first: Expression) throws(ExpressionIssue) -> Expression {
        var operand = first
        while true {
            let offset = token.offset
            switch token.kind {
            case .symbol(.dot):
                try advance()
                operand = try selection(of: operand)
            case .symbol(.leftBracket):
                try advance()
                let index = try expression()
                try expect(.rightBracket)
                operand = try call("_[_]", [operand, index], offset)
            case .symbol(.leftBrace):
                throw ExpressionIssue(
                    offset: offset, message: "messages are not part of this language; a map is `{'key': value}`")
            default:
                return operand
            }
        }
    }

    private mutating func selection(of operand: Expression) throws(ExpressionIssue) -> Expression {
        let offset = token.offset
        guard case .identifier(let name, let isQuoted) = token.kind else { throw unexpected("a field") }
        try advance()
        guard isSymbol(.leftParenthesis), !isQuoted else {
            return try node(.select(operand: operand, field: name, isPresenceTest: false), offset)
        }
        methodDepth += 1
        defer { methodDepth -= 1 }
        return try method(name, operand, try arguments(), offset)
    }

    private mutating func primary() throws(ExpressionIssue) -> Expression {
        let offset = token.offset
        switch token.kind {
        case .int(let value):
            guard value <= UInt64(Int64.max) else {
                throw ExpressionIssue(
                    offset: offset, message: "the number does not fit into an int", suggestion: "\(value)u")
            }
            return try literal(.int(Int64(value)))
        case .uint(let value): return try literal(.uint(value))
        case .double(let value): return try literal(.double(value))
        case .string(let value): return try literal(.string(value))
        case .bytes(let value): return try literal(.bytes(value))
        case .symbol(.isTrue): return try literal(.bool(true))
        case .symbol(.isFalse): return try literal(.bool(false))
        case .symbol(.isNull): return try literal(.null)
        case .identifier(let name, isQuoted: false): return try named(name, offset, isRooted: false)
        case .symbol(.dot):
            try advance()
            guard case .identifier(let name, isQuoted: false) = token.kind else { throw unexpected("a name") }
            return try named(name, token.offset, isRooted: true)
        case .symbol(.leftParenthesis):
            try advance()
            let inner = try expression()
            try expect(.rightParenthesis)
            return inner
        case .symbol(.leftBracket):
            try advance()
            return try node(.list(try list(until: .rightBracket)), offset)
        case .symbol(.leftBrace):
            return try map(offset)
        default:
            throw unexpected("a value")
        }
    }

    private mutating func named(
        _ name: String, _ offset: Int, isRooted: Bool
    ) throws(ExpressionIssue) -> Expression {
        guard !Self.reserved.contains(name) else {
            throw ExpressionIssue(
                offset: offset,
                message: "`\(name)` is a reserved word"
                    + (name == "if" ? "; a condition needs none: write what must hold" : ""))
        }
        try advance()
        guard isSymbol(.leftParenthesis) else {
            return try node(.identifier(isRooted && methodDepth > 0 ? "." + name : name), offset)
        }
        let arguments = try self.arguments()
        if name == "has", !isRooted {
            guard arguments.count == 1, case .select(let operand, let field, false) = arguments[0].kind else {
                throw ExpressionIssue(offset: offset, message: "`has` takes one field, such as `has(visitor.title)`")
            }
            return try node(.select(operand: operand, field: field, isPresenceTest: true), arguments[0].offset)
        }
        return try node(.call(function: name, target: nil, arguments: arguments), offset)
    }

    private mutating func map(_ offset: Int) throws(ExpressionIssue) -> Expression {
        try expect(.leftBrace)
        var entries: [(key: Expression, value: Expression)] = []
        while !isSymbol(.rightBrace) {
            let key = try expression()
            try expect(.colon)
            entries.append((key, try expression()))
            guard isSymbol(.comma) else { break }
            try advance()
        }
        try expect(.rightBrace)
        return try node(.map(entries), offset)
    }

    private mutating func arguments() throws(ExpressionIssue) -> [Expression] {
        try expect(.leftParenthesis)
        return try list(until: .rightParenthesis)
    }

    private mutating func list(until end: Symbol) throws(ExpressionIssue) -> [Expression] {
        var elements: [Expression] = []
        while !isSymbol(end) {
            elements.append(try expression())
            guard isSymbol(.comma) else { break }
            try advance()
            // Only a list may end with a comma.
            if end == .rightParenthesis, isSymbol(end) { throw unexpected("a value") }
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
            try checkSize(expanded)
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
        let expression = Expression(id: nodeCount, offset: offset, kind: kind)
        nodeCount += 1
        try checkSize(expression)
        return expression
    }

    private func checkSize(_ expression: Expression) throws(ExpressionIssue) {
        guard nodeCount <= limits.nodesMax else {
            throw ExpressionIssue(
                offset: expression.offset, message: "the expression has more than \(limits.nodesMax) parts")
        }
        guard expression.depth <= limits.treeDepthMax else {
            throw ExpressionIssue(
                offset: expression.offset,
                message:
                    "a chain of operators here is longer than \(limits.treeDepthMax); cut it with a list or brackets")
        }
    }

    private func isSymbol(_ symbol: Symbol) -> Bool {
        if case .symbol(symbol) = token.kind { true } else { false }
    }

    private mutating func advance() throws(ExpressionIssue) {
        previous = token
        token = try lexer.next()
    }

    private mutating func expect(_ symbol: Symbol) throws(ExpressionIssue) {
        guard isSymbol(symbol) else { throw unexpected("`\(symbol.text)`") }
        try advance()
    }

    private func unexpected(_ wanted: String) -> ExpressionIssue {
        let source = lexer.source
        let found: String
        let slip: ExpressionIssue?
        switch token.kind {
        case .end: (found, slip) = ("the expression ends", Slips.end(after: previous))
        case .symbol(let symbol):
            found = "`\(symbol.text)` stands"
            slip = Slips.symbol(
                symbol, at: token.offset, after: previous, isAfterWhole: wanted == Self.afterWhole, in: source)
        case .identifier(let name, _):
            (found, slip) = ("`\(name)` stands", Slips.word(name, at: token.offset, after: previous, in: source))
        default: (found, slip) = ("a value stands", Slips.value(at: token.offset, after: previous, in: source))
        }
        return slip ?? ExpressionIssue(offset: token.offset, message: "\(found) where \(wanted) is needed")
    }
}
