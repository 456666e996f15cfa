package import Engine
package import GRPC
internal import Messages
internal import Model
internal import NIOCore
internal import Profiles

/// The part of `bespoke.v1.ProfileService` that links networks and e-mail domains to accounts.
package struct LinkService: Sendable {
    let links: LinkStore
    let behaviour: BehaviourStore
    let pool: WorkPool

    /// - Parameter pool: Where large lists of links are read.
    package init(links: LinkStore, behaviour: BehaviourStore, pool: WorkPool) {
        (self.links, self.behaviour, self.pool) = (links, behaviour, pool)
    }

    private static let linksMax = 2_000_000
    private static let bytesMax = 128 * 1024 * 1024

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        router.stream(Methods.Profile.putAccountLinks, on: pool) { stream in
            try await stream.send(put(stream))
        }
        router.answer(Methods.Profile.findAccount) { request in try await find(request) }
    }

    private func put(_ stream: ServerStream) async throws -> PutAccountLinksResponse {
        var given: [Given] = []
        var byteCount = 0
        var messageCount = 0
        var replaces: UInt64?
        for try await bytes in stream.messages {
            messageCount += 1
            byteCount += bytes.readableBytes
            guard byteCount <= Self.bytesMax else {
                throw Status(.resourceExhausted, "the links are larger than \(Self.bytesMax) bytes")
            }
            let request = try PutAccountLinksRequest(bytes)
            replaces = request.replaces ?? replaces
            for message in request.links {
                given.append(Given(link: try Self.link(message), message: message))
                guard given.count <= Self.linksMax else {
                    throw Status(.resourceExhausted, "there are more than \(Self.linksMax) links")
                }
            }
        }
        guard messageCount > 0 else { throw Status(.invalidArgument, "the call takes at least one message; none came") }
        let sorted = try Self.sorted(&given)
        let replaced = try await links.replace(sorted, replacing: replaces.map { Int(clamping: $0) })
        let domains = sorted.count { if case .domain = $0.source { true } else { false } }
        return PutAccountLinksResponse(
            networks: UInt64(sorted.count - domains), domains: UInt64(domains), replaced: UInt64(replaced))
    }

    /// A link with what it was read from.
    private struct Given {
        let link: AccountLinks.Link
        let message: AccountLinkMessage
    }

    /// - Returns: The links by their sources.
    /// - Throws: `Status` for a source that stands twice: the first that comes again.
    private static func sorted(_ given: inout [Given]) throws(Status) -> [AccountLinks.Link] {
        given.sort { $0.link.source < $1.link.source }
        // The sort keeps the order of equal ones, so that the second of a pair came later.
        let repeated = zip(given, given.dropFirst()).filter { !($0.link.source < $1.link.source) }.map(\.1.message)
        if let first = repeated.min(by: { $0.line < $1.line }) {
            let what = first.network.isEmpty ? first.domain : first.network
            throw error(first, "\"\(what)\" stands twice; each network and each domain has one account")
        }
        return given.map(\.link)
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
            // A space of any kind, or what nobody sees, within it would make it a name that no address has.
            var domain = TextEdges.trimmed(message.domain)
            let seen = domain.withUTF8 { TextEdges.plain($0) }
            guard seen.elementsEqual(domain.utf8), !seen.contains(0x20) else {
                throw error(
                    message, "domain \"\(message.domain)\" is none: it has a space or an invisible character in it")
            }
            if let parent = DomainName.parent(ofSubdomains: domain) {
                guard !PublicSuffixes.system.contains(parent) else {
                    throw error(
                        message,
                        "domain \"\(message.domain)\": anybody can have a domain below \(parent); name those of the account"
                    )
                }
                return AccountLinks.Link(.domain("*." + parent), account: id)
            }
            guard !domain.contains("@"), let name = domain.withUTF8({ AccountLinks.domain($0) }) else {
                throw error(
                    message, "domain \"\(message.domain)\" is none; write it like example.com, or *.example.com")
            }
            return AccountLinks.Link(.domain(name), account: id)
        }
        do throws(IPNetwork.Fault) {
            return AccountLinks.Link(.network(try IPNetwork(TextEdges.trimmed(message.network))), account: id)
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
        let lacking = try lackingPurposes(request)
        let found = lacking.isEmpty ? email.withUTF8 { String(links.account(ofEmail: $0)) } : ""
        if !found.isEmpty { return FindAccountResponse(accountID: found) }
        if let address, case let account = String(links.account(of: address)), !account.isEmpty {
            return FindAccountResponse(accountID: account)
        }
        guard lacking.isEmpty else {
            let names = lacking.map { "`\($0)`" }.joined(separator: ", ")
            throw Status(
                .failedPrecondition,
                "email: is not looked up, for its purpose is not agreed to (\(names)); name it in consent when it is")
        }
        throw Status(.notFound, "no link leads to an account; see `bespokectl accounts link`")
    }

    /// The purposes that the e-mail address needs and that are not agreed to. A domain is nobody's.
    private func lackingPurposes(_ request: FindAccountRequest) throws(Status) -> [String] {
        guard request.email.contains("@"), let rules = behaviour.rules else { return [] }
        let asked: ConsentGate.Asked
        do throws(BehaviourError) { asked = try rules.asked(request.consent) } catch { throw Status(error) }
        return rules.gate.needs(of: .visitor, attribute: "email").filter { need in
            !behaviour.isAgreed(rules.gate, [need], asked: asked, .visitor, request.email)
        }.map { behaviour.name($0.purpose) }
    }
}
