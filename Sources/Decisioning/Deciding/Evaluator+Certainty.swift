internal import Conditions
internal import Model

/// Who somebody is as far as it is certain, which is what conditions see.
///
/// What an answer reports is the best guess: the first role that is known to hold, the points that are known. A condition must
/// not be settled by a guess, or what is learnt later would contradict it. So here a value is known only where nothing that
/// is unknown could make it another; and a comparison of a value that is not known still is settled where it comes out alike for
/// every value that it may be.
extension Evaluator {
    // MARK: Values

    func certainFit(_ index: Row<ICPRow>) -> Scalar {
        score(index)
        let icp = state.pointee.icps[index.position]
        return icp.fitMin == icp.fitMax ? Scalar(icp.fit) : icp.lack.scalar
    }

    func certainEngagement() -> Scalar {
        let engagement = engagement()
        let lack = state.pointee.engagementLack
        return lack.isNo ? Scalar(engagement) : lack.scalar
    }

    func certainPersona() -> Scalar {
        let found = foundPersona()
        return found.lack == 0 ? Scalar(personaName()) : Verdict(merging: found.lack).scalar
    }

    func certainRole() -> Scalar {
        let found = foundRole()
        return found.lack == 0 ? Scalar(name(table.pointee.roles, found.index)) : Verdict(merging: found.lack).scalar
    }

    func certainStage() -> Scalar {
        let found = foundStage()
        return found.lack == 0 ? Scalar(name(table.pointee.stages, found.index)) : Verdict(merging: found.lack).scalar
    }

    func certainGrade() -> Scalar {
        var first: BorrowedText?
        var isCertain = true
        let lack = forEachGrade { grade in
            guard let known = first else { return first = grade }
            if !sameBytes(known, grade) { isCertain = false }
        }
        return isCertain ? Scalar(first ?? .empty) : Verdict(merging: lack).scalar
    }

    // MARK: Comparisons

    /// A comparison one of whose sides is not known.
    func compareUncertain(_ node: Node, _ left: Scalar, _ right: Scalar) -> Verdict {
        let lack = Scalar.lack(left, right)
        if let first = range(Row(node.a), left), let second = range(Row(node.b), right) {
            return first.stands(node.relation, to: second) ?? lack
        }
        if right.kind == .string {
            return agreement(Row(node.a)) { node.relation.holds(byteOrder($0, right.text)) } ?? lack
        }
        if left.kind == .string {
            return agreement(Row(node.b)) { node.relation.holds(byteOrder(left.text, $0)) } ?? lack
        }
        return lack
    }

    func isUncertainOneOf(_ node: Node, _ members: Run<Row<Scalar>>) -> Verdict? {
        agreement(Row(node.a)) { text in
            for member in rows(members) where order(Scalar(text), table.pointee.constants[member]) == .same {
                return true
            }
            return false
        }
    }

    /// A test of a part of a text one of which is not known.
    func hasUncertainPart(_ node: Node, _ left: Scalar, _ right: Scalar) -> Verdict {
        let lack = Scalar.lack(left, right)
        guard right.kind == .string else { return lack }
        return agreement(Row(node.a)) { holdsPart(node.operation, $0, right.text).isYes } ?? lack
    }

    func isUncertainBetween(_ node: Node, _ value: Scalar, _ low: Scalar, _ high: Scalar) -> Verdict? {
        guard let value = range(Row(node.a), value), let low = range(Row(node.b), low),
            let high = range(Row(node.c), high)
        else { return nil }
        let (above, below) = (low.stands(.lessOrEqual, to: value), value.stands(.lessOrEqual, to: high))
        if above?.isNo == true || below?.isNo == true { return .no }
        return above?.isYes == true && below?.isYes == true ? .yes : nil
    }

    // MARK: What a value may be

    /// All that a number may be lies between two numbers.
    private struct NumberRange: BitwiseCopyable {
        let low: Double
        let high: Double

        /// - Returns: Nil where some numbers of the two do and some do not.
        func stands(_ relation: Node.Relation, to other: NumberRange) -> Verdict? {
            switch relation {
            case .less: high < other.low ? .yes : low >= other.high ? .no : nil
            case .lessOrEqual: high <= other.low ? .yes : low > other.high ? .no : nil
            case .greater: other.stands(.less, to: self)
            case .greaterOrEqual: other.stands(.lessOrEqual, to: self)
            case .equal: high < other.low || other.high < low ? .no : nil
            case .notEqual: high < other.low || other.high < low ? .yes : nil
            }
        }
    }

