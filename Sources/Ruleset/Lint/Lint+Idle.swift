internal import Model

/// What never does anything, though nothing about it is wrong.
extension Lint {
    /// An experiment from which nobody will learn.
    mutating func checkIdle(_ experiment: Experiment) {
        func idle(_ problem: String, _ suggestion: String) {
            report(
                "idle-experiment", experiment.position, "experiment `\(experiment.name)` \(problem)",
                suggestion: suggestion)
        }
        if let ends = experiment.ends, case let day = TimestampText.format(ends).prefix(10), day < today {
            report(
                "ended", experiment.position,
                "experiment `\(experiment.name)` ended on \(day); nobody is assigned any more",
                suggestion: "a later `ends`, or the experiment taken out")
        } else if experiment.traffic == 0 {
            idle("has `traffic: 0`: nobody takes part", "a share above 0, such as `traffic: 0.1`")
        } else if experiment.arms.count == 1 {
            idle(
                "has one arm only: there is nothing to compare it with", "a second arm, such as `control: {weight: 1}`")
        } else if experiment.placement != nil, !experiment.arms.isEmpty,
            experiment.arms.allSatisfy({ $0.fields.isEmpty })
        {
            idle("changes nothing: no arm has `fields`", "`fields` for an arm, or no `placement`")
        }
    }

    /// Caps of 0.
    mutating func checkShows() {
        func check(_ caps: [Campaign.Cap], _ subject: String, _ position: SourcePosition) {
            guard caps.contains(where: { $0.shows == 0 }) else { return }
            report(
                "never-shown", position, "\(subject) may be shown 0 times",
                suggestion: "a number above 0, or the \(subject.prefix { $0 != " " }) taken out")
        }
        for campaign in set.campaigns {
            check(campaign.caps, "campaign `\(campaign.name)`", campaign.position)
            for variant in campaign.variants { check(variant.caps, "variant `\(variant.name)`", variant.position) }
        }
    }

    /// The first target that applies gets the lead: behind one that always applies stands nobody.
    mutating func checkTargets(of route: Route) {
        guard
            let index = route.targets.firstIndex(where: { $0.condition == nil && $0.schedule == nil }),
            let next = route.targets[(index + 1)...].first, let position = next.position
        else { return }
        report(
            "unreachable", position,
            "`\(next.to)` in route `\(route.name)` is never reached: `\(route.targets[index].to)` before it takes every lead",
            suggestion: "`\(route.targets[index].to)` at the end")
    }

    /// A test that waits for an answer that never comes.
    mutating func checkExpected(_ test: RuleTest) {
        let names = [
            "icp": set.icps.map(\.name), "role": set.roles.map(\.name), "stage": set.stages.map(\.name),
            "persona": set.personas.map(\.name),
        ]
        for expectation in test.expectations where expectation.path.count == 1 {
            guard let known = names[expectation.path[0]], !known.contains(expectation.value),
                expectation.value != "none"
            else { continue }
            report(
                "no-such-answer", expectation.position,
                "`\(expectation.path[0])` is never \"\(expectation.value)\"; it is one of "
                    + (known + ["none"]).map { "`\($0)`" }.joined(separator: ", "),
                suggestion: Spelling.nearest(to: expectation.value, among: known))
        }
    }
}
