internal import Conditions
internal import Glibc
internal import Model

extension Evaluator {
    // MARK: Ideal customer profiles

    /// Whether an ICP matches, as conditions see it: it is in its segment, all that is required holds, nothing that excludes does,
    /// fit reaches the lowest tier, and no negative ICP vetoes it. What is unknown of these leaves it unknown, unless another settles it.
    func matches(_ index: Row<ICPRow>) -> Verdict { settled(index).pointee.match }

    /// Whether the answer may report an ICP: what speaks for it is known to hold, and what stands against it, an exclusion,
    /// negative points, a veto, is not. It is what a match is as long as nobody has looked for an objection.
    func stands(_ index: Row<ICPRow>) -> Bool { settled(index).pointee.stands }

    private func settled(_ index: Row<ICPRow>) -> UnsafeMutablePointer<DecisionState.ICPState> {
        let icp = state.pointee.icps + index.position
        if icp.pointee.matchEpoch == state.pointee.epoch { return icp }
        icp.pointee.matchEpoch = state.pointee.epoch
        // Should an ICP lead back to itself, which the loader refuses, it fails instead of running on.
        (icp.pointee.match, icp.pointee.stands) = (.failed, false)
        let (match, stands) = decideMatch(index)
        (icp.pointee.match, icp.pointee.stands) = (match, stands)
        return icp
    }

    private func decideMatch(_ index: Row<ICPRow>) -> (match: Verdict, stands: Bool) {
        let row = table.pointee.icps[index]
        if isForAnotherProduct(row) { return (.no, false) }
        var verdict = row.segment.isNone ? Verdict.yes : isInSegment(row.segment)
        if verdict.isNo { return (.no, false) }
        verdict = verdict.and(all(row.required))
        if verdict.isNo { return (.no, false) }
        let excluded = any(row.excluded)
        if excluded.isYes { return (.no, false) }
        score(index)
        let icp = state.pointee.icps[index.position]
        let lowest = lowestTier(row)
        guard icp.fitMax >= lowest else { return (.no, false) }
        var stands = verdict.isYes && icp.fit >= lowest
        verdict = verdict.and(excluded.negated).and(icp.fitMin >= lowest ? .yes : icp.lack)
        guard !row.isNegative else { return (verdict, stands) }
        // The loader sees to it that no vetoing ICP asks for a positive one, so that this comes to an end.
        for index in table.pointee.vetoes {
            let veto = settled(index)
            if veto.pointee.match.isYes { return (.no, false) }
            verdict = verdict.and(veto.pointee.match.negated)
            stands = stands && !veto.pointee.stands
        }
        return (verdict, stands)
    }

    /// - Returns: The first negative ICP that stands and vetoes positive ones; none where there is none, and for a negative ICP.
    func veto(of row: ICPRow) -> Row<ICPRow> {
        guard !row.isNegative else { return .none }
        for index in table.pointee.vetoes where stands(index) { return index }
        return .none
    }

    /// Whether the request is known to be about another product, or the visitor known to be outside the segment.
    func isForAnother(_ row: ICPRow) -> Bool {
        isForAnotherProduct(row) || !row.segment.isNone && isInSegment(row.segment).isNo
    }

    /// The product is the context of the question, no property of the visitor: a request that names none asks about all.
    private func isForAnotherProduct(_ row: ICPRow) -> Bool {
        guard !row.product.isNone, !table.pointee.productSlot.isNone else { return false }
        let product = value(table.pointee.productSlot)
        return product.kind == .string && !sameBytes(product.text, text(row.product))
    }

    func lowestTier(_ row: ICPRow) -> Double {
        guard row.tiers.count > 0 else { return 0 }
        return table.pointee.levels[row.tiers.indices.upperBound - 1].lowerBound
    }

    /// How well an ICP fits as far as is known, which the answer reports: 100 × points of the criteria that hold ÷ points of all
    /// positive ones, within 0…100.
    func fit(_ index: Row<ICPRow>) -> Double {
        score(index)
        return state.pointee.icps[index.position].fit
    }

