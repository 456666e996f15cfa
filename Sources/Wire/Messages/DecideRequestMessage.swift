internal import CBespokeProto
package import Model

/// A request as a client makes it: `bespoke.v1.DecideRequest`. The server's side is `DecideRequestView`.
package struct DecideRequestMessage: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.DecideRequest", bespoke__v1__decide_request__unpack)

    /// Empty for an anonymous visitor.
    package var visitorID = ""
    /// Empty for the account that the visitor's profile links to.
    package var accountID = ""
    /// Attributes by name, without the prefix; likewise `account` and `request`.
    package var visitor: [String: AttributeValue] = [:]
    package var account: [String: AttributeValue] = [:]
    package var request: [String: AttributeValue] = [:]
    package var page: PageMessage?
    /// Empty for all.
    package var placements: [String] = []
    /// nil for the daemon's clock.
    package var now: Timestamp?
    /// nil for the stored consent.
    package var consent: ConsentMessage?
    package var events: [String: EventSummaryMessage] = [:]
    /// Who gets the lead? Empty for none.
    package var routes: [String] = []
    /// Whether what is decided is recorded as shown.
    package var recordsExposure = false
    /// What is forced; nil for what the visitor sees.
    package var preview: PreviewMessage?

    package init() {}
}

/// What an authorised person wants to see: `bespoke.v1.Preview`.
package struct PreviewMessage: Sendable, Hashable {
    package var token = ""
    /// Arms by experiment.
    package var arms: [String: String] = [:]
    /// By placement: `CAMPAIGN/VARIANT`.
    package var variants: [String: String] = [:]
    package var segments: [String] = []

    package init() {}
}

/// The page view: `bespoke.v1.Page`. Empty fields count as missing.
package struct PageMessage: Sendable, Hashable {
    package var url = ""
    package var referrer = ""
    package var ip = ""
    package var country = ""
    package var language = ""
    package var device = ""

    package init() {}
}

/// What the visitor has agreed to: `bespoke.v1.Consent`.
package struct ConsentMessage: Sendable, Hashable {
    package var granted: [String]
    package var denied: [String]

    package init(granted: [String] = [], denied: [String] = []) {
        self.granted = granted
        self.denied = denied
    }
}

/// What a visitor did, in short: `bespoke.v1.EventSummary`.
package struct EventSummaryMessage: Sendable, Hashable {
    package var count: Int64
    package var last: Timestamp?

    package init(count: Int64, last: Timestamp? = nil) {
        self.count = count
        self.last = last
    }
}

/// Many requests for one rule set: `bespoke.v1.BatchDecideRequest`.
package struct BatchDecideRequestMessage: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.BatchDecideRequest", bespoke__v1__batch_decide_request__unpack)

    package var requests: [DecideRequestMessage]

    package init(requests: [DecideRequestMessage]) {
        self.requests = requests
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BatchDecideRequest>) throws(WireError) {
        requests = try decodedList(raw.pointee.requests, raw.pointee.n_requests, "requests")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BatchDecideRequest> {
        let raw = try arena.make(bespoke__v1__batch_decide_request__init)
        raw.pointee.n_requests = requests.count
        raw.pointee.requests = try arena.list(requests)
        return raw
    }
}

extension DecideRequestMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__DecideRequest>) throws(WireError) {
        visitorID = try raw.pointee.visitor_id.string("visitor_id")
        accountID = try raw.pointee.account_id.string("account_id")
        for index in 0..<raw.pointee.n_visitor {
            guard let entry = raw.pointee.visitor[index]?.pointee else { continue }
            visitor[try entry.key.string("visitor: a name")] = try required(entry.value, "visitor")
        }
        for index in 0..<raw.pointee.n_account {
            guard let entry = raw.pointee.account[index]?.pointee else { continue }
            account[try entry.key.string("account: a name")] = try required(entry.value, "account")
        }
        for index in 0..<raw.pointee.n_request {
            guard let entry = raw.pointee.request[index]?.pointee else { continue }
            request[try entry.key.string("request: a name")] = try required(entry.value, "request")
        }
        if let raw = raw.pointee.page { page = try decoded(raw, "page") }
        placements = try decodedTexts(raw.pointee.placements, raw.pointee.n_placements, "placements")
        routes = try decodedTexts(raw.pointee.routes, raw.pointee.n_routes, "routes")
        recordsExposure = raw.pointee.record_exposure != 0
        now = try decodedTime(raw.pointee.now, "now")
        if let raw = raw.pointee.preview { preview = try decoded(raw, "preview") }
        if let raw = raw.pointee.consent { consent = try decoded(raw, "consent") }
        for index in 0..<raw.pointee.n_events {
            guard let entry = raw.pointee.events[index]?.pointee else { continue }
            let last = try decodedTime(entry.value?.pointee.last, "events.last")
            events[try entry.key.string("events: a name")] = EventSummaryMessage(
                count: entry.value?.pointee.count ?? 0, last: last)
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__DecideRequest> {
        let raw = try arena.make(bespoke__v1__decide_request__init)
        raw.pointee.visitor_id = try arena.text(visitorID)
        raw.pointee.account_id = try arena.text(accountID)
        raw.pointee.n_visitor = visitor.count
        raw.pointee.visitor = try arena.map(visitor, bespoke__v1__decide_request__visitor_entry__init) {
            (entry, name, value) in
            (entry.pointee.key, entry.pointee.value) = (name, value)
        }
        raw.pointee.n_account = account.count
        raw.pointee.account = try arena.map(account, bespoke__v1__decide_request__account_entry__init) {
            (entry, name, value) in
            (entry.pointee.key, entry.pointee.value) = (name, value)
        }
        raw.pointee.n_request = request.count
        raw.pointee.request = try arena.map(request, bespoke__v1__decide_request__request_entry__init) {
            (entry, name, value) in
            (entry.pointee.key, entry.pointee.value) = (name, value)
        }
        if let page { raw.pointee.page = try page.raw(in: arena) }
        raw.pointee.n_placements = placements.count
        raw.pointee.placements = try arena.texts(placements)
        raw.pointee.n_routes = routes.count
        raw.pointee.routes = try arena.texts(routes)
        raw.pointee.record_exposure = recordsExposure ? 1 : 0
        if let preview { raw.pointee.preview = try preview.raw(in: arena) }
        raw.pointee.now = try arena.time(now, "now")
        if let consent { raw.pointee.consent = try consent.raw(in: arena) }
        raw.pointee.n_events = events.count
        raw.pointee.events = try arena.map(events, bespoke__v1__decide_request__events_entry__init) {
            (entry, name, value) in
            (entry.pointee.key, entry.pointee.value) = (name, value)
        }
        return raw
    }
}

extension EventSummaryMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EventSummary>) throws(WireError) {
        count = raw.pointee.count
        last = try decodedTime(raw.pointee.last, "last")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EventSummary> {
        let raw = try arena.make(bespoke__v1__event_summary__init)
        raw.pointee.count = count
        raw.pointee.last = try arena.time(last, "last")
        return raw
    }
}

