import Experimentation
import Foundation
import Testing

/// How much is simulated: 1 in CI, more by the environment variable STATISTICS_SCALE.
enum Simulation {
    static let scale = max(1, Int(ProcessInfo.processInfo.environment["STATISTICS_SCALE"] ?? "") ?? 1)

    /// How many of `count` worlds may miss with a probability of at most 5% each: three standard errors more.
    static func allowed(of count: Int) -> Double {
        0.05 * Double(count) + 3 * (0.05 * 0.95 * Double(count)).squareRoot()
    }
}

/// The claims of the statistics, held to what is simulated: S1 to S5, W50, W51.
@Suite("Claims of the statistics")
struct StatisticsClaimsTests {
    // MARK: S1

    /// Of how many experiments with looks all the time some interval misses the truth.
    private func missed(
        rate: Double, share: Double, lift: Double, worlds: Int, _ generator: inout StatisticsGenerator
    ) throws -> (differences: Int, lifts: Int) {
        let sequence = try ConfidenceSequence(alpha: 0.05, unitsPlanned: 10_000)
        let rates = [rate, rate * (1 + lift)]
        var (differences, lifts) = (0, 0)
        for _ in 0..<worlds {
            var summaries = [ArmSummary(), ArmSummary()]
            var (hasMissed, hasMissedLift) = (false, false)
            for _ in 0..<40 {
                let inArm = generator.binomial(500, share)
                for (index, units) in [500 - inArm, inArm].enumerated() {
                    let successes = generator.binomial(units, rates[index])
                    summaries[index].merge(try ArmSummary(units: units, successes: successes))
                }
                guard summaries.allSatisfy({ $0.units >= 100 }),
                    let control = ArmEstimate(summaries[0], kind: .binary),
                    let arm = ArmEstimate(summaries[1], kind: .binary),
                    let comparison = Comparison(arm, control: control, sequence: sequence)
                else { continue }
                hasMissed = hasMissed || !comparison.difference.atAnyTime.contains(rates[1] - rates[0])
                if let shown = comparison.lift?.atAnyTime, !shown.contains(lift) { hasMissedLift = true }
            }
            differences += hasMissed ? 1 : 0
            lifts += hasMissedLift ? 1 : 0
        }
        return (differences, lifts)
    }

    @Test("S1: intervals of rates hold at any time, however rare the outcome and however small the arm's share")
    func rates() throws {
        var generator = StatisticsGenerator(seed: 20_261_128)
        let worlds = 40 * Simulation.scale
        var (cells, all) = (0, (differences: 0, lifts: 0))
        for rate in [0.002, 0.01, 0.04, 0.1, 0.5] {
            for share in [0.5, 0.2, 0.1, 0.05, 0.01] {
                for lift in [0, 0.5] {
                    let missed = try missed(rate: rate, share: share, lift: lift, worlds: worlds, &generator)
                    #expect(Double(missed.differences) <= Simulation.allowed(of: worlds), "\(rate) \(share) \(lift)")
                    #expect(Double(missed.lifts) <= Simulation.allowed(of: worlds), "\(rate) \(share) \(lift)")
                    if Simulation.scale > 1 {
                        print("S1 rate \(rate) share \(share) lift \(lift): \(missed) of \(worlds)")
                    }
                    cells += 1
                    all = (all.differences + missed.differences, all.lifts + missed.lifts)
                }
            }
        }
        // Over all cells the bar is sharper than in each.
        #expect(Double(all.differences) <= 0.05 * Double(cells * worlds))
        #expect(Double(all.lifts) <= 0.05 * Double(cells * worlds))
    }

    private func rateResults(_ counts: [(units: Int, successes: Int)], margin: Double? = nil) throws
        -> ExperimentResults
    {
        try ExperimentAnalysis.results(
            MetricQuestion(name: "signup", kind: .binary, guardrailMargin: margin),
            arms: zip(["control", "b", "c"], counts).map {
                ArmInput(
                    name: $0, weight: Double($1.units),
                    summary: try ArmSummary(units: $1.units, successes: $1.successes))
            }, control: "control", settings: AnalysisSettings())
    }

    @Test("S1: an arm without a success is no proof, and no interval is a point")
    func nothingYet() throws {
        let results = try rateResults([(9_900, 20), (100, 0)])
        #expect(results.verdict == .noDifferenceYet)
        for (control, arm) in [((9_900, 20), (100, 0)), ((9_900, 0), (100, 1)), ((100, 100), (100, 0))] {
            let shown = try rateResults([control, arm]).arms[1].comparison?.difference.atAnyTime
            let interval = try #require(shown)
            #expect(interval.low < interval.high && interval.low >= -1 && interval.high <= 1)
        }
    }

