internal import Conditions
package import Model
package import Ruleset

/// Where one event loop decides: takes the inputs of a request, then answers. Every buffer is reused.
///
/// Not thread-safe: one for each event loop. Order of calls: `begin`, any of the setters, `decide`.
package final class DecisionWorkspace {
    private var table: DecisionTable?
    private var view: UnsafePointer<TableView>?
    private var state: UnsafeMutablePointer<DecisionState>?
    /// Copies of the inputs' texts, after `keepTexts`.
    private var keptTexts: KeptTexts?

    /// A workspace without a table; the first `begin` allocates its buffers.
    package init() {}

    deinit {
        releaseState()
    }

    /// Starts a decision: forgets all inputs and results of the last one.
    ///
    /// - Parameters:
    ///   - table: Decides until the next `begin`. Another one than last time makes the workspace allocate anew.
    ///   - now: The time for which is decided.
    package func begin(_ table: DecisionTable, now: Timestamp) {
        if table !== self.table { bind(table) }
        guard let view, let state else { return }
        state.pointee.reset(view)
        state.pointee.now = now
        state.pointee.put(Scalar(now), at: view.pointee.firstBuiltIn + BuiltIn.now.rawValue)
    }

    /// Gives an attribute its value.
    ///
    /// - Parameter value: Of the attribute's declared type; text is borrowed until the next `begin`.
    /// - Precondition: The index is one of the table's.
    package func set(_ attribute: AttributeIndex, _ value: Scalar) {
        let (view, state) = begun()
        precondition(Int(attribute.rawValue) < view.pointee.attributeCount, "An attribute belongs to its table.")
        let kind = view.pointee.attributeKinds[Int(attribute.rawValue)]
        precondition(!value.isKnown || value.kind == kind, "A value has the type of its attribute.")
        if !value.isKnown, value.kind != .missing, value.kind != .stale { state.pointee.hasWithheldInput = true }
        state.pointee.put(value, at: Int(attribute.rawValue))
    }

    /// Says who it is, for experiments and the holdout; empty when not known.
    ///
    /// - Parameters:
    ///   - visitorID: UTF-8, borrowed until the next `begin`; likewise `accountID`.
    package func setUnits(visitorID: BorrowedText, accountID: BorrowedText) {
        let (_, state) = begun()
        (state.pointee.visitorID, state.pointee.accountID) = (visitorID, accountID)
    }

    /// Gives the page view.
    package func setPage(_ page: PageContext) {
        let (view, state) = begun()
        func put(_ text: BorrowedText?, _ builtIn: BuiltIn) {
            guard let text, text.count > 0 else { return }
            state.pointee.put(Scalar(text), at: view.pointee.firstBuiltIn + builtIn.rawValue)
        }
        put(page.url, .url)
        put(page.referrer, .referrer)
        put(page.ip, .ip)
        put(page.country, .country)
        put(page.language, .language)
        put(page.device, .device)
        state.pointee.isURLTaken = (page.url?.count ?? 0) == 0
    }

    /// Says whether the visitor agrees to a purpose; unspoken purposes take the rule set's default, and what is held stays closed.
    ///
    /// - Precondition: The index is one of the table's.
    package func setConsent(_ purpose: PurposeIndex, granted: Bool) {
        let (view, state) = begun()
        precondition(Int(purpose.rawValue) < view.pointee.purposes.count, "A purpose belongs to its table.")
        guard !state.pointee.isHeld[Int(purpose.rawValue)] else { return }
        state.pointee.isGranted[Int(purpose.rawValue)] = granted
        state.pointee.isConsentChanged = true
    }

    /// Keeps a purpose closed for this decision, whatever is said of it from now on: the person's own choice denies it.
    package func hold(_ purpose: PurposeIndex) {
        setConsent(purpose, granted: false)
        let (_, state) = begun()
        state.pointee.isHeld[Int(purpose.rawValue)] = true
    }

    /// Whether everything in a set of purposes is granted, by what has been said of consent since `begin`. When not, the decision
    /// names them as unread. To be asked before anything is read that needs them and that no condition reads.
    package func mayRead(_ set: PurposeSetIndex) -> Bool {
        let (_, state) = begun()
        guard !isAgreed(set) else { return true }
        state.pointee.isUnread[Int(set.rawValue)] = true
        return false
    }

    /// The same for what nothing is to be read of.
    package func isAgreed(_ set: PurposeSetIndex) -> Bool {
        let (view, state) = begun()
        for member in view.pointee.purposeSets[Int(set.rawValue)].indices
        where !state.pointee.isGranted[Int(view.pointee.purposeSetMembers[member])] { return false }
        return true
    }

    /// Says in the decision just made how many exposures are not recorded, because what they need is not agreed to.
    package func noteNotAgreed(exposures count: Int) {
        let (_, state) = begun()
        state.pointee.decision.pointee.exposuresNotAgreed = UInt32(clamping: count)
    }

    /// Tells what is recorded of an event; events that are not told of have not happened.
    ///
    /// - Parameters:
    ///   - count: How often, all told; at least 0.
    ///   - last: The last time, if known.
    ///   - score: Points faded to the decision's time. nil: as if all had happened at `last`.
    /// - Precondition: The index is one of the table's.
    package func setEvent(_ event: EventIndex, count: Int64, last: Timestamp?, score: Double?) {
        put(event, count: count, last: last, score: score, ofAccount: false)
    }

    /// Tells what the visitors of the account did; what is not told of has not happened.
    ///
    /// - Parameters: As of `setEvent`.
    /// - Precondition: The index is one of the table's.
    package func setAccountEvent(_ event: EventIndex, count: Int64, last: Timestamp?) {
        put(event, count: count, last: last, score: nil, ofAccount: true)
    }

    /// The same as it is stored.
    package func setAccountEvent(_ event: EventIndex, count: Int64, last: Timestamp, weight: Double) {
        let (view, state) = begun()
        precondition(Int(event.rawValue) < view.pointee.events.count, "An event belongs to its table.")
        let row = view.pointee.events[Int(event.rawValue)]
        let score = row.score(weight: weight, last: last, now: state.pointee.now)
        put(event, count: count, last: last, score: score, ofAccount: true)
    }

    private func put(_ event: EventIndex, count: Int64, last: Timestamp?, score: Double?, ofAccount: Bool) {
        let (view, state) = begun()
        precondition(Int(event.rawValue) < view.pointee.events.count, "An event belongs to its table.")
        let row = view.pointee.events[Int(event.rawValue)]
        // Those of the account stand behind those of the visitor, in the same order.
        let slot = row.firstSlot.position + (ofAccount ? SlotMap.slotsOfEvent * view.pointee.events.count : 0)
        state.pointee.put(Scalar(count), at: slot)
        if let last { state.pointee.put(Scalar(last), at: slot + 1) }
        let score = score ?? row.score(count: count, last: last, now: state.pointee.now)
        state.pointee.put(Scalar(score), at: slot + 2)
    }

    /// Tells what is recorded of an event, as it is stored.
    ///
    /// - Parameters:
    ///   - count: At least 0.
    ///   - weight: How often, each fading with the event's half-life until `last`.
    /// - Precondition: The index is one of the table's.
    package func setEvent(_ event: EventIndex, count: Int64, last: Timestamp, weight: Double) {
        let (view, state) = begun()
        precondition(Int(event.rawValue) < view.pointee.events.count, "An event belongs to its table.")
        let row = view.pointee.events[Int(event.rawValue)]
        let score = row.score(weight: weight, last: last, now: state.pointee.now)
        setEvent(event, count: count, last: last, score: score)
    }

    /// Tells of something that was shown to the visitor or the account, for caps.
    ///
    /// - Precondition: The index is one of the table's.
    package func addShow(to per: Entity, _ creative: CreativeIndex, at time: Timestamp) {
        let (_, state) = begun()
        guard let table else { return }
        let row = table.creatives[Int(creative.rawValue)]
        state.pointee.add(
            ShowRow(
                per: per, campaign: row.campaign, placement: row.placement, variant: row.variant,
                microseconds: time.microseconds))
    }

    /// Tells how much of a campaign's goal has been delivered.
    ///
    /// - Returns: Whether that is as much as is due by now, so that the campaign waits.
    /// - Precondition: The index is below the table's `goalCount`.
    package func setDelivered(_ count: UInt64, ofGoal goal: Int) -> Bool {
        let (view, state) = begun()
        precondition(goal < view.pointee.goals.count, "A goal belongs to its table.")
        state.pointee.delivered[goal] = count
        return count >= view.pointee.goals[goal].due(at: state.pointee.now.microseconds)
    }

    /// Tells which arm the unit was first exposed to; it keeps it while it is eligible.
    ///
    /// - Parameter withSlot: Whether it is in the experiment whatever its id is hashed to, for it was exposed under another id. Of two
    ///   experiments that exclude each other the first told has it.
    /// - Precondition: The index is one of the table's.
    package func keepArm(_ arm: ArmIndex, withSlot: Bool = false) {
        let (view, state) = begun()
        let epoch = UInt64(state.pointee.epoch) << 32
        state.pointee.keptArms[arm.experiment.position] = epoch | UInt64(arm.row.index)
        let slots = view.pointee.experimentSlots[arm.experiment.position]
        guard withSlot, !slots.layer.isNone else { return }
        let layer = slots.layer.position
        guard state.pointee.layerSlots[layer] >> 32 != epoch >> 32 else { return }
        state.pointee.layerSlots[layer] = epoch | UInt64(slots.firstSlot)
    }

    /// Tells of the page to which the click on an ad brought the visitor: without a newer click it keeps the ad's promise for
    /// as long as the rule set says. Of two for one placement the first told counts.
    ///
    /// - Precondition: The index is one of the table's.
    package func keepPromise(_ creative: CreativeIndex, since time: Timestamp) {
        let (view, state) = begun()
        let (age, overflow) = state.pointee.now.microseconds.subtractingReportingOverflow(time.microseconds)
        guard let table, !overflow, age < view.pointee.keepPromiseMicroseconds else { return }
        let row = table.creatives[Int(creative.rawValue)]
        let promises = view.pointee.promises
        for position in 0..<state.pointee.keptPromiseCount
        where promises[state.pointee.keptPromises[position]].placement == row.placement { return }
        guard let index = promises.firstIndex(where: { $0.variant == row.variant && $0.campaign == row.campaign })
        else {
            return
        }
        state.pointee.keptPromises[state.pointee.keptPromiseCount] = Row(index)
        state.pointee.keptPromiseCount += 1
    }

    /// Makes the decision a preview, to which the holdout does not apply.
    package func beginPreview() {
        let (_, state) = begun()
        state.pointee.isPreview = true
    }

    /// Lets a segment hold, whatever its condition says. After `beginPreview`, as those below.
    ///
    /// - Precondition: The index is one of the table's, here and below.
    package func force(_ segment: SegmentIndex) {
        let (view, state) = begun()
        precondition(Int(segment.rawValue) < view.pointee.segments.count, "A segment belongs to its table.")
        state.pointee.isForcedSegment[Int(segment.rawValue)] = true
    }

    /// Gives an arm, whoever it is and whatever the weights.
    package func force(_ arm: ArmIndex) {
        let (view, state) = begun()
        precondition(arm.experiment.position < view.pointee.experiments.count, "An arm belongs to its table.")
        state.pointee.forcedArms[arm.experiment.position] = arm.row
    }

    /// Shows a variant in its placement, whoever may see it; only a legal block still holds.
    package func force(_ creative: CreativeIndex) {
        let (_, state) = begun()
        guard let table else { return }
        let row = table.creatives[Int(creative.rawValue)]
        state.pointee.forcedVariants[row.placement.position] = .init(campaign: row.campaign, variant: row.variant)
    }

    /// Asks for a placement; asking twice is asking once. When none is asked for, all are decided.
    ///
    /// - Precondition: The index is one of the table's.
    package func ask(_ placement: PlacementIndex) {
        let (view, state) = begun()
        let index = Int(placement.rawValue)
        precondition(index < view.pointee.placements.count, "A placement belongs to its table.")
        guard !state.pointee.isAsked[index] else { return }
        state.pointee.isAsked[index] = true
        state.pointee.asked[state.pointee.askedCount] = Row(index)
        state.pointee.askedCount += 1
    }

    /// Asks who gets the lead on a route; asking twice is asking once.
    ///
    /// - Precondition: The index is one of the table's.
    package func ask(_ route: RouteIndex) {
        let (view, state) = begun()
        precondition(Int(route.rawValue) < view.pointee.routes.count, "A route belongs to its table.")
        let row = Row<RouteRow>(Int(route.rawValue))
        for position in 0..<state.pointee.askedRouteCount where state.pointee.askedRoutes[position] == row { return }
        state.pointee.askedRoutes[state.pointee.askedRouteCount] = row
        state.pointee.askedRouteCount += 1
    }

    /// Decides with the inputs given since `begin`.
    ///
    /// - Returns: Where the decision stands; it and its views are valid until the next `begin`.
    /// - Complexity: O(conditions that matter); allocates nothing unless a condition needs the general evaluator.
    package func decide() -> UnsafePointer<Decision> {
        guard let table else { preconditionFailure("A decision begins with a table.") }
        let (view, state) = begun()
        return withExtendedLifetime(table) {
            Evaluator(table: view, state: state, owner: Unmanaged.passUnretained(table)).decide()
        }
    }

    /// Whether the decision just made, or explained, would have taken more work than one may: then it is none.
    package var isOverBudget: Bool { begun().1.pointee.workLeft < 0 }

    /// What the decision just made has worked, in hundredths of what one may.
    package var workPercent: Double { Double(Work.max - begun().1.pointee.workLeft) * 100 / Double(Work.max) }

    /// Decides with the inputs given since `begin`, and explains it.
    ///
    /// - Parameters:
    ///   - ruleSet: The one from which the table was compiled.
    ///   - searchesNearestMisses: Whether to look for the fewest changes that would bring another answer, which takes up to some
    ///     thousand decisions. Cancelling the task cuts the search short.
    /// - Returns: The decision, whose views are valid until the next `begin`, and why it came out so.
    package func explain(_ ruleSet: RuleSet, searchesNearestMisses: Bool) -> (Decision, Explanation) {
        guard let table else { preconditionFailure("A decision begins with a table.") }
        let (view, state) = begun()
        return withExtendedLifetime(table) {
            let evaluator = Evaluator(table: view, state: state, owner: Unmanaged.passUnretained(table))
            let showCount = state.pointee.showCount
            let decision = evaluator.decide().pointee
            let isOverBudget = evaluator.isOverBudget
            defer { if isOverBudget { state.pointee.workLeft = -1 } }
            // What this decision shows does not explain itself.
            state.pointee.showCount = showCount
            let names = table.generalNames
            var explanation = Explainer(
                ruleSet: ruleSet, evaluator: evaluator, decision: decision, names: names
            ).explain()
            if searchesNearestMisses {
                let asked =
                    state.pointee.askedCount == 0
                    ? Array(0..<view.pointee.placements.count)
                    : (0..<state.pointee.askedCount).map { state.pointee.asked[$0].position }
                var search = NearestMissSearch(ruleSet, evaluator, names, placements: asked)
                explanation.nearestMisses = search.run()
                explanation.isSearchCutShort = search.isCutShort
            }
            return (decision, explanation)
        }
    }

    /// What the conditions come to that the decision just made has asked and its explanation does not show.
    func unexplained(_ ruleSet: RuleSet) -> [(position: SourcePosition, verdict: Verdict)] {
        guard let table else { preconditionFailure("A decision begins with a table.") }
        let (view, state) = begun()
        return withExtendedLifetime(table) {
            let evaluator = Evaluator(table: view, state: state, owner: Unmanaged.passUnretained(table))
            return UnexplainedConditions(ruleSet: ruleSet, evaluator: evaluator).verdicts()
        }
    }

    /// Copies the texts that were given since `begin`, so that their owners may go.
    package func keepTexts() {
        let (view, state) = begun()
        keptTexts = KeptTexts(view, state)
    }

    // MARK: Memory

    private func begun() -> (UnsafePointer<TableView>, UnsafeMutablePointer<DecisionState>) {
        guard let view, let state else { preconditionFailure("A decision begins with `begin`.") }
        return (view, state)
    }

    private func bind(_ table: DecisionTable) {
        releaseState()
        self.table = table
        view = table.view
        let state = UnsafeMutablePointer<DecisionState>.allocate(capacity: 1)
        state.initialize(to: DecisionState(for: table.view.pointee))
        self.state = state
    }

    private func releaseState() {
        guard let state else { return }
        state.pointee.deallocate()
        state.deallocate()
        self.state = nil
    }
}