    /// - Parameter value: What the node is known to be, if it is.
    /// - Returns: Nil for what has no bounds.
    private func range(_ row: Row<Node>, _ value: Scalar) -> NumberRange? {
        switch value.kind {
        case .double where !value.double.isNaN: return NumberRange(low: value.double, high: value.double)
        case .int: return Double(exactly: value.int).map { NumberRange(low: $0, high: $0) }
        default: break
        }
        let node = table.pointee.nodes[row]
        switch node.operation {
        case .fit:
            let icp = state.pointee.icps[Int(node.a)]
            return NumberRange(low: icp.fitMin, high: icp.fitMax)
        case .engagement:
            let (engagement, spread) = (engagement(), state.pointee.engagementSpread)
            return NumberRange(low: engagement - spread, high: engagement + spread)
        default: return nil
        }
    }

    /// - Returns: The verdict of a test that comes out alike for everything that a persona, role, stage or grade may be; nil where it
    ///   does not, and for other values.
    private func agreement(_ row: Row<Node>, _ test: (BorrowedText) -> Bool) -> Verdict? {
        var (holds, fails) = (false, false)
        func note(_ text: BorrowedText) {
            if test(text) { holds = true } else { fails = true }
        }
        switch table.pointee.nodes[row].operation {
        case .persona: forEachPersona(note)
        case .role: forEachName(table.pointee.roles, note)
        case .stage: forEachName(table.pointee.stages, note)
        case .grade: _ = forEachGrade(note)
        default: return nil
        }
        return holds == fails ? nil : Verdict(holds)
    }

    private func forEachName(_ rows: UnsafeBufferPointer<NamedRow>, _ body: (BorrowedText) -> Void) {
        for row in rows {
            let verdict = verdict(row.node)
            if !verdict.isNo { body(row.name) }
            if verdict.isYes { return }
        }
        body(table.pointee.none)
    }

    private func forEachPersona(_ body: (BorrowedText) -> Void) {
        for row in table.pointee.personas {
            var verdict = verdict(row.node)
            if !verdict.isNo, !row.icp.isNone { verdict = verdict.and(matches(row.icp)) }
            if !verdict.isNo { body(row.view.pointee.name) }
            if verdict.isYes { return }
        }
        body(table.pointee.none)
    }

    /// Grades of all profiles that may turn out to be the best that matches.
    ///
    /// - Returns: What is lacking, as bits of a verdict.
    private func forEachGrade(_ body: (BorrowedText) -> Void) -> UInt8 {
        _ = engagement()
        var lack = state.pointee.engagementLack.bits
        // What certainly matches is not surpassed by what fits less, however the rest turns out.
        var floor = -1.0
        for position in 0..<table.pointee.icps.count where matches(Row(position)).isYes {
            floor = max(floor, state.pointee.icps[position].fitMin)
        }
        if floor < 0 { body(.empty) }
        for position in 0..<table.pointee.icps.count {
            let match = matches(Row(position))
            guard !match.isNo else { continue }
            score(Row(position))
            let icp = state.pointee.icps[position]
            guard icp.fitMax >= floor else { continue }
            lack |= match.isSettled ? icp.lack.bits : match.bits | icp.lack.bits
            if table.pointee.icps[position].isNegative {
                body(.empty)
            } else {
                // As the best it fits no less than that.
                forEachGrade(fitMin: max(icp.fitMin, floor), fitMax: icp.fitMax, body)
            }
        }
        return lack
    }

    private func forEachGrade(fitMin: Double, fitMax: Double, _ body: (BorrowedText) -> Void) {
        let (fits, engagements) = (table.pointee.gradeFits, table.pointee.gradeEngagements)
        let (engagement, spread) = (engagement(), state.pointee.engagementSpread)
        let (lowest, best) = (levelIndex(fits, fitMin), levelIndex(fits, fitMax))
        let coldest = engagementLevel(engagements, engagement - spread)
        let hottest = engagementLevel(engagements, engagement + spread)
        if lowest == nil || coldest == nil { body(.empty) }
        guard let best, let hottest else { return }
        // Levels stand highest first; below all of them there is no grade.
        for fit in best...(lowest ?? fits.indices.upperBound - 1) {
            for engagement in hottest...(coldest ?? engagements.indices.upperBound - 1) {
                body(gradeName(fit: fit, engagement: engagement))
            }
        }
    }
}
