internal import Experimentation
package import Model
package import Reports

extension ExperimentSimulation.Report {
    /// - Returns: Lines, each with a line end.
    package func text(style: Style) -> String {
        var table = TextTable([.left, .right, .right, .right])
        table.add(["arm", "units", "share", "by weight"])
        for arm in arms {
            table.add([
                arm.name, "\(arm.units)", percent(arm.share), percent(arm.expected),
            ])
        }
        let taking = arms.reduce(0) { $0 + $1.units }
        return style.bold("\(Style.printable(experiment)): \(taking) of \(drawn) units take part") + "\n"
            + table.text(indent: "  ") + "  balance: p = \(Experimentation.NumberText.pValue(pValue))\n"
            + "  units that are also in another experiment of its layer: \(shared)\n"
            + "  sample-ratio alarms: \(alarms) of \(checks) batches of 1,000 units (at most 1 of 1,000 is to be expected)\n"
    }

    private func percent(_ share: Double) -> String { NumberText.rounded(share * 100, digits: 3) + "%" }

    package var json: JSON {
        .object([
            .init("experiment", .string(experiment)), .init("drawn", .long(drawn)),
            .init(
                "arms",
                .array(
                    arms.map { arm in
                        .object([
                            .init("arm", .string(arm.name)), .init("units", .long(arm.units)),
                            .init("share", .number(arm.share)), .init("expected", .number(arm.expected)),
                        ])
                    })), .init("pValue", .number(pValue)), .init("sharedUnits", .long(shared)),
            .init("checks", .long(checks)), .init("alarms", .long(alarms)),
        ])
    }
}
