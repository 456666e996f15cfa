internal import Conditions
internal import Matching
internal import Model

extension Evaluator {
    /// What a campaign comes to for this visitor.
    struct Eligibility: BitwiseCopyable {
        /// Whether it applies: its time, its schedule and its condition.
        let verdict: Verdict
        let isExcluded: Bool

        private static let excludedBit: UInt8 = 128

        init(_ verdict: Verdict, isExcluded: Bool = false) {
            self.verdict = verdict
            self.isExcluded = isExcluded
        }

        init(stored: Verdict) {
            verdict = Verdict(stored: stored.bits & ~Eligibility.excludedBit)
            isExcluded = stored.bits & Eligibility.excludedBit != 0
        }

        var stored: Verdict { Verdict(stored: verdict.bits | (isExcluded ? Eligibility.excludedBit : 0)) }
    }

    /// The rows that hold the content, with what was passed over on the way.
    struct Choice: BitwiseCopyable {
        var campaign = Row<CampaignRow>.none
        var variant = Row<VariantRow>.none
        var reason = DecisionReason.default
        /// Of a block.
        var because = BorrowedText.empty
        var lackedData = false
        var lackedConsent = false

        init() {}

        init(_ campaign: Row<CampaignRow>, _ variant: Row<VariantRow>, _ reason: DecisionReason) {
            (self.campaign, self.variant, self.reason) = (campaign, variant, reason)
        }

        init(blockedBy block: Block) {
            (reason, because) = (.blocked, block.because)
            (lackedData, lackedConsent) = (block.verdict.isLackingData, block.verdict.isLackingConsent)
        }
    }

    /// A legal block that holds.
    struct Block: BitwiseCopyable {
        let because: BorrowedText
        /// Yes, or what is lacking for a block that holds unless it is known not to.
        let verdict: Verdict
    }

    /// - Returns: The first legal block that holds, or nil.
    func block() -> Block? {
        for block in table.pointee.blocks {
            let verdict = verdict(block.node)
            guard verdict.isYes || !verdict.isNo && block.blocksUnknown else { continue }
            return Block(because: block.because, verdict: verdict)
        }
        return nil
    }

    /// Decides one placement: what its gates let it have, or its default, with the arms of experiments laid over it. In the holdout and
    /// behind a block nobody has an arm.
    func decide(
        placement index: Row<PlacementRow>, block: Block?, into decision: UnsafeMutablePointer<PlacementDecision>
    ) {
        let row = table.pointee.placements[index]
        let choice = choice(placement: index, block: block)
        decision.initialize(to: PlacementDecision())
        decision.pointee.placement = row.name
        decision.pointee.reason = choice.reason
        decision.pointee.because = choice.because
        decision.pointee.lackedData = choice.lackedData
        decision.pointee.lackedConsent = choice.lackedConsent
        guard !choice.variant.isNone else {
            decision.pointee.fields = contents(row.defaultContents)
            layArms(over: &decision.pointee, placement: index)
            return
        }
        let variant = table.pointee.variants[choice.variant]
        decision.pointee.campaign = table.pointee.campaigns[choice.campaign].name
        decision.pointee.variant = variant.name
        decision.pointee.promise = variant.promise
        decision.pointee.page = variant.page
        decision.pointee.fields = contents(variant.contents)
        layArms(over: &decision.pointee, placement: index)
        decision.pointee.landingURL = landingURL(variant, decision.pointee.fields)
        noteShow(choice.campaign, index, choice.variant)
    }

    /// What a preview forces in a placement, whoever may see it.
    func forced(_ placement: Row<PlacementRow>) -> Choice? {
        guard state.pointee.isPreview else { return nil }
        let forced = state.pointee.forcedVariants[placement.position]
        return forced.variant.isNone ? nil : Choice(forced.campaign, forced.variant, .forced)
    }

    // MARK: Campaigns

    /// The campaign that wins, or the reason of the one that came furthest.
    func choose(_ row: PlacementRow, _ placement: Row<PlacementRow>) -> Choice {
        var contest = Contest(row.candidates, placement)
        let index = table.pointee.placementIndexes[placement.position]
        if isIndexed(index) {
            var walk = walk(index, asksForLack: true)
            while true {
                let position = walk.next(lack: contest.lack)
                guard position != .max, meets(Int(row.candidates.first + position), &contest) else { break }
            }
        } else {
            for position in row.candidates.indices {
                guard meets(position, &contest) else { break }
            }
        }
        return contest.end()
    }

