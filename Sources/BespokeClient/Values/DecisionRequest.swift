internal import Messages
internal import Model

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// One page view for which content is wanted.
///
/// Everything may be left out: what is not said is taken from the stored profile, or counts as unknown.
public struct DecisionRequest: Sendable, Hashable {
    /// The visitor's id, 1 to 256 bytes. nil: an anonymous visitor.
    public var visitorID: String?
    /// The account's id. nil: the account that the visitor's profile links to.
    public var accountID: String?
    /// Attributes of the visitor by declared name, without the prefix `visitor.`. They win over the stored profile.
    public var visitor: [String: Value]
    /// Attributes of the account, likewise.
    public var account: [String: Value]
    /// Attributes of the request that the rule set declares, likewise. The built-in ones stand in `page`.
    public var request: [String: Value]
    /// Address, referrer and what is known of the device.
    public var page: Page?
    /// The placements to decide, by name, at most 64. Empty: all of the rule set.
    public var placements: [String]
    /// The routes to answer, by name, at most 64: who gets this lead? Empty: none.
    public var routes: [String] = []
    /// What the visitor agrees to. It closes and opens the purposes that it names, but opens none
    /// that the stored choice denies; the stored choice holds for the others, else the rule
    /// set's default.
    public var consent: Consent?
    /// Behaviour that the caller knows, by event name.
    public var events: [String: EventSummary]
    /// The time for which to decide. nil: the daemon's clock.
    public var now: Date?
    /// What an authorised person wants to see; nil for what the visitor sees.
    public var preview: Preview?

    /// A request of the parts that are known.
    public init(
        visitorID: String? = nil, accountID: String? = nil, visitor: [String: Value] = [:],
        account: [String: Value] = [:], request: [String: Value] = [:], page: Page? = nil, placements: [String] = [],
        consent: Consent? = nil, events: [String: EventSummary] = [:], now: Date? = nil
    ) {
        self.visitorID = visitorID
        self.accountID = accountID
        self.visitor = visitor
        self.account = account
        self.request = request
        self.page = page
        self.placements = placements
        self.consent = consent
        self.events = events
        self.now = now
    }
}

/// What an authorised person wants to see, whoever the visitor is. Only a legal block still holds, and nothing of it is counted.
public struct Preview: Sendable, Hashable {
    /// What `preview_token` of the daemon's configuration says.
    public var token: String
    /// Arms by experiment.
    public var arms: [String: String]
    /// By placement: `CAMPAIGN/VARIANT`.
    public var variants: [String: String]
    /// Segments that hold, whatever their conditions say.
    public var segments: [String]

    /// What is forced.
    public init(
        token: String, arms: [String: String] = [:], variants: [String: String] = [:], segments: [String] = []
    ) {
        self.token = token
        self.arms = arms
        self.variants = variants
        self.segments = segments
    }
}

/// A page view. What is nil counts as missing.
public struct Page: Sendable, Hashable {
    /// The full URL; host, path, query and the UTM values are taken from it. At most 8,192 bytes.
    public var url: String?
    /// The page from which the visitor came.
    public var referrer: String?
    /// IPv4 or IPv6 address in text.
    public var ip: String?
    /// ISO 3166-1 alpha-2, such as `DE`.
    public var country: String?
    /// BCP 47, such as `de-CH`.
    public var language: String?
    /// Such as `mobile`.
    public var device: String?

    /// A page view of the parts that are known.
    public init(
        url: String? = nil, referrer: String? = nil, ip: String? = nil, country: String? = nil, language: String? = nil,
        device: String? = nil
    ) {
        self.url = url
        self.referrer = referrer
        self.ip = ip
        self.country = country
        self.language = language
        self.device = device
    }
}

/// Purposes, as the rule set names them. For a purpose in neither list the stored choice holds, else the rule set's default.
public struct Consent: Sendable, Hashable {
    /// What the visitor has agreed to.
    public var granted: [String]
    /// What the visitor has refused.
    public var denied: [String]

    /// What was granted, and what denied.
    public init(granted: [String] = [], denied: [String] = []) {
        self.granted = granted
        self.denied = denied
    }
}

/// What a visitor did, in short.
public struct EventSummary: Sendable, Hashable {
    /// How often, all told; not negative.
    public var count: Int64
    /// The last time; nil when it is not known.
    public var last: Date?

    /// How often, and when last.
    public init(count: Int64, last: Date? = nil) {
        self.count = count
        self.last = last
    }
}

extension DecisionRequest {
    var message: DecideRequestMessage {
        var message = DecideRequestMessage()
        message.visitorID = visitorID ?? ""
        message.accountID = accountID ?? ""
        message.visitor = visitor.mapValues(\.attributeValue)
        message.account = account.mapValues(\.attributeValue)
        if let preview {
            var forced = PreviewMessage()
            (forced.token, forced.segments) = (preview.token, preview.segments)
            (forced.arms, forced.variants) = (preview.arms, preview.variants)
            message.preview = forced
        }
        message.request = request.mapValues(\.attributeValue)
        message.page = page?.message
        message.placements = placements
        message.routes = routes
        message.now = now.map { Timestamp($0) }
        message.consent = consent.map { ConsentMessage(granted: $0.granted, denied: $0.denied) }
        message.events = events.mapValues { summary in
            EventSummaryMessage(count: summary.count, last: summary.last.map { Timestamp($0) })
        }
        return message
    }
}

extension Page {
    fileprivate var message: PageMessage {
        var message = PageMessage()
        message.url = url ?? ""
        message.referrer = referrer ?? ""
        message.ip = ip ?? ""
        message.country = country ?? ""
        message.language = language ?? ""
        message.device = device ?? ""
        return message
    }
}
