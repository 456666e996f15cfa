internal import Conditions
internal import Model

/// What the rules say of one slot, while coders are not made yet.
struct CoderPlan {
    let kind: Scalar.Kind
    private var codes: [Row<Scalar>: UInt32] = [:]
    private var constants: [Row<Scalar>] = []
    private var cuts: Set<Int64> = []

    init(kind: Scalar.Kind) { self.kind = kind }

    mutating func note(_ leaf: Leaf) {
        switch leaf.test {
        case .texts(let members):
            for member in members where codes[member] == nil {
                constants.append(member)
                codes[member] = UInt32(constants.count)
            }
        case .numbers(let low, let high):
            guard low <= high else { return }
            if low > .min { cuts.insert(low) }
            if high < .max { cuts.insert(high + 1) }
        }
    }

    func made(slot: Row<Slot>, _ texts: [Scalar], in storage: TableStorage) -> MadeCoder {
        let codesMax = UInt32(ValueCoder.codesMax)
        let shared = constants.map { constant -> (text: BorrowedText, value: UInt32) in
            (texts[constant].text, 1 + ((codes[constant] ?? 1) - 1) % codesMax)
        }
        // Every so many of the cuts, so that the rest fits.
        let sorted = cuts.sorted()
        let step = sorted.count / ValueCoder.codesMax + 1
        let kept = stride(from: 0, to: sorted.count, by: step).map { sorted[$0] }
        let coder = ValueCoder(
            slot: slot, kind: kind, cuts: storage.freeze(kept), cutCount: UInt32(kept.count),
            texts: TextIndex(shared, in: storage))
        return MadeCoder(
            coder: coder, codes: codes.mapValues { UInt16(1 + ($0 - 1) % codesMax) },
            isShared: constants.count > ValueCoder.codesMax)
    }
}

/// A coder with what turns leaves into ranges of its codes.
struct MadeCoder {
    let coder: ValueCoder
    /// By constant.
    let codes: [Row<Scalar>: UInt16]
    /// Whether several texts have one code.
    let isShared: Bool

    /// A leaf in codes.
    struct Range {
        var predicate: MatchPredicate
        /// Codes under which it can be filed; nil for too many.
        var cells: [UInt16]?
        /// The share of the codes for which it may hold.
        var probability: Double
    }

    private static let textCellsMax = 64
    private static let numberCellsMax = 16

    /// - Parameter index: Of the coder.
    func range(_ leaf: Leaf, coder index: UInt16) -> Range {
        switch leaf.test {
        case .texts(let members): texts(members, isNegated: leaf.isNegated, index)
        case .numbers(let low, let high):
            leaf.isNegated ? outside(low, high, index) : inside(low, high, index)
        }
    }

    private func everything(_ index: UInt16) -> Range {
        Range(predicate: MatchPredicate(coder: index, low: 0, span: .max), cells: nil, probability: 1)
    }

    private func texts(_ members: [Row<Scalar>], isNegated: Bool, _ index: UInt16) -> Range {
        let sorted = Set(members.compactMap { codes[$0] }).sorted()
        guard let first = sorted.first, let last = sorted.last else { return everything(index) }
        let share = Double(sorted.count) / Double(codes.count + 1)
        guard isNegated else {
            return Range(
                predicate: MatchPredicate(coder: index, low: first, span: last - first),
                cells: sorted.count <= MadeCoder.textCellsMax ? sorted : nil, probability: share)
        }
        guard !isShared, Int(last - first) + 1 == sorted.count else { return everything(index) }
        let predicate = MatchPredicate(coder: index, low: last + 1, span: .max - UInt16(sorted.count))
        return Range(predicate: predicate, cells: nil, probability: 1 - share)
    }

    private func inside(_ low: Int64, _ high: Int64, _ index: UInt16) -> Range {
        guard low <= high else {
            let nothing = MatchPredicate(coder: index, low: coder.nothing, span: 0)
            return Range(predicate: nothing, cells: [], probability: 0)
        }
        let (first, last) = (coder.code(of: low), coder.code(of: high))
        let count = Int(last - first) + 1
        return Range(
            predicate: MatchPredicate(coder: index, low: first, span: last - first),
            cells: count <= MadeCoder.numberCellsMax ? Array(first...last) : nil,
            probability: Double(count) / Double(coder.cutCount + 1))
    }

    private func outside(_ low: Int64, _ high: Int64, _ index: UInt16) -> Range {
        guard low <= high else { return everything(index) }
        // What has no order is outside too, and stands between the greatest code and, beyond the end of all codes, the least.
        let first = high < .max ? coder.code(of: high + 1) : coder.notANumber
        let last = low > .min ? coder.code(of: low - 1) : coder.notANumber
        if low > .min, high < .max, first <= last { return everything(index) }
        return Range(
            predicate: MatchPredicate(coder: index, low: first, span: last &- first), cells: nil, probability: 1)
    }
}
