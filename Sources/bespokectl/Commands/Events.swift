internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Wire

/// `bespokectl events`.
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record what a visitor or account did.", subcommands: [Record.self])

    func run() throws {
        throw ValidationError("Name what to do with events: record.")
    }

    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record one event.",
            discussion:
                "Recording an id again for the same visitor changes nothing, so a failed command can be repeated.")

        @Argument(help: "The event's name, as the rules declare it; also click or conversion.") var name: String
        @Option(help: "The visitor's id.") var visitor: String?
        @Option(help: "The account's id.") var account: String?
        @Option(help: "Names the event. (default: a random id)") var id: String?
        @Option(help: "When it happened, in RFC 3339. (default: now)") var time: String?
        @Option(help: "What it was worth, such as the amount of an order.") var value = 0.0
        @Option(help: "The decision that led to it.") var decision: String?
        @OptionGroup var options: GlobalOptions

        func validate() throws { _ = try event() }

        func run() async throws {
            var request = RecordRequest()
            request.events = [try event()]
            try await options.withDaemon { daemon in
                let response: RecordResponse = try await daemon.call(
                    "/bespoke.v1.EventService/Record", request, isIdempotent: true)
                let json = JSON.object([
                    .init("recorded", .long(response.recorded)), .init("duplicates", .long(response.duplicates)),
                ])
                options.show(json: json) { _ in
                    response.recorded > 0 ? "recorded\n" : "known already; nothing changed\n"
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
}
