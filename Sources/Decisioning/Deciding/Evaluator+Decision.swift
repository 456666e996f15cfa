internal import Conditions
internal import Model

extension Evaluator {
    /// Decides everything that a decision names.
    func decide() -> UnsafePointer<Decision> {
        applyConsent()
        let block = block()
        let decision = state.pointee.decision
        decision.pointee.revision = table.pointee.revision
        decision.pointee.decidedAt = state.pointee.now
        decision.pointee.segments = segments()
        decision.pointee.icp = verdictOfReportedICP()
        decision.pointee.engagement = engagement()
        decision.pointee.engagementLevel =
            engagementLevel(table.pointee.engagementLevels).map { table.pointee.levels[$0].name } ?? .empty
        decision.pointee.grade = grade()
        decision.pointee.isMQL = table.pointee.mqlNode.isNone ? nil : verdict(table.pointee.mqlNode).truth
        decision.pointee.persona = viewOfPersona()
        decision.pointee.role = role()
        decision.pointee.stage = stage()
        decision.pointee.assignments = assignments(isBlocked: block != nil)
        decision.pointee.placements = placements(block)
        decision.pointee.routes = routes(isBlocked: block != nil)
        decision.pointee.unreadPurposes = unreadPurposes()
        decision.pointee.isClick = isClick
        decision.pointee.isPreview = state.pointee.isPreview
        decision.pointee.exposuresNotAgreed = 0
        return UnsafePointer(decision)
    }

    private func viewOfPersona() -> UnsafePointer<PersonaView>? {
        let persona = persona()
        return persona.isNone ? nil : table.pointee.personas[persona].view
    }

    private func segments() -> UnsafeBufferPointer<BorrowedText> {
        var count = 0
        for index in 0..<table.pointee.segments.count where isInSegment(Row(index)).isYes {
            state.pointee.segments[count] = table.pointee.segments[index].name
            count += 1
        }
        return UnsafeBufferPointer(start: state.pointee.segments, count: count)
    }

    private func placements(_ block: Block?) -> UnsafeBufferPointer<PlacementDecision> {
        let isAll = state.pointee.askedCount == 0
        let count = isAll ? table.pointee.placements.count : state.pointee.askedCount
        for position in 0..<count {
            let placement = isAll ? Row(position) : state.pointee.asked[position]
            decide(placement: placement, block: block, into: state.pointee.placements + position)
        }
        return UnsafeBufferPointer(start: state.pointee.placements, count: count)
    }

    /// Who gets the lead, for each route asked for: nobody where a legal block holds.
    private func routes(isBlocked: Bool) -> UnsafeBufferPointer<TextPair> {
        for position in 0..<state.pointee.askedRouteCount {
            let row = table.pointee.routes[state.pointee.askedRoutes[position]]
            var answer = TextPair(name: row.name, text: .empty)
            for index in row.targets.indices where !isBlocked {
                let target = table.pointee.routeTargets[index]
                guard isOpen(target.schedule).isYes, target.node.isNone || verdict(target.node).isYes else {
                    continue
                }
                answer.text = target.to
                break
            }
            state.pointee.routes[position] = answer
        }
        return UnsafeBufferPointer(start: state.pointee.routes, count: state.pointee.askedRouteCount)
    }

    // MARK: Consent

    func applyConsent() {
        for set in 0..<table.pointee.purposeSets.count {
            var isDenied = false
            for member in table.pointee.purposeSets[set].indices
            where !state.pointee.isGranted[Int(table.pointee.purposeSetMembers[member])] { isDenied = true }
            state.pointee.isDenied[set] = isDenied
        }
    }

    /// The purposes without which something was not looked at, in the rule set's order.
    private func unreadPurposes() -> UnsafeBufferPointer<BorrowedText> {
        var count = 0
        for purpose in 0..<table.pointee.purposes.count where isUnread(UInt16(purpose)) {
            state.pointee.unreadPurposes[count] = table.pointee.purposes[purpose]
            count += 1
        }
        return UnsafeBufferPointer(start: state.pointee.unreadPurposes, count: count)
    }

    private func isUnread(_ purpose: UInt16) -> Bool {
        guard !state.pointee.isGranted[Int(purpose)] else { return false }
        for set in 0..<table.pointee.purposeSets.count where state.pointee.isUnread[set] {
            for member in table.pointee.purposeSets[set].indices
            where table.pointee.purposeSetMembers[member] == purpose { return true }
        }
        return false
    }
}
