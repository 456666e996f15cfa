internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Decisioning
internal import Experimentation
internal import Messages
internal import Model
internal import Reports
internal import Ruleset

extension Experiments {
    /// `bespokectl experiments list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the experiments of the rules that are served, and those that have ended.")

        @OptionGroup(visibility: .hidden) var options: GlobalOptions

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
        @OptionGroup(visibility: .hidden) var options: GlobalOptions

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
        @Option(help: "One of its metrics. (default: the first)") var metric: String?
        @Option(help: "What of the metric: binary (did so at all), count (how often) or value (the sum).")
        var kind = KindOfMetric.binary
        @Option(help: "The arm that the others are compared with. (default: the first)") var control: String?
        @Option(help: "Tell units apart by an attribute, such as country.") var by: String?
        @Flag(help: "Less is better.") var decrease = false
        @Flag(help: "Narrow the intervals by what units did before their first exposure (CUPED).") var cuped = false
        @Option(help: "Do not decide, but guard: the largest harm that is accepted, relative to control, such as 0.02.")
        var guardrail: Double?
        @Option(help: "How often a statement may be wrong, at any time.") var alpha = 0.05
        @Option(help: "Units for which the intervals are narrowest; chosen before the start.") var plannedUnits = 10_000
        @Option(help: ArgumentHelp("Write a picture to this file.", valueName: "file")) var svg: String?
        @Option(help: "How results are printed: text, json or csv.") var format: ResultFormat?
        @OptionGroup(visibility: .hidden) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                var request = GetExperimentRequest()
                (request.experiment, request.metric, request.by) = (name, metric ?? "", by ?? "")
                request.kind = kind.wire
                let asked = request
                let response: GetExperimentResponse = try await daemon.call(
                    Methods.Admin.getExperiment, asked, isIdempotent: true)
                let report = try report(response)
                if let svg, let picture = report.svg { try Files.replace(svg, Array(picture.utf8)) }
                switch format ?? (options.output == .text ? .text : .json) {
                case .text: Console.out(report.text(style: Console.style))
                case .json: Console.out(options.rendered(report.json))
                case .csv: Console.out(report.csv)
                }
            }
        }

        private func report(_ response: GetExperimentResponse) throws(Failure) -> ExperimentReport {
            do throws(StatisticsError) {
                let question = try MetricQuestion(
                    name: response.metric, kind: kind.statistics, direction: decrease ? .decrease : .increase,
                    usesCovariate: cuped, guardrailMargin: guardrail)
                let settings = try AnalysisSettings(alpha: alpha, unitsPlanned: plannedUnits)
                return try ExperimentReport(
                    response, experiment: name, by: by ?? "", control: control, question: question, settings: settings)
            } catch {
                throw Failure("INVALID_ARGUMENT", "\(error)")
            }
        }
    }

    /// How what a unit did becomes a number.
    enum KindOfMetric: String, ExpressibleByArgument, CaseIterable {
        case binary
        case count
        case value

        var wire: MetricKindMessage {
            switch self {
            case .binary: .binary
            case .count: .count
            case .value: .value
            }
        }

        var statistics: MetricKind { self == .binary ? .binary : .mean }
    }

    /// `bespokectl experiments simulate`.
    struct Simulate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw units through the daemon's own assignment: balance, layers, false alarms.",
            discussion:
                "Nothing is recorded. The flags describe the visitors, as for `decide`, so that they are eligible.")

        private static let batch = 1_000

        @Argument(help: "The experiment's name.", completion: .names(.experiment)) var name: String
        @Option(help: "How many units.") var units = 100_000
        @OptionGroup var page: DecideOptions
        @OptionGroup(visibility: .hidden) var options: GlobalOptions

        func validate() throws {
            guard (1_000...10_000_000).contains(units), units % Self.batch == 0 else {
                throw ValidationError("--units must be a multiple of 1,000 from 1,000 to 10,000,000.")
            }
        }

        func run() async throws {
            try await options.withDaemon { daemon in
                let names = try await daemon.names(.experiment)
                guard let experiment = names.experiments.first(where: { $0.name == name }) else {
                    throw Failure("NOT_FOUND", names.unknown(.experiment, name))
                }
                let base = try page.request()
                var simulation = ExperimentSimulation(
                    name,
                    arms: (experiment.experiment?.arms ?? []).map { .init(name: $0.name, weight: $0.weight) },
                    rivals: names.rivals(of: experiment))
                for batch in 0..<units / Self.batch {
                    let requests = (0..<Self.batch).map { position in
                        var request = base
                        request.visitorID = "simulated-\(batch * Self.batch + position)"
                        request.accountID = request.visitorID
                        return request
                    }
                    let answers: BatchDecideResponseMessage = try await daemon.call(
                        Methods.Decision.batchDecide, BatchDecideRequestMessage(requests: requests),
                        isIdempotent: true)
                    simulation.add(
                        answers.responses.map { answer in
                            answer.assignments.map { .init(experiment: $0.experiment, arm: $0.arm) }
                        })
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
