internal import Model
internal import Profiles
internal import Ruleset
internal import Synchronization

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
                let name = "\(campaign.name)/\(variant.placement)/\(variant.name)"
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

/// Counts what one campaign with a goal has delivered; loops read it without waiting.
final class GoalCounter: Sendable {
    /// Of the journal: who counts what, where and since when.
    let key: [UInt8]
    let measure: Campaign.Goal.Measure
    let starts: Timestamp
    private let count = Atomic<UInt64>(0)
    private let whole: Atomic<Bool>

    static let keyPrefix = Array("behaviour.goal.".utf8)

    init(key: [UInt8], isWhole: Bool) {
        self.key = key
        let parts = key.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        measure = parts.count > 1 && parts[1].elementsEqual("clicks".utf8) ? .clicks : .shows
        let digits = key.suffix(MemoryLayout<Int64>.size)
        starts = Timestamp(microseconds: digits.reduce(0) { $0 << 8 | Int64($1) })
        whole = Atomic(isWhole)
    }

    static func key(_ campaign: Campaign) -> [UInt8]? {
        guard let goal = campaign.goal, let starts = campaign.starts else { return nil }
        return keyPrefix + Array("\(campaign.name)/\(goal.measure.rawValue)/\(goal.placement ?? "")/".utf8)
            + withUnsafeBytes(of: starts.microseconds.bigEndian, Array.init)
    }

    var delivered: UInt64 { count.load(ordering: .relaxed) }

    /// Whether what was recorded before there was a goal has been counted.
    var isWhole: Bool {
        get { whole.load(ordering: .relaxed) }
        set { whole.store(newValue, ordering: .relaxed) }
    }

    func add(_ more: UInt64) { count.add(more, ordering: .relaxed) }

    /// The form that `GoalBook.load` reads.
    var stored: [UInt8] { withUnsafeBytes(of: delivered.bigEndian, Array.init) }
}
