internal import Conditions
internal import Model

extension Evaluator {
    /// Whether a campaign may not be shown in a placement again yet: by its own caps, or by those for everything.
    func isCapped(_ campaign: UInt32, _ placement: UInt32) -> Bool {
        guard table.pointee.caps.count > 0 else { return false }
        return reaches(table.pointee.campaigns[Int(campaign)].caps, placement)
            || reaches(table.pointee.generalCaps, placement)
    }

    /// Whether one of the caps that hold for a placement is reached.
    func reaches(_ caps: Run, _ placement: UInt32) -> Bool {
        for index in caps.indices {
            let cap = table.pointee.caps[index]
            guard cap.placement == noRow || cap.placement == placement else { continue }
            if reaches(cap) { return true }
        }
        return false
    }

    private func reaches(_ cap: CapRow) -> Bool {
        let (since, underflow) = state.pointee.now.microseconds.subtractingReportingOverflow(cap.withinMicroseconds)
        var count = 0
        for position in 0..<state.pointee.showCount {
            let show = state.pointee.shows[position]
            guard show.per == cap.per, underflow || show.microseconds > since,
                cap.campaign == noRow || cap.campaign == show.campaign,
                cap.placement == noRow || cap.placement == show.placement,
                cap.variant == noRow || cap.variant == show.variant
            else { continue }
            count += 1
        }
        return count >= cap.shows
    }

    /// Whether a campaign has delivered what its goal asks for by now, so that it waits.
    func isAheadOfGoal(_ campaign: UInt32, _ placement: UInt32) -> Bool {
        let index = table.pointee.campaigns[Int(campaign)].goal
        guard index != noRow else { return false }
        let goal = table.pointee.goals[Int(index)]
        guard goal.placement == noRow || goal.placement == placement else { return false }
        return state.pointee.delivered[Int(index)] >= goal.due(at: state.pointee.now.microseconds)
    }

    /// What this decision shows counts for its further placements.
    func noteShow(_ campaign: UInt32, _ placement: UInt32, _ variant: UInt32) {
        guard table.pointee.caps.count > 0 else { return }
        for per in [Entity.visitor, .account] {
            state.pointee.add(
                ShowRow(
                    per: per, campaign: campaign, placement: placement, variant: variant,
                    microseconds: state.pointee.now.microseconds))
        }
    }
}
