internal import Conditions
package import Model

/// A comparison of one slot with constants, as an index can look it up.
struct Leaf: Hashable {
    /// Which known values it lets hold.
    enum Test: Hashable {
        /// One of the texts, as constants of the node table.
        case texts([Row<Scalar>])
        /// What lies between two keys, both included; see `NumberKey`.
        case numbers(low: Int64, high: Int64)
    }

    var slot: Row<Slot>
    var kind: Scalar.Kind
    var test: Test
    /// Whether it holds for all known values but those of the test.
    var isNegated = false

    /// The leaf that holds where this one is known not to.
    var negated: Leaf {
        var leaf = self
        // What is bounded on one side only is so when negated too, and then can be looked up; only doubles have a value
        // beside all bounds.
        if case .numbers(let low, let high) = test, kind != .double, !isNegated, low <= high {
            if kind == .bool {
                leaf.test = low == high ? .numbers(low: 1 - low, high: 1 - low) : test
                leaf.isNegated = low != high
                return leaf
            }
            if low == .min, high < .max {
                leaf.test = .numbers(low: high + 1, high: .max)
                return leaf
            }
            if high == .max, low > .min {
                leaf.test = .numbers(low: .min, high: low - 1)
                return leaf
            }
        }
        leaf.isNegated.toggle()
        return leaf
    }
}

/// Numbers, times and bools as integers of the same order.
package enum NumberKey {
    /// - Returns: The key; nil for what has no order, which is not a number.
    /// - Precondition: The value is a bool, a number or a time.
    package static func key(of value: Scalar) -> Int64? {
        guard value.kind == .double else { return Int64(bitPattern: value.payload) }
        let double = value.double
        guard !double.isNaN else { return nil }
        // Both zeros are one.
        let bits = Int64(bitPattern: double == 0 ? 0 : double.bitPattern)
        return bits >= 0 ? bits : bits ^ .max
    }

    /// The keys that stand in a relation to a constant; from high to low when there are none. Without `notEqual`.
    static func range(_ relation: Node.Relation, _ key: Int64) -> (low: Int64, high: Int64) {
        switch relation {
        case .equal, .notEqual: (key, key)
        case .less: key == .min ? (1, 0) : (.min, key - 1)
        case .lessOrEqual: (.min, key)
        case .greater: key == .max ? (1, 0) : (key + 1, .max)
        case .greaterOrEqual: (key, .max)
        }
    }
}

/// Leaves that hold together.
struct Conjunction {
    var leaves: [Leaf] = []
    /// Whether nothing else has to hold.
    var isComplete = true

    static let leavesMax = 24

    func with(_ other: Conjunction) -> Conjunction {
        var both = self
        for leaf in other.leaves where !both.leaves.contains(leaf) { both.leaves.append(leaf) }
        both.isComplete = isComplete && other.isComplete
        if both.leaves.count > Conjunction.leavesMax {
            both.leaves.removeLast(both.leaves.count - Conjunction.leavesMax)
            both.isComplete = false
        }
        return both
    }
}
