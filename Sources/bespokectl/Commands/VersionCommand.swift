internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the versions of this program and of the daemon, if that answers.")

    @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

    func run() async throws {
        let own = Bespokectl.configuration.version
        var daemon: String?
        var problem: String?
        if let caller = try? options.caller() {
            do {
                let status: GetStatusResponse = try await caller.call(
                    Methods.Admin.getStatus, GetStatusRequest(), isIdempotent: true)
                daemon = status.version
            } catch {
                problem = Failure(error).message
            }
            await caller.close()
        }
        let json = JSON.object([
            .init("bespokectl", .string(own)), .init("bespoked", daemon.map { .string($0) } ?? .null),
        ])
        options.show(json: json) { _ in
            "bespokectl \(own)\nbespoked   \(daemon.map(Style.printable) ?? "not known: \(Style.printable(problem ?? "it is not known where it is"))")\n"
        }
    }
}
