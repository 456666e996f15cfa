package import Experimentation
package import Model
package import Profiles
package import Ruleset

/// What is asked of an experiment.
package struct ExperimentQuestion: Sendable {
    /// How what a unit did becomes a number.
    package enum Measure: Sendable {
        /// Whether it did it.
        case binary
        /// How often.
        case count
        /// What it was worth.
        case value
    }

    /// Empty for the experiment's first metric.
    package var metric = ""
    package var measure = Measure.binary
    /// The attribute by whose values units are told apart; empty for none.
    package var by = ""

    /// All units together, by the first metric.
    package init() {}
}

/// What the units of an experiment did.
package struct ExperimentResult: Sendable {
    /// Units with one value of an attribute, or all.
    package struct Group: Sendable {
        package var name = ""
        package var arms: [(arm: CountedExperiment.Arm, count: ArmCount)] = []
        /// Whether these do not agree to being told apart.
        package var isNotAgreed = false
    }

    package var metric: String
    package var groups: [Group] = []
    /// Units that had been counted as several before it was known that they are one, and those of them that had seen several arms.
    package var joinedUnits = 0
    package var joinedAcrossArms = 0
    /// When the experiment ended; nil while the rules have it.
    package var endedAt: Timestamp?
    /// Since when all arms had units, where shares changed; and the units from before, which are not compared.
    package var countedSince: Timestamp?
    package var unitsBefore = 0
    /// Whether the shares of the arms follow their outcomes.
    package var isSteered = false
    /// Units that do not agree to being counted.
    package var notAgreed: UInt64 = 0
}

/// Why an experiment cannot be counted.
package enum ExperimentError: Error {
    /// No rule set is served yet.
    case notReady
    case measuresNothing(experiment: String)
    /// What it is, the name that is not known, those that are.
    case unknown(String, String, known: [String])
    /// The attribute has more values than there may be.
    case tooManyGroups(by: String, max: Int)
}

/// Where the units of experiments are kept.
package struct ExperimentRecords: Sendable {
    let visitors: RecordTable
    let accounts: RecordTable
    let gate: @Sendable () -> ConsentGate?
    let book: @Sendable () -> NameBook
    let attribute: @Sendable (_ name: String, Entity, _ id: String) -> AttributeValue?
    let lanes: Int

    /// - Parameters:
    ///   - gate: What may be counted of whom; nil while no rule set is served.
    ///   - book: The names under which everything is kept.
    ///   - attribute: What is stored of one unit.
    ///   - lanes: How many tasks count at a time.
    package init(
        visitors: RecordTable, accounts: RecordTable, gate: @escaping @Sendable () -> ConsentGate?,
        book: @escaping @Sendable () -> NameBook,
        attribute: @escaping @Sendable (_ name: String, Entity, _ id: String) -> AttributeValue?, lanes: Int
    ) {
        (self.visitors, self.accounts, self.gate, self.book) = (visitors, accounts, gate, book)
        (self.attribute, self.lanes) = (attribute, max(1, lanes))
    }
}

