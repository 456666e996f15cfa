internal import Engine
internal import Experimentation
internal import GRPC
internal import GRPCDoor
internal import Model
internal import NIOCore
internal import Profiles
internal import Ruleset
internal import Wire

/// Counts what the units of an experiment did, by arm and, if asked, by an attribute.
struct ExperimentCounts: Sendable {
    let behaviour: BehaviourStore
    let profiles: ProfileStore

    /// Arms that the rules have no longer are counted too when units were exposed to them.
    ///
    /// - Throws: `Status` NOT_FOUND for names that the experiment or the rule set does not have.
    func count(
        _ request: GetExperimentRequest, _ wanted: CountedExperiment, _ ruleSet: RuleSet
    ) async throws(Status) -> GetExperimentResponse {
        let experiment = wanted.withFormerArms(of: behaviour)
        let unit = experiment.unit
        guard let metric = request.metric.isEmpty ? experiment.metrics.first : request.metric else {
            throw Status(.failedPrecondition, "experiment \(experiment.name): measures nothing; give it `metrics`")
        }
        guard experiment.metrics.contains(metric) else { throw Self.unknown("metric", metric, experiment.metrics) }
        let attributes = ruleSet.attributes.filter { $0.entity == unit }.map(\.name)
        guard request.by.isEmpty || attributes.contains(request.by) else {
            throw Self.unknown("attribute \(unit.name).", request.by, attributes)
        }
        var response = GetExperimentResponse()
        response.metric = metric
        response.endedAt = experiment.endedAt
        response.steered = experiment.isSteered
        var groups = try await groups(experiment, metric, request)
        if let since = Self.allArmsSince(groups.all, experiment) {
            let before = groups
            groups = try await self.groups(experiment, metric, request, since: since)
            response.unitsBefore = UInt64(
                max(0, Self.unitCount(before.all, experiment) - Self.unitCount(groups.all, experiment)))
            if response.unitsBefore > 0 { response.countedSince = since }
            // Arms that the rules lack are not compared: all of their units are told.
            groups.takeArms(experiment.arms.indices.filter { experiment.arms[$0].isGone }, from: before)
        }
        (response.joinedUnits, response.joinedAcrossArms) =
            (UInt64(groups.joined.units), UInt64(groups.joined.acrossArms))
        let seen = experiment.arms.indices.filter { index in
            !experiment.arms[index].isGone || groups.all.contains { $0[index].summary.units > 0 }
        }
        response.groups = groups.byName.sorted { $0.key < $1.key }.map { name, counts in
            var group = ExperimentGroupMessage()
            group.name = name
            group.arms = seen.map { Self.message(experiment.arms[$0], counts[$0]) }
            return group
        }
        if let withheld = groups.withheld {
            var group = ExperimentGroupMessage()
            group.isNotAgreed = true
            group.arms = seen.map { Self.message(experiment.arms[$0], withheld[$0]) }
            response.groups.append(group)
        }
        response.notAgreed = groups.notAgreed
        return response
    }

    func withFormerArms(_ experiment: CountedExperiment) -> CountedExperiment {
        experiment.withFormerArms(of: behaviour)
    }

    /// - Returns: How many units were first exposed to each arm, as the experiment names them.
    func units(of experiment: CountedExperiment) async throws(Status) -> [UInt64] {
        let groups = try await groups(experiment, "", GetExperimentRequest()).byName
        return groups[""]?.map { UInt64($0.summary.units) } ?? []
    }

    /// - Returns: What the units of each arm did of the experiment's first metric: whether.
    func rates(_ experiment: Ruleset.Experiment, _ ruleSet: RuleSet) async throws(Status) -> [ArmSummary] {
        guard let metric = experiment.metrics.first else { return [] }
        var request = GetExperimentRequest()
        (request.experiment, request.metric, request.kind) = (experiment.name, metric, .binary)
        let groups = try await groups(CountedExperiment(experiment, in: ruleSet), metric, request)
        return groups.byName[""]?.map(\.summary) ?? []
    }

