/// What an expression may be, and what its evaluation may cost.
package struct Limits: Sendable {
    /// UTF-8 bytes of the source.
    package var sourceBytesMax = 32 * 1024
    /// How deep brackets, macros and choices may stand within each other.
    package var depthMax = 100
    /// How deep the tree may be, which also counts what follows from chains such as `a + b + c`.
    package var treeDepthMax = 250
    /// Nodes, macros expanded.
    package var nodesMax = 20_000
    /// Steps of one evaluation: nodes looked at, and what they touch (a list's members, sixteen bytes of a text).
    package var stepsMax = 2_000_000
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
