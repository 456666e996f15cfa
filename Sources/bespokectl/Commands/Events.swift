internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl events`.
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record what a visitor or account did, or export what was recorded.",
        subcommands: [Record.self, Import.self, Export.self])

    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record one event.",
            discussion:
                "Recording an id again for the same visitor changes nothing, so a failed command can be repeated.")

        @Argument(help: "The event's name, as the rules declare it; also click or conversion.", completion: .events)
        var name: String
        @Option(help: "The visitor's id.") var visitor: String?
        @Option(help: "The account's id.") var account: String?
        @Option(help: "Names the event. (default: a random id)") var id: String?
        @Option(help: "When it happened, in RFC 3339. (default: now)") var time: String?
        @Option(help: "What it was worth, such as the amount of an order.") var value = 0.0
        @Option(help: "The decision that led to it.") var decision: String?
        @Option(
            help: "A purpose that the visitor agrees to; the stored choice holds for others. May be repeated.",
            completion: .purposes)
        var consent: [String] = []
        @Option(help: "A purpose that the visitor denies. May be repeated.", completion: .purposes)
        var deny: [String] = []
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws { _ = try event() }

        func run() async throws {
            var request = RecordRequest()
            request.events = [try event()]
            if !consent.isEmpty || !deny.isEmpty { request.consent = ConsentMessage(granted: consent, denied: deny) }
            let asked = request
            try await options.withDaemon { daemon in
                let response: RecordResponse = try await daemon.call(
                    Methods.Event.record, asked, isIdempotent: true)
                let json = JSON.object([
                    .init("recorded", .long(response.recorded)), .init("duplicates", .long(response.duplicates)),
                    .init("notAgreed", .long(response.notAgreed)),
                ])
                options.show(json: json) { _ in
                    if response.notAgreed > 0 { return "not recorded: the visitor does not agree to what it needs\n" }
                    return response.recorded > 0 ? "recorded\n" : "known already; nothing changed\n"
                }
            }
        }

        private func event() throws -> EventMessage {
            guard visitor != nil || account != nil else { throw ValidationError("Name --visitor or --account.") }
            var event = EventMessage()
            event.id = id ?? String(UInt64.random(in: .min ... .max), radix: 16)
            (event.visitorID, event.accountID) = (visitor ?? "", account ?? "")
            (event.name, event.value, event.decisionID) = (name, value, decision ?? "")
            do throws(ArgumentProblem) {
                event.time = try time.map { text throws(ArgumentProblem) in try DecideArguments.time(text) }
            } catch {
                throw ValidationError(error.description)
            }
            return event
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write recorded exposures and events to standard output, for analytics and heat maps.",
            discussion: """
                Each line names the visitor or account, the decision, and what was shown or done. It holds what is retained \
                (event_retention_days), in no particular order. For a steady stream, decisions included, set up a sink: \
                docs/operations.md.
                """)

        enum Kind: String, ExpressibleByArgument, CaseIterable {
            case exposure
            case event
            case consent

            var wire: EventRecord.Kind {
                switch self {
                case .exposure: .exposure
                case .event: .event
                case .consent: .consent
                }
            }
        }

        @Option(
            help: "exposure, event, or consent for the history of what was agreed to. (default: exposures and events)")
        var kind: Kind?
        @Option(help: "From that time on: RFC 3339, or a date, which stands for its midnight in UTC.") var since:
            String?
        @Option(help: "Before that time.") var until: String?
        @Option(help: "csv, or ndjson for one JSON object a line. (default: ndjson; with --output yaml a list)")
        var format: ExportFormat?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            try options.agree(with: format?.rawValue)
            _ = try request()
        }

        func run() async throws {
            let request = try request()
            let form = RecordForm(format, options.output, otherwise: .ndjson)
            try await options.withDaemon { daemon in
                var notAgreed: UInt64 = 0
                if form == .csv { Console.out(EventRecord.csvHead) }
                try await daemon.download(Methods.Event.exportEvents, request) {
                    (response: ExportEventsResponse) in
                    notAgreed += response.notAgreed
                    Console.out(response.records.map { form == .csv ? $0.csvLine : form.line($0.jsonLine) }.joined())
                }
                Console.notAgreed(notAgreed, "visitor", "exposures and events")
            }
        }

        private func request() throws -> ExportEventsRequest {
            var request = ExportEventsRequest()
            request.kind = kind?.wire
            do throws(ArgumentProblem) {
                request.since = try since.map { text throws(ArgumentProblem) in try DecideArguments.time(text) }
                request.until = try until.map { text throws(ArgumentProblem) in try DecideArguments.time(text) }
            } catch {
                throw ValidationError(error.description)
            }
            return request
        }
    }
}

/// How an export is written, as an argument.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
    case csv
    case ndjson
}

/// How an export is written: it may be long, so that it is written record by record.
enum RecordForm {
    case csv
    case ndjson
    case yaml

    /// - Parameter otherwise: Where neither says anything.
    init(_ format: ExportFormat?, _ output: OutputFormat, otherwise: RecordForm) {
        self =
            switch (format, output) {
            case (.csv, _): .csv
            case (.ndjson, _), (nil, .json): .ndjson
            case (nil, .yaml): .yaml
            case (nil, .text): otherwise
            }
    }

    /// - Parameter json: Of a record, with its line end; JSON within a list is YAML.
    func line(_ json: String) -> String { self == .yaml ? "- " + json : json }
}