    static func unknown(_ what: String, _ name: String, _ known: [String]) -> Status {
        let nearest = Spelling.nearest(to: name, among: known).map { "; did you mean `\($0)`?" } ?? ""
        return Status(.notFound, "\(what) \(name): there is no such\(nearest)")
    }

    /// When shares changed while it ran: since when every arm that has units has had some. Units of an arm that came later can be compared with
    /// those only that could have got it.
    private static func allArmsSince(_ groups: [[ArmCount]], _ experiment: CountedExperiment) -> Timestamp? {
        guard var arms = groups.first else { return nil }
        for group in groups.dropFirst() {
            for index in arms.indices { arms[index].merge(group[index]) }
        }
        let compared = zip(experiment.arms, arms).filter { !$0.0.isGone }.map(\.1)
        return PropensitySums.haveVaried(compared.map(\.propensities)) ? compared.compactMap(\.since).max() : nil
    }

    private static func unitCount(_ groups: [[ArmCount]], _ experiment: CountedExperiment) -> Int {
        groups.reduce(0) { sum, arms in
            zip(experiment.arms, arms).reduce(sum) { $1.0.isGone ? $0 : $0 + $1.1.summary.units }
        }
    }

    /// Goes over all records with as many tasks as there are cores; writers wait for one part at a time.
    private func groups(
        _ experiment: CountedExperiment, _ metric: String, _ request: GetExperimentRequest, since: Timestamp? = nil
    ) async throws(Status) -> Groups {
        guard let gate = behaviour.rules?.gate else { throw Status(BehaviourError.notReady) }
        let unit = experiment.unit
        let numbers = behaviour.numbers(
            experiment: experiment.name, metric: metric, arms: experiment.arms.map(\.name))
        let table = behaviour.table(unit)
        let kind = request.kind
        let by = request.by
        // An account's exposures were agreed to by whoever saw them; a visitor has to agree still.
        let needs = unit == .visitor ? gate.exposures + gate.needs(ofEvent: numbers.metric) : []
        let needsOfBy = by.isEmpty ? [] : gate.needs(of: unit, attribute: by)
        let counted = await withTaskGroup(of: Groups.self) { tasks in
            let lanes = max(1, System.coreCount)
            for lane in 0..<lanes {
                tasks.addTask {
                    var groups = Groups(armCount: experiment.arms.count, isGrouped: !by.isEmpty)
                    for part in stride(from: lane, to: RecordTable.partCount, by: lanes) {
                        table.forEach(inPart: part) { record in
                            guard let view = BehaviourView(record.payload), let trial = numbers.trial(view),
                                let arm = numbers.arms.firstIndex(of: trial.arm)
                            else { return }
                            if let since, trial.since < since { return }
                            let stored = unit == .visitor ? view : nil
                            guard gate.isAgreed(needs, stored: stored) else {
                                groups.notAgreed += 1
                                return
                            }
                            let outcome = numbers.outcome(view)
                            if trial.isJoined { groups.joined.units += 1 }
                            if trial.hasSeenOtherArm { groups.joined.acrossArms += 1 }
                            groups.add(
                                Self.value(outcome, kind), countBefore: outcome?.countBefore ?? 0, arm: arm,
                                trial: trial, isAgreed: gate.isAgreed(needsOfBy, stored: stored)
                            ) { value(by, unit, String(decoding: record.id, as: UTF8.self)) }
                        }
                    }
                    return groups
                }
            }
            var all = Groups(armCount: experiment.arms.count, isGrouped: !by.isEmpty)
            for await groups in tasks { all.merge(groups) }
            return all
        }
        guard !counted.isTooMany else {
            throw Status(
                .invalidArgument, "by: \(by) has more than \(Groups.groupsMax) values; name another attribute")
        }
        return counted
    }

    /// Units that had been counted as several before it was known that they are one.
    private struct Joined: Sendable {
        var units = 0
        var acrossArms = 0
    }