    @Test("S1: values need enough outcomes, and outcomes that are not few and huge")
    func values() throws {
        func results(_ buyers: Int, value: (Int) -> Double) throws -> ExperimentResults {
            var arms = [ArmSummary(), ArmSummary()]
            for index in 0..<20_000 { try arms[index & 1].add(index / 2 < buyers ? value(index / 2) : 0) }
            return try ExperimentAnalysis.results(
                MetricQuestion(name: "revenue", kind: .mean),
                arms: zip(["control", "b"], arms).map { ArmInput(name: $0, weight: 1, summary: $1) },
                control: "control", settings: AnalysisSettings())
        }
        let few = try results(299) { _ in 20 }
        #expect(few.verdict == .tooFewUnits && few.arms[1].lack == .outcomes && few.arms[1].comparison == nil)
        #expect(few.words.contains("needs 300"))
        #expect(try results(300) { _ in 20 }.verdict == .noDifferenceYet)
        let uneven = try results(2_000) { $0 < 5 ? 10_000 : 1 }
        #expect(uneven.verdict == .tooFewUnits && uneven.arms[1].lack == .evenOutcomes)
    }

    @Test("S1: intervals of values with a heavy tail hold once they are shown")
    func heavyTails() throws {
        var generator = StatisticsGenerator(seed: 5)
        let worlds = 10 * Simulation.scale
        let (question, settings) = (
            try MetricQuestion(name: "revenue", kind: .mean), try AnalysisSettings(unitsPlanned: 100_000)
        )
        for (share, sigma) in [(0.5, 1.0), (0.1, 1.0), (0.1, 1.5)] {
            var missed = 0
            for _ in 0..<worlds {
                var summaries = [ArmSummary(), ArmSummary()]
                var hasMissed = false
                for _ in 0..<20 {
                    let inArm = generator.binomial(8_000, share)
                    for (index, units) in [8_000 - inArm, inArm].enumerated() {
                        let buyers = generator.binomial(units, 0.03)
                        var part = try ArmSummary(units: units - buyers, successes: 0)
                        for _ in 0..<buyers { try part.add(exp(sigma * generator.normal())) }
                        summaries[index].merge(part)
                    }
                    let arms = zip(["control", "b"], zip([1 - share, share], summaries)).map {
                        ArmInput(name: $0, weight: $1.0, summary: $1.1)
                    }
                    let results = try ExperimentAnalysis.results(
                        question, arms: arms, control: "control", settings: settings)
                    if let shown = results.arms[1].comparison?.difference.atAnyTime, !shown.contains(0) {
                        hasMissed = true
                    }
                }
                missed += hasMissed ? 1 : 0
            }
            #expect(Double(missed) <= Simulation.allowed(of: worlds), "share \(share), sigma \(sigma)")
            if Simulation.scale > 1 { print("S1 values share \(share) sigma \(sigma): \(missed) of \(worlds)") }
        }
    }

    // MARK: S2, W50

    /// Two arms whose share and rate are those of each period.
    private func drifting(
        _ periods: [(share: Double, rate: Double, units: Int)], _ generator: inout StatisticsGenerator
    ) throws -> [ArmInput] {
        var (summaries, sums) = ([ArmSummary(), ArmSummary()], [PropensitySums(), PropensitySums()])
        for period in periods {
            for _ in 0..<period.units {
                let arm = generator.uniform() < period.share ? 1 : 0
                let value: Double = generator.uniform() < period.rate ? 1 : 0
                try summaries[arm].add(value)
                sums[arm].add(arm == 1 ? period.share : 1 - period.share, value: value)
            }
        }
        return zip(["control", "b"], zip(summaries, sums)).map {
            ArmInput(name: $0, weight: 1, summary: $1.0, propensities: $1.1)
        }
    }

    @Test("S2: when a share grows while the rate falls, nobody wins")
    func simpson() throws {
        var generator = StatisticsGenerator(seed: 2)
        let worlds = 30 * Simulation.scale
        let (question, settings) = (try MetricQuestion(name: "m", kind: .binary), try AnalysisSettings())
        var (missed, plain) = (0, 0)
        for _ in 0..<worlds {
            let arms = try drifting([(0.05, 0.05, 10_000), (0.5, 0.03, 10_000)], &generator)
            let results = try ExperimentAnalysis.results(question, arms: arms, control: "control", settings: settings)
            #expect(results.isWeighted && !results.sampleRatio.isAlarm)
            if results.verdict != .noDifferenceYet { missed += 1 }
            let unweighted = arms.map { ArmInput(name: $0.name, weight: 1, summary: $0.summary) }
            let wrong = try ExperimentAnalysis.results(
                question, arms: unweighted, control: "control", settings: settings)
            if let shown = wrong.arms[1].comparison?.difference.atAnyTime, !shown.contains(0) { plain += 1 }
        }
        #expect(Double(missed) <= Simulation.allowed(of: worlds))
        // The simulation can tell: plain means fail it.
        #expect(plain > worlds / 2)
    }

