/// One step of a compiled condition, in a flat table.
///
/// The meaning of `a`, `b` and `c` stands with each operation: `slot` indexes the workspace's values, `constant` the
/// table's constants, `node` this table. An operand is read as a `Row` of what its operation says: `Row(node.a)`.
public struct Node: BitwiseCopyable, Hashable, Sendable {
    /// What a node does.
    public enum Operation: UInt8, BitwiseCopyable, Sendable {
        // Conditions.

        /// a: bits of the verdict.
        case verdict
        /// a, b: first and count in the children's table, nodes.
        case all
        /// a, b: first and count in the children's table, nodes.
        case any
        /// a: node.
        case not
        /// a: node of the condition; b, c: nodes of the branches.
        case choose
        /// a: node of a scalar of type bool.
        case isTrue
        /// a: slot. Whether it holds a usable value.
        case has
        /// a: slot; b: constant, a text.
        case textEquals
        /// a: slot; b, c: first and count in the children's table, constants of type text.
        case textIsOneOf
        /// a: slot of an int; b: constant, an int.
        case compareInt
        /// a: slot of a double; b: constant, a double.
        case compareDouble
        /// a, b: nodes of scalars.
        case compare
        /// a: node of a scalar; b, c: first and count in the children's table, constants.
        case isOneOf
        /// a: node of a text; b: node of texts.
        case isMember
        /// a, b: nodes of texts.
        case hasPrefix
        /// a, b: nodes of texts.
        case hasSuffix
        /// a, b: nodes of texts.
        case contains
        /// a: node of a text; b: pattern.
        case matches
        /// a: node of the value; b, c: nodes of the bounds, both included.
        case between
        /// a: list; b: node of the value.
        case inList
        /// a: segment.
        case segment
        /// a: ICP.
        case icp
        /// a: program for the general evaluator.
        case general

        // Scalars.

        /// a: slot.
        case slot
        /// a: constant.
        case constant
        /// a: node of a condition, as a bool.
        case truth
        /// a: node of the condition; b, c: nodes of the branches.
        case chooseScalar
        /// a: ICP.
        case fit
        case engagement
        case grade
        case persona
        case role
        case stage
        /// a, b: nodes of scalars. Likewise the next four.
        case add
        case subtract
        case multiply
        case divide
        case remainder
        /// a: node of a scalar.
        case negate
        /// a: node of a text or of texts: code points of the one, members of the other.
        case size
        /// a: node of an int or a double.
        case toDouble
    }

    /// How two values are compared.
    public enum Relation: UInt8, BitwiseCopyable, Sendable {
        case equal
        case notEqual
        case less
        case lessOrEqual
        case greater
        case greaterOrEqual

        /// The relation that holds for (right, left) when this one holds for (left, right).
        @inlinable
        public var mirrored: Relation {
            switch self {
            case .equal, .notEqual: self
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            }
        }

        /// Whether it holds for numbers or texts of which the left is less than, equal to or greater than the right.
        @inlinable @inline(__always)
        public func holds(_ order: Order) -> Bool {
            switch self {
            case .equal: order == .same
            case .notEqual: order != .same
            case .less: order == .ascending
            case .lessOrEqual: order == .ascending || order == .same
            case .greater: order == .descending
            case .greaterOrEqual: order == .descending || order == .same
            }
        }
    }

    /// What it does.
    public var operation: Operation
    /// How comparisons compare; equal elsewhere.
    public var relation: Relation
    /// The first operand, as `operation` says.
    public var a: UInt32
    /// The second operand.
    public var b: UInt32
    /// The third operand.
    public var c: UInt32
    /// Where the verdict is kept during a decision; none for what is evaluated once or cheaply.
    public var memo = Row<Verdict>.none

    /// A node that remembers nothing.
    @inlinable
    public init(operation: Operation, relation: Relation = .equal, a: UInt32 = 0, b: UInt32 = 0, c: UInt32 = 0) {
        self.operation = operation
        self.relation = relation
        self.a = a
        self.b = b
        self.c = c
    }

    /// A node over rows, each of which the operation knows by its place.
    package init<A, B, C>(
        operation: Operation, relation: Relation = .equal, a: Row<A>, b: Row<B> = Row<Node>(0),
        c: Row<C> = Row<Node>(0)
    ) {
        self.init(operation: operation, relation: relation, a: a.index, b: b.index, c: c.index)
    }
}

/// How two values stand to each other.
public enum Order: BitwiseCopyable, Sendable {
    case ascending
    case same
    case descending
    /// One of them is not a number.
    case none
}
