package import Decisioning
package import Model
package import Profiles
package import Ruleset

/// Says of what is stored whether it may be read, and of what comes in whether it may be kept: the gate before every use outside a
/// decision. A decision has its own, before its slots; what things need is the same, for both take it from the decision table.
package struct ConsentGate: Sendable {
    /// A purpose without which something is not read.
    package struct Need: Sendable {
        /// Under which it is kept.
        package let purpose: UInt32
        package let isGrantedByDefault: Bool
    }

    /// What a request says itself, by purpose. It may close what it names, and open what the person's stored choice does not deny.
    package typealias Asked = [UInt32: Bool]

    /// What it needs to keep and count what was shown.
    package let exposures: [Need]
    /// What it needs to keep and count an event; by number.
    private var events: [UInt32: [Need]] = [:]
    private let otherEvents: [Need]
    private var attributes: [AttributeKey: [Need]] = [:]
    private let visitor: [Need]
    private let requestsReopen: Bool

    /// - Parameters:
    ///   - purposes: Their numbers by name; likewise `events`.
    ///   - requestsReopen: Whether a request may open what the person's stored choice denies.
    package init(
        _ ruleSet: RuleSet, _ table: DecisionTable, purposes: [String: UInt32], events numbers: [String: UInt32],
        requestsReopen: Bool
    ) {
        self.requestsReopen = requestsReopen
        func needs(_ set: PurposeSetIndex) -> [Need] {
            table.members(of: set).compactMap { member in
                purposes[String(table.purposeName(member.purpose))].map {
                    Need(purpose: $0, isGrantedByDefault: member.isGrantedByDefault)
                }
            }
        }
        exposures = needs(table.exposurePurposes)
        otherEvents = needs(table.eventPurposes)
        visitor = needs(table.visitorPurposes)
        for (index, event) in ruleSet.events.enumerated() {
            guard let number = numbers[event.name] else { continue }
            events[number] =
                event.legalBasis == .consent ? needs(table.purposes(of: EventIndex(rawValue: UInt16(index)))) : []
        }
        for index in table.attributes.indices {
            attributes[table.attributes[index].key] = needs(table.purposes(of: AttributeIndex(rawValue: UInt16(index))))
        }
    }

    /// What it needs to keep and count an event.
    package func needs(ofEvent number: UInt32) -> [Need] { events[number] ?? otherEvents }

    /// What it needs to read an attribute; one that the rules do not declare needs what its entity needs.
    package func needs(of entity: Entity, attribute name: String) -> [Need] {
        attributes[AttributeKey(entity: entity, name: name)] ?? needs(of: entity)
    }

    /// What it needs to read anything of a visitor, such as the account that its profile names.
    package func needs(of entity: Entity) -> [Need] { entity == .visitor ? visitor : [] }

    /// Whether everything is agreed to: by the request, as far as what is stored lets it, else by what is stored, else by default.
    package func isAgreed(_ needs: [Need], asked: Asked = [:], stored view: BehaviourView?) -> Bool {
        needs.allSatisfy { isAgreed($0, asked, stored: view?.choice(of: $0.purpose)) }
    }

    /// The same for choices that are about to be stored.
    package func isAgreed(_ needs: [Need], asked: Asked, stored: [Behaviour.Consent]) -> Bool {
        needs.allSatisfy { need in
            isAgreed(need, asked, stored: stored.first { $0.purpose == need.purpose }?.isGranted)
        }
    }

    private func isAgreed(_ need: Need, _ asked: Asked, stored: Bool?) -> Bool {
        if stored == false, !requestsReopen { return false }
        return asked[need.purpose] ?? stored ?? need.isGrantedByDefault
    }
}

extension BehaviourView {
    /// What was chosen for a purpose, if anything.
    fileprivate func choice(of purpose: UInt32) -> Bool? {
        for index in 0..<consentCount where consent(index).purpose == purpose { return consent(index).isGranted }
        return nil
    }
}

extension BehaviourRules {
    /// What a request says of consent itself.
    ///
    /// - Throws: `.unknownPurpose`.
    package func asked(granted: [String], denied: [String]) throws(BehaviourError) -> ConsentGate.Asked {
        var asked: ConsentGate.Asked = [:]
        // One in both lists is denied.
        for (names, isGranted) in [(granted, true), (denied, false)] {
            for name in names {
                guard let purpose = purposes[name] else {
                    throw .unknownPurpose(name: name, known: Array(purposes.keys).sorted())
                }
                asked[purpose] = isGranted
            }
        }
        return asked
    }
}
