internal import CEL
internal import Model

/// Where two rules meet and one of them silently gives way: vetoes, blocks that may be unknown, experiments over each other.
extension Lint {
    mutating func checkConflicts() {
        checkVetoes()
        checkBlocks()
        checkExperiments()
    }

    // MARK: Vetoes

    /// A positive profile and a negative one that can certainly match at once: whoever wrote both should say which counts.
    private mutating func checkVetoes() {
        let vetoes = set.icps.filter(\.hasVeto)
        guard !vetoes.isEmpty else { return }
        for icp in set.icps where !icp.isNegative {
            let boxes = requirements(icp)
            for veto in vetoes.prefix(Self.comparedMax) where canBeAsked(icp, veto) {
                guard meet(boxes, icp.excluded, requirements(veto), veto.excluded) else { continue }
                report(
                    "veto-overlap", icp.position,
                    "whoever is required for `\(icp.name)` may be required for `\(veto.name)` too, which is negative: then "
                        + "`\(icp.name)` does not match",
                    suggestion: "`required` that excludes the other, or `veto: false` at `\(veto.name)`")
            }
        }
    }

    private func canBeAsked(_ first: ICP, _ second: ICP) -> Bool {
        first.product == nil || second.product == nil || first.product == second.product
    }

    private func requirements(_ icp: ICP) -> [ConditionBox] {
        let segment = set.segments.filter { $0.name == icp.segment }.map(\.condition.expression)
        return analysis.together(segment + icp.required.map(\.expression)).boxes
    }

    /// Whether both certainly hold somewhere, outside of what excludes them.
    private func meet(
        _ first: [ConditionBox], _ firstExcluded: [Condition], _ second: [ConditionBox], _ secondExcluded: [Condition]
    ) -> Bool {
        var conflict: String?
        let exact = [first, second].map { $0.filter(\.isExact) }
        let both = ConditionAnalysis.both(exact[0], exact[1], conflict: &conflict).filter(\.isExact)
        return both.contains { box in
            !(firstExcluded + secondExcluded).contains { analysis.implies([box], $0.expression) }
        }
    }

    // MARK: Blocks

    private mutating func checkBlocks() {
        for block in set.policies.blocked where block.blocksUnknown == nil {
            var search = UnknownSearch(set)
            guard search.canBeUnknown(block.condition) else { continue }
            report(
                "block-unknown", block.condition.position,
                "where data that this condition needs is missing, it is unknown, and nothing is blocked",
                suggestion: "`if_unknown: block`, or `if_unknown: allow` if that is meant")
        }
    }

    // MARK: Experiments

    /// Two experiments that change one field: the second counts nobody who has an arm of the first.
    private mutating func checkExperiments() {
        for (index, experiment) in set.experiments.enumerated() where experiment.placement != nil {
            for other in set.experiments[..<index].suffix(Self.comparedMax) {
                let shared = experiment.changedFields.intersection(other.changedFields).sorted()
                guard other.placement == experiment.placement, let field = shared.first,
                    !Self.excludeEachOther(experiment, other), canMeet(experiment, other)
                else { continue }
                report(
                    "experiments-overlap", experiment.position,
                    "`\(experiment.name)` and `\(other.name)` both change `\(field)` of `\(experiment.placement ?? "")`: "
                        + "who has an arm of `\(other.name)` is not counted here",
                    suggestion: "the same `layer` for both, with `slots` that do not overlap")
            }
        }
    }

    private static func excludeEachOther(_ first: Experiment, _ second: Experiment) -> Bool {
        if let ends = first.ends, let starts = second.starts, ends <= starts { return true }
        if let ends = second.ends, let starts = first.starts, ends <= starts { return true }
        guard first.layer != nil, first.layer == second.layer else { return false }
        guard let slots = first.slots, let others = second.slots else { return false }
        return !slots.overlaps(others)
    }

    private func canMeet(_ first: Experiment, _ second: Experiment) -> Bool {
        let boxes = [first, second].map { analysis.together($0.condition.map { [$0.expression] } ?? []).boxes }
        return ConditionAnalysis.overlap(boxes[0], boxes[1])
    }
}
