package import Conditions
internal import Model

/// Makes the indexes of a decision table.
package struct MatchTableBuilder {
    private let constants: [Scalar]
    private let nowSlot: Row<Slot>
    private var lowering: ConditionLowering
    private var lists: [List] = []
    private var plans: [Row<Slot>: CoderPlan] = [:]

    private struct List {
        var conjunctions: [(position: UInt32, conjunction: Conjunction)] = []
        /// Positions by set of purposes.
        var readers: [UInt32: [UInt32]] = [:]
    }

    /// - Parameters:
    ///   - nodes: All conditions of all rows.
    ///   - nowSlot: The slot of the time.
    package init(_ nodes: NodeTable, _ names: MatchNames, nowSlot: Row<Slot>) {
        constants = nodes.constants
        lowering = ConditionLowering(nodes, names)
        self.nowSlot = nowSlot
    }

    /// Adds a list of rows, in the order in which they are asked.
    ///
    /// - Returns: Where its index will stand.
    package mutating func add(_ rows: [MatchRow]) -> Int {
        var list = List()
        for (position, row) in zip(UInt32(0)..., rows) {
            for conjunction in conjunctions(of: row) {
                for leaf in conjunction.leaves { plans[leaf.slot, default: CoderPlan(kind: leaf.kind)].note(leaf) }
                list.conjunctions.append((position, conjunction))
            }
            var sets = row.purposeSets
            while sets != 0 {
                list.readers[UInt32(sets.trailingZeroBitCount), default: []].append(position)
                sets &= sets - 1
            }
        }
        lists.append(list)
        return lists.count - 1
    }

    private mutating func conjunctions(of row: MatchRow) -> [Conjunction] {
        var conjunctions = row.node.isNone ? [Conjunction()] : lowering.conjunctions(row.node)
        var always = Conjunction(isComplete: !row.asksForMore)
        if row.starts > .min || row.ends < .max {
            let (high, overflow) = row.ends.subtractingReportingOverflow(row.ends == .max ? 0 : 1)
            let test: Leaf.Test = overflow ? .numbers(low: 1, high: 0) : .numbers(low: row.starts, high: high)
            always.leaves.append(Leaf(slot: nowSlot, kind: .timestamp, test: test))
        }
        for index in conjunctions.indices { conjunctions[index] = always.with(conjunctions[index]) }
        return conjunctions
    }

    /// - Returns: The table, and the index of each list.
    package func build(in storage: TableStorage) -> (table: MatchTable, indexes: [MatchIndex]) {
        var coders = [CoderPlan(kind: .failed).made(slot: .none, constants, in: storage)]
        var coderOfSlot: [Row<Slot>: UInt16] = [:]
        for (slot, plan) in plans.sorted(by: { $0.key.index < $1.key.index }) {
            coderOfSlot[slot] = UInt16(coders.count)
            coders.append(plan.made(slot: slot, constants, in: storage))
        }
        var filing = MatchFiling()
        var coderLists: [UInt16] = []
        var indexes: [MatchIndex] = []
        for list in lists {
            var used: Set<UInt16> = []
            let items = list.conjunctions.map { position, conjunction in
                let ranges = conjunction.leaves.compactMap { leaf in
                    coderOfSlot[leaf.slot].map { coders[Int($0)].range(leaf, coder: $0) }
                }
                used.formUnion(ranges.map(\.predicate.coder))
                return MatchFiling.Item(position: position, ranges: ranges, isComplete: conjunction.isComplete)
            }
            let first = coderLists.count
            coderLists += used.sorted()
            indexes.append(
                filing.index(
                    items, readers: list.readers, coders: Run(first: first, count: coderLists.count - first)))
        }
        return (filing.table(coders.map(\.coder), coderLists, in: storage), indexes)
    }
}
