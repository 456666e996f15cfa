internal import Reports
internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

extension Accounts {
    /// `bespokectl accounts rank`.
    struct Rank: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts that fit a profile, best first, as CSV, JSON or YAML.",
            discussion: """
                The scores are those that Decide gives. An account is listed when the profile matches it, also when Decide would \
                report another one that fits better. The flags say what else a request would, such as the product.
                """)

        /// Questions under way.
        private static let atOnce = 8

        @Option(help: "The ideal customer profile.", completion: .names(.icp)) var icp: String
        @Option(help: "At most that many.") var limit: Int?
        @Flag(help: "Also list accounts that the profile does not match, and those of which it is not known.")
        var all = false
        @OptionGroup var page: DecideOptions
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard limit.map({ $0 >= 1 }) ?? true else { throw ValidationError("--limit must be at least 1.") }
            guard !page.recordExposure else {
                throw ValidationError("--record-exposure: a list shows nobody anything.")
            }
        }

        func run() async throws {
            try await options.withDaemon { daemon in
                let names = try await daemon.names(.icp)
                guard names.named(.icp).contains(icp) else {
                    throw Failure("NOT_FOUND", names.unknown(.icp, icp))
                }
                var ranking = AccountRanking()
                let base = try page.request()
                _ = try await daemon.forEachProfile(.account) { accounts in
                    for row in try await rows(accounts.map(\.id), base, daemon) where all || row.matches == .yes {
                        ranking.add(row)
                    }
                }
                options.show(json: ranking.json(limit: limit)) { _ in ranking.csv(limit: limit) }
            }
        }

        private func rows(
            _ accounts: [String], _ base: DecideRequestMessage, _ daemon: Caller
        ) async throws -> [AccountRanking.Row] {
            let icp = icp
            return try await withThrowingTaskGroup(of: AccountRanking.Row.self) { group in
                var rows: [AccountRanking.Row] = []
                for (index, account) in accounts.enumerated() {
                    if index >= Self.atOnce, let row = try await group.next() { rows.append(row) }
                    var request = base
                    request.accountID = account
                    let question = ExplainRequest(request: try request.encoded(), skipsNearestMisses: true)
                    group.addTask { try await Self.row(account, icp, question, daemon) }
                }
                for try await row in group { rows.append(row) }
                return rows
            }
        }

        private static func row(
            _ account: String, _ icp: String, _ question: ExplainRequest, _ daemon: Caller
        ) async throws -> AccountRanking.Row {
            let answer: ExplainResponse = try await daemon.call(
                Methods.Decision.explain, question, isIdempotent: true)
            guard let row = AccountRanking.Row(account: account, icp: icp, answer) else {
                throw Failure("ABORTED", "the rule set changed while accounts were ranked; run the command again")
            }
            return row
        }
    }
}
