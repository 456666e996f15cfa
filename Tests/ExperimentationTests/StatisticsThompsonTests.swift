import Experimentation
import Testing

@Suite("Thompson allocation")
struct StatisticsThompsonTests {
    @Test("R68: a bandit converges to the best arm, regrets less than equal shares, and never goes below the floor")
    func simulation() throws {
        let rates = [0.04, 0.05, 0.08]
        let allocation = try ThompsonAllocation(floor: 0.05)
        var generator = StatisticsGenerator(seed: 42)
        var (regret, equalRegret) = (0.0, 0.0)
        var finalShares: [Double] = []
        for run in 0..<10 {
            var arms = Array(repeating: ArmSummary(), count: rates.count)
            var shares: [Double] = []
            for period in 0..<40 {
                shares = try allocation.shares(
                    arms.map { ThompsonAllocation.posterior($0, kind: .binary) }, seed: UInt64(run * 1_000 + period))
                #expect(shares.allSatisfy { $0 >= 0.05 })
                #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
                for (index, rate) in rates.enumerated() {
                    let units = Int(500 * shares[index])
                    var successes = 0
                    for _ in 0..<units where generator.uniform() < rate { successes += 1 }
                    arms[index].merge(try ArmSummary(units: units, successes: successes))
                    regret += Double(units) * (0.08 - rate)
                    equalRegret += 500 / 3 * (0.08 - rate)
                }
            }
            finalShares.append(shares[2])
        }
        // What the floor alone costs is 0.05 × 0.07 ÷ (0.07 ÷ 3) = 15 % of the regret of equal shares.
        #expect(regret < 0.4 * equalRegret)
        #expect(regret > 0.15 * equalRegret)
        // Two arms keep their floor: the best may have 90 %.
        #expect(finalShares.reduce(0, +) / 10 > 0.85)
        #expect(finalShares.allSatisfy { $0 <= 0.9 + 1e-12 })
    }

    @Test("The same posteriors and seed give the same shares")
    func determinism() throws {
        let allocation = try ThompsonAllocation(floor: 0.1)
        let arms: [Posterior?] = [.rate(units: 100, successes: 4), .rate(units: 100, successes: 9)]
        let first = try allocation.shares(arms, seed: 5)
        #expect(try allocation.shares(arms, seed: 5) == first)
    }

    @Test("Shares are the probabilities of being the best")
    func probabilities() throws {
        let arm = Posterior.rate(units: 1_000, successes: 55)
        let control = Posterior.rate(units: 1_000, successes: 40)
        let shares = try ThompsonAllocation(floor: 0).shares([control, arm], seed: 11)
        // Three standard errors of 10,000 draws.
        #expect(abs(shares[1] - Posterior.probability(arm, exceeds: control)) < 0.0075)
        let normal = try ThompsonAllocation(floor: 0, direction: .decrease).shares(
            [.normal(mean: 1, standardDeviation: 1), .normal(mean: 2, standardDeviation: 1)], seed: 11)
        #expect(abs(normal[0] - 0.76025) < 0.013)
    }

    @Test("While too little is known of an arm, all arms get the same share")
    func beginning() throws {
        var known = ArmSummary()
        for value in [1.0, 2, 3] { try known.add(value) }
        let posteriors = [known, ArmSummary()].map { ThompsonAllocation.posterior($0, kind: .mean) }
        #expect(try ThompsonAllocation(floor: 0.1).shares(posteriors, seed: 0) == [0.5, 0.5])
    }

    @Test("A floor that the arms cannot all have is refused", arguments: [0.51, 1, -0.1, .nan])
    func impossibleFloors(floor: Double) {
        #expect(throws: StatisticsError.self) {
            let arms: [Posterior?] = [.rate(units: 1, successes: 0), .rate(units: 1, successes: 1)]
            return try ThompsonAllocation(floor: floor).shares(arms, seed: 0)
        }
    }

    @Test(
        "Sample ratios are judged by propensities when weights have changed: few false alarms, and lost units are found"
    )
    func sampleRatioOfChangingWeights() throws {
        var generator = StatisticsGenerator(seed: 7)
        func arms(losing: Double) throws -> [ArmInput] {
            var summaries = [ArmSummary(), ArmSummary(), ArmSummary()]
            var sums = [PropensitySums(), PropensitySums(), PropensitySums()]
            for period in 0..<5 {
                let first = 0.2 + 0.1 * Double(period)
                let shares = [first, (1 - first) * 0.75, (1 - first) * 0.25]
                for _ in 0..<400 {
                    let drawn = generator.uniform()
                    let arm = drawn < shares[0] ? 0 : drawn < shares[0] + shares[1] ? 1 : 2
                    if arm == 1, generator.uniform() < losing { continue }
                    try summaries[arm].add(0)
                    sums[arm].add(shares[arm])
                }
            }
            return zip(["a", "b", "c"], zip([1.0, 1, 1], zip(summaries, sums))).map {
                ArmInput(name: $0, weight: $1.0, summary: $1.1.0, propensities: $1.1.1)
            }
        }
        let question = try MetricQuestion(name: "m", kind: .binary)
        let settings = try AnalysisSettings()
        func check(_ arms: [ArmInput]) throws -> SampleRatioCheck {
            try ExperimentAnalysis.results(question, arms: arms, control: "a", settings: settings).sampleRatio
        }
        var below = 0
        for _ in 0..<400 where try check(try arms(losing: 0)).pValue < 0.05 { below += 1 }
        // At most 5 in 100, and not far fewer: the correction for three arms is conservative.
        #expect((4...32).contains(below))
        #expect(try check(try arms(losing: 0.3)).isAlarm)
        // An arm that loses all of its units alarms too.
        #expect(try check(try arms(losing: 1)).isAlarm)
    }
}
