internal import CEL
internal import Conditions
internal import Model

/// Decides nodes of one table with the values of one workspace.
///
/// Two addresses; passing it around costs nothing.
struct Evaluator: BitwiseCopyable {
    let table: UnsafePointer<TableView>
    let state: UnsafeMutablePointer<DecisionState>
    /// For what only the general evaluator covers. The workspace holds the table strongly while it decides.
    let owner: Unmanaged<DecisionTable>

    // MARK: Values

    /// The value in a slot as far as rules may use it: fetched from the URL if need be, withheld without consent. The one gate of
    /// a decision: the purposes are asked first, so that without them not even whether there is a value makes a difference.
    @inline(__always)
    func value(_ slot: Row<Slot>) -> Scalar {
        let set = table.pointee.slotPurposes[slot.position]
        if state.pointee.isDenied[Int(set)] { return withheld(set) }
        let value = state.pointee.slots[slot.position]
        if value.kind == .missing && !state.pointee.isURLTaken { return valueFromURL(slot) }
        if value.kind == .unconsented { return withheld(set) }
        return value
    }

    private func withheld(_ set: UInt16) -> Scalar {
        state.pointee.isUnread[Int(set)] = true
        return .unconsented
    }

    func text(_ constant: Row<Scalar>) -> BorrowedText { table.pointee.constants[constant].text }

    /// The rows that a run of the children's table names.
    @inline(__always)
    func rows<Element>(_ run: Run<Row<Element>>) -> Rows<Element> { Rows(run, in: table.pointee.children) }

    // MARK: Conditions

    /// - Returns: The verdict on a node, remembered if it is shared.
    func verdict(_ row: Row<Node>) -> Verdict {
        let node = table.pointee.nodes[row]
        if node.memo.isNone { return decide(node) }
        return remembered(node.memo.position) { $0.decide(node) }
    }

    /// The verdict kept under a memo, decided at the first call of a decision.
    @inline(__always)
    func remembered(_ memo: Int, _ decide: (Evaluator) -> Verdict) -> Verdict {
        let kept = state.pointee.memo[memo]
        let epoch = state.pointee.epoch
        if kept >> 8 == epoch { return Verdict(stored: UInt8(truncatingIfNeeded: kept)) }
        // Should a condition lead back to itself, which the loader refuses, it fails instead of running on.
        state.pointee.memo[memo] = epoch << 8 | UInt32(Verdict.failed.bits)
        let verdict = decide(self)
        state.pointee.memo[memo] = epoch << 8 | UInt32(verdict.bits)
        return verdict
    }

    private func decide(_ node: Node) -> Verdict {
        switch node.operation {
        case .verdict: Verdict(stored: UInt8(truncatingIfNeeded: node.a))
        case .all: all(Run(first: node.a, count: node.b))
        case .any: any(Run(first: node.a, count: node.b))
        case .not: verdict(Row(node.a)).negated
        case .choose: choose(node)
        case .has: Verdict(value(Row(node.a)).isKnown)
        case .textEquals: textEquals(node)
        case .textIsOneOf: textIsOneOf(node)
        case .compareInt: compareInt(node)
        case .compareDouble: compareDouble(node)
        case .compare: compare(node)
        case .isTrue, .isOneOf, .isMember, .hasPrefix, .hasSuffix, .contains, .between, .inList: decideScalars(node)
        case .segment: isInSegment(Row(node.a))
        case .icp: matches(Row(node.a))
        case .matches: matchesPattern(node)
        case .general: owner._withUnsafeGuaranteedRef { verdict($0.programs[Row(node.a)], $0.generalNames) }
        default: preconditionFailure("A scalar has no verdict.")
        }
    }

    func all(_ conditions: Run<Row<Node>>) -> Verdict {
        var bits: UInt8 = 1
        for condition in rows(conditions) {
            let verdict = verdict(condition)
            if verdict.isNo { return .no }
            bits |= verdict.bits
        }
        return bits == 1 ? .yes : Verdict(merging: bits)
    }

    func any(_ conditions: Run<Row<Node>>) -> Verdict {
        var bits: UInt8 = 0
        for condition in rows(conditions) {
            let verdict = verdict(condition)
            if verdict.isYes { return .yes }
            bits |= verdict.bits
        }
        return bits == 0 ? .no : Verdict(merging: bits)
    }

    private func choose(_ node: Node) -> Verdict {
        let condition = verdict(Row(node.a))
        guard condition.isSettled else { return condition }
        return verdict(Row(condition.isYes ? node.b : node.c))
    }

    // MARK: Comparisons of a value with constants

    private func textEquals(_ node: Node) -> Verdict {
        let value = value(Row(node.a))
        guard value.kind == .string else { return value.lack }
        return Verdict(sameBytes(value.text, text(Row(node.b))))
    }

    private func textIsOneOf(_ node: Node) -> Verdict {
        let value = value(Row(node.a))
        guard value.kind == .string else { return value.lack }
        let members = Run<Row<Scalar>>(first: node.b, count: node.c)
        for member in rows(members) where sameBytes(value.text, text(member)) { return .yes }
        return .no
    }

