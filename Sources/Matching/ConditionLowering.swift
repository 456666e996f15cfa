internal import Conditions
internal import Model

/// Turns a condition into conjunctions of leaves, one of which is not known to be false unless the condition is.
///
/// Kleene's logic throughout: negations go to the leaves by De Morgan's laws, which hold there; a conjunction is false when one of
/// its leaves is, whatever is unknown of the others. What no leaf covers is left out of its conjunction, which then says
/// less: it may be passed on to the evaluator though it does not hold, never the other way round. `a ? b : c` is left out,
/// for it is unknown where `a` is, while `a && b || !a && c` may be false.
struct ConditionLowering {
    private let table: NodeTable
    private let names: MatchNames
    /// Of segments.
    private var known: [Row<Node>: [Conjunction]] = [:]

    static let conjunctionsMax = 16
    private static let depthMax = 64

    /// Says nothing.
    private static let anything = [Conjunction(isComplete: false)]

    init(_ table: NodeTable, _ names: MatchNames) {
        (self.table, self.names) = (table, names)
    }

    /// - Returns: At most `conjunctionsMax`; none for a condition that is always known to be false.
    mutating func conjunctions(_ node: Row<Node>) -> [Conjunction] { lower(node, isNegated: false, depth: 0) }

    private mutating func lower(_ row: Row<Node>, isNegated: Bool, depth: Int) -> [Conjunction] {
        guard depth < ConditionLowering.depthMax else { return ConditionLowering.anything }
        let node = table[row]
        switch node.operation {
        case .verdict:
            let verdict = Verdict(stored: UInt8(truncatingIfNeeded: node.a))
            guard verdict.isSettled else { return ConditionLowering.anything }
            return verdict.isYes != isNegated ? [Conjunction()] : []
        case .all, .any:
            let operands: [Row<Node>] = table.rows(Run(first: node.a, count: node.b))
            let parts = operands.map { lower($0, isNegated: isNegated, depth: depth + 1) }
            return (node.operation == .all) != isNegated
                ? ConditionLowering.product(parts) : ConditionLowering.union(parts)
        case .not:
            return lower(Row(node.a), isNegated: !isNegated, depth: depth + 1)
        case .segment:
            let segment = names.segments[Int(node.a)]
            guard !isNegated else { return lower(segment, isNegated: true, depth: depth + 1) }
            if let known = known[segment] { return known }
            let lowered = lower(segment, isNegated: false, depth: depth + 1)
            known[segment] = lowered
            return lowered
        case .icp:
            // A profile asks for more than what it requires, but for that always.
            guard !isNegated else { return ConditionLowering.anything }
            let parts = names.icps[Int(node.a)].map { lower($0, isNegated: false, depth: depth + 1) }
            return ConditionLowering.product(parts + [ConditionLowering.anything])
        default:
            guard let leaf = leaf(node) else { return ConditionLowering.anything }
            return [Conjunction(leaves: [isNegated ? leaf.negated : leaf])]
        }
    }

    // MARK: Connectives

    /// All parts together. What would make too many is left out.
    static func product(_ parts: [[Conjunction]]) -> [Conjunction] {
        var result = [Conjunction()]
        for part in parts.sorted(by: { $0.count < $1.count }) {
            guard !part.isEmpty else { return [] }
            if part.count * result.count > conjunctionsMax {
                for index in result.indices { result[index].isComplete = false }
            } else {
                result = result.flatMap { left in part.map { left.with($0) } }
            }
        }
        return result
    }

    /// Any of the parts. Texts of one slot, one in each, become one leaf.
    static func union(_ parts: [[Conjunction]]) -> [Conjunction] {
        var result: [Conjunction] = []
        for conjunction in parts.joined() {
            if conjunction.isComplete, conjunction.leaves.count == 1, let leaf = conjunction.leaves.first,
                case .texts(let members) = leaf.test, !leaf.isNegated,
                let index = result.firstIndex(where: { isTexts($0, of: leaf.slot) }),
                case .texts(let others) = result[index].leaves[0].test
            {
                result[index].leaves[0].test = .texts(others + members.filter { !others.contains($0) })
            } else {
                result.append(conjunction)
            }
            if result.count > conjunctionsMax { return anything }
        }
        return result
    }

    private static func isTexts(_ conjunction: Conjunction, of slot: Row<Slot>) -> Bool {
        guard conjunction.isComplete, conjunction.leaves.count == 1, conjunction.leaves[0].slot == slot,
            !conjunction.leaves[0].isNegated, case .texts = conjunction.leaves[0].test
        else { return false }
        return true
    }

    // MARK: Leaves

    private func leaf(_ node: Node) -> Leaf? {
        switch node.operation {
        case .textEquals:
            return Leaf(slot: Row(node.a), kind: .string, test: .texts([Row(node.b)]))
        case .textIsOneOf:
            let members: [Row<Scalar>] = table.rows(Run(first: node.b, count: node.c))
            return Leaf(slot: Row(node.a), kind: .string, test: .texts(members))
        case .compareInt, .compareDouble:
            return comparison(node.relation, slot: Row(node.a), table.constants[Row(node.b)])
        case .isTrue:
            guard let slot = slot(Row(node.a)) else { return nil }
            return Leaf(slot: slot, kind: .bool, test: .numbers(low: 1, high: 1))
        case .compare:
            if let slot = slot(Row(node.a)), let constant = constant(Row(node.b)) {
                return comparison(node.relation, slot: slot, constant)
            }
            guard let slot = slot(Row(node.b)), let constant = constant(Row(node.a)) else { return nil }
            return comparison(node.relation.mirrored, slot: slot, constant)
        case .between:
            guard let slot = slot(Row(node.a)), let low = constant(Row(node.b)), let high = constant(Row(node.c)),
                low.kind == high.kind, names.kinds[slot.position] == low.kind, low.kind != .string,
                let lowKey = NumberKey.key(of: low), let highKey = NumberKey.key(of: high)
            else { return nil }
            return Leaf(slot: slot, kind: low.kind, test: .numbers(low: lowKey, high: highKey))
        default:
            return nil
        }
    }

    /// Only with a constant of the slot's own kind; texts have an order that no index holds.
    private func comparison(_ relation: Node.Relation, slot: Row<Slot>, _ constant: Scalar) -> Leaf? {
        guard names.kinds[slot.position] == constant.kind else { return nil }
        switch constant.kind {
        case .bool, .int, .double, .timestamp:
            guard let key = NumberKey.key(of: constant) else { return nil }
            let (low, high) = NumberKey.range(relation, key)
            let leaf = Leaf(slot: slot, kind: constant.kind, test: .numbers(low: low, high: high))
            return relation == .notEqual ? leaf.negated : leaf
        default:
            return nil
        }
    }

    private func slot(_ node: Row<Node>) -> Row<Slot>? {
        table[node].operation == .slot ? Row(table[node].a) : nil
    }

    private func constant(_ node: Row<Node>) -> Scalar? {
        table[node].operation == .constant ? table.constants[Row(table[node].a)] : nil
    }
}
