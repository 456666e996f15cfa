internal import Experimentation
package import Model

/// How many units an experiment needs, and how many days.
package struct PlannedExperiment {
    private let plan: SamplePlan
    private let days: (fixed: Int, atAnyTime: Int)

    /// - Parameters:
    ///   - baseline: The share that converts now.
    ///   - lift: The smallest change worth finding, relative to it.
    ///   - perDay: Units that come a day, in all arms together.
    ///   - alpha: How often a change may be seen that is none.
    ///   - power: How often a change of that size must be seen.
    /// - Throws: What is wrong, in words.
    package init(
        baseline: Double, lift: Double, perDay: Double, alpha: Double, power: Double, arms: Int
    ) throws {
        plan = try SamplePlan(baseline: baseline, relativeLift: lift, alpha: alpha, power: power, arms: arms)
        days = (
            try plan.days(unitsPerDay: perDay, atAnyTime: false), try plan.days(unitsPerDay: perDay, atAnyTime: true)
        )
    }

    /// For programs.
    package var json: JSON {
        .object([
            .init("unitsPerArm", .number(UInt64(plan.unitsPerArm))),
            .init("days", .number(UInt64(days.fixed))),
            .init("unitsPerArmAtAnyTime", .number(UInt64(plan.unitsPerArmAtAnyTime))),
            .init("daysAtAnyTime", .number(UInt64(days.atAnyTime))),
        ])
    }

    /// For people.
    package var text: String {
        func row(_ label: String, _ units: Int, _ days: Int) -> String {
            "  \(label)  \(ReportText.counted(units, "unit")) an arm, \(ReportText.counted(days, "day"))\n"
        }
        return row("looked at once, at the end", plan.unitsPerArm, days.fixed)
            + row("looked at at any time     ", plan.unitsPerArmAtAnyTime, days.atAnyTime)
    }
}
