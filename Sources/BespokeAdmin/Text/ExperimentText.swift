internal import Model
package import Ruleset

/// Experiments as they are declared.
package enum ExperimentText {
    /// - Returns: Lines, each with a line end.
    package static func list(_ experiments: [Experiment], style: Style) -> String {
        guard !experiments.isEmpty else { return "the rules have no experiments\n" }
        var table = TextTable([.left, .left, .left, .left])
        table.add(["experiment", "arms", "metrics", "placement"])
        for experiment in experiments {
            table.add([
                experiment.name, experiment.arms.map(\.name).joined(separator: ", "),
                experiment.metrics.joined(separator: ", "), experiment.placement ?? "assigns only",
            ])
        }
        return table.text()
    }

    /// - Returns: Lines, each with a line end.
    package static func details(_ experiment: Experiment, style: Style) -> String {
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
        let total = experiment.arms.reduce(0) { $0 + $1.weight }
        for arm in experiment.arms {
            let share = total > 0 ? NumberText.rounded(100 * arm.weight / total, digits: 2) : "0"
            table.add(["arm", "\(arm.name), \(share)% of units"])
        }
        text += table.text(indent: "  ")
        return text
    }

    /// As the rules declare it.
    package static func json(_ experiment: Experiment) -> JSON {
        .object([
            .init("name", .string(experiment.name)), .init("title", .string(experiment.title ?? "")),
            .init("placement", .string(experiment.placement ?? "")), .init("sticky", .bool(experiment.isSticky)),
            .init("metrics", .texts(experiment.metrics)), .init("windowSeconds", .long(experiment.windowSeconds)),
            .init(
                "arms",
                .array(
                    experiment.arms.map { arm in
                        .object([.init("name", .string(arm.name)), .init("weight", .number(arm.weight))])
                    })),
        ])
    }
}
