internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Importing
internal import Messages
internal import Model

extension Accounts {
    /// `bespokectl accounts link`.
    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say by network or e-mail domain which account somebody belongs to.",
            discussion: """
                A CSV file with the columns account and network (192.0.2.0/24, 2001:db8::/32, one address), domain \
                (example.com), or both. It replaces all such links from before. A file with nothing but the header removes \
                them, and needs --replaces with the number of links that are to go. Of networks within each other the innermost counts.
                """)

        @Argument(help: "The CSV file.", completion: .file(extensions: ["csv"])) var file: String
        @Option(help: "Refuse unless there are this many links now.") var replaces: UInt64?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let file = try FileReader(file)
                let upload: Upload<PutAccountLinksRequest, PutAccountLinksResponse> = try await daemon.upload(
                    Methods.Profile.putAccountLinks)
                do {
                    try await upload.send(PutAccountLinksRequest(links: [], replaces: replaces))
                    var csv = AccountLinksCSV()
                    while let messages = try file.next({ try csv.feed($0) }) {
                        for message in messages { try await upload.send(message) }
                    }
                    for message in try csv.feed(nil) { try await upload.send(message) }
                    let response = try await upload.finish()
                    let json = JSON.object([
                        .init("networks", .long(response.networks)), .init("domains", .long(response.domains)),
                        .init("replaced", .long(response.replaced)),
                    ])
                    options.show(json: json) { _ in
                        let replaced =
                            response.replaced == 0
                            ? "" : ", in place of \(ReportText.counted(response.replaced, "link")) from before"
                        return "\(ReportText.counted(response.networks, "network")) and "
                            + "\(ReportText.counted(response.domains, "domain")) lead to accounts\(replaced)\n"
                    }
                } catch let fault as AccountLinksCSV.Fault {
                    upload.cancel()
                    throw Failure("INVALID_ARGUMENT", "\(file.path): \(fault)")
                } catch {
                    upload.cancel()
                    throw error
                }
            }
        }
    }

    /// `bespokectl accounts find`.
    struct Find: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the account to which an address or an e-mail address leads.")

        @Option(help: "An IP address.") var ip: String?
        @Option(help: "An e-mail address, or a domain.") var email: String?
        @Option(help: "A purpose that the person agrees to. May be repeated.", completion: .purposes) var consent:
            [String] = []
        @Option(help: "A purpose that the person denies. May be repeated.", completion: .purposes) var deny: [String] =
            []
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard ip != nil || email != nil else { throw ValidationError("Name --ip or --email.") }
        }

        func run() async throws {
            var request = FindAccountRequest()
            (request.ip, request.email) = (ip ?? "", email ?? "")
            if !consent.isEmpty || !deny.isEmpty { request.consent = ConsentMessage(granted: consent, denied: deny) }
            try await options.withDaemon { daemon in
                let response: FindAccountResponse = try await daemon.call(
                    Methods.Profile.findAccount, request, isIdempotent: true)
                options.show(json: .object([.init("accountId", .string(response.accountID))])) { _ in
                    Style.printable(response.accountID) + "\n"
                }
            }
        }
    }
}
