internal import Conditions
internal import Model
internal import Ruleset

extension Explainer {
    func placement(_ decided: PlacementDecision) -> Explanation.PlacementExplanation {
        let name = decided.placement.string
        guard let index = ruleSet.placements.firstIndex(where: { $0.name == name }) else {
            return Explanation.PlacementExplanation(placement: name, candidates: [])
        }
        let isAsked = decided.reason != .blocked && decided.reason != .promise
        let candidates = table.pointee.placements[index].candidates.indices.map { position in
            candidate(
                table.pointee.candidates[position], decided, placement: name, Row(index), isAsked: isAsked)
        }
        return Explanation.PlacementExplanation(placement: name, candidates: candidates)
    }

    private func candidate(
        _ row: CandidateRow, _ decided: PlacementDecision, placement: String, _ index: Row<PlacementRow>, isAsked: Bool
    ) -> Explanation.Candidate {
        let campaign = ruleSet.campaigns[row.campaign.position]
        let campaignRow = table.pointee.campaigns[row.campaign]
        let eligibility = evaluator.eligibility(row.campaign)
        let isChosen = !decided.variant.bytes.isEmpty && sameBytes(decided.campaign, campaignRow.name)
        let exclusions = checks(campaign.excluded, campaignRow.excluded)
        var candidate = Explanation.Candidate(
            campaign: campaign.name, priority: row.priority, fate: .notAsked,
            fit: evaluator.fit(ofCampaign: row.campaign),
            condition: campaign.condition.map { check($0, campaignRow.node) },
            exclusions: eligibility.verdict.isYes ? exclusions : [], variants: [])
        if eligibility.verdict.isYes, !eligibility.isExcluded {
            candidate.variants = variants(
                row, campaign.variants.filter { $0.placement == placement }, decided, index, isChosen: isChosen,
                isAsked: isAsked)
        }
        if isChosen {
            candidate.fate = .chosen
        } else if isAsked {
            candidate.fate = fate(row, index)
        }
        return candidate
    }

    /// What became of a campaign that was not chosen: where its gates stopped it.
    private func fate(_ candidate: CandidateRow, _ placement: Row<PlacementRow>) -> Explanation.Fate {
        switch evaluator.passage(of: candidate, placement).stoppedAt {
        case nil: return .outranked
        case .eligibility:
            guard evaluator.eligibility(candidate.campaign).verdict.isNo else { return .unknown }
            return evaluator.isWithinTime(table.pointee.campaigns[candidate.campaign]).isNo
                ? .closed : .notEligible
        case .exclusion: return .excluded
        case .cap: return .capped
        case .pacing: return .paced
        case .variant: return .noVariant
        }
    }

    private func variants(
        _ row: CandidateRow, _ variants: [Variant], _ decided: PlacementDecision, _ placement: Row<PlacementRow>,
        isChosen: Bool,
        isAsked: Bool
    ) -> [Explanation.VariantFate] {
        zip(variants, row.variants.indices).map { variant, position in
            let variantRow = table.pointee.variants[position]
            let opening = evaluator.opening(variantRow)
            let fate: Explanation.Fate
            if isChosen, sameBytes(decided.variant, variantRow.name) {
                fate = .chosen
            } else if !isAsked {
                fate = .notAsked
            } else if opening.isYes {
                fate = evaluator.reaches(variantRow.caps, placement) ? .capped : .outranked
            } else if opening.isNo {
                fate = evaluator.isOpen(variantRow.schedule).isNo ? .closed : .notEligible
            } else {
                fate = .unknown
            }
            return Explanation.VariantFate(
                variant: variant.name, fate: fate,
                condition: variant.condition.map { check($0, variantRow.node) })
        }
    }
}
