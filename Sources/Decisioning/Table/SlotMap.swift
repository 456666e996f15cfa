internal import Conditions
internal import Model
internal import Ruleset

extension SlotMap {
    /// Attributes, events, those of the account, built-ins; the query parameters that rules name come behind.
    init(_ ruleSet: RuleSet, purposes: inout PurposeMap) {
        self.init()
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

    /// Where the built-ins begin.
    static func firstBuiltIn(_ ruleSet: RuleSet) -> Int {
        ruleSet.attributes.count + 2 * ruleSet.events.count * slotsOfEvent
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