    func score(_ index: Row<ICPRow>) {
        let icp = state.pointee.icps + index.position
        guard icp.pointee.scoreEpoch != state.pointee.epoch else { return }
        icp.pointee.scoreEpoch = state.pointee.epoch
        icp.pointee.fit = 0
        let row = table.pointee.icps[index]
        // Whole numbers, so that sums are exact; see `PointScale`.
        var points = 0.0
        var (unknownGain, unknownLoss) = (0.0, 0.0)
        var lack: UInt8 = 0
        var subscores = Subscores()
        for criterion in row.criteria.indices {
            let criterion = table.pointee.criteria[criterion]
            let verdict = verdict(criterion.node)
            if verdict.isYes {
                points += criterion.points
                subscores[criterion.category] += criterion.points
            } else if !verdict.isNo, criterion.points != 0 {
                unknownGain += max(criterion.points, 0)
                unknownLoss += min(criterion.points, 0)
                lack |= verdict.bits
            }
        }
        for category in 0..<UInt8(7) {
            guard let category = Category(rawValue: category) else { continue }
            subscores[category] = row.positivePoints > 0 ? 100 * subscores[category] / row.positivePoints : 0
        }
        icp.pointee.fit = fit(points, of: row.positivePoints)
        icp.pointee.fitMin = fit(points + unknownLoss, of: row.positivePoints)
        icp.pointee.fitMax = fit(points + unknownGain, of: row.positivePoints)
        icp.pointee.lack = lack == 0 ? .no : Verdict(merging: lack)
        icp.pointee.subscores = subscores
    }

    private func fit(_ points: Double, of positive: Double) -> Double {
        positive > 0 ? min(max(100 * points / positive, 0), 100) : 0
    }

    /// - Returns: The ICP that fits best of those that the answer may report, if there is one.
    func reportedICP() -> Row<ICPRow> {
        if state.pointee.reportedICP.epoch == state.pointee.epoch { return state.pointee.reportedICP.index }
        state.pointee.reportedICP = .init(epoch: state.pointee.epoch)
        var best = Row<ICPRow>.none
        for position in 0..<table.pointee.icps.count {
            let index = Row<ICPRow>(position)
            guard stands(index) else { continue }
            if best.isNone || isBetter(index, than: best) { best = index }
        }
        state.pointee.reportedICP.index = best
        return best
    }

    private func isBetter(_ index: Row<ICPRow>, than best: Row<ICPRow>) -> Bool {
        let fit = fit(index)
        let bestFit = self.fit(best)
        guard fit == bestFit else { return fit > bestFit }
        return byteOrder(table.pointee.icps[index].name, table.pointee.icps[best].name) == .ascending
    }

    func verdictOfReportedICP() -> UnsafePointer<ICPVerdict>? {
        let index = reportedICP()
        guard !index.isNone else { return nil }
        let row = table.pointee.icps[index]
        let icp = state.pointee.icps + index.position
        let verdict = state.pointee.icpVerdict
        verdict.pointee.name = row.name
        verdict.pointee.title = row.title
        verdict.pointee.tier = level(row.tiers, icp.pointee.fit)
        verdict.pointee.fit = icp.pointee.fit
        verdict.pointee.isNegative = row.isNegative
        verdict.pointee.subscores = icp.pointee.subscores
        return UnsafePointer(verdict)
    }

    /// - Returns: The highest level whose bound the value reaches; empty when it reaches none.
    func level(_ run: Run<LevelRow>, _ value: Double) -> BorrowedText {
        levelIndex(run, value).map { table.pointee.levels[$0].name } ?? .empty
    }

    func levelIndex(_ run: Run<LevelRow>, _ value: Double) -> Int? {
        for index in run.indices where value >= table.pointee.levels[index].lowerBound { return index }
        return nil
    }

    // MARK: Engagement and grade

    /// Σ points × 2^(−age ÷ half-life) over the events that may be read, each within its cap.
    func engagement() -> Double {
        if state.pointee.engagementEpoch == state.pointee.epoch { return state.pointee.engagement }
        var sum = 0.0
        var spread = 0.0
        var lack: UInt8 = 0
        for event in table.pointee.events where event.points != 0 {
            let score = value(event.scoreSlot)
            guard score.kind == .double else {
                spread += event.maximumPoints
                lack |= score.lack.bits
                continue
            }
            sum += min(max(score.double, -event.maximumPoints), event.maximumPoints)
        }
        state.pointee.engagement = sum
        state.pointee.engagementSpread = spread
        state.pointee.engagementLack = lack == 0 ? .no : Verdict(merging: lack)
        state.pointee.engagementEpoch = state.pointee.epoch
        return sum
    }

    /// Fit of the reported ICP and engagement together; empty without grades, without an ICP, and for a negative one.
    func grade() -> BorrowedText {
        if state.pointee.gradeEpoch == state.pointee.epoch { return state.pointee.grade }
        state.pointee.gradeEpoch = state.pointee.epoch
        state.pointee.grade = .empty
        state.pointee.grade = decideGrade()
        return state.pointee.grade
    }

    /// The level of engagement. Below all levels somebody who has fallen under 0 is on the one that begins lowest, if that
    /// begins at 0 or below: nothing is worse.
    func engagementLevel(_ run: Run<LevelRow>) -> Int? { engagementLevel(run, engagement()) }

