internal import Conditions
internal import Matching
internal import Model

extension DecisionState {
    /// Memory for deciding with a table.
    init(for table: TableView) {
        func make<Item: BitwiseCopyable>(_ count: Int, _ item: Item) -> UnsafeMutablePointer<Item> {
            let items = UnsafeMutablePointer<Item>.allocate(capacity: max(count, 1))
            items.initialize(repeating: item, count: max(count, 1))
            return items
        }
        slots = make(table.slotCount, Scalar.missing)
        slots.update(from: table.slotDefaults, count: table.slotCount)
        touched = make(table.slotCount, Row.none)
        isTouched = make(table.slotCount, false)
        isGranted = make(table.purposes.count, false)
        isHeld = make(table.purposes.count, false)
        isDenied = make(table.purposeSets.count, false)
        isUnread = make(table.purposeSets.count, false)
        memo = make(table.memoCount, 0)
        icps = make(table.icps.count, ICPState())
        codes = make(table.matching.pointee.coderCount, 0)
        codeEpochs = make(table.matching.pointee.coderCount, 0)
        cursors = make(table.matching.pointee.cursorCountMax, MatchCursor.nothing)
        named = make(2, Found())
        asked = make(table.placements.count, Row.none)
        isAsked = make(table.placements.count, false)
        askedRoutes = make(table.routes.count, Row.none)
        routes = make(table.routes.count, TextPair(name: .empty, text: .empty))
        layerSlots = make(table.layers.count, 0)
        keptArms = make(table.experiments.count, 0)
        keptPromises = make(table.placements.count, Row.none)
        isForcedSegment = make(table.segments.count, false)
        forcedArms = make(table.experiments.count, Row.none)
        forcedVariants = make(table.placements.count, ForcedVariant())
        shows = .allocate(capacity: DecisionState.showRoomMin)
        showRoom = DecisionState.showRoomMin
        delivered = make(table.goals.count, 0)
        assignments = make(table.experiments.count, AssignmentView())
        laidEpochs = make(table.experiments.count, 0)
        further = make(table.experiments.count, AssignmentView())
        assignedArms = make(table.experiments.count, AssignedArm())
        segments = make(table.segments.count, BorrowedText.empty)
        placements = make(table.placements.count, PlacementDecision())
        contents = make(table.contentCountMax, TextPair(name: .empty, text: .empty))
        unreadPurposes = make(table.purposes.count, BorrowedText.empty)
        decision = make(1, Decision())
        icpVerdict = make(1, ICPVerdict())
        arena = make(1, ByteArena())
        resetConsent(table)
    }

    func deallocate() {
        slots.deallocate()
        touched.deallocate()
        isTouched.deallocate()
        isGranted.deallocate()
        isHeld.deallocate()
        isDenied.deallocate()
        isUnread.deallocate()
        memo.deallocate()
        icps.deallocate()
        codes.deallocate()
        codeEpochs.deallocate()
        cursors.deallocate()
        named.deallocate()
        asked.deallocate()
        isAsked.deallocate()
        askedRoutes.deallocate()
        routes.deallocate()
        layerSlots.deallocate()
        keptArms.deallocate()
        keptPromises.deallocate()
        isForcedSegment.deallocate()
        forcedArms.deallocate()
        forcedVariants.deallocate()
        shows.deallocate()
        delivered.deallocate()
        assignments.deallocate()
        assignedArms.deallocate()
        laidEpochs.deallocate()
        further.deallocate()
        segments.deallocate()
        placements.deallocate()
        contents.deallocate()
        unreadPurposes.deallocate()
        decision.deallocate()
        icpVerdict.deallocate()
        arena.pointee.deallocate()
        arena.deallocate()
    }

    /// Forgets inputs and results.
    ///
    /// - Complexity: O(inputs of the last decision).
    mutating func reset(_ table: UnsafePointer<TableView>) {
        for index in 0..<touchedCount {
            let slot = touched[index].position
            slots[slot] = table.pointee.slotDefaults[slot]
            isTouched[slot] = false
        }
        touchedCount = 0
        for index in 0..<askedCount { isAsked[asked[index].position] = false }
        askedCount = 0
        contentCount = 0
        askedRouteCount = 0
        showCount = 0
        keptPromiseCount = 0
        delivered.update(repeating: 0, count: table.pointee.goals.count)
        (visitorID, accountID) = (.empty, .empty)
        isURLTaken = true
        hasWithheldInput = false
        if isConsentChanged { resetConsent(table.pointee) }
        isUnread.update(repeating: false, count: table.pointee.purposeSets.count)
        if isPreview { resetPreview(table) }
        arena.pointee.reset()
        advanceEpoch(table)
    }

    private mutating func resetPreview(_ table: UnsafePointer<TableView>) {
        isForcedSegment.update(repeating: false, count: table.pointee.segments.count)
        forcedArms.update(repeating: .none, count: table.pointee.experiments.count)
        forcedVariants.update(repeating: ForcedVariant(), count: table.pointee.placements.count)
        isPreview = false
    }

    /// Forgets what is known of this decision, not its inputs.
    mutating func advanceEpoch(_ table: UnsafePointer<TableView>) {
        workLeft = Work.max
        guard epoch == DecisionState.epochMax else {
            epoch += 1
            return
        }
        memo.update(repeating: 0, count: table.pointee.memoCount)
        icps.update(repeating: ICPState(), count: table.pointee.icps.count)
        codeEpochs.update(repeating: 0, count: table.pointee.matching.pointee.coderCount)
        named.update(repeating: Found(), count: 2)
        layerSlots.update(repeating: 0, count: table.pointee.layers.count)
        laidEpochs.update(repeating: 0, count: table.pointee.experiments.count)
        keptArms.update(repeating: 0, count: table.pointee.experiments.count)
        reportedICP = Found()
        persona = Found()
        promise = Found()
        engagementEpoch = 0
        gradeEpoch = 0
        epoch = 1
    }

    private static let showRoomMin = 64

    /// Notes that something was shown.
    mutating func add(_ show: ShowRow) {
        if showCount == showRoom {
            let larger = UnsafeMutablePointer<ShowRow>.allocate(capacity: showRoom * 2)
            larger.update(from: shows, count: showCount)
            shows.deallocate()
            (shows, showRoom) = (larger, showRoom * 2)
        }
        (shows + showCount).initialize(to: show)
        showCount += 1
    }

    private mutating func resetConsent(_ table: TableView) {
        for index in 0..<table.purposes.count {
            isGranted[index] = table.purposeDefaults[index]
            isHeld[index] = false
        }
        isConsentChanged = false
    }
}
