/// One way in which a condition can hold: what each input must be for it.
struct ConditionBox: Sendable {
    /// By input, such as `account.employees`; an input that is not named may be anything, or missing.
    var sets: [String: ValueSet]
    /// Whether the condition certainly holds within; otherwise it may ask for more than is said here.
    var isExact: Bool

    /// Says nothing.
    static let unknown = ConditionBox(sets: [:], isExact: false)
    /// Whatever the inputs are.
    static let always = ConditionBox(sets: [:], isExact: true)

    /// Both at once.
    ///
    /// - Parameter conflict: Set to the input that cannot be both.
    /// - Returns: Nil when they exclude each other.
    func intersection(_ other: ConditionBox, conflict: inout String?) -> ConditionBox? {
        var box = self
        box.isExact = isExact && other.isExact
        for (key, set) in other.sets {
            let both = box.sets[key].map { $0.intersection(set) } ?? set
            guard !both.isEmpty else {
                conflict = conflict.map { min($0, key) } ?? key
                return nil
            }
            box.sets[key] = both
        }
        return box
    }

    /// Whether something may be in both boxes.
    func meets(_ other: ConditionBox) -> Bool {
        sets.allSatisfy { key, set in other.sets[key].map { !set.intersection($0).isEmpty } ?? true }
    }

    /// Whether whatever is in this box is certainly in the other.
    func isWithin(_ other: ConditionBox) -> Bool {
        other.isExact && other.sets.allSatisfy { key, set in sets[key]?.isSubset(of: set) ?? false }
    }
}