    @Test("S2: too uneven weights give no verdict, and the words say why")
    func unevenWeights() throws {
        var generator = StatisticsGenerator(seed: 3)
        let arms = try drifting([(0.01, 0.1, 10_000), (0.5, 0.1, 300)], &generator)
        let results = try ExperimentAnalysis.results(
            MetricQuestion(name: "m", kind: .binary), arms: arms, control: "control", settings: AnalysisSettings())
        #expect(results.verdict == .tooFewUnits && results.arms[1].lack == .evenWeights)
        #expect(results.words.contains("shares of arms changed"))
    }

    @Test("S2: weighted means and variances are those of their definitions, in parts as in whole")
    func weightedMoments() throws {
        var generator = StatisticsGenerator(seed: 4)
        var parts = [PropensitySums(), PropensitySums(), PropensitySums()]
        var units: [(weight: Double, value: Double)] = []
        for index in 0..<3_000 {
            let propensity = 0.05 + 0.9 * generator.uniform()
            let value = 1e6 + generator.normal()
            parts[index % 3].add(propensity, value: value)
            units.append((1 / propensity, value))
        }
        var all = PropensitySums()
        for part in parts { all.merge(part) }
        let inverses = units.reduce(0) { $0 + $1.weight }
        let mean = units.reduce(0) { $0 + $1.weight * $1.value } / inverses
        let squares = units.reduce(0) { $0 + $1.weight * $1.weight * ($1.value - mean) * ($1.value - mean) }
        let estimate = try #require(ArmEstimate(weighted: all, isRate: false))
        #expect(agree(estimate.mean, mean, within: 1e-12))
        #expect(agree(estimate.standardError, squares.squareRoot() / inverses, within: 1e-6))
    }