    /// Who leads among the candidates of a placement so far.
    private struct Contest: BitwiseCopyable {
        let candidates: Run<CandidateRow>
        let placement: Row<PlacementRow>
        private(set) var choice = Choice()
        private var furthest = CampaignGate.eligibility
        private var bestFit = -1.0
        private var priority = 0

        init(_ candidates: Run<CandidateRow>, _ placement: Row<PlacementRow>) {
            (self.candidates, self.placement) = (candidates, placement)
        }

        /// What was lacking, as bits of a verdict.
        var lack: UInt8 {
            (choice.lackedData ? Verdict.lacksData.bits : 0) | (choice.lackedConsent ? Verdict.lacksConsent.bits : 0)
        }

        /// Whether a candidate of lower priority than the leader has nothing to win.
        func isOver(at candidate: CandidateRow) -> Bool { !choice.variant.isNone && candidate.priority != priority }

        mutating func note(_ passage: Passage) {
            choice.lackedData = choice.lackedData || passage.lackedData
            choice.lackedConsent = choice.lackedConsent || passage.lackedConsent
            if let gate = passage.stoppedAt { furthest = max(furthest, gate) }
        }

        mutating func lead(_ candidate: CandidateRow, _ variant: Row<VariantRow>, fit: Double) {
            guard choice.variant.isNone || fit > bestFit else { return }
            (bestFit, priority) = (fit, candidate.priority)
            (choice.campaign, choice.variant) = (candidate.campaign, variant)
        }

        func end() -> Choice {
            var choice = choice
            choice.reason = choice.variant.isNone ? furthest.reason : .campaign
            return choice
        }
    }

    /// Lets the candidate at a position of the table take part. Campaigns of one priority compete by fit, then by name, which is
    /// their order here.
    ///
    /// - Returns: Whether those behind it may still win.
    private func meets(_ position: Int, _ contest: inout Contest) -> Bool {
        let candidate = table.pointee.candidates[position]
        guard !contest.isOver(at: candidate) else { return false }
        let passage = passage(of: candidate, contest.placement)
        contest.note(passage)
        guard passage.stoppedAt == nil else { return true }
        let next = position + 1
        let hasRivals =
            !contest.choice.variant.isNone
            || next < contest.candidates.indices.upperBound
                && table.pointee.candidates[next].priority == candidate.priority
        contest.lead(candidate, passage.variant, fit: hasRivals ? fit(ofCampaign: candidate.campaign) : 0)
        return true
    }

    func eligibility(_ campaign: Row<CampaignRow>) -> Eligibility {
        let memo = table.pointee.firstCampaignMemo + campaign.position
        return Eligibility(
            stored: remembered(memo) { evaluator in
                let row = evaluator.table.pointee.campaigns[campaign]
                let verdict = evaluator.applies(row)
                guard !verdict.isNo else { return verdict }
                return Eligibility(verdict, isExcluded: evaluator.any(row.excluded).isYes).stored
            })
    }

    private func applies(_ row: CampaignRow) -> Verdict {
        let time = isWithinTime(row)
        if time.isNo || row.node.isNone { return time }
        return time.and(verdict(row.node))
    }

    /// Whether a campaign runs now: its dates and its schedule.
    func isWithinTime(_ row: CampaignRow) -> Verdict {
        let now = state.pointee.now.microseconds
        guard row.starts <= now, now < row.ends else { return .no }
        return isOpen(row.schedule)
    }

    /// The best fit of the ICPs that a campaign asks for and that match; 0 when it asks for none.
    func fit(ofCampaign campaign: Row<CampaignRow>) -> Double {
        var best = 0.0
        for icp in rows(table.pointee.campaigns[campaign].icps) where matches(icp).isYes { best = max(best, fit(icp)) }
        return best
    }

    func opening(_ row: VariantRow) -> Verdict {
        let schedule = isOpen(row.schedule)
        if schedule.isNo || row.node.isNone { return schedule }
        return schedule.and(verdict(row.node))
    }

    /// Whether a schedule is open now; unknown when the visitor's time zone is.
    func isOpen(_ schedule: Row<ScheduleRow>) -> Verdict {
        guard !schedule.isNone else { return .yes }
        let row = table.pointee.schedules[schedule]
        var zone = row.zone
        if zone.isNone {
            guard !row.zoneSlot.isNone else { return .lacksData }
            let name = value(row.zoneSlot)
            guard name.kind == .string else { return name.lack }
            guard let known = table.pointee.zones.names[name.text] else { return .lacksData }
            zone = Row(known)
        }
        let second = state.pointee.now.microseconds.flooredQuotient(1_000_000)
        let offset = table.pointee.zones.offsetSeconds(zone: zone, at: second)
        return Verdict(row.isOpen(localSecond: second + offset))
    }

