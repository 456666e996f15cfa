package import Decisioning
internal import Experimentation
package import Messages
package import Model
package import Ruleset

/// Experiments as they are declared.
package enum ExperimentText {
    /// - Returns: Lines, each with a line end.
    package static func list(
        _ experiments: [Experiment], ended: [EndedExperimentMessage] = [], style: Style
    ) -> String {
        let old = ended.isEmpty ? "" : "\nended, readable as long as their events\n" + list(ended)
        guard !experiments.isEmpty else { return "the rules have no experiments\n" + old }
        var table = TextTable([.left, .left, .left, .left])
        table.add(["experiment", "arms", "metrics", "placement"])
        for experiment in experiments {
            table.add([
                experiment.name, experiment.arms.map(\.name).joined(separator: ", "),
                experiment.metrics.joined(separator: ", "), experiment.placement ?? "assigns only",
            ])
        }
        return table.text() + old
    }

    private static func list(_ ended: [EndedExperimentMessage]) -> String {
        var table = TextTable([.left, .left, .left, .left])
        table.add(["experiment", "arms", "metrics", "ended"])
        for experiment in ended {
            table.add([
                experiment.name, experiment.arms.map(\.name).joined(separator: ", "),
                experiment.metrics.joined(separator: ", "),
                experiment.endedAt.map(TimestampText.format) ?? "not known",
            ])
        }
        return table.text()
    }

    /// - Returns: Lines, each with a line end.
    package static func details(_ ended: EndedExperimentMessage, style: Style) -> String {
        var table = TextTable([.left, .left])
        if !ended.title.isEmpty { table.add(["title", ended.title]) }
        table.add(["unit", ended.unit])
        table.add(["metrics", ended.metrics.joined(separator: ", ")])
        table.add(["ended", ended.endedAt.map(TimestampText.format) ?? "not known"])
        table.add(["last revision", ended.revision])
        let total = ended.arms.reduce(0) { $0 + $1.weight }
        for arm in ended.arms {
            let share = total > 0 ? NumberText.rounded(100 * arm.weight / total, digits: 2) : "0"
            table.add(["arm", "\(arm.name), \(share)% of units by its weight"])
        }
        return style.bold(Style.printable(ended.name)) + "\n" + table.text(indent: "  ")
    }

    /// - Parameter book: Which shares its arms have now.
    /// - Returns: Lines, each with a line end.
    package static func details(_ experiment: Experiment, _ book: AllocationBook, style: Style) -> String {
        var text = style.bold(Style.printable(experiment.name)) + "\n"
        var table = TextTable([.left, .left])
        if let title = experiment.title { table.add(["title", title]) }
        table.add(["unit", experiment.unit?.name ?? "as its layer"])
        if let layer = experiment.layer { table.add(["layer", layer]) }
        if let slots = experiment.slots { table.add(["slots", "\(slots.lowerBound) to \(slots.upperBound)"]) }
        if let condition = experiment.condition { table.add(["when", condition.source]) }
        table.add(["placement", experiment.placement ?? "assigns only"])
        table.add(["sticky", experiment.isSticky ? "yes" : "no"])
        table.add(["metrics", experiment.metrics.joined(separator: ", ")])
        table.add(["window", "\(experiment.windowSeconds / 86_400) days"])
        if experiment.traffic < 1 {
            table.add(["traffic", NumberText.rounded(100 * experiment.traffic, digits: 4) + "% of those in its scope"])
        }
        if let bandit = experiment.bandit {
            let floor = NumberText.rounded(100 * bandit.floor, digits: 2)
            table.add(["allocation", "thompson, every \(bandit.everySeconds) s, no arm below \(floor)%"])
        }
        for (arm, share) in zip(experiment.arms, shares(experiment, book)) {
            table.add(["arm", "\(arm.name), \(NumberText.rounded(100 * share, digits: 2))% of units"])
        }
        text += table.text(indent: "  ")
        return text
    }

    /// Of the units that get an arm.
    private static func shares(_ experiment: Experiment, _ book: AllocationBook) -> [Double] {
        if let allocation = book.allocations[experiment.name] {
            return experiment.arms.map { allocation.share(of: $0.name) }
        }
        let total = experiment.arms.reduce(0) { $0 + $1.weight }
        return experiment.arms.map { total > 0 ? $0.weight / total : 0 }
    }

    /// As the rules declare it, with the shares of its arms.
    package static func json(_ experiment: Experiment, _ book: AllocationBook) -> JSON {
        .object([
            .init("name", .string(experiment.name)), .init("title", .string(experiment.title ?? "")),
            .init("placement", .string(experiment.placement ?? "")), .init("sticky", .bool(experiment.isSticky)),
            .init("traffic", .number(experiment.traffic)),
            .init("allocation", .string(experiment.bandit == nil ? "fixed" : "thompson")),
            .init("metrics", .texts(experiment.metrics)), .init("windowSeconds", .long(experiment.windowSeconds)),
            .init(
                "arms",
                .array(
                    zip(experiment.arms, shares(experiment, book)).map { arm, share in
                        .object([
                            .init("name", .string(arm.name)), .init("weight", .number(arm.weight)),
                            .init("share", .number(share)),
                        ])
                    })),
        ])
    }
}
