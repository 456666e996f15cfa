/// A node of a parsed expression, macros expanded.
///
/// Source: google/cel-spec, `cel.expr.Expr`.
package struct Expression: Sendable {
    /// Identifies the node within its expression; dense from 0, so that facts about nodes can be kept in arrays.
    package typealias ID = Int

    /// What the node is.
    package indirect enum Kind: Sendable {
        case literal(Literal)
        case identifier(String)
        /// `operand.field`, or `has(operand.field)` when `isPresenceTest`.
        case select(operand: Expression, field: String, isPresenceTest: Bool)
        /// A function or operator; operators carry the standard's names: `_&&_`, `_||_`, `!_`, `-_`, `_+_`, `_==_`, `_!=_`,
        /// `_<_`, `_<=_`, `_>_`, `_>=_`, `_?_:_`, `_[_]`, `@in`. `target` is the receiver of `target.function(arguments)`.
        case call(function: String, target: Expression?, arguments: [Expression])
        case list([Expression])
        case map([(key: Expression, value: Expression)])
        case comprehension(Comprehension)
    }

    package let id: ID
    /// Where the node stands: UTF-8 bytes from the start of the source.
    package let offset: Int
    package let kind: Kind
    /// Nodes on the longest way down, this one included: bounds the recursion of whoever walks the tree.
    let depth: Int

    package init(id: ID, offset: Int, kind: Kind) {
        self.id = id
        self.offset = offset
        self.kind = kind
        depth = kind.childDepth + 1
    }
}

extension Expression.Kind {
    fileprivate var childDepth: Int {
        switch self {
        case .literal, .identifier: 0
        case .select(let operand, _, _): operand.depth
        case .call(_, let target, let arguments): Swift.max(target?.depth ?? 0, Self.depth(arguments))
        case .list(let elements): Self.depth(elements)
        case .map(let entries): entries.reduce(0) { Swift.max($0, $1.key.depth, $1.value.depth) }
        case .comprehension(let fold): Self.depth([fold.range, fold.initial, fold.condition, fold.step, fold.result])
        }
    }

    private static func depth(_ expressions: [Expression]) -> Int {
        expressions.reduce(0) { Swift.max($0, $1.depth) }
    }
}

/// A constant in the source of an expression.
package enum Literal: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
}

/// What a macro such as `exists` expands to: a fold over a list or the keys of a map.
///
/// Source: google/cel-spec, `cel.expr.Expr.Comprehension`.
package struct Comprehension: Sendable {
    package let iterationVariable: String
    /// The second variable of the two-variable forms: value beside index or key.
    package let secondVariable: String?
    package let range: Expression
    package let accumulator: String
    package let initial: Expression
    package let condition: Expression
    package let step: Expression
    package let result: Expression

    package init(
        iterationVariable: String, secondVariable: String?, range: Expression, accumulator: String,
        initial: Expression, condition: Expression, step: Expression, result: Expression
    ) {
        self.iterationVariable = iterationVariable
        self.secondVariable = secondVariable
        self.range = range
        self.accumulator = accumulator
        self.initial = initial
        self.condition = condition
        self.step = step
        self.result = result
    }
}
