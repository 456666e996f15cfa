internal import Conditions
internal import Model

extension Evaluator {
    /// Whether a campaign may not be shown in a placement again yet: by its own caps, or by those for everything.
    func isCapped(_ campaign: Row<CampaignRow>, _ placement: Row<PlacementRow>) -> Bool {
        guard table.pointee.caps.count > 0 else { return false }
        return reaches(table.pointee.campaigns[campaign].caps, placement)
            || reaches(table.pointee.generalCaps, placement)
    }

    /// Whether one of the caps that hold for a placement is reached.
    func reaches(_ caps: Run<CapRow>, _ placement: Row<PlacementRow>) -> Bool {
        for index in caps.indices {
            let cap = table.pointee.caps[index]
            guard cap.placement.isNone || cap.placement == placement else { continue }
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
                cap.campaign.isNone || cap.campaign == show.campaign,
                cap.placement.isNone || cap.placement == show.placement,
                cap.variant.isNone || cap.variant == show.variant
            else { continue }
            count += 1
        }
        return count >= cap.shows
    }

    /// Whether a campaign has delivered what its goal asks for by now, so that it waits.
    func isAheadOfGoal(_ campaign: Row<CampaignRow>, _ placement: Row<PlacementRow>) -> Bool {
        let index = table.pointee.campaigns[campaign].goal
        guard !index.isNone else { return false }
        let goal = table.pointee.goals[index]
        guard goal.placement.isNone || goal.placement == placement else { return false }
        return state.pointee.delivered[index.position] >= goal.due(at: state.pointee.now.microseconds)
    }

    /// What this decision shows counts for its further placements.
    func noteShow(_ campaign: Row<CampaignRow>, _ placement: Row<PlacementRow>, _ variant: Row<VariantRow>) {
        guard table.pointee.caps.count > 0 else { return }
        for per in [Entity.visitor, .account] {
            state.pointee.add(
                ShowRow(
                    per: per, campaign: campaign, placement: placement, variant: variant,
                    microseconds: state.pointee.now.microseconds))
        }
    }
}
