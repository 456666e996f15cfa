internal import Experimentation
internal import Model
internal import Profiles

/// Units that had been counted as several before it was known that they are one.
struct JoinedUnits: Sendable {
    var units = 0
    var acrossArms = 0
}

/// The units of each arm, by the value of an attribute or all together.
struct CountedGroups: Sendable {
    static let groupsMax = 50

    private let armCount: Int
    private let isGrouped: Bool
    private var ungrouped: [ArmCount]
    private var grouped: [String: [ArmCount]] = [:]
    /// Those who do not agree to being told apart; nil for nobody.
    private(set) var withheld: [ArmCount]?
    /// Units that do not agree to being counted.
    var notAgreed: UInt64 = 0
    private(set) var isTooMany = false
    var joined = JoinedUnits()

    init(armCount: Int, isGrouped: Bool) {
        (self.armCount, self.isGrouped) = (armCount, isGrouped)
        ungrouped = [ArmCount](repeating: ArmCount(), count: armCount)
    }

    var byName: [String: [ArmCount]] { isGrouped ? grouped : ["": ungrouped] }

    /// Of every group, those who do not agree included.
    var all: [[ArmCount]] { byName.values + (withheld.map { [$0] } ?? []) }

    /// Takes the figures of some arms over.
    mutating func takeArms(_ indices: [Int], from other: CountedGroups) {
        let empty = [ArmCount](repeating: ArmCount(), count: armCount)
        for arm in indices {
            ungrouped[arm] = other.ungrouped[arm]
            for (name, arms) in other.grouped { grouped[name, default: empty][arm] = arms[arm] }
            guard let others = other.withheld else { continue }
            var counts = withheld ?? empty
            counts[arm] = others[arm]
            withheld = counts
        }
    }

    mutating func add(
        _ value: Double, countBefore: UInt32, arm: Int, trial: Behaviour.Trial, isAgreed: Bool,
        name: () -> String
    ) {
        guard isGrouped else {
            ungrouped[arm].add(value, countBefore: countBefore, trial: trial)
            return
        }
        guard isAgreed else {
            var counts = withheld ?? ungrouped
            counts[arm].add(value, countBefore: countBefore, trial: trial)
            withheld = counts
            return
        }
        guard !isTooMany else { return }
        grouped[name(), default: ungrouped][arm].add(value, countBefore: countBefore, trial: trial)
        isTooMany = grouped.count > Self.groupsMax
    }

    mutating func merge(_ other: CountedGroups) {
        joined.units += other.joined.units
        joined.acrossArms += other.joined.acrossArms
        for arm in 0..<armCount { ungrouped[arm].merge(other.ungrouped[arm]) }
        let empty = [ArmCount](repeating: ArmCount(), count: armCount)
        notAgreed += other.notAgreed
        if let others = other.withheld {
            var counts = withheld ?? empty
            for arm in 0..<armCount { counts[arm].merge(others[arm]) }
            withheld = counts
        }
        for (name, arms) in other.grouped {
            for arm in 0..<armCount { grouped[name, default: empty][arm].merge(arms[arm]) }
        }
        isTooMany = isTooMany || other.isTooMany || grouped.count > Self.groupsMax
    }
}

/// The numbers under which an experiment is kept.
struct ExperimentNumbers {
    let experiment: UInt32
    let metric: UInt32
    let arms: [UInt32]

    /// Names that have no number yet get one that nothing that is kept has.
    init(_ book: NameBook, experiment name: String, metric: String, arms: [String]) {
        experiment = book.known(.experiment, name) ?? EventLogEntry.none
        self.metric = book.known(.event, metric) ?? EventLogEntry.none
        self.arms = arms.map { book.known(.arm, "\(name)/\($0)") ?? EventLogEntry.none }
    }

    func trial(_ view: BehaviourView) -> Behaviour.Trial? {
        for index in 0..<view.trialCount where view.trial(index).experiment == experiment { return view.trial(index) }
        return nil
    }

    func outcome(_ view: BehaviourView) -> Behaviour.Outcome? {
        for index in 0..<view.outcomeCount {
            let outcome = view.outcome(index)
            if outcome.experiment == experiment, outcome.metric == metric { return outcome }
        }
        return nil
    }
}
