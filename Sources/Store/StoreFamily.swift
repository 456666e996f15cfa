/// What a store keeps apart: a column family for each kind of data.
package enum StoreFamily: Int, Sendable, CaseIterable {
    /// Rule sets as they were pushed, by sequence number, eight bytes with the highest first.
    case rules
    /// Records of visitors by id.
    case visitors
    /// Records of accounts by id.
    case accounts
    /// Few single values, such as the profiles' schema; keys that begin with `journal.` are the journal's own.
    case meta
    /// What visitors did, by id, as `Behaviour` encodes it.
    case visitorBehaviour
    /// The same of accounts.
    case accountBehaviour
    /// Every event and exposure, by its visitor or account and then its own id.
    case events
    /// What the sink has not taken yet, by sequence number as `rules`.
    case outbox
    /// From networks and e-mail domains to accounts.
    case links
    /// From other ids of a person to the one under which everything is kept, as `MergeRecord` encodes it.
    case aliases
    /// Every choice of consent, by its visitor, time and purpose, as `ConsentEntry` encodes it.
    case consents

    /// On disk; never to be changed.
    package var name: String {
        switch self {
        case .rules: "rules"
        case .visitors: "visitors"
        case .accounts: "accounts"
        case .meta: "meta"
        case .visitorBehaviour: "visitor_behaviour"
        case .accountBehaviour: "account_behaviour"
        case .events: "events"
        case .outbox: "outbox"
        case .links: "links"
        case .aliases: "aliases"
        case .consents: "consents"
        }
    }
}