/// Counts what the units of an experiment did, by arm and, if asked, by an attribute.
package struct ExperimentCounts: Sendable {
    private let records: ExperimentRecords

    /// Counts what these records say.
    package init(_ records: ExperimentRecords) {
        self.records = records
    }

    /// Arms that the rules have no longer are counted too when units were exposed to them.
    ///
    /// - Throws: `.unknown` for names that the experiment or the rule set does not have.
    package func count(
        _ question: ExperimentQuestion, _ wanted: CountedExperiment, _ ruleSet: RuleSet
    ) async throws(ExperimentError) -> ExperimentResult {
        let experiment = withFormerArms(wanted)
        let unit = experiment.unit
        guard let metric = question.metric.isEmpty ? experiment.metrics.first : question.metric else {
            throw .measuresNothing(experiment: experiment.name)
        }
        guard experiment.metrics.contains(metric) else {
            throw .unknown("metric", metric, known: experiment.metrics)
        }
        let attributes = ruleSet.attributes.filter { $0.entity == unit }.map(\.name)
        guard question.by.isEmpty || attributes.contains(question.by) else {
            throw .unknown("attribute \(unit.name).", question.by, known: attributes)
        }
        var result = ExperimentResult(
            metric: metric, endedAt: experiment.endedAt, isSteered: experiment.isSteered)
        var groups = try await groups(experiment, metric, question.measure, by: question.by)
        if let since = Self.allArmsSince(groups.all, experiment) {
            let before = groups
            groups = try await self.groups(experiment, metric, question.measure, by: question.by, since: since)
            result.unitsBefore = max(
                0, Self.unitCount(before.all, experiment) - Self.unitCount(groups.all, experiment))
            if result.unitsBefore > 0 { result.countedSince = since }
            // Arms that the rules lack are not compared: all of their units are told.
            groups.takeArms(experiment.arms.indices.filter { experiment.arms[$0].isGone }, from: before)
        }
        (result.joinedUnits, result.joinedAcrossArms) = (groups.joined.units, groups.joined.acrossArms)
        let seen = experiment.arms.indices.filter { index in
            !experiment.arms[index].isGone || groups.all.contains { $0[index].summary.units > 0 }
        }
        let named = { (counts: [ArmCount]) in seen.map { (arm: experiment.arms[$0], count: counts[$0]) } }
        result.groups = groups.byName.sorted { $0.key < $1.key }.map { name, counts in
            ExperimentResult.Group(name: name, arms: named(counts))
        }
        if let withheld = groups.withheld {
            result.groups.append(ExperimentResult.Group(arms: named(withheld), isNotAgreed: true))
        }
        result.notAgreed = groups.notAgreed
        return result
    }

    /// The same experiment with every other arm that units were ever exposed to, behind those of the rules.
    package func withFormerArms(_ experiment: CountedExperiment) -> CountedExperiment {
        experiment.withFormerArms(records.book().all(.arm).map(\.name))
    }

    /// - Returns: How many units were first exposed to each arm, as the experiment names them.
    package func units(of experiment: CountedExperiment) async throws(ExperimentError) -> [UInt64] {
        try await groups(experiment, "", .binary).byName[""]?.map { UInt64($0.summary.units) } ?? []
    }

    /// - Returns: What the units of each arm did of the experiment's first metric: whether.
    package func rates(
        _ experiment: Ruleset.Experiment, _ ruleSet: RuleSet
    ) async throws(ExperimentError) -> [ArmSummary] {
        guard let metric = experiment.metrics.first else { return [] }
        let groups = try await groups(CountedExperiment(experiment, in: ruleSet), metric, .binary)
        return groups.byName[""]?.map(\.summary) ?? []
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

    /// Goes over all records with as many tasks as there are lanes; writers wait for one part at a time.
    private func groups(
        _ experiment: CountedExperiment, _ metric: String, _ measure: ExperimentQuestion.Measure, by: String = "",
        since: Timestamp? = nil
    ) async throws(ExperimentError) -> CountedGroups {
        guard let gate = records.gate() else { throw .notReady }
        let unit = experiment.unit
        let numbers = ExperimentNumbers(
            records.book(), experiment: experiment.name, metric: metric, arms: experiment.arms.map(\.name))
        let table = unit == .account ? records.accounts : records.visitors
        // An account's exposures were agreed to by whoever saw them; a visitor has to agree still.
        let needs = unit == .visitor ? gate.exposures + gate.needs(ofEvent: numbers.metric) : []
        let needsOfBy = by.isEmpty ? [] : gate.needs(of: unit, attribute: by)
        let empty = CountedGroups(armCount: experiment.arms.count, isGrouped: !by.isEmpty)
        let counted = await withTaskGroup(of: CountedGroups.self) { tasks in
            for lane in 0..<records.lanes {
                tasks.addTask {
                    var groups = empty
                    for part in stride(from: lane, to: RecordTable.partCount, by: records.lanes) {
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
                                Self.value(outcome, measure), countBefore: outcome?.countBefore ?? 0, arm: arm,
                                trial: trial, isAgreed: gate.isAgreed(needsOfBy, stored: stored)
                            ) { value(by, unit, String(decoding: record.id, as: UTF8.self)) }
                        }
                    }
                    return groups
                }
            }
            var all = empty
            for await groups in tasks { all.merge(groups) }
            return all
        }
        guard !counted.isTooMany else { throw .tooManyGroups(by: by, max: CountedGroups.groupsMax) }
        return counted
    }

    private static func value(_ outcome: Behaviour.Outcome?, _ measure: ExperimentQuestion.Measure) -> Double {
        guard let outcome else { return 0 }
        switch measure {
        case .binary: return outcome.count > 0 ? 1 : 0
        case .count: return Double(outcome.count)
        case .value: return outcome.value
        }
    }

    private func value(_ attribute: String, _ unit: Entity, _ id: String) -> String {
        switch records.attribute(attribute, unit, id) {
        case .double(let value): "\(value)"
        case .strings(let values): values.joined(separator: ", ")
        case .timestamp, nil: ""
        case let value?: value.plainText
        }
    }
}
