package import Messages
package import Model

/// Experiments as the daemon tells them.
package enum ExperimentText {
    /// - Returns: Lines, each with a line end.
    package static func list(_ names: ServedNames, style: Style) -> String {
        let ended = names.endedExperiments
        let old = ended.isEmpty ? "" : "\nended, readable as long as their events\n" + list(ended)
        let experiments = names.experiments
        guard !experiments.isEmpty else { return "the rules have no experiments\n" + old }
        var table = TextTable([.left, .left, .left, .left, .left])
        table.add(["experiment", "status", "arms", "metrics", "placement"])
        for experiment in experiments {
            let facts = experiment.experiment ?? ExperimentFactsMessage()
            table.add([
                experiment.name, facts.status, facts.arms.map(\.name).joined(separator: ", "),
                facts.metrics.joined(separator: ", "), facts.placement.isEmpty ? "assigns only" : facts.placement,
            ])
        }
        return table.text() + old
    }

    private static func list(_ ended: [RuleNameMessage]) -> String {
        var table = TextTable([.left, .left, .left, .left])
        table.add(["experiment", "arms", "metrics", "ended"])
        for experiment in ended {
            let facts = experiment.experiment ?? ExperimentFactsMessage()
            table.add([
                experiment.name, facts.arms.map(\.name).joined(separator: ", "),
                facts.metrics.joined(separator: ", "), facts.ends.map(TimestampText.format) ?? "not known",
            ])
        }
        return table.text()
    }

    /// - Returns: Lines, each with a line end.
    package static func details(_ experiment: RuleNameMessage, style: Style) -> String {
        let facts = experiment.experiment ?? ExperimentFactsMessage()
        var table = TextTable([.left, .left])
        if !experiment.title.isEmpty { table.add(["title", experiment.title]) }
        table.add(["status", facts.status])
        table.add(["unit", facts.unit.isEmpty ? "as its layer" : facts.unit])
        if let ended = facts.ended {
            table.add(["metrics", facts.metrics.joined(separator: ", ")])
            table.add(["ended", facts.ends.map(TimestampText.format) ?? "not known"])
            table.add(["last revision", ended.revision])
        } else {
            declared(experiment, facts, in: &table)
        }
        for arm in facts.arms {
            let share = NumberText.rounded(100 * arm.share, digits: 2)
            table.add(["arm", "\(arm.name), \(share)% of units" + (facts.ended == nil ? "" : " by its weight")])
        }
        return style.bold(Style.printable(experiment.name)) + "\n" + table.text(indent: "  ")
    }

    private static func declared(
        _ experiment: RuleNameMessage, _ facts: ExperimentFactsMessage, in table: inout TextTable
    ) {
        if !facts.layer.isEmpty { table.add(["layer", facts.layer]) }
        if !experiment.condition.isEmpty { table.add(["when", experiment.condition]) }
        table.add(["placement", facts.placement.isEmpty ? "assigns only" : facts.placement])
        table.add(["sticky", facts.sticky ? "yes" : "no"])
        table.add(["metrics", facts.metrics.joined(separator: ", ")])
        table.add(["window", "\(facts.windowSeconds / 86_400) days"])
        if let starts = facts.starts { table.add(["starts", TimestampText.format(starts)]) }
        if let ends = facts.ends { table.add(["ends", TimestampText.format(ends)]) }
        if facts.traffic < 1 {
            table.add(["traffic", NumberText.rounded(100 * facts.traffic, digits: 4) + "% of those in its scope"])
        }
        for fact in experiment.facts { table.add([fact.name, fact.value]) }
        if !experiment.file.isEmpty { table.add(["declared in", "\(experiment.file):\(experiment.line)"]) }
    }

    /// What the rules, or those that had it last, say of it, with the shares of its arms.
    package static func json(_ experiment: RuleNameMessage) -> JSON {
        let facts = experiment.experiment ?? ExperimentFactsMessage()
        var members: [JSON.Member] = [
            .init("name", .string(experiment.name)), .init("title", .string(experiment.title)),
            .init("status", .string(facts.status)), .init("unit", .string(facts.unit)),
            .init("layer", .string(facts.layer)), .init("condition", .string(experiment.condition)),
            .init("placement", .string(facts.placement)), .init("sticky", .bool(facts.sticky)),
            .init("traffic", .number(facts.traffic)), .init("allocation", .string(facts.allocation)),
            .init("metrics", .texts(facts.metrics)), .init("windowSeconds", .long(facts.windowSeconds)),
            .init(
                "arms",
                .array(
                    facts.arms.map { arm in
                        .object([
                            .init("name", .string(arm.name)), .init("weight", .number(arm.weight)),
                            .init("share", .number(arm.share)),
                        ])
                    })),
        ]
        if let starts = facts.starts { members.append(.init("starts", .time(starts))) }
        if let ended = facts.ended {
            if let time = facts.ends { members.append(.init("endedAt", .time(time))) }
            members.append(.init("revision", .string(ended.revision)))
        } else if let ends = facts.ends {
            members.append(.init("ends", .time(ends)))
        }
        return .object(members)
    }
}
