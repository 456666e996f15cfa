internal import GRPC
internal import Journal
internal import Model
internal import NIOCore
internal import Profiles
internal import Wire

/// The part of `bespoke.v1.ProfileService` that links networks and e-mail domains to accounts.
struct LinkService: Sendable {
    let links: LinkStore

    private static let path = "/bespoke.v1.ProfileService/"
    private static let linksMax = 2_000_000
    private static let bytesMax = 128 * 1024 * 1024

    func register(in router: inout ServiceRouter) {
        router.stream(Self.path + "PutAccountLinks") { stream in
            try await stream.send(put(stream))
        }
        router.stream(Self.path + "FindAccount") { stream in
            let request: FindAccountRequest = try await stream.onlyMessage()
            try await stream.send(find(request))
        }
    }

    private func put(_ stream: ServerStream) async throws -> PutAccountLinksResponse {
        var accounts: [AccountLinks.Link.Source: String] = [:]
        var byteCount = 0
        for try await bytes in stream.messages {
            byteCount += bytes.readableBytes
            guard byteCount <= Self.bytesMax else {
                throw Status(.resourceExhausted, "the links are larger than \(Self.bytesMax) bytes")
            }
            for message in try PutAccountLinksRequest(bytes).links {
                let link = try Self.link(message)
                guard accounts.updateValue(link.account, forKey: link.source) == nil else {
                    let what = message.network.isEmpty ? message.domain : message.network
                    throw Self.error(message, "\"\(what)\" stands twice; each network and each domain has one account")
                }
                guard accounts.count <= Self.linksMax else {
                    throw Status(.resourceExhausted, "there are more than \(Self.linksMax) links")
                }
            }
        }
        do {
            try await links.replace(accounts)
        } catch let error as JournalError {
            throw Status(error)
        }
        let domains = accounts.keys.count { if case .domain = $0 { true } else { false } }
        return PutAccountLinksResponse(networks: UInt64(accounts.count - domains), domains: UInt64(domains))
    }

    private static func link(_ message: AccountLinkMessage) throws(Status) -> AccountLinks.Link {
        var id = message.accountID
        if let fault = id.withUTF8({ ProfileID.fault(in: $0) }) {
            throw error(message, "account_id: \(fault)")
        }
        guard message.network.isEmpty != message.domain.isEmpty else {
            throw error(message, "names \(message.network.isEmpty ? "neither" : "both") network and domain; name one")
        }
        if message.network.isEmpty {
            var text = message.domain
            guard !text.contains("@"), let domain = text.withUTF8({ AccountLinks.domain($0) }) else {
                throw error(message, "domain \"\(message.domain)\" is none; write it like example.com")
            }
            return AccountLinks.Link(.domain(domain), account: id)
        }
        do throws(IPNetwork.Fault) {
            return AccountLinks.Link(.network(try IPNetwork(message.network)), account: id)
        } catch {
            switch error {
            case .notANetwork:
                throw Self.error(
                    message, "network \"\(message.network)\" is none; write it like 192.0.2.0/24 or 2001:db8::/32")
            case .bitsBehindPrefix:
                throw Self.error(
                    message,
                    "network \"\(message.network)\" has bits behind its prefix; write the first address of the range")
            }
        }
    }

    private static func error(_ message: AccountLinkMessage, _ problem: String) -> Status {
        Status(.invalidArgument, (message.line > 0 ? "line \(message.line): " : "") + problem)
    }

    private func find(_ request: FindAccountRequest) async throws -> FindAccountResponse {
        guard !request.email.isEmpty || !request.ip.isEmpty else {
            throw Status(.invalidArgument, "email and ip are both empty; name one")
        }
        var (email, ip) = (request.email, request.ip)
        let address = ip.withUTF8 { IPAddress($0) }
        guard ip.isEmpty || address != nil else {
            throw Status(.invalidArgument, "ip: \"\(request.ip)\" is no address")
        }
        let links = await links.links
        let found = email.withUTF8 { String(links.account(ofEmail: $0)) }
        if !found.isEmpty { return FindAccountResponse(accountID: found) }
        guard let address, case let account = String(links.account(of: address)), !account.isEmpty else {
            throw Status(.notFound, "no link leads to an account; see `bespokectl accounts link`")
        }
        return FindAccountResponse(accountID: account)
    }
}