    // MARK: The promise of a clicked ad

    /// The page that keeps the promise of the ad whose click brought the visitor.
    ///
    /// Whoever clicked has seen the ad, so the click is enough, whatever is known of them: only an exclusion or a closed
    /// schedule stands against it, and the conditions of a campaign that says `keep_promise: eligible`.
    func promised(_ placement: Row<PlacementRow>, _ row: PlacementRow) -> Choice? {
        guard row.isPage, table.pointee.promiseMasks.count > 0 else { return nil }
        let clicked = promise()
        let index = clicked.isNone ? keptPromise(placement) : clicked
        guard !index.isNone else { return nil }
        let promise = table.pointee.promises[index]
        guard promise.placement == placement, isPromiseOpen(promise.campaign) else { return nil }
        let variant = keeper(promise)
        return variant.isNone ? nil : Choice(promise.campaign, variant, .promise)
    }

    /// The variant that keeps a promise: the one that the ad names; outside its hours another with the same promise, such as
    /// the one for the hours in which nobody answers. None when none is open.
    private func keeper(_ promise: PromiseRow) -> Row<VariantRow> {
        let named = table.pointee.variants[promise.variant]
        let isForEligible = table.pointee.campaigns[promise.campaign].keepsPromiseIfEligible
        let opening = isForEligible ? opening(named) : isOpen(named.schedule)
        if opening.isYes { return promise.variant }
        for index in promise.variants.indices {
            let variant = table.pointee.variants[index]
            guard variant.promise.count > 0, sameBytes(variant.promise, named.promise), self.opening(variant).isYes
            else { continue }
            return Row(index)
        }
        // The hours of an unknown time zone are not known to be closed.
        return opening.isNo || isForEligible ? .none : promise.variant
    }

    /// The promise of an earlier click, unless another ad brought this page view.
    private func keptPromise(_ placement: Row<PlacementRow>) -> Row<PromiseRow> {
        for position in 0..<state.pointee.keptPromiseCount {
            let index = state.pointee.keptPromises[position]
            if table.pointee.promises[index].placement == placement { return hasUTM ? .none : index }
        }
        return .none
    }

    private var hasUTM: Bool {
        BuiltIn.utm.contains { value(table.pointee.slot($0)).kind == .string }
    }

    /// Whether a placement has asked for the promise of an ad and the UTM values of the request belong to one. Not looked for here: only
    /// who got a promised page is asked whether that was the click itself.
    var isClick: Bool { state.pointee.promise.epoch == state.pointee.epoch && !state.pointee.promise.index.isNone }

    /// - Returns: The promise to which the UTM values of the request belong, the most specific first, if to one.
    private func promise() -> Row<PromiseRow> {
        if state.pointee.promise.epoch == state.pointee.epoch { return state.pointee.promise.index }
        state.pointee.promise = .init(epoch: state.pointee.epoch)
        for mask in table.pointee.promiseMasks {
            guard let key = promiseKey(mask) else { continue }
            if let index = table.pointee.promiseKeys[key] {
                state.pointee.promise.index = Row(index)
                break
            }
        }
        return state.pointee.promise.index
    }

    /// The UTM values of a mask, each behind its place, as `PromiseKey` writes them; nil when one is missing.
    private func promiseKey(_ mask: UInt8) -> BorrowedText? {
        var byteCount = 0
        for (place, builtIn) in zip(0..., BuiltIn.utm) where mask & (1 << UInt8(place)) != 0 {
            let value = value(table.pointee.slot(builtIn))
            guard value.kind == .string else { return nil }
            byteCount += Int(value.count) + 1
        }
        guard let start = state.pointee.arena.pointee.reserve(byteCount) else { return nil }
        var position = start
        for (place, builtIn) in zip(0..., BuiltIn.utm) where mask & (1 << UInt8(place)) != 0 {
            let text = value(table.pointee.slot(builtIn)).text
            position.pointee = PromiseKey.separator(place)
            position += 1
            if let bytes = text.start { position.update(from: bytes, count: text.count) }
            position += text.count
        }
        return BorrowedText(start: UnsafePointer(start), count: byteCount)
    }
}

/// How UTM values are written as one text: each behind a byte that no text from a URL holds.
enum PromiseKey {
    static func separator(_ place: Int) -> UInt8 { UInt8(1 + place) }
}
