internal import ArgumentParser
internal import BespokeAdmin
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
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard baseline > 0, baseline < 1 else {
                throw ValidationError("--baseline is a share above 0 and below 1, such as 0.04 for 4%.")
            }
            guard lift != 0, lift > -1, lift.isFinite else {
                throw ValidationError("--lift is a change relative to the baseline, such as 0.1 or -0.1, and not 0.")
            }
            guard perDay > 0, perDay.isFinite else { throw ValidationError("--per-day must be more than 0.") }
            _ = try plan()
        }

        private func plan() throws -> PlannedExperiment {
            do {
                return try PlannedExperiment(
                    baseline: baseline, lift: lift, perDay: perDay, alpha: alpha, power: power, arms: arms)
            } catch {
                throw ValidationError("\(error).")
            }
        }

        func run() async throws {
            let plan = try plan()
            try await options.reporting { options.show(json: plan.json) { _ in plan.text } }
        }
    }
}
