internal import Decisioning
internal import Experimentation
package import Logging
internal import Model
internal import Ruleset

/// Moves the weights of experiments with `allocation: thompson` to what their arms bring, each as often as it says, and publishes them as
/// a new revision: exactly the difference of the shares moves, and every exposure carries the propensity of its time.
package struct BanditService: Sendable {
    let rules: RuleStore
    let experiments: ExperimentCounts
    let logger: Logger

    /// - Parameter experiments: What their arms bring.
    package init(rules: RuleStore, experiments: ExperimentCounts, logger: Logger) {
        (self.rules, self.experiments, self.logger) = (rules, experiments, logger)
    }

    /// Shares are known to half a per cent, so smaller changes are noise, and not worth a revision.
    private static let changeMin = 0.01
    private static let lookEvery = Duration.seconds(2)

    /// Runs until the task is cancelled.
    package func run() async {
        var due: [String: Int64] = [:]
        while !Task.isCancelled {
            await step(&due, now: rules.clock.now().microseconds / 1_000_000)
            do { try await Task.sleep(for: Self.lookEvery) } catch { return }
        }
    }

    /// - Parameter due: When each experiment is to be looked at, in seconds since 1970. One that is new is looked at after its first
    ///   period.
    private func step(_ due: inout [String: Int64], now: Int64) async {
        guard let active = await rules.active else { return }
        var weights: [String: [(arm: String, weight: Double)]] = [:]
        for experiment in active.ruleSet.experiments {
            guard let bandit = experiment.bandit else { continue }
            guard let time = due[experiment.name] else {
                due[experiment.name] = now + bandit.everySeconds
                continue
            }
            guard now >= time else { continue }
            due[experiment.name] = now + bandit.everySeconds
            if let shares = await shares(experiment, bandit, active) { weights[experiment.name] = shares }
        }
        guard !weights.isEmpty else { return }
        do throws(EngineError) {
            try await rules.reweight(weights, revision: active.revision)
        } catch {
            // A push came in between, or the disk fails, which readiness says: the next period tries again.
            logger.warning("a bandit's weights were not published", metadata: ["reason": "\(error)"])
        }
    }

    /// - Returns: nil when they are as good as those that are served.
    private func shares(
        _ experiment: Experiment, _ bandit: Experiment.Bandit, _ active: RuleStore.Active
    ) async -> [(arm: String, weight: Double)]? {
        guard let served = active.book.allocations[experiment.name] else { return nil }
        do {
            let summaries = try await experiments.rates(experiment, active.ruleSet)
            let posteriors = summaries.map { ThompsonAllocation.posterior($0, kind: .binary) }
            let units = summaries.reduce(UInt64(0)) { $0 + UInt64($1.units) }
            let shares = try ThompsonAllocation(floor: bandit.floor).shares(posteriors, seed: units)
            let named = zip(experiment.arms, shares).map { (arm: $0.name, weight: $1) }
            let change = named.map { (served.share(of: $0.arm) - $0.weight).magnitude }.max() ?? 0
            return change < Self.changeMin ? nil : named
        } catch {
            logger.error(
                "a bandit's weights cannot be computed",
                metadata: ["experiment": "\(experiment.name)", "reason": "\(error)"])
            return nil
        }
    }
}