extension PreviewMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Preview>) throws(WireError) {
        token = try raw.pointee.token.string("token")
        for index in 0..<raw.pointee.n_arms {
            guard let entry = raw.pointee.arms[index]?.pointee else { continue }
            arms[try entry.key.string("arms: a name")] = try entry.value.string("arms")
        }
        for index in 0..<raw.pointee.n_variants {
            guard let entry = raw.pointee.variants[index]?.pointee else { continue }
            variants[try entry.key.string("variants: a name")] = try entry.value.string("variants")
        }
        segments = try decodedTexts(raw.pointee.segments, raw.pointee.n_segments, "segments")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Preview> {
        let raw = try arena.make(bespoke__v1__preview__init)
        raw.pointee.token = try arena.text(token)
        raw.pointee.n_arms = arms.count
        raw.pointee.arms = try arena.textMap(arms, bespoke__v1__preview__arms_entry__init) { (entry, name, text) in
            (entry.pointee.key, entry.pointee.value) = (name, text)
        }
        raw.pointee.n_variants = variants.count
        raw.pointee.variants = try arena.textMap(variants, bespoke__v1__preview__variants_entry__init) {
            (entry, name, text) in
            (entry.pointee.key, entry.pointee.value) = (name, text)
        }
        raw.pointee.n_segments = segments.count
        raw.pointee.segments = try arena.texts(segments)
        return raw
    }
}

extension PageMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Page>) throws(WireError) {
        url = try raw.pointee.url.string("url")
        referrer = try raw.pointee.referrer.string("referrer")
        ip = try raw.pointee.ip.string("ip")
        country = try raw.pointee.country.string("country")
        language = try raw.pointee.language.string("language")
        device = try raw.pointee.device.string("device")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Page> {
        let raw = try arena.make(bespoke__v1__page__init)
        raw.pointee.url = try arena.text(url)
        raw.pointee.referrer = try arena.text(referrer)
        raw.pointee.ip = try arena.text(ip)
        raw.pointee.country = try arena.text(country)
        raw.pointee.language = try arena.text(language)
        raw.pointee.device = try arena.text(device)
        return raw
    }
}

extension ConsentMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Consent>) throws(WireError) {
        granted = try decodedTexts(raw.pointee.granted, raw.pointee.n_granted, "granted")
        denied = try decodedTexts(raw.pointee.denied, raw.pointee.n_denied, "denied")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Consent> {
        let raw = try arena.make(bespoke__v1__consent__init)
        raw.pointee.n_granted = granted.count
        raw.pointee.granted = try arena.texts(granted)
        raw.pointee.n_denied = denied.count
        raw.pointee.denied = try arena.texts(denied)
        return raw
    }
}

extension Arena {
    /// The entries of a map of texts, likewise.
    fileprivate func textMap<Entry>(
        _ texts: [String: String], _ initialise: (UnsafeMutablePointer<Entry>?) -> Void,
        _ set: (UnsafeMutablePointer<Entry>, ProtobufCBinaryData, ProtobufCBinaryData) -> Void
    ) throws(WireError) -> RawList<Entry>? {
        guard let list = try makeArray(UnsafeMutablePointer<Entry>?.self, count: texts.count) else { return nil }
        for (index, (name, value)) in texts.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = try make(initialise)
            set(entry, try text(name), try text(value))
            (list + index).initialize(to: entry)
        }
        return list
    }

    /// The entries of a map field, sorted by key, so that equal messages have equal bytes.
    ///
    /// - Parameter set: Fills one entry.
    fileprivate func map<Entry, Message: MappedMessage>(
        _ values: [String: Message], _ initialise: (UnsafeMutablePointer<Entry>?) -> Void,
        _ set: (UnsafeMutablePointer<Entry>, ProtobufCBinaryData, UnsafeMutablePointer<Message.Raw>) -> Void
    ) throws(WireError) -> RawList<Entry>? {
        guard let list = try makeArray(UnsafeMutablePointer<Entry>?.self, count: values.count) else { return nil }
        for (index, (name, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = try make(initialise)
            set(entry, try text(name), try value.raw(in: self))
            (list + index).initialize(to: entry)
        }
        return list
    }
}
