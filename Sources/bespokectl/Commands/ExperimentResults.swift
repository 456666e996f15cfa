internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model
internal import Reports

extension Experiments {
    /// `bespokectl experiments list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the experiments of the rules that are served, and those that have ended.")

        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let names = try await daemon.names(.experiment)
                options.show(json: .array(names.all(.experiment).map(ExperimentText.json))) {
                    ExperimentText.list(names, style: $0)
                }
            }
        }
    }

    /// `bespokectl experiments show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one experiment of the rules that are served, or one that has ended.")

        @Argument(help: "The experiment's name.", completion: .names(.experiment)) var name: String
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let names = try await daemon.names(.experiment)
                guard let experiment = names.all(.experiment).first(where: { $0.name == name }) else {
                    throw Failure("NOT_FOUND", names.unknown(.experiment, name))
                }
                options.show(json: ExperimentText.json(experiment)) { ExperimentText.details(experiment, style: $0) }
            }
        }
    }

    /// How results are printed.
    enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case csv
    }

    /// `bespokectl experiments results`.
    struct Results: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "results", abstract: "Say what an experiment has shown so far.",
            discussion: """
                The intervals hold at any time: looking every hour is honest. Units count from their first exposure, and what they did \
                within the experiment's window.
                """)

        @Argument(help: "The experiment's name.", completion: .names(.experiment)) var name: String
        @Option(help: "One of its metrics. (default: the first)", completion: .events) var metric: String?
        @Option(help: "What of the metric: binary (did so at all), count (how often) or value (the sum).")
        var kind = ResultsQuestion.Kind.binary
        @Option(help: "The arm that the others are compared with. (default: the first)") var control: String?
        @Option(help: "Tell units apart by an attribute, such as country.") var by: String?
        @Flag(help: "Less is better.") var decrease = false
        @Flag(help: "Narrow the intervals by what units did before their first exposure (CUPED).") var cuped = false
        @Option(
            help:
                "Do not decide, but guard: the largest harm that is accepted, relative to control, such as 0.02, or 2%; with `abs` in the metric's own unit, such as 0.001abs."
        )
        var guardrail: ResultsQuestion.Margin?
        @Option(
            name: .customLong("guard"),
            help: ArgumentHelp(
                "Another metric that no arm may harm by more, such as order=2% or order=0.001abs; broken, it changes the verdict. May be repeated.",
                valueName: "metric=margin"))
        var guards: [ResultsQuestion.Guarded] = []
        @Option(
            help: ArgumentHelp("As --guard, of a metric of which less is better.", valueName: "metric=margin"))
        var guardDecrease: [ResultsQuestion.Guarded] = []
        @Option(help: "How often a statement may be wrong, at any time.") var alpha = 0.05
        @Option(help: "Units for which the intervals are narrowest; chosen before the start.") var plannedUnits = 10_000
        @Option(help: ArgumentHelp("Write a picture to this file.", valueName: "file"), completion: .file()) var svg:
            String?
        @Option(help: "How results are printed: text, json or csv.") var format: ResultFormat?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws { try options.agree(with: format?.rawValue) }

        func run() async throws {
            try await options.withDaemon { daemon in
                let question = try ResultsQuestion(
                    experiment: name, by: by ?? "", control: control, kind: kind, usesCovariate: cuped, alpha: alpha,
                    plannedUnits: plannedUnits)
                let counted = try await counts(of: metric ?? "", daemon)
                var report = try question.report(counted, isLessBetter: decrease, margin: guardrail)
                for (guarded, isLessBetter) in guards.map({ ($0, false) }) + guardDecrease.map({ ($0, true) }) {
                    let other = try await counts(of: guarded.metric, daemon)
                    try question.guardReport(&report, by: guarded, other, isLessBetter: isLessBetter)
                }
                if let svg, let picture = report.svg { try Files.replace(svg, Array(picture.utf8)) }
                switch format ?? (options.output == .text ? .text : .json) {
                case .text: Console.out(report.text(style: Console.style))
                case .json: Console.out(options.rendered(report.json))
                case .csv: Console.out(report.csv)
                }
            }
        }

        private func counts(of metric: String, _ daemon: Caller) async throws -> GetExperimentResponse {
            var request = GetExperimentRequest()
            (request.experiment, request.metric, request.by) = (name, metric, by ?? "")
            request.kind = kind.wire
            return try await daemon.call(Methods.Admin.getExperiment, request, isIdempotent: true)
        }
    }

    /// `bespokectl experiments simulate`.
    struct Simulate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw units through the daemon's own assignment: balance, layers, false alarms.",
            discussion:
                "Nothing is recorded. The flags describe the visitors, as for `decide`, so that they are eligible; with --stored they are those that are stored, which is also what is drawn where the experiment has a `when` and no flag describes anybody."
        )

        private static let batch = 1_000

        @Argument(help: "The experiment's name.", completion: .names(.experiment)) var name: String
        @Option(help: "How many units.") var units = 100_000
        @Flag(
            help:
                "Draw the visitors or accounts that are stored, so that the experiment's `when` finds what is known of them; at most --units, each once."
        )
        var stored = false
        @OptionGroup var page: DecideOptions
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard (1_000...10_000_000).contains(units), units % Self.batch == 0 else {
                throw ValidationError("--units must be a multiple of 1,000 from 1,000 to 10,000,000.")
            }
        }

        func run() async throws {
            try await options.withDaemon { daemon in
                let names = try await daemon.names(.experiment)
                guard let experiment = names.experiments.first(where: { $0.name == name }) else {
                    throw Failure(
                        "NOT_FOUND",
                        names.endedWords(name, "nobody gets an arm of it") ?? names.unknown(.experiment, name))
                }
                let facts = experiment.experiment ?? ExperimentFactsMessage()
                let base = try page.request()
                var simulation = ExperimentSimulation(
                    name, arms: facts.arms.map { .init(name: $0.name, weight: $0.weight) },
                    rivals: names.rivals(of: experiment))
                var draw = SimulatedUnits(experiment: experiment, base: base, isStored: stored)
                while draw.count < units {
                    let requests = try await draw.next(min(Self.batch, units - draw.count), daemon)
                    guard !requests.isEmpty else { break }
                    let answers = try await daemon.decide(requests)
                    simulation.add(
                        answers.map { answer in
                            answer.assignments.map { .init(experiment: $0.experiment, arm: $0.arm) }
                        })
                }
                guard simulation.hasTaken else {
                    throw Failure("FAILED_PRECONDITION", draw.nobody(experiment))
                }
                let report: ExperimentSimulation.Report
                do {
                    report = try simulation.report()
                } catch {
                    throw Failure("INVALID_ARGUMENT", "\(error)")
                }
                options.show(json: report.json) { report.text(style: $0) }
            }
        }
    }
}

extension ResultsQuestion.Kind: ExpressibleByArgument {}

extension ResultsQuestion.Margin: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension ResultsQuestion.Guarded: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
