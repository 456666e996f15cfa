internal import Reports
internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

extension Profiles {
    /// `bespokectl profiles export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Write all stored profiles of a kind to standard output; what CSV gives, `profiles import` reads.",
            discussion: """
                Values whose purposes are not agreed to are left out, and counted on standard error. To move the data, or to give a person \
                what is kept of them, ask for them with --not-agreed.
                """)

        @Option(help: "visitor or account.") var kind: KindArgument
        @Option(help: "csv, or ndjson for one JSON object a line. (default: csv; what --output says)")
        var format: ExportFormat?
        @Option(
            help: "A purpose that everybody agrees to; stored choices hold for others. May be repeated.",
            completion: .purposes)
        var consent: [String] = []
        @Flag(help: "Also values whose purposes are not agreed to.") var notAgreed = false
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws { try options.agree(with: format?.rawValue) }

        func run() async throws {
            let form = RecordForm(format, options.output, otherwise: .csv)
            try await options.withDaemon { daemon in
                let export = ProfileExport(try await daemon.names(.attribute).attributes, kind: kind.wire)
                if form == .csv { Console.out(export.head) }
                let agreed = consent.isEmpty ? nil : ConsentMessage(granted: consent, denied: [])
                let withheld = try await daemon.forEachProfile(kind.wire, agreed, notAgreed: notAgreed) { profiles in
                    Console.out(
                        profiles.map { form == .csv ? export.line($0) : form.line($0.json.line() + "\n") }.joined())
                }
                Console.notAgreed(withheld, "profile", "values (--not-agreed exports them too)")
            }
        }
    }
}

extension Caller {
    /// All stored profiles of a kind, some at a time.
    ///
    /// - Parameters:
    ///   - consent: What everybody agrees to; nil for what is stored.
    ///   - notAgreed: Whether values are wanted whose purposes are not agreed to.
    /// - Returns: Of how many profiles something was left out for that.
    func forEachProfile(
        _ kind: ProfileKind, _ consent: ConsentMessage? = nil, notAgreed: Bool = false,
        _ body: ([ProfileMessage]) async throws -> Void
    ) async throws -> UInt64 {
        var withheld: UInt64 = 0
        var request = ExportProfilesRequest(kind: kind, includesNotAgreed: notAgreed)
        request.consent = consent
        try await download(Methods.Profile.exportProfiles, request) {
            (response: ExportProfilesResponse) in
            withheld += response.notAgreed
            try await body(response.profiles)
        }
        return withheld
    }

    /// Decides many, in their order; as many at a time as a batch takes.
    func decide(_ requests: [DecideRequestMessage]) async throws -> [DecideResponseMessage] {
        let atOnce = 1_000
        var answers: [DecideResponseMessage] = []
        for start in stride(from: 0, to: requests.count, by: atOnce) {
            let some = Array(requests[start..<min(start + atOnce, requests.count)])
            let response: BatchDecideResponseMessage = try await call(
                Methods.Decision.batchDecide, BatchDecideRequestMessage(requests: some), isIdempotent: true
            )
            answers += response.responses
        }
        return answers
    }
}

/// `bespokectl accounts`.
struct Accounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists of accounts for those who call them, and what leads to accounts.",
        subcommands: [Rank.self, Committee.self, Link.self, Find.self])

    struct Committee: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "List the roles of the buying committee that are known and missing in each account, as CSV, JSON or YAML.",
            discussion: "The role of each stored visitor of an account is the one that Decide gives.")

        @Option(help: "Only this account.") var only: String?
        @OptionGroup var page: DecideOptions
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let roles = try await daemon.names(.role).named(.role)
                var report = CommitteeReport(roles: roles)
                let base = try page.request()
                let withheld = try await daemon.forEachProfile(.visitor, base.consent) { visitors in
                    let some = visitors.filter { !$0.accountID.isEmpty && (only ?? $0.accountID) == $0.accountID }
                    let requests = some.map { visitor in
                        var request = base
                        request.visitorID = visitor.id
                        return request
                    }
                    for (visitor, answer) in zip(some, try await daemon.decide(requests)) {
                        report.add(account: visitor.accountID, visitor: visitor.id, role: answer.role)
                    }
                }
                Console.notAgreed(withheld, "visitor", "values, or the account")
                options.show(json: report.json) { _ in report.csv }
            }
        }
    }
}
