internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

extension Profiles {
    /// `bespokectl profiles show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show everything that is kept of a person or account: data with purposes and sources, behaviour, consent, and who may have it."
        )

        @Argument(help: "The id.") var id: String
        @Option(help: "visitor or account.") var kind = KindArgument.visitor
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let profile: ProfileMessage? = try await Self.found {
                    try await daemon.call(
                        Methods.Profile.getProfile, GetProfileRequest(kind: kind.wire, id: id),
                        isIdempotent: true)
                }
                var request = GetBehaviourRequest()
                if kind == .visitor { request.visitorID = id } else { request.accountID = id }
                let asked = request
                let behaviour: BehaviourMessage? = try await Self.found {
                    try await daemon.call(Methods.Event.getBehaviour, asked, isIdempotent: true)
                }
                guard profile != nil || behaviour != nil else {
                    throw Failure("NOT_FOUND", "nothing is kept of the \(kind.rawValue) \"\(id)\"")
                }
                let attributes = try await daemon.names(.attribute).attributes
                var wanted = GetPrivacyReportRequest()
                wanted.recipientsOnly = true
                let report: PrivacyReportMessage = try await daemon.call(
                    Methods.Admin.getPrivacyReport, wanted, isIdempotent: true)
                let person = PersonReport(
                    profile: profile, behaviour: behaviour, attributes: attributes, recipients: report.recipients)
                options.show(json: person.json) { person.text(style: $0) }
            }
        }

        private static func found<Message>(_ body: () async throws -> Message) async throws -> Message? {
            do {
                return try await body()
            } catch let error as BespokeError where error.code == .notFound {
                return nil
            }
        }
    }

    /// `bespokectl profiles erase`.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a person with all ids, or an account, for good, in memory and in every file.",
            discussion:
                "Keep the receipt: it tells nothing about the person. It names the backups from before, which may still hold them."
        )

        @Argument(help: "The id.") var id: String
        @Option(help: "visitor or account.") var kind = KindArgument.visitor
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: EraseProfileResponse = try await daemon.call(
                    Methods.Profile.eraseProfile, EraseProfileRequest(kind: kind.wire, id: id),
                    isIdempotent: true)
                options.show(json: response.json) { _ in
                    let parts = [
                        response.hadProfile ? "the profile" : nil, response.hadBehaviour ? "behaviour" : nil,
                        response.events > 0 ? ReportText.counted(response.events, "event") : nil,
                        response.links > 0 ? ReportText.counted(response.links, "link") : nil,
                    ].compactMap { $0 }
                    return (parts.isEmpty ? "nothing was kept" : "erased: " + parts.joined(separator: ", "))
                        + (response.ids.count > 1
                            ? "\nof " + response.ids.map(Style.printable).joined(separator: ", ") : "")
                        + "\nreceipt \(response.receipt)\n" + BackupText.stillHolding(response.backups)
                }
            }
        }
    }

    /// `bespokectl profiles consent`.
    struct Consent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keep what a visitor agrees to or denies.")

        @Argument(help: "The visitor's id.") var id: String
        @Option(help: "A purpose that is agreed to. May be repeated.", completion: .purposes) var grant: [String] = []
        @Option(help: "A purpose that is denied. May be repeated.", completion: .purposes) var deny: [String] = []
        @Option(help: "Where it was given, such as cookie_banner.") var source = "bespokectl"
        @Option(help: "Which version of the text was shown, such as 2026-11.") var textVersion = ""
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard !grant.isEmpty || !deny.isEmpty else { throw ValidationError("Name a purpose: --grant or --deny.") }
        }

        func run() async throws {
            var request = SetConsentRequest()
            (request.visitorID, request.granted, request.denied, request.source) = (id, grant, deny, source)
            request.textVersion = textVersion
            let asked = request
            try await options.withDaemon { daemon in
                let _: SetConsentResponse = try await daemon.call(
                    Methods.Event.setConsent, asked, isIdempotent: true)
                options.show(json: .object([])) { _ in "kept\n" }
            }
        }
    }
}
