package import Model

/// The nodes of a rule set while it is compiled. Equal nodes are one, so that equal conditions are decided once.
package struct NodeTable {
    package private(set) var nodes: [Node] = []
    package private(set) var children: [UInt32] = []
    package private(set) var constants: [Scalar] = []
    package private(set) var memoCount = 0

    private var known: [Key: UInt32] = [:]
    private var knownConstants: [ConstantKey: UInt32] = [:]

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
    package subscript(index: UInt32) -> Node { nodes[Int(index)] }

    /// - Precondition: The node's operation is `.constant`.
    func constant(of index: UInt32) -> Scalar { constants[Int(self[index].a)] }

    /// Appends to the children's table.
    package mutating func run(_ items: [UInt32]) -> Run {
        let run = Run(first: children.count, count: items.count)
        children += items
        return run
    }

    /// - Returns: Where the constant stands. Equal texts share an address, so equal constants are one.
    package mutating func constant(_ value: Scalar) -> UInt32 {
        let key = ConstantKey(kind: value.kind.rawValue, count: value.count, payload: value.payload)
        if let known = knownConstants[key] { return known }
        constants.append(value)
        knownConstants[key] = UInt32(constants.count - 1)
        return UInt32(constants.count - 1)
    }

    mutating func append(_ constant: Scalar) -> UInt32 {
        append(Node(operation: .constant, a: self.constant(constant)))
    }

    mutating func append(_ node: Node) -> UInt32 {
        let key = Key(node: node)
        return share(key) ?? add(node, key)
    }

    /// A node over all operands: `.all` or `.any`.
    mutating func connective(_ operation: Node.Operation, _ operands: [UInt32]) -> UInt32 {
        let key = Key(node: Node(operation: operation), operands: operands)
        if let known = share(key) { return known }
        let run = run(operands)
        return add(Node(operation: operation, a: run.first, b: run.count), key)
    }

    /// A node of `.textIsOneOf` or `.isOneOf`.
    ///
    /// - Parameter members: Constants.
    mutating func membership(_ operation: Node.Operation, of value: UInt32, in members: [UInt32]) -> UInt32 {
        let key = Key(node: Node(operation: operation, a: value), operands: members)
        if let known = share(key) { return known }
        let run = run(members)
        return add(Node(operation: operation, a: value, b: run.first, c: run.count), key)
    }

    /// Gives a node a place for its verdict, for what is asked for more than once.
    package mutating func remember(_ node: UInt32) {
        guard nodes[Int(node)].memo == Node.noMemo else { return }
        nodes[Int(node)].memo = UInt32(memoCount)
        memoCount += 1
    }

    /// The node of an equal part met before, which from now on remembers its verdict when deciding it is dear.
    private mutating func share(_ key: Key) -> UInt32? {
        guard let index = known[key] else { return nil }
        switch nodes[Int(index)].operation {
        case .all, .any, .textIsOneOf, .isOneOf, .isMember, .contains, .inList, .matches, .general, .compare, .between:
            remember(index)
        default:
            break
        }
        return index
    }

    private mutating func add(_ node: Node, _ key: Key) -> UInt32 {
        nodes.append(node)
        known[key] = UInt32(nodes.count - 1)
        return UInt32(nodes.count - 1)
    }
}
