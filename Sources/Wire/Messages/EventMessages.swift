internal import CBespokeProto
package import Model

/// What happened and was shown: `bespoke.v1.RecordRequest`.
package struct RecordRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.RecordRequest", bespoke__v1__record_request__unpack)

    package var events: [EventMessage] = []
    package var exposures: [ExposureMessage] = []
    /// What the visitors agree to; nil for what is stored.
    package var consent: ConsentMessage?

    package init() {}
}

/// How much of it was new: `bespoke.v1.RecordResponse`.
package struct RecordResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.RecordResponse", bespoke__v1__record_response__unpack)

    package var recorded: UInt64 = 0
    package var duplicates: UInt64 = 0
    package var notAgreed: UInt64 = 0

    package init() {}
}

/// Something that a visitor or account did: `bespoke.v1.Event`.
package struct EventMessage: Sendable, Hashable {
    package var id: String = ""
    package var visitorID: String = ""
    package var accountID: String = ""
    package var name: String = ""
    package var time: Timestamp?
    package var value: Double = 0
    package var decisionID: String = ""

    package init() {}
}

/// Something that was shown: `bespoke.v1.Exposure`.
package struct ExposureMessage: Sendable, Hashable {
    package var visitorID: String = ""
    package var accountID: String = ""
    package var decisionID: String = ""
    package var time: Timestamp?
    package var placement: String = ""
    package var campaign: String = ""
    package var variant: String = ""
    package var experiment: String = ""
    package var arm: String = ""
    package var propensity: Double = 0
    package var revision: String = ""
    package var isClick: Bool = false

    package init() {}
}

/// What a visitor agrees to or denies: `bespoke.v1.SetConsentRequest`.
package struct SetConsentRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.SetConsentRequest", bespoke__v1__set_consent_request__unpack)

    package var visitorID: String = ""
    package var granted: [String] = []
    package var denied: [String] = []
    package var source: String = ""
    package var time: Timestamp?
    package var textVersion: String = ""

    package init() {}
}

/// It is kept: `bespoke.v1.SetConsentResponse`.
package struct SetConsentResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.SetConsentResponse", bespoke__v1__set_consent_response__unpack)

    package init() {}
}

/// Whose behaviour is asked for: `bespoke.v1.GetBehaviourRequest`.
package struct GetBehaviourRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.GetBehaviourRequest", bespoke__v1__get_behaviour_request__unpack)

    package var visitorID: String = ""
    package var accountID: String = ""

    package init() {}
}

/// What is kept of one visitor or account: `bespoke.v1.Behaviour`.
package struct BehaviourMessage: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.Behaviour", bespoke__v1__behaviour__unpack)

    package var events: [EventCountMessage] = []
    package var shows: [ShowMessage] = []
    package var trials: [TrialMessage] = []
    package var consents: [GivenConsentMessage] = []
    package var clicks: [ShowMessage] = []
    /// Under which it is kept.
    package var id: String = ""
    package var otherIDs: [String] = []
    /// The oldest first.
    package var consentHistory: [GivenConsentMessage] = []

    package init() {}
}

/// How often something happened: `bespoke.v1.EventCount`.
package struct EventCountMessage: Sendable, Hashable {
    package var name: String = ""
    package var count: UInt64 = 0
    package var last: Timestamp?
    package var weight: Double = 0

    package init() {}
}

/// Something shown: `bespoke.v1.Show`.
package struct ShowMessage: Sendable, Hashable {
    package var campaign: String = ""
    package var placement: String = ""
    package var variant: String = ""
    package var time: Timestamp?

    package init() {}
}

/// An experiment that a unit was exposed to: `bespoke.v1.Trial`.
package struct TrialMessage: Sendable, Hashable {
    package var experiment: String = ""
    package var arm: String = ""
    package var since: Timestamp?
    package var outcomes: [OutcomeMessage] = []

    package init() {}
}

/// What a unit did for a metric: `bespoke.v1.Outcome`.
package struct OutcomeMessage: Sendable, Hashable {
    package var metric: String = ""
    package var count: UInt64 = 0
    package var value: Double = 0
    package var countBefore: UInt64 = 0

    package init() {}
}

/// A purpose agreed to or denied: `bespoke.v1.GivenConsent`.
package struct GivenConsentMessage: Sendable, Hashable {
    package var purpose: String = ""
    package var granted: Bool = false
    package var time: Timestamp?
    package var source: String = ""
    /// Of the history only.
    package var textVersion: String = ""

    package init() {}
}
