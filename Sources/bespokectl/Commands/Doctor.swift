internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages

/// `bespokectl doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Ask the daemon what is wrong, and what to do; exits with 1 when something is.",
        discussion:
            "It looks at its disk, descriptors, memory, clock, certificates and sink. Where no daemon answers, `bespoked check` looks at what a start needs."
    )

    @Argument(help: "Rule folder to compare with what is served.", completion: .directory) var folder: String?
    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        try await options.withDaemon { daemon in
            var compared: (path: String, revision: String)?
            if let folder { compared = (folder, try RuleTools.revision(folder)) }
            let status: GetStatusResponse = try await daemon.call(
                Methods.Admin.getStatus, GetStatusRequest(withFindings: true), isIdempotent: true)
            let report = DoctorReport(status, version: Bespokectl.configuration.version, folder: compared)
            options.show(json: report.json) { report.text($0) }
            guard !report.isProblem else { throw Failure.said }
        }
    }
}