    /// The units of each arm, by the value of an attribute or all together.
    private struct Groups: Sendable {
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
        var joined = Joined()

        init(armCount: Int, isGrouped: Bool) {
            (self.armCount, self.isGrouped) = (armCount, isGrouped)
            ungrouped = [ArmCount](repeating: ArmCount(), count: armCount)
        }

        var byName: [String: [ArmCount]] { isGrouped ? grouped : ["": ungrouped] }

        /// Of every group, those who do not agree included.
        var all: [[ArmCount]] { byName.values + (withheld.map { [$0] } ?? []) }

        /// Takes the figures of some arms over.
        mutating func takeArms(_ indices: [Int], from other: Groups) {
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

        mutating func merge(_ other: Groups) {
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

    private static func value(_ outcome: Behaviour.Outcome?, _ kind: MetricKindMessage) -> Double {
        guard let outcome else { return 0 }
        switch kind {
        case .binary: return outcome.count > 0 ? 1 : 0
        case .count: return Double(outcome.count)
        case .value: return outcome.value
        }
    }

    private func value(_ attribute: String, _ unit: Entity, _ id: String) -> String {
        switch profiles.get(unit, id: id)?.values.first(where: { $0.name == attribute })?.value {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .strings(let values): values.joined(separator: ", ")
        case .timestamp, nil: ""
        }
    }

    private static func message(_ arm: CountedExperiment.Arm, _ count: ArmCount) -> ArmMomentsMessage {
        let summary = count.summary
        var message = ArmMomentsMessage()
        (message.arm, message.weight, message.isGone) = (arm.name, arm.weight, arm.isGone)
        (message.units, message.sum) = (UInt64(summary.units), summary.sum)
        (message.mean, message.covariateMean) = (summary.valueMean, summary.covariateMean)
        (message.squares, message.covariateSquares) = (summary.valueSquares, summary.covariateSquares)
        message.products = summary.valueByCovariate
        message.propensityUnits = UInt64(count.propensities.units)
        message.inversePropensities = count.propensities.inverses
        message.inversePropensityVariances = count.propensities.variances
        (message.nonzeroUnits, message.magnitudeSum) = (UInt64(summary.nonZeroUnits), summary.magnitudeSum)
        message.weightedMean = count.propensities.mean
        message.squaredWeightMean = count.propensities.squaredMean
        message.squaredWeightSquares = count.propensities.squares
        return message
    }
}

/// The units of an arm.
struct ArmCount: Sendable {
    private(set) var summary = ArmSummary()
    private(set) var propensities = PropensitySums()
    /// The earliest first exposure.
    private(set) var since: Timestamp?

    @inline(__always)
    mutating func add(_ value: Double, countBefore: UInt32, trial: Behaviour.Trial) {
        // Values are bounded when they are recorded.
        try? summary.add(value, covariate: Double(countBefore))
        propensities.add(Double(trial.propensity), value: value)
        since = since.map { min($0, trial.since) } ?? trial.since
    }

    mutating func merge(_ other: ArmCount) {
        summary.merge(other.summary)
        propensities.merge(other.propensities)
        if let theirs = other.since { since = since.map { min($0, theirs) } ?? theirs }
    }
}

/// The numbers under which an experiment is kept.
struct ExperimentNumbers {
    let experiment: UInt32
    let metric: UInt32
    let arms: [UInt32]

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

extension BehaviourStore {
    /// - Returns: `EventLogEntry.none` for names that have no number yet, which nothing that is kept has.
    func numbers(experiment: String, metric: String, arms: [String]) -> ExperimentNumbers {
        withBook { book in
            ExperimentNumbers(
                experiment: book.known(.experiment, experiment) ?? EventLogEntry.none,
                metric: book.known(.event, metric) ?? EventLogEntry.none,
                arms: arms.map { book.known(.arm, "\(experiment)/\($0)") ?? EventLogEntry.none })
        }
    }
}
