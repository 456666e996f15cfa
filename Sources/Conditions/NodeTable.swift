package import Model

/// The nodes of a rule set while it is compiled. Equal nodes are one, so that equal conditions are decided once.
package struct NodeTable {
    package private(set) var nodes: [Node] = []
    package private(set) var children: [UInt32] = []
    package private(set) var constants: [Scalar] = []
    package private(set) var memoCount = 0

    private var known: [Key: Row<Node>] = [:]
    private var knownConstants: [ConstantKey: Row<Scalar>] = [:]

    private struct Key: Hashable {
        var node: Node
        var operands: [UInt32] = []
    }

    private struct ConstantKey: Hashable {
        let kind: UInt8
        let count: UInt32
        let payload: UInt64
    }

    /// - Precondition: The node is one of the table.
    package subscript(node: Row<Node>) -> Node { nodes[node] }

    /// - Precondition: The node's operation is `.constant`.
    func constant(of node: Row<Node>) -> Scalar { constants[Row<Scalar>(self[node].a)] }

    /// Appends to the children's table.
    package mutating func run<Element>(_ rows: [Row<Element>]) -> Run<Row<Element>> {
        let run = Run<Row<Element>>(first: children.count, count: rows.count)
        children += rows.map(\.index)
        return run
    }

    /// What a run of the children's table names.
    package func rows<Element>(_ run: Run<Row<Element>>) -> [Row<Element>] { children[run.indices].map { Row($0) } }

    /// - Returns: Where the constant stands. Equal texts share an address, so equal constants are one.
    package mutating func constant(_ value: Scalar) -> Row<Scalar> {
        let key = ConstantKey(kind: value.kind.rawValue, count: value.count, payload: value.payload)
        if let known = knownConstants[key] { return known }
        let row = Row<Scalar>(constants.count)
        constants.append(value)
        knownConstants[key] = row
        return row
    }

    mutating func append(_ constant: Scalar) -> Row<Node> {
        append(Node(operation: .constant, a: self.constant(constant).index))
    }

    mutating func append(_ node: Node) -> Row<Node> {
        let key = Key(node: node)
        return share(key) ?? add(node, key)
    }

    /// A node over all operands: `.all` or `.any`.
    mutating func connective(_ operation: Node.Operation, _ operands: [Row<Node>]) -> Row<Node> {
        let key = Key(node: Node(operation: operation), operands: operands.map(\.index))
        if let known = share(key) { return known }
        let run = run(operands)
        return add(Node(operation: operation, a: run.first, b: run.count), key)
    }

    /// A node of `.textIsOneOf` or `.isOneOf`.
    ///
    /// - Parameter value: The operation's first operand.
    mutating func membership(
        _ operation: Node.Operation, of value: UInt32, in members: [Row<Scalar>]
    ) -> Row<Node> {
        let key = Key(node: Node(operation: operation, a: value), operands: members.map(\.index))
        if let known = share(key) { return known }
        let run = run(members)
        return add(Node(operation: operation, a: value, b: run.first, c: run.count), key)
    }

    /// Gives a node a place for its verdict, for what is asked for more than once.
    package mutating func remember(_ node: Row<Node>) {
        guard nodes[node].memo.isNone else { return }
        nodes[node.position].memo = Row(memoCount)
        memoCount += 1
    }

    /// The node of an equal part met before, which from now on remembers its verdict when deciding it is dear.
    private mutating func share(_ key: Key) -> Row<Node>? {
        guard let node = known[key] else { return nil }
        switch nodes[node].operation {
        case .all, .any, .textIsOneOf, .isOneOf, .isMember, .contains, .inList, .matches, .general, .compare, .between:
            remember(node)
        default:
            break
        }
        return node
    }

    private mutating func add(_ node: Node, _ key: Key) -> Row<Node> {
        let row = Row<Node>(nodes.count)
        nodes.append(node)
        known[key] = row
        return row
    }
}
