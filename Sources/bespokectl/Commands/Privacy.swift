internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages

/// `bespokectl privacy`.
struct Privacy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is kept of persons, what for, how long, and who got it.", subcommands: [Report.self])
}

extension Privacy {
    /// `bespokectl privacy report`.
    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print purposes, attributes, sources, retention, recipients and counts, as a page in Markdown.",
            discussion: "For records of processing (GDPR, article 30). Needs the role `privacy`. It names nobody.")

        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let report: PrivacyReportMessage = try await daemon.call(
                    Methods.Admin.getPrivacyReport, GetPrivacyReportRequest(), isIdempotent: true)
                options.show(json: report.json) { _ in PrivacyText(report).markdown }
            }
        }
    }
}
