internal import ArgumentParser
internal import BespokeAdmin
internal import Experimentation
internal import Model

/// `bespokectl experiments`.
struct Experiments: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plan experiments, start and stop them, and say what they have shown.",
        subcommands: [
            List.self, Show.self, Results.self, Start.self, Stop.self, Plan.self, Simulate.self,
        ])

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say how many units an experiment needs, and how many days.",
            discussion: """
                For a metric that is yes or no. The units for looking at any time are more: that is the price of an interval that \
                holds whenever one looks.
                """)

        @Option(help: "The share that converts now, such as 0.04.") var baseline: Double
        @Option(help: "The smallest change worth finding, relative to the baseline: 0.1 is 4.0% to 4.4%.") var lift:
            Double
        @Option(help: "Units that come a day, in all arms together.") var perDay: Double
        @Option(help: "How often a change may be seen that is none.") var alpha = 0.05
        @Option(help: "How often a change of that size must be seen.") var power = 0.8
        @Option(help: "Arms, the control included.") var arms = 2
        @OptionGroup(visibility: .hidden) var options: GlobalOptions

        func run() async throws {
            try await options.reporting {
                let plan: SamplePlan
                let days: (fixed: Int, atAnyTime: Int)
                do {
                    plan = try SamplePlan(
                        baseline: baseline, relativeLift: lift, alpha: alpha, power: power, arms: arms)
                    days = (
                        try plan.days(unitsPerDay: perDay, atAnyTime: false),
                        try plan.days(unitsPerDay: perDay, atAnyTime: true)
                    )
                } catch {
                    throw Failure("INVALID_ARGUMENT", "\(error)")
                }
                let json = JSON.object([
                    .init("unitsPerArm", .number(UInt64(plan.unitsPerArm))),
                    .init("days", .number(UInt64(days.fixed))),
                    .init("unitsPerArmAtAnyTime", .number(UInt64(plan.unitsPerArmAtAnyTime))),
                    .init("daysAtAnyTime", .number(UInt64(days.atAnyTime))),
                ])
                options.show(json: json) { _ in
                    func row(_ label: String, _ units: Int, _ days: Int) -> String {
                        "  \(label)  \(ReportText.counted(units, "unit")) an arm, "
                            + "\(ReportText.counted(days, "day"))\n"
                    }
                    return row("looked at once, at the end", plan.unitsPerArm, days.fixed)
                        + row("looked at at any time     ", plan.unitsPerArmAtAnyTime, days.atAnyTime)
                }
            }
        }
    }
}