    @Test("W50: an arm that is added, or has nobody yet, raises no alarm; one that loses its units does")
    func addedArm() throws {
        func sums(_ units: [(Int, Double)]) -> PropensitySums {
            var sums = PropensitySums()
            for (count, propensity) in units { for _ in 0..<count { sums.add(propensity) } }
            return sums
        }
        func isAlarm(_ arms: [[(Int, Double)]], weights: [Double]) throws -> Bool {
            let inputs = try zip(arms, weights).enumerated().map { index, arm in
                ArmInput(
                    name: "a\(index)", weight: arm.1,
                    summary: try ArmSummary(units: arm.0.reduce(0) { $0 + $1.0 }, successes: 0),
                    propensities: sums(arm.0))
            }
            return try ExperimentAnalysis.results(
                MetricQuestion(name: "m", kind: .binary), arms: inputs, control: "a0", settings: AnalysisSettings()
            ).sampleRatio.isAlarm
        }
        let third = 1.0 / 3
        #expect(
            try !isAlarm(
                [[(400, 0.5), (210, third)], [(400, 0.5), (190, third)], [(200, third)]], weights: [1, 1, 1]))
        // Just pushed: nobody has had it, or one unit has.
        #expect(try !isAlarm([[(400, 0.5)], [(400, 0.5)], []], weights: [1, 1, 1]))
        #expect(try !isAlarm([[(400, 0.5)], [(400, 0.5)], [(1, third)]], weights: [1, 1, 1]))
        // The weights of now are not those of then.
        #expect(try !isAlarm([[(400, 0.5)], [(400, 0.5)]], weights: [1, 9]))
        #expect(try isAlarm([[(400, 0.5)], [(200, 0.5)]], weights: [1, 1]))
        #expect(try isAlarm([[(400, third)], [(400, third)], []], weights: [1, 1, 1]))
    }

    @Test("W50: an arm that was taken out takes its units along, and raises no alarm")
    func removedArm() throws {
        func sums(_ units: [(Int, Double)]) -> PropensitySums {
            var sums = PropensitySums()
            for (count, propensity) in units { for _ in 0..<count { sums.add(propensity) } }
            return sums
        }
        // 800 units in three even arms, one of which went; then 600 more, 8 to 1. The smaller arm counts as fewer than 400 even ones.
        let arms = [sums([(267, 1.0 / 3), (533, 8.0 / 9)]), sums([(266, 1.0 / 3), (67, 1.0 / 9)])]
        #expect(arms[1].effectiveUnits < SampleRatioCheck.effectiveUnitsMin)
        #expect(try !SampleRatioCheck(arms, areAll: false).isAlarm)
        // Without an arm that was taken out, as many are missing.
        #expect(try SampleRatioCheck(arms, areAll: true).isAlarm)
    }

    // MARK: S3, S5, W51, S10

    @Test("S3: shares that follow the outcomes are steered, not measured")
    func steered() throws {
        let arms = try [("control", 40), ("b", 400)].map {
            ArmInput(name: $0.0, weight: 1, summary: try ArmSummary(units: 1_000, successes: $0.1))
        }
        let results = try ExperimentAnalysis.results(
            MetricQuestion(name: "m", kind: .binary), arms: arms, control: "control", settings: AnalysisSettings(),
            isSteered: true)
        #expect(results.verdict == .steered && results.words.hasPrefix("steered, not measured"))
        #expect(results.arms.allSatisfy { $0.comparison == nil && $0.mean == nil && $0.lack == .fixedShares })
    }

    @Test("S5: a guardrail decides what the verdict says, needs no ratio and keeps nothing under an alarm")
    func guardrails() throws {
        let broken = try rateResults([(100_000, 40_000), (100_000, 30_000)], margin: 0.02)
        #expect(broken.verdict == .guardrailBroken(arms: ["b"]) && broken.words.hasPrefix("guardrail broken: b −"))
        #expect(broken.words.contains("−2.0% of control is accepted"))
        #expect(try rateResults([(100_000, 40_000), (100_000, 40_000)], margin: 0.03).verdict == .guardrailKept)
        #expect(try rateResults([(1_000, 400), (1_000, 400)], margin: 0.03).verdict == .guardrailUndecided)
        // A control of 0 is one like others: of a metric that should fall, any significant rise is harm.
        let arms = try [("control", 0), ("b", 500)].map {
            ArmInput(name: $0.0, weight: 1, summary: try ArmSummary(units: 50_000, successes: $0.1))
        }
        let errors = try ExperimentAnalysis.results(
            MetricQuestion(name: "errors", kind: .binary, direction: .decrease, guardrailMargin: 0.5), arms: arms,
            control: "control", settings: AnalysisSettings())
        #expect(errors.verdict == .guardrailBroken(arms: ["b"]) && errors.arms[1].comparison?.lift == nil)
        // Under an alarm nothing is kept.
        let uneven = try [("control", 100_000), ("b", 90_000)].map {
            ArmInput(name: $0.0, weight: 1, summary: try ArmSummary(units: $0.1, successes: $0.1 / 2))
        }
        let alarmed = try ExperimentAnalysis.results(
            MetricQuestion(name: "m", kind: .binary, guardrailMargin: 0.1), arms: uneven, control: "control",
            settings: AnalysisSettings())
        #expect(alarmed.verdict == .sampleRatioMismatch && alarmed.arms[1].guardrail == .undecided)
    }

    @Test("W51: the interval that decides is the one that is shown")
    func oneInterval() throws {
        var generator = StatisticsGenerator(seed: 51)
        for _ in 0..<2_000 {
            let units = (100 + Int(generator.uniform() * 3_000), 100 + Int(generator.uniform() * 3_000))
            let rates = (generator.uniform() * 0.2, generator.uniform() * 0.2)
            let results = try rateResults([
                (units.0, generator.binomial(units.0, rates.0)), (units.1, generator.binomial(units.1, rates.1)),
            ])
            guard let comparison = results.arms[1].comparison, let shown = results.shown(results.arms[1]) else {
                continue
            }
            let decides = comparison.difference.atAnyTime
            #expect(shown.atAnyTime.contains(0) == decides.contains(0))
            #expect((shown.atAnyTime.low > 0) == (decides.low > 0) && (shown.atAnyTime.high < 0) == (decides.high < 0))
            #expect(results.words.contains(results.words(shown.atAnyTime)))
        }
    }

    @Test("S10: a verdict says against whom, and alpha is one that says something")
    func words() throws {
        let several = try rateResults([(50_000, 5_000), (50_000, 6_000), (50_000, 6_010)])
        #expect(several.words.contains("against control, not against the other arms"))
        #expect(throws: StatisticsError.self) { try AnalysisSettings(alpha: 0.9) }
        #expect(throws: StatisticsError.self) { try SamplePlan(baseline: 0.1, relativeLift: 0.1, alpha: 0.21) }
        #expect(try AnalysisSettings(alpha: 0.2).alpha == 0.2)
    }
}

extension StatisticsGenerator {
    /// How many of `count` units have what one has with a probability.
    mutating func binomial(_ count: Int, _ probability: Double) -> Int {
        guard probability > 0, count > 0 else { return 0 }
        guard probability < 1 else { return count }
        guard probability <= 0.1 else {
            var found = 0
            for _ in 0..<count where uniform() < probability { found += 1 }
            return found
        }
        // By the gaps between them, of which there are few.
        let scale = log(1 - probability)
        var (found, position) = (0, Int(log(uniform()) / scale))
        while position < count {
            found += 1
            position += 1 + Int(log(uniform()) / scale)
        }
        return found
    }
}
