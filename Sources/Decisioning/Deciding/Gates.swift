internal import Conditions
internal import Model

/// Who says what a placement shows, in the order in which they are asked; the first that has an answer gives it.
///
/// The one list: deciding, explaining and the search for nearest misses walk it. Consent has no place of its own in it, for it stands
/// before every value that any of them reads (`Evaluator.value`). The holdout takes away what was chosen.
enum PlacementGate: UInt8 {
    /// A legal block gives the default.
    case block
    /// An authorised preview gives what it forces.
    case forced
    /// A clicked ad gives its page.
    case promise
    /// Campaigns by priority, fit and name; the default when all are kept out.
    case campaigns

    /// Who is asked next; nil behind the last.
    var next: PlacementGate? { PlacementGate(rawValue: rawValue + 1) }
}

/// What keeps a campaign out of a placement, in the order in which it is asked; the first that is closed does.
enum CampaignGate: UInt8, Comparable {
    /// Its dates, its schedule and its condition.
    case eligibility
    case exclusion
    /// Its caps and those for everything; those of variants are met at the last gate and count as this one.
    case cap
    /// What its goal asks for by now.
    case pacing
    /// None of its variants is open.
    case variant

    /// What is asked next; nil behind the last.
    var next: CampaignGate? { CampaignGate(rawValue: rawValue + 1) }

    static func < (left: CampaignGate, right: CampaignGate) -> Bool { left.rawValue < right.rawValue }

    /// Why a placement shows its default when no campaign came further than this.
    var reason: DecisionReason {
        switch self {
        case .eligibility: .default
        case .exclusion: .excluded
        case .cap: .capped
        case .pacing: .paced
        case .variant: .noVariant
        }
    }

    /// Whether it stands against the promise of a clicked ad: a promise is never capped or paced, and knows its variant.
    var isAskedOfPromise: Bool { self <= .exclusion }
}

/// How far a campaign comes in a placement.
struct Passage: BitwiseCopyable {
    /// Where it is kept out; nil when it may be shown.
    var stoppedAt: CampaignGate?
    /// What it would show; none when it is kept out.
    var variant = Row<VariantRow>.none
    var lackedData = false
    var lackedConsent = false

    mutating func passOver(_ verdict: Verdict) {
        lackedData = lackedData || verdict.isLackingData
        lackedConsent = lackedConsent || verdict.isLackingConsent
    }
}

extension Evaluator {
    /// Leads a placement through its gates.
    func choice(placement: Row<PlacementRow>, block: Block?) -> Choice {
        var asked: PlacementGate? = .block
        var choice = Choice()
        while let gate = asked {
            if let answer = answer(gate, placement, block) {
                choice = answer
                break
            }
            asked = gate.next
        }
        if !choice.variant.isNone, state.pointee.isHeldOut {
            (choice.campaign, choice.variant, choice.reason) = (.none, .none, .holdout)
        }
        return choice
    }

    private func answer(_ gate: PlacementGate, _ placement: Row<PlacementRow>, _ block: Block?) -> Choice? {
        switch gate {
        case .block: block.map { Choice(blockedBy: $0) }
        case .forced: forced(placement)
        case .promise: promised(placement, table.pointee.placements[placement])
        case .campaigns: choose(table.pointee.placements[placement], placement)
        }
    }

    /// Leads a campaign through its gates.
    func passage(of candidate: CandidateRow, _ placement: Row<PlacementRow>) -> Passage {
        var asked: CampaignGate? = .eligibility
        var passage = Passage()
        while let gate = asked, passage.stoppedAt == nil {
            passage.stoppedAt = closed(gate, to: candidate, placement, &passage)
            asked = gate.next
        }
        return passage
    }

    /// - Returns: What keeps the campaign out at a gate; nil when it may pass.
    private func closed(
        _ gate: CampaignGate, to candidate: CandidateRow, _ placement: Row<PlacementRow>, _ passage: inout Passage
    ) -> CampaignGate? {
        switch gate {
        case .eligibility:
            let verdict = eligibility(candidate.campaign).verdict
            passage.passOver(verdict)
            return verdict.isYes ? nil : gate
        case .exclusion: return eligibility(candidate.campaign).isExcluded ? gate : nil
        case .cap: return isCapped(candidate.campaign, placement) ? gate : nil
        case .pacing: return isAheadOfGoal(candidate.campaign, placement) ? gate : nil
        case .variant:
            let (variant, isCapped) = openVariant(of: candidate, placement, &passage)
            passage.variant = variant
            return !variant.isNone ? nil : isCapped ? .cap : gate
        }
    }

    /// The first variant that is open and not capped; else none, and whether a cap stood against one.
    private func openVariant(
        of candidate: CandidateRow, _ placement: Row<PlacementRow>, _ passage: inout Passage
    ) -> (variant: Row<VariantRow>, isCapped: Bool) {
        var isCapped = false
        for index in candidate.variants.indices {
            let row = table.pointee.variants[index]
            let verdict = opening(row)
            guard verdict.isYes else {
                passage.passOver(verdict)
                continue
            }
            if !reaches(row.caps, placement) { return (Row(index), false) }
            isCapped = true
        }
        return (.none, isCapped)
    }

    /// Whether nothing stands against the promise that a campaign makes with an ad. Whoever clicked has seen the ad, so of eligibility
    /// only the time counts, unless the campaign says `keep_promise: eligible`.
    func isPromiseOpen(_ campaign: Row<CampaignRow>) -> Bool {
        let row = table.pointee.campaigns[campaign]
        var asked: CampaignGate? = .eligibility
        while let gate = asked, gate.isAskedOfPromise {
            let isOpen =
                switch gate {
                case .eligibility:
                    row.keepsPromiseIfEligible ? eligibility(campaign).verdict.isYes : !isWithinTime(row).isNo
                default: !any(row.excluded).isYes
                }
            guard isOpen else { return false }
            asked = gate.next
        }
        return true
    }
}