    private func compareInt(_ node: Node) -> Verdict {
        let value = value(Row(node.a))
        guard value.kind == .int else { return value.lack }
        return Verdict(node.relation.holds(order(value.int, table.pointee.constants[Row(node.b)].int)))
    }

    private func compareDouble(_ node: Node) -> Verdict {
        let value = value(Row(node.a))
        guard value.kind == .double else { return value.lack }
        return Verdict(node.relation.holds(order(value.double, table.pointee.constants[Row(node.b)].double)))
    }

    // MARK: Comparisons of scalars

    private func compare(_ node: Node) -> Verdict {
        let left = scalar(Row(node.a))
        let right = scalar(Row(node.b))
        guard left.isKnown, right.isKnown else { return compareUncertain(node, left, right) }
        if left.kind == .string, !charge(left.text.count) { return .failed }
        return Verdict(node.relation.holds(order(left, right)))
    }

    private func decideScalars(_ node: Node) -> Verdict {
        switch node.operation {
        case .isTrue:
            let value = scalar(Row(node.a))
            return value.kind == .bool ? Verdict(value.bool) : value.lack
        case .isOneOf:
            let value = scalar(Row(node.a))
            let members = Run<Row<Scalar>>(first: node.b, count: node.c)
            guard value.isKnown else { return isUncertainOneOf(node, members) ?? value.lack }
            for member in rows(members) where order(value, table.pointee.constants[member]) == .same { return .yes }
            return .no
        case .between:
            let (value, low, high) = (scalar(Row(node.a)), scalar(Row(node.b)), scalar(Row(node.c)))
            let verdict = isBetween(value, low, high)
            return verdict.isSettled ? verdict : isUncertainBetween(node, value, low, high) ?? verdict
        case .inList:
            return isInList(Row(node.a), scalar(Row(node.b)))
        case .isMember:
            let member = scalar(Row(node.a))
            let texts = scalar(Row(node.b))
            guard member.kind == .string, texts.kind == .strings else { return Scalar.lack(member, texts) }
            guard charge(Int(texts.count) * Work.ofText) else { return .failed }
            for text in texts.texts where sameBytes(text, member.text) { return .yes }
            return .no
        default:
            return holdsPart(node)
        }
    }

    func isInSegment(_ segment: Row<SegmentRow>) -> Verdict {
        if state.pointee.isPreview, state.pointee.isForcedSegment[segment.position] { return .yes }
        return verdict(table.pointee.segments[segment].node)
    }

    /// Whether a value lies between two others, both included.
    func isBetween(_ value: Scalar, _ low: Scalar, _ high: Scalar) -> Verdict {
        guard value.isKnown, low.isKnown, high.isKnown else {
            var bits: UInt8 = 0
            if !value.isKnown { bits |= value.lack.bits }
            if !low.isKnown { bits |= low.lack.bits }
            if !high.isKnown { bits |= high.lack.bits }
            return Verdict(merging: bits)
        }
        return Verdict(
            Node.Relation.lessOrEqual.holds(order(low, value)) && Node.Relation.lessOrEqual.holds(order(value, high)))
    }

    /// Whether a list has a text, a number as it is written in decimal, or one of several texts.
    func isInList(_ list: Row<ListRow>, _ value: Scalar) -> Verdict {
        let list = table.pointee.lists[list]
        switch value.kind {
        case .string: return charge(value.text.count) ? Verdict(isMember(value.text, of: list)) : .failed
        case .strings:
            for text in value.texts {
                guard charge(Work.ofText + text.count) else { return .failed }
                if isMember(text, of: list) { return .yes }
            }
            return .no
        case .int:
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
                Verdict(list.texts.contains(decimal(value.int, in: digits)))
            }
        default: return value.isKnown ? .failed : value.lack
        }
    }

    private func matchesPattern(_ node: Node) -> Verdict {
        let value = scalar(Row(node.a))
        guard value.kind == .string else { return value.lack }
        guard charge(value.text.count * Work.ofPatternByte) else { return .failed }
        return Verdict(table.pointee.patterns[Int(node.b)]._withUnsafeGuaranteedRef { $0.matches(value.text.bytes) })
    }

    private func holdsPart(_ node: Node) -> Verdict {
        let left = scalar(Row(node.a))
        let right = scalar(Row(node.b))
        guard left.kind == .string, right.kind == .string else { return hasUncertainPart(node, left, right) }
        return holdsPart(node.operation, left.text, right.text)
    }

    func holdsPart(_ operation: Node.Operation, _ text: BorrowedText, _ part: BorrowedText) -> Verdict {
        guard part.count <= text.count else { return .no }
        guard let start = text.start, part.count > 0 else { return .yes }
        guard charge(text.count) else { return .failed }
        switch operation {
        case .hasPrefix: return Verdict(sameBytes(BorrowedText(start: start, count: part.count), part))
        case .hasSuffix:
            return Verdict(sameBytes(BorrowedText(start: start + (text.count - part.count), count: part.count), part))
        default: return Verdict(contains(text, part))
        }
    }
}
