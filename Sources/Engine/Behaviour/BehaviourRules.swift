package import Decisioning
package import Model
package import Profiles
package import Ruleset

/// What a rule set says about behaviour, by the numbers under which names are kept.
package struct BehaviourRules: Sendable {
    /// An experiment, as far as exposures and outcomes are concerned.
    package struct Experiment: Sendable {
        package let unit: Entity
        package let arms: [String: UInt32]
        package let metrics: [UInt32]
        package let windowMicroseconds: Int64
    }

    /// By the event's number, in microseconds; 0 for what does not fade.
    package private(set) var halfLives: [UInt32: Double] = [:]
    package private(set) var events: [String: UInt32] = [:]
    package private(set) var creatives: [CreativeName: UInt32] = [:]
    /// By placement: what stands for its default among the creatives.
    package private(set) var defaults: [String: UInt32] = [:]
    package private(set) var purposes: [String: UInt32] = [:]
    package private(set) var experiments: [String: (number: UInt32, experiment: Experiment)] = [:]
    package private(set) var experimentsByMetric: [UInt32: [UInt32]] = [:]
    package private(set) var experimentsByNumber: [UInt32: Experiment] = [:]
    /// The caps that count a creative, by the kind of unit that they count for and the creative's number.
    private var caps: [Entity: [UInt32: [ShowCap]]] = [:]
    /// What may be kept and read of whom.
    package let gate: ConsentGate
    /// Whether rules ask what an account's visitors did, or accounts are shown things or take part in experiments, so that visitors'
    /// accounts must be looked up.
    package private(set) var countsAccounts = false
    /// Whether what a person had denied outlives their erasure.
    package private(set) var keepsObjections = false

    /// Events that every rule set has.
    package static let builtInEvents = ["click", "conversion"]

    /// - Parameters:
    ///   - book: Gets a number for each name of the rule set.
    ///   - requestsReopen: Whether a request may open what the person's stored choice denies.
    package init(_ ruleSet: RuleSet, _ table: DecisionTable, _ book: inout NameBook, requestsReopen: Bool) {
        for name in Self.builtInEvents { events[name] = book.number(.event, name) }
        for event in ruleSet.events {
            let number = book.number(.event, event.name)
            events[event.name] = number
            halfLives[number] = Double(event.halfLifeSeconds ?? 0) * 1_000_000
        }
        for placement in ruleSet.placements {
            defaults[placement.name] = book.number(.creative, CreativeName.ofDefault(in: placement.name).text)
        }
        for name in table.creativeNames { creatives[name] = book.number(.creative, name.text) }
        for name in table.purposeNames { purposes[name] = book.number(.purpose, name) }
        gate = ConsentGate(ruleSet, table, purposes: purposes, events: events, requestsReopen: requestsReopen)
        countsAccounts = ruleSet.readsAccountEvents
        keepsObjections = ruleSet.policies.keepsObjections
        for experiment in ruleSet.experiments { add(experiment, ruleSet, &book) }
        addCaps(ruleSet)
    }

    /// - Returns: The caps for which shows of a creative to a unit count.
    package func caps(_ entity: Entity, _ creative: UInt32) -> [ShowCap] { caps[entity]?[creative] ?? [] }

    private mutating func addCaps(_ ruleSet: RuleSet) {
        var number = 0
        func add(
            _ caps: [Campaign.Cap], _ campaigns: [Campaign], _ rules: inout BehaviourRules, of only: Variant? = nil
        ) {
            for cap in caps {
                rules.countsAccounts = rules.countsAccounts || cap.per == .account
                let showCap = ShowCap(
                    number: number, shows: cap.shows, withinMicroseconds: cap.withinSeconds * 1_000_000)
                number += 1
                for campaign in campaigns {
                    for variant in only.map({ [$0] }) ?? campaign.variants
                    where cap.placement == nil || cap.placement == variant.placement {
                        let name = CreativeName(
                            campaign: campaign.name, placement: variant.placement, variant: variant.name)
                        guard let creative = rules.creatives[name] else { continue }
                        rules.caps[cap.per, default: [:]][creative, default: []].append(showCap)
                    }
                }
            }
        }
        add(ruleSet.policies.caps, ruleSet.campaigns, &self)
        for campaign in ruleSet.campaigns {
            add(campaign.caps, [campaign], &self)
            for variant in campaign.variants { add(variant.caps, [campaign], &self, of: variant) }
        }
    }

    private mutating func add(_ experiment: Ruleset.Experiment, _ ruleSet: RuleSet, _ book: inout NameBook) {
        let number = book.number(.experiment, experiment.name)
        var arms: [String: UInt32] = [:]
        for arm in experiment.arms { arms[arm.name] = book.number(.arm, "\(experiment.name)/\(arm.name)") }
        let unit = experiment.unit ?? ruleSet.layers.first { $0.name == experiment.layer }?.unit ?? .visitor
        if unit == .account { countsAccounts = true }
        let rules = Experiment(
            unit: unit, arms: arms, metrics: experiment.metrics.map { book.number(.event, $0) },
            windowMicroseconds: experiment.windowSeconds * 1_000_000)
        experiments[experiment.name] = (number, rules)
        experimentsByNumber[number] = rules
        for metric in rules.metrics { experimentsByMetric[metric, default: []].append(number) }
    }
}
