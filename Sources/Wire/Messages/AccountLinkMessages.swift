internal import CBespokeProto

/// Some links: `bespoke.v1.PutAccountLinksRequest`.
package struct PutAccountLinksRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.PutAccountLinksRequest", bespoke__v1__put_account_links_request__unpack)

    package var links: [AccountLinkMessage]
    /// How many links the caller means to replace; nil for however many there are.
    package var replaces: UInt64?

    package init(links: [AccountLinkMessage], replaces: UInt64? = nil) {
        (self.links, self.replaces) = (links, replaces)
    }
}

/// How many there are now: `bespoke.v1.PutAccountLinksResponse`.
package struct PutAccountLinksResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.PutAccountLinksResponse", bespoke__v1__put_account_links_response__unpack)

    package var networks: UInt64
    package var domains: UInt64
    /// Links that there were before.
    package var replaced: UInt64

    package init(networks: UInt64, domains: UInt64, replaced: UInt64 = 0) {
        (self.networks, self.domains, self.replaced) = (networks, domains, replaced)
    }
}

/// From a network or domain to an account: `bespoke.v1.AccountLink`.
package struct AccountLinkMessage: Sendable, Hashable {
    package var network = ""
    package var domain = ""
    package var accountID = ""
    package var line: UInt64 = 0

    package init() {}
}

/// Whose account is asked for: `bespoke.v1.FindAccountRequest`.
package struct FindAccountRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.FindAccountRequest", bespoke__v1__find_account_request__unpack)

    package var email = ""
    package var ip = ""
    /// What the person agrees to; nil for what is stored.
    package var consent: ConsentMessage?

    package init() {}
}

/// The account: `bespoke.v1.FindAccountResponse`.
package struct FindAccountResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.FindAccountResponse", bespoke__v1__find_account_response__unpack)

    package var accountID: String

    package init(accountID: String) {
        self.accountID = accountID
    }
}

extension PutAccountLinksRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PutAccountLinksRequest>) throws(WireError) {
        self.init(links: try decodedList(raw.pointee.links, raw.pointee.n_links, "links"))
        let isSet = raw.pointee.precondition_case == BESPOKE__V1__PUT_ACCOUNT_LINKS_REQUEST__PRECONDITION_REPLACES
        replaces = isSet ? raw.pointee.replaces : nil
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PutAccountLinksRequest> {
        let raw = try arena.make(bespoke__v1__put_account_links_request__init)
        (raw.pointee.n_links, raw.pointee.links) = (links.count, try arena.list(links))
        if let replaces {
            raw.pointee.precondition_case = BESPOKE__V1__PUT_ACCOUNT_LINKS_REQUEST__PRECONDITION_REPLACES
            raw.pointee.replaces = replaces
        }
        return raw
    }
}

extension PutAccountLinksResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PutAccountLinksResponse>) throws(WireError) {
        self.init(networks: raw.pointee.networks, domains: raw.pointee.domains, replaced: raw.pointee.replaced)
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PutAccountLinksResponse> {
        let raw = try arena.make(bespoke__v1__put_account_links_response__init)
        (raw.pointee.networks, raw.pointee.domains, raw.pointee.replaced) = (networks, domains, replaced)
        return raw
    }
}

extension AccountLinkMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__AccountLink>) throws(WireError) {
        self.init()
        network = try raw.pointee.network.string("network")
        domain = try raw.pointee.domain.string("domain")
        accountID = try raw.pointee.account_id.string("account_id")
        line = raw.pointee.line
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__AccountLink> {
        let raw = try arena.make(bespoke__v1__account_link__init)
        raw.pointee.network = try arena.text(network)
        raw.pointee.domain = try arena.text(domain)
        raw.pointee.account_id = try arena.text(accountID)
        raw.pointee.line = line
        return raw
    }
}

extension FindAccountRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__FindAccountRequest>) throws(WireError) {
        self.init()
        email = try raw.pointee.email.string("email")
        ip = try raw.pointee.ip.string("ip")
        if let raw = raw.pointee.consent { consent = try decoded(raw, "consent") }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__FindAccountRequest> {
        let raw = try arena.make(bespoke__v1__find_account_request__init)
        raw.pointee.email = try arena.text(email)
        raw.pointee.ip = try arena.text(ip)
        if let consent { raw.pointee.consent = try consent.raw(in: arena) }
        return raw
    }
}

extension FindAccountResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__FindAccountResponse>) throws(WireError) {
        self.init(accountID: try raw.pointee.account_id.string("account_id"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__FindAccountResponse> {
        let raw = try arena.make(bespoke__v1__find_account_response__init)
        raw.pointee.account_id = try arena.text(accountID)
        return raw
    }
}
