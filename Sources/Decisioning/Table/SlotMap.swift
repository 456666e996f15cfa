internal import Model
internal import Ruleset

/// Which slot of a workspace holds which value: attributes, events, those of the account, built-ins, then the query parameters that rules
/// name.
struct SlotMap {
    private(set) var defaults: [Scalar] = []
    /// The set of purposes that each slot needs.
    private(set) var purposeSets: [UInt16] = []
    let attributeCount: Int
    let firstBuiltIn: Int
    private(set) var queryKeys: [(name: String, slot: UInt32)] = []

    /// By path, such as `visitor`, `age`.
    private(set) var slots: [[String]: UInt32] = [:]

    init(_ ruleSet: RuleSet, purposes: inout PurposeMap) {
        attributeCount = ruleSet.attributes.count
        firstBuiltIn = ruleSet.attributes.count + 2 * ruleSet.events.count * Self.slotsOfEvent
        for attribute in ruleSet.attributes {
            let set = purposes.set(attribute.purpose, coveredAs: attribute.entity.name)
            append(.missing, purposes: set, at: [attribute.entity.name, attribute.name])
        }
        for event in ruleSet.events {
            // What is not recorded has not happened.
            let set = purposes.set(event.purpose, coveredAs: "events")
            append(Scalar(Int64(0)), purposes: set, at: ["events", event.name, "count"])
            append(.missing, purposes: set, at: ["events", event.name, "last"])
            append(Scalar(0.0), purposes: set, at: ["events", event.name, "score"])
        }
        for event in ruleSet.events {
            let set = purposes.set(event.purpose, coveredAs: "account")
            append(Scalar(Int64(0)), purposes: set, at: ["account", "events", event.name, "count"])
            append(.missing, purposes: set, at: ["account", "events", event.name, "last"])
            append(Scalar(0.0), purposes: set, at: ["account", "events", event.name, "score"])
        }
        for builtIn in BuiltIn.allCases {
            append(.missing, purposes: 0, at: builtIn == .now ? ["now"] : ["request"] + builtIn.path)
        }
    }

    /// How often, the last time and the score of an event.
    static let slotsOfEvent = 3

    var count: Int { defaults.count }

    /// The slot of `visitor.age`, `events.refund.count`, `request.utm.term`, `now` or the like, or nil.
    ///
    /// `request.query.NAME` gets a slot when it is first asked for.
    mutating func slot(_ path: [String]) -> UInt32? {
        if let slot = slots[path] { return slot }
        guard path.count == 3, path[0] == "request", path[1] == "query" else { return nil }
        let slot = UInt32(count)
        append(.missing, purposes: 0, at: path)
        queryKeys.append((path[2], slot))
        return slot
    }

    private mutating func append(_ value: Scalar, purposes: UInt16, at path: [String]) {
        // A declared attribute wins over a built-in of the same name.
        if slots[path] == nil { slots[path] = UInt32(count) }
        defaults.append(value)
        purposeSets.append(purposes)
    }
}

/// The consent purposes and the sets of them that values need.
struct PurposeMap {
    private(set) var names: [String] = []
    private(set) var isGrantedByDefault: [Bool] = []
    /// Indices of purposes, ascending; set 0 is empty.
    private(set) var sets: [[UInt16]] = [[]]

    private var covers: [String: [UInt16]] = [:]
    private var indices: [String: UInt16] = [:]

    init(_ policies: Policies) {
        for consent in policies.consent {
            let index = index(consent.purpose)
            isGrantedByDefault[Int(index)] = consent.isGrantedByDefault
            for entity in consent.covers { covers[entity, default: []].append(index) }
        }
    }

    /// A purpose that no policy mentions is granted by nobody's silence.
    mutating func index(_ purpose: String) -> UInt16 {
        if let index = indices[purpose] { return index }
        let index = UInt16(names.count)
        indices[purpose] = index
        names.append(purpose)
        isGrantedByDefault.append(false)
        return index
    }

    /// - Parameters:
    ///   - purpose: The value's own purpose.
    ///   - entity: `visitor`, `account`, `request` or `events`, whose purposes it needs too.
    mutating func set(_ purpose: String?, coveredAs entity: String) -> UInt16 {
        var members = Set(covers[entity] ?? [])
        if let purpose { members.insert(index(purpose)) }
        let sorted = members.sorted()
        if let known = sets.firstIndex(of: sorted) { return UInt16(known) }
        sets.append(sorted)
        return UInt16(sets.count - 1)
    }
}
