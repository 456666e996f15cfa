/// The values that one input may have for a condition to hold.
enum ValueSet: Sendable, Hashable {
    case numbers(NumberSet)
    /// Texts, and the words `true` and `false` of what is either.
    case words(WordSet)

    var isEmpty: Bool {
        switch self {
        case .numbers(let set): set.isEmpty
        case .words(let set): set.isEmpty
        }
    }

    /// - Returns: Never less than what both have; `self` where the two are of different kinds.
    func intersection(_ other: ValueSet) -> ValueSet {
        switch (self, other) {
        case (.numbers(let left), .numbers(let right)): .numbers(left.intersection(right))
        case (.words(let left), .words(let right)): .words(left.intersection(right))
        default: self
        }
    }

    /// Whether every value is certainly one of the other's.
    func isSubset(of other: ValueSet) -> Bool {
        switch (self, other) {
        case (.numbers(let left), .numbers(let right)): left.isSubset(of: right)
        case (.words(let left), .words(let right)): left.isSubset(of: right)
        default: false
        }
    }

    /// The only value, where there is one.
    var onlyWord: String? {
        guard case .words(let set) = self, let allowed = set.allowed, allowed.count == 1 else { return nil }
        return allowed.first
    }

    static func word(_ word: String) -> ValueSet { .words(WordSet(allowed: [word])) }
}

/// Texts: some, or all but some.
struct WordSet: Sendable, Hashable {
    /// Nil when any text may be.
    var allowed: Set<String>?
    var excluded: Set<String> = []

    var isEmpty: Bool { allowed.map { $0.isSubset(of: excluded) } ?? false }

    func intersection(_ other: WordSet) -> WordSet {
        let excluded = excluded.union(other.excluded)
        guard let mine = allowed, let others = other.allowed else {
            return WordSet(allowed: (allowed ?? other.allowed)?.subtracting(excluded), excluded: excluded)
        }
        return WordSet(allowed: mine.intersection(others).subtracting(excluded), excluded: excluded)
    }

    func isSubset(of other: WordSet) -> Bool {
        guard let mine = allowed?.subtracting(excluded) else {
            return other.allowed == nil && other.excluded.isSubset(of: excluded)
        }
        return mine.isDisjoint(with: other.excluded) && (other.allowed.map(mine.isSubset) ?? true)
    }
}

/// Numbers between two bounds, without some.
struct NumberSet: Sendable, Hashable {
    var low = -Double.infinity
    var isLowIncluded = true
    var high = Double.infinity
    var isHighIncluded = true
    var excluded: Set<Double> = []
    /// Whether only whole numbers are meant.
    var isWhole = false

    /// Wider than this, exclusions are not counted out one by one.
    private static let countedMax = 64.0

    /// The same numbers, with included bounds where only whole numbers are meant.
    private var tidied: NumberSet {
        guard isWhole else { return self }
        var set = self
        if low.isFinite {
            set.low = isLowIncluded ? low.rounded(.up) : low.rounded(.down) + 1
            set.isLowIncluded = true
        }
        if high.isFinite {
            set.high = isHighIncluded ? high.rounded(.down) : high.rounded(.up) - 1
            set.isHighIncluded = true
        }
        return set
    }

    var isEmpty: Bool {
        let set = tidied
        if set.low > set.high { return true }
        if set.low == set.high {
            return !(set.isLowIncluded && set.isHighIncluded) || excluded.contains(set.low)
        }
        guard isWhole, set.high - set.low < Self.countedMax else { return false }
        return stride(from: set.low, through: set.high, by: 1).allSatisfy(excluded.contains)
    }

    func intersection(_ other: NumberSet) -> NumberSet {
        var set = self
        if other.low > low || other.low == low && !other.isLowIncluded {
            (set.low, set.isLowIncluded) = (other.low, other.isLowIncluded)
        }
        if other.high < high || other.high == high && !other.isHighIncluded {
            (set.high, set.isHighIncluded) = (other.high, other.isHighIncluded)
        }
        set.excluded.formUnion(other.excluded)
        set.isWhole = isWhole || other.isWhole
        return set
    }

    func isSubset(of other: NumberSet) -> Bool {
        let mine = tidied
        let theirs = other.tidied
        if other.isWhole && !isWhole { return false }
        guard mine.low > theirs.low || mine.low == theirs.low && (theirs.isLowIncluded || !mine.isLowIncluded),
            mine.high < theirs.high || mine.high == theirs.high && (theirs.isHighIncluded || !mine.isHighIncluded)
        else { return false }
        return other.excluded.allSatisfy { excluded.contains($0) || !mine.spans($0) }
    }

    private func spans(_ value: Double) -> Bool {
        (value > low || value == low && isLowIncluded) && (value < high || value == high && isHighIncluded)
    }
}
