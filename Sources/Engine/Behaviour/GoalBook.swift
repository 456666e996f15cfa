internal import Model
internal import Profiles
internal import Ruleset

/// What campaigns with a goal have delivered, in their order.
///
/// Lives inside the store's lock.
struct GoalBook: Sendable {
    private(set) var counters: [GoalCounter] = []
    private var byCreative: [UInt32: [GoalCounter]] = [:]

    /// - Returns: The goals of a rule set: those that are known go on counting.
    static func adopting(_ ruleSet: RuleSet, _ rules: BehaviourRules, after old: GoalBook, now: Timestamp) -> GoalBook {
        let known = Dictionary(old.counters.map { ($0.key, $0) }) { first, _ in first }
        var book = GoalBook()
        for campaign in ruleSet.campaigns {
            guard let goal = campaign.goal, let key = GoalCounter.key(campaign) else { continue }
            // Nothing can have been delivered of what begins later.
            let isWhole = campaign.starts.map { now <= $0 } ?? false
            let counter = known[key] ?? GoalCounter(key: key, isWhole: isWhole)
            book.counters.append(counter)
            for variant in campaign.variants
            where goal.measure == .clicks || goal.placement == nil || goal.placement == variant.placement {
                let name = CreativeName(
                    campaign: campaign.name, placement: variant.placement, variant: variant.name)
                if let creative = rules.creatives[name] { book.byCreative[creative, default: []].append(counter) }
            }
        }
        return book
    }

    /// Takes in a stored count.
    mutating func load(key: [UInt8], value: [UInt8]) {
        let counter = GoalCounter(key: key, isWhole: true)
        counter.add(value.reduce(0) { $0 << 8 | UInt64($1) })
        counters.append(counter)
    }

    /// - Returns: The counters for which an exposure counts.
    func counters(_ creative: UInt32, isClick: Bool, at time: Timestamp) -> [GoalCounter] {
        guard !byCreative.isEmpty, let counters = byCreative[creative] else { return [] }
        return counters.filter { ($0.measure == .shows || isClick) && time >= $0.starts }
    }
}