    func engagementLevel(_ run: Run<LevelRow>, _ engagement: Double) -> Int? {
        if let index = levelIndex(run, engagement) { return index }
        guard engagement < 0, let last = run.indices.last, table.pointee.levels[last].lowerBound <= 0 else {
            return nil
        }
        return last
    }

    private func decideGrade() -> BorrowedText {
        let index = reportedICP()
        guard !index.isNone, !table.pointee.icps[index].isNegative,
            let fit = levelIndex(table.pointee.gradeFits, fit(index)),
            let engagement = engagementLevel(table.pointee.gradeEngagements)
        else { return .empty }
        return gradeName(fit: fit, engagement: engagement)
    }

    /// - Parameters:
    ///   - fit: A level of `gradeFits`.
    ///   - engagement: A level of `gradeEngagements`.
    func gradeName(fit: Int, engagement: Int) -> BorrowedText {
        let row = fit - Int(table.pointee.gradeFits.first)
        let column = engagement - Int(table.pointee.gradeEngagements.first)
        return table.pointee.gradeNames[row * Int(table.pointee.gradeEngagements.count) + column]
    }

    // MARK: Persona, role, stage

    /// - Returns: The first persona whose condition holds and whose ICP the answer may report, if there is one.
    func persona() -> Row<PersonaRow> { foundPersona().index }

    func foundPersona() -> DecisionState.Found<PersonaRow> {
        if state.pointee.persona.epoch == state.pointee.epoch { return state.pointee.persona }
        var found = DecisionState.Found<PersonaRow>(epoch: state.pointee.epoch)
        for index in 0..<table.pointee.personas.count {
            let row = table.pointee.personas[index]
            let condition = verdict(row.node)
            if condition.isNo { continue }
            let verdict = row.icp.isNone ? condition : condition.and(matches(row.icp))
            if !verdict.isSettled { found.lack |= verdict.bits }
            guard condition.isYes, row.icp.isNone || stands(row.icp) else { continue }
            found.index = Row(index)
            break
        }
        state.pointee.persona = found
        return found
    }

    /// The name of the persona, or `none`.
    func personaName() -> BorrowedText {
        let persona = persona()
        return persona.isNone ? table.pointee.none : table.pointee.personas[persona].view.pointee.name
    }

    func role() -> BorrowedText { name(table.pointee.roles, foundRole().index) }

    func stage() -> BorrowedText { name(table.pointee.stages, foundStage().index) }

    func foundRole() -> DecisionState.Found<NamedRow> { found(table.pointee.roles, 0) }

    func foundStage() -> DecisionState.Found<NamedRow> { found(table.pointee.stages, 1) }

    func name(_ rows: UnsafeBufferPointer<NamedRow>, _ index: Row<NamedRow>) -> BorrowedText {
        index.isNone ? table.pointee.none : rows[index].name
    }

    /// The first row that holds.
    private func found(_ rows: UnsafeBufferPointer<NamedRow>, _ position: Int) -> DecisionState.Found<NamedRow> {
        let kept = state.pointee.named[position]
        if kept.epoch == state.pointee.epoch { return kept }
        var found = DecisionState.Found<NamedRow>(epoch: state.pointee.epoch)
        // Should a role lead back to itself, which the loader refuses, there is none.
        state.pointee.named[position] = found
        for index in 0..<rows.count {
            let verdict = verdict(rows[index].node)
            if verdict.isYes {
                found.index = Row(index)
                break
            }
            found.lack |= verdict.bits
        }
        state.pointee.named[position] = found
        return found
    }
}

extension EventRow {
    /// The score of an event whose weight is kept: points × weight, faded since the last time.
    func score(weight: Double, last: Timestamp, now: Timestamp) -> Double {
        guard points != 0 else { return 0 }
        var score = points * weight
        if halfLifeMicroseconds > 0 {
            let age = Double(now.microseconds) - Double(last.microseconds)
            score *= exp2(-max(age, 0) / halfLifeMicroseconds)
        }
        return min(max(score, -maximumPoints), maximumPoints)
    }

    /// The score of an event of which only the number and the last time are known: as if all had happened then.
    func score(count: Int64, last: Timestamp?, now: Timestamp) -> Double {
        guard count > 0, points != 0 else { return 0 }
        var score = points * Double(count)
        if let last, halfLifeMicroseconds > 0 {
            let age = Double(now.microseconds) - Double(last.microseconds)
            score *= exp2(-max(age, 0) / halfLifeMicroseconds)
        }
        return min(max(score, -maximumPoints), maximumPoints)
    }
}
