internal import Reports
internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl campaigns`.
struct Campaigns: NamedKind {
    static let kind = RuleNameKind.campaign
    static let configuration = CommandConfiguration(
        abstract: "List and show campaigns, and say what they have brought.",
        subcommands: [ListOf<Self>.self, ShowOf<Self>.self, Results.self])

    struct Results: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "results",
            abstract: "Count who was shown each campaign, and what they did afterwards.",
            discussion: """
                From the exposures and events that are retained. A visitor (or account) counts from the first show of a campaign that \
                was recorded, and what they did within the window. Unlike an experiment it compares nothing: those who \
                were shown a campaign differ from those who were not.
                """)

        /// Units that are asked about in one call.
        private static let batch = 500

        @Option(help: "The event that counts: one that the rules declare, click or conversion.", completion: .events)
        var metric = "conversion"
        @Option(help: "For how many days after the first show it counts.") var windowDays = 14
        @Option(help: "Units first shown the campaign from that time on: RFC 3339, or a date.") var since: String?
        @Option(help: "Before that time.") var until: String?
        @Option(help: "Tell units apart by what they are now: icp, persona, role, stage or grade.")
        var by: CampaignReport.Grouping?
        @Option(help: "How results are printed: text, json or csv.") var format: Experiments.ResultFormat?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            try options.agree(with: format?.rawValue)
            _ = try question()
        }

        func run() async throws {
            let question = try question()
            try await options.withDaemon { daemon in
                let names = try await daemon.names(.event, .campaign, .placement, .grade)
                let events = names.eventNames
                guard events.contains(metric) else {
                    let nearest = Spelling.nearest(to: metric, among: events)
                    throw Failure(
                        "NOT_FOUND",
                        "event \(metric): the rules declare no such; "
                            + (nearest.map { "did you mean `\($0)`?" } ?? "there are: \(events.joined(separator: ", "))")
                    )
                }
                var report = CampaignReport(
                    metric: metric, by: by, campaigns: names.named(.campaign),
                    hasLeads: names.named(.grade).contains("mql"))
                var outcomes = CampaignOutcomes(question)
                var units: [CampaignOutcomes.Unit] = []
                var notAgreed: UInt64 = 0
                let placement = names.named(.placement).first
                try await daemon.download(Methods.Event.exportEvents, ExportEventsRequest()) {
                    (response: ExportEventsResponse) in
                    notAgreed += response.notAgreed
                    units += response.records.compactMap { outcomes.add($0) }
                    while units.count >= Self.batch {
                        try await Self.count(Array(units.prefix(Self.batch)), placement, daemon, in: &report)
                        units.removeFirst(Self.batch)
                    }
                }
                if let last = outcomes.finish() { units.append(last) }
                try await Self.count(units, placement, daemon, in: &report)
                Console.notAgreed(notAgreed, "visitor", "exposures and events")
                switch format ?? (options.output == .text ? .text : .json) {
                case .text: Console.out(report.text(style: Console.style))
                case .json: Console.out(options.rendered(report.json))
                case .csv: Console.out(report.csv)
                }
            }
        }

        private static func count(
            _ units: [CampaignOutcomes.Unit], _ placement: String?, _ daemon: Caller, in report: inout CampaignReport
        ) async throws {
            guard report.needsDecisions, !units.isEmpty else {
                for unit in units { report.add(unit, nil) }
                return
            }
            let requests = units.map { unit in
                var request = DecideRequestMessage()
                if unit.entity == .visitor { request.visitorID = unit.id } else { request.accountID = unit.id }
                request.placements = placement.map { [$0] } ?? []
                return request
            }
            let answers: BatchDecideResponseMessage = try await daemon.call(
                Methods.Decision.batchDecide, BatchDecideRequestMessage(requests: requests),
                isIdempotent: true)
            for (unit, decision) in zip(units, answers.responses) {
                report.add(unit, CampaignReport.Standing(decision))
            }
        }

        private func question() throws -> CampaignOutcomes.Question {
            guard (1...3_650).contains(windowDays) else {
                throw ValidationError("--window-days must be from 1 to 3650.")
            }
            var question = CampaignOutcomes.Question(metric: metric, windowDays: windowDays)
            do throws(ArgumentProblem) {
                question.since = try since.map { text throws(ArgumentProblem) in try DecideArguments.time(text) }
                question.until = try until.map { text throws(ArgumentProblem) in try DecideArguments.time(text) }
            } catch {
                throw ValidationError(error.description)
            }
            return question
        }
    }
}

extension CampaignReport.Grouping: ExpressibleByArgument {}
