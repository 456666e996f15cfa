internal import Decisioning
internal import Experimentation
internal import Model
package import Ruleset

/// What a push takes away or cannot know: said before and after it.
package struct RuleChanges: Sendable {
    /// Experiments, or with a name of an arm single arms, that the rules have no longer, and the units that were exposed to them.
    package var endings: [(experiment: String, arm: String, units: UInt64)] = []
    /// Attributes that are not declared any more, the profiles that have a value, and a new attribute that may be the same.
    package var orphans: [(attribute: String, profiles: UInt64, renamed: String)] = []
    /// Experiments that run already and came without their arms.
    package var withoutArms: [String] = []

    /// None.
    package init() {}
}

extension RuleStore {
    /// Experiments that have ended and are remembered: more than anybody looks at.
    private static let endedMax = 1_000

    /// What a check of another rule set says, and what a push of it would change of what is served.
    package func checkAgainstServed(_ files: [RuleFile]) async throws(EngineError) -> (
        outcome: Outcome, changes: RuleChanges
    ) {
        let active = active
        let check = await Self.check(files, after: active?.bookOfAll)
        var outcome = Outcome(check)
        outcome.previousRevision = active?.record.revision ?? ""
        return (outcome, try await changes(by: check, after: active))
    }

    /// - Parameter active: What is served; nil for nothing.
    func changes(by check: RuleCheck, after active: Active?) async throws(EngineError) -> RuleChanges {
        guard let ruleSet = check.ruleSet, check.isAccepted else { return RuleChanges() }
        var changes = RuleChanges()
        do throws(ExperimentError) {
            if let active { changes.endings = try await endings(from: active.ruleSet, to: ruleSet) }
            changes.withoutArms = try await withoutArms(ruleSet, check, active)
        } catch {
            throw EngineError("the units of an experiment cannot be counted: \(error)")
        }
        if active != nil {
            changes.orphans = await profiles.orphans(of: ruleSet.attributes).map { orphan in
                (
                    "\(orphan.entity.name).\(orphan.name)", orphan.profiles,
                    orphan.renamed.map { "\(orphan.entity.name).\($0)" } ?? ""
                )
            }
        }
        return changes
    }

    private func endings(
        from old: RuleSet, to new: RuleSet
    ) async throws(ExperimentError) -> [(experiment: String, arm: String, units: UInt64)] {
        var endings: [(experiment: String, arm: String, units: UInt64)] = []
        for experiment in old.experiments {
            let next = new.experiments.first { $0.name == experiment.name }
            let arms = Set(next?.arms.map(\.name) ?? [])
            let gone = experiment.arms.indices.filter { !arms.contains(experiment.arms[$0].name) }
            guard !gone.isEmpty else { continue }
            // With a whole experiment go those too whose arm went before.
            let counted = CountedExperiment(experiment, in: old)
            let units = try await counts.units(of: next == nil ? counts.withFormerArms(counted) : counted)
            if next == nil {
                endings.append((experiment.name, "", units.reduce(0, +)))
            } else {
                endings += gone.map { (experiment.name, experiment.arms[$0].name, units[$0]) }
            }
        }
        return endings
    }

    /// A daemon that knows no arms of an experiment takes them from the file, else from the weights alone. Whether others had other arms
    /// before, it cannot know: it says so where that is likely.
    private func withoutArms(
        _ ruleSet: RuleSet, _ check: RuleCheck, _ active: Active?
    ) async throws(ExperimentError) -> [String] {
        var found: [String] = []
        let known = active?.bookOfAll.allocations ?? [:]
        let now = clock.now()
        for experiment in ruleSet.experiments {
            guard check.book.allocations[experiment.name] != nil, known[experiment.name] == nil,
                !check.ownArms.contains(experiment.name)
            else { continue }
            let isKnown = isKnownExperiment(experiment.name)
            let isRunning: Bool
            if active == nil {
                // Nothing can be counted before any rules are there: a name that is known was served once.
                isRunning = isKnown || experiment.starts.map { $0 < now } ?? false
            } else if isKnown {
                let units = try await counts.units(of: CountedExperiment(experiment, in: ruleSet))
                isRunning = units.contains { $0 > 0 }
            } else {
                // It is new here. One that began before yesterday has run elsewhere.
                isRunning = experiment.starts.map { $0.microseconds < now.microseconds - Self.dayMicroseconds } ?? false
            }
            if isRunning { found.append(experiment.name) }
        }
        return found
    }

    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// Every experiment that was served and is not in the rules that come next, as long as its events are retained.
    func ended(after active: Active?, by ruleSet: RuleSet, at now: Timestamp) -> [EndedExperiment] {
        guard let active else { return [] }
        let names = Set(ruleSet.experiments.map(\.name))
        let retainedSince = Timestamp(microseconds: now.microseconds - retentionSeconds * 1_000_000)
        var ended = active.record.ended.filter { ended in
            !names.contains(ended.name) && ended.endedAt.map { $0 > retainedSince } ?? true
        }
        for experiment in active.ruleSet.experiments where !names.contains(experiment.name) {
            var last = EndedExperiment(name: experiment.name)
            (last.title, last.unit) = (experiment.title ?? "", experiment.unit(in: active.ruleSet))
            (last.metrics, last.isSteered) = (experiment.metrics, experiment.bandit != nil)
            last.arms = experiment.arms.map { EndedExperiment.Arm(name: $0.name, weight: $0.weight) }
            (last.endedAt, last.revision) = (now, active.revision)
            last.allocation = active.book.allocations[experiment.name]?.text ?? ""
            ended.append(last)
        }
        return Array(ended.suffix(Self.endedMax))
    }

    /// - Returns: An experiment of the rules, or one that has ended; nil when there never was one, or its events are forgotten.
    package nonisolated func counted(_ name: String, _ active: Active) throws(EngineError) -> CountedExperiment? {
        if let experiment = active.ruleSet.experiments.first(where: { $0.name == name }) {
            return CountedExperiment(experiment, in: active.ruleSet)
        }
        if let ended = active.record.ended.first(where: { $0.name == name }) { return CountedExperiment(ended) }
        // One that ended before pushes wrote down what ends: nobody ever saw it unless its name is known.
        guard isKnownExperiment(name), let last = try history.lastRuleSet(withExperiment: name),
            let experiment = last.ruleSet.experiments.first(where: { $0.name == name })
        else { return nil }
        return CountedExperiment(experiment, in: last.ruleSet, endedAt: last.endedAt)
    }
}

extension RuleStore.Active {
    /// The digest of its rules.
    package var revision: String { record.revision }

    /// The arms of the experiments that are served, and of those that have ended and may come back.
    var bookOfAll: AllocationBook {
        let ended = record.ended.compactMap { ended in
            ended.allocation.isEmpty ? nil : Allocation(text: ended.allocation).map { (ended.name, $0) }
        }
        return book.including(ended: Dictionary(ended) { _, last in last })
    }
}
