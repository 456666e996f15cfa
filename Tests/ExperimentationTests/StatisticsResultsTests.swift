import Experimentation
import Testing

@Suite("Results of experiments")
struct StatisticsResultsTests {
    func results(
        _ counts: [(name: String, units: Int, successes: Int)], direction: MetricDirection = .increase,
        margin: Double? = nil, settings: AnalysisSettings? = nil
    ) throws -> ExperimentResults {
        try ExperimentAnalysis.results(
            MetricQuestion(name: "demo_signup", kind: .binary, direction: direction, guardrailMargin: margin),
            arms: counts.map { arm in
                ArmInput(
                    name: arm.name, weight: 1, summary: try ArmSummary(units: arm.units, successes: arm.successes))
            },
            control: "control", settings: settings ?? AnalysisSettings())
    }

    @Test("A better arm wins, in words with its lift")
    func better() throws {
        let results = try results([("control", 100_000, 40_000), ("start_free", 100_000, 42_800)])
        #expect(results.verdict == .wins(arm: "start_free"))
        let lift = try #require(results.arms[1].comparison?.lift?.atAnyTime)
        #expect(lift.low > 0 && lift.contains(0.07))
        // S10: against the control, which is all that a verdict speaks of.
        #expect(
            results.words
                == "start_free wins: \(NumberText.percents(lift)) demo_signup; 95% at any time, against control")
        #expect(results.words.hasPrefix("start_free wins: +5."))
        #expect(try #require(results.arms[1].probabilityBetter) > 0.999)
        #expect(results.arms[0].comparison == nil && results.arms[0].isControl)
        #expect(results.arms[1].outcomes == 42_800)
    }

    @Test("A worse arm loses, and of a metric that should fall it wins")
    func worse() throws {
        let counts = [("control", 100_000, 42_800), ("start_free", 100_000, 40_000)]
        let rising = try results(counts)
        #expect(rising.verdict == .controlWins)
        #expect(rising.words.hasPrefix("control wins: −"))
        let falling = try results(counts, direction: .decrease)
        #expect(falling.verdict == .wins(arm: "start_free"))
        #expect(try #require(falling.arms[1].probabilityBetter) > 0.999)
    }

    @Test("Without a difference the words say so, with both signs")
    func noDifference() throws {
        let results = try results([("control", 10_000, 4_000), ("start_free", 10_000, 4_020)])
        #expect(results.verdict == .noDifferenceYet)
        #expect(results.words.hasPrefix("no difference yet: −"))
        #expect(results.words.contains(" to +"))
    }

    @Test("With several arms the best one wins, and one that is undecided does not stop it")
    func several() throws {
        let results = try results([
            ("control", 50_000, 5_000), ("a", 50_000, 5_010), ("b", 50_000, 6_000), ("c", 50_000, 5_600),
        ])
        #expect(results.verdict == .wins(arm: "b"))
        let two = try self.results([("control", 50_000, 5_000), ("b", 50_000, 6_000)])
        let alone = try #require(two.arms[1].comparison?.difference)
        let among = try #require(results.arms[2].comparison?.difference)
        // The same data, but three comparisons share alpha.
        #expect(among.atAnyTime.low < alone.atAnyTime.low)
    }

    @Test("Sizes that contradict the weights forbid any verdict")
    func mismatch() throws {
        let results = try results([("control", 100_000, 40_000), ("start_free", 90_000, 45_000)])
        #expect(results.sampleRatio.isAlarm)
        #expect(results.verdict == .sampleRatioMismatch)
        #expect(results.words.hasPrefix("do not trust this"))
    }

    @Test(
        "Few units, and units that are all alike, are too early",
        arguments: [(99, 40), (0, 0), (5_000, 0), (5_000, 5_000)])
    func early(units: Int, successes: Int) throws {
        let results = try results([("control", units, successes), ("start_free", units, successes)])
        #expect(results.verdict == .tooFewUnits)
        #expect(results.arms[1].comparison == nil)
        #expect(results.arms[1].probabilityBetter == nil)
        #expect(results.words.hasPrefix(units < 100 ? "too early" : "nothing to compare"))
    }

    @Test("At the smallest number of units an interval appears")
    func smallest() throws {
        #expect(try results([("control", 100, 40), ("b", 100, 41)]).verdict == .noDifferenceYet)
    }

    @Test("A control without outcomes has no lift, but a difference")
    func controlOfZero() throws {
        let results = try results([("control", 50_000, 0), ("b", 50_000, 500)])
        #expect(results.arms[1].comparison?.lift == nil)
        #expect(results.verdict == .wins(arm: "b"))
        #expect(results.words.contains("+0.0"))
    }

    @Test("A guardrail is kept, breached or undecided, at any time")
    func guardrails() throws {
        let cases: [(Int, Guardrail.Answer)] = [(40_000, .kept), (39_300, .undecided), (36_000, .breached)]
        for (successes, answer) in cases {
            let results = try results([("control", 100_000, 40_000), ("b", 100_000, successes)], margin: 0.03)
            #expect(results.arms[1].guardrail == answer, "\(successes)")
            #expect(results.arms[0].guardrail == nil)
        }
        let errors = try Guardrail(direction: .decrease, margin: 0.05)
        let sequence = try ConfidenceSequence(alpha: 0.05, unitsPlanned: 200_000)
        let control = ArmEstimate(units: 100_000, mean: 1, variance: 1)
        for (mean, answer) in [(1.1, Guardrail.Answer.breached), (1, .kept), (1.04, .undecided), (1.06, .undecided)] {
            let arm = ArmEstimate(units: 100_000, mean: mean, variance: 1)
            #expect(errors.answer(arm, control: control, sequence: sequence) == answer, "\(mean)")
        }
        #expect(errors.answer(nil, control: control, sequence: sequence) == .undecided)
    }

    @Test("A summary in parts is the summary of the whole, and large values lose nothing")
    func merging() throws {
        var generator = StatisticsGenerator(seed: 4)
        var whole = ArmSummary()
        var parts = Array(repeating: ArmSummary(), count: 3)
        for index in 0..<3_000 {
            let value = 1e9 + generator.uniform()
            try whole.add(value, denominator: 2 + generator.uniform(), covariate: generator.normal())
            _ = index
        }
        generator = StatisticsGenerator(seed: 4)
        for index in 0..<3_000 {
            let value = 1e9 + generator.uniform()
            try parts[index % 3].add(value, denominator: 2 + generator.uniform(), covariate: generator.normal())
        }
        var merged = ArmSummary()
        for part in parts { merged.merge(part) }
        for kind in MetricKind.allCases {
            let one = try #require(ArmEstimate(whole, kind: kind))
            let other = try #require(ArmEstimate(merged, kind: kind))
            #expect(one.units == other.units && agree(other.mean, one.mean, within: 1e-12))
            #expect(agree(other.variance, one.variance, within: 1e-6))
        }
        // A uniform number's variance is 1/12; plain sums of squares of 1e9 would have lost it.
        #expect(agree(try #require(ArmEstimate(merged, kind: .mean)).variance, 1.0 / 12, within: 0.05))
    }

    @Test("Numbers that are not finite are refused, and change nothing", arguments: [Double.nan, .infinity, -1e61])
    func hostileNumbers(number: Double) throws {
        var summary = ArmSummary()
        try summary.add(1)
        let before = summary
        #expect(throws: StatisticsError.self) { try summary.add(number) }
        #expect(throws: StatisticsError.self) { try summary.add(1, denominator: number) }
        #expect(throws: StatisticsError.self) { try summary.add(1, covariate: number) }
        #expect(summary == before)
    }

    @Test("The largest numbers that are taken overflow nothing")
    func extremeNumbers() throws {
        var arms = [ArmSummary(), ArmSummary()]
        // S1: as many as an interval of values needs.
        for index in 0..<800 { try arms[index & 1].add(index % 4 < 2 ? 1e60 : -1e60, covariate: Double(index)) }
        let results = try ExperimentAnalysis.results(
            MetricQuestion(name: "m", kind: .mean, usesCovariate: true),
            arms: [
                ArmInput(name: "a", weight: 1, summary: arms[0]), ArmInput(name: "b", weight: 1, summary: arms[1]),
            ], control: "a", settings: AnalysisSettings())
        let comparison = try #require(results.arms[1].comparison)
        #expect(comparison.difference.atAnyTime.high.isFinite)
        #expect((0...1).contains(comparison.pValueFixedHorizon))
        #expect(IntervalPlot(results).svg().contains("</svg>"))
    }

    @Test("Bad input is refused in words")
    func badInput() throws {
        let empty = ArmInput(name: "a", weight: 1, summary: ArmSummary())
        let other = ArmInput(name: "b", weight: 1, summary: ArmSummary())
        let question = try MetricQuestion(name: "m", kind: .mean)
        let settings = try AnalysisSettings()
        func refusal(_ arms: [ArmInput], _ control: String) -> StatisticsError? {
            do throws(StatisticsError) {
                _ = try ExperimentAnalysis.results(question, arms: arms, control: control, settings: settings)
                return nil
            } catch { return error }
        }
        #expect(refusal([empty], "a") == .tooFewArms(count: 1))
        #expect(refusal([empty, empty], "a") == .duplicateArm(name: "a"))
        #expect(refusal([empty, other], "c")?.description == "the control c is not an arm: name one of a, b")
        let negative = ArmInput(name: "c", weight: -1, summary: ArmSummary())
        #expect(refusal([empty, negative], "a") != nil)
        #expect(throws: StatisticsError.self) { try AnalysisSettings(alpha: 0) }
        #expect(throws: StatisticsError.self) { try ArmSummary(units: 3, successes: 4) }
        #expect(throws: StatisticsError.self) { try SampleRatioCheck(units: [1, 1], weights: [0, 0]) }
        #expect(try SampleRatioCheck(units: [100, 1], weights: [1, 0]).isAlarm)
        #expect(try SampleRatioCheck(units: [0, 0], weights: [1, 1]).pValue == 1)
    }

    @Test(
        "Plans that make no sense are refused",
        arguments: [
            (0.0, 0.1, 0.8), (1, 0.1, 0.8), (0.6, 0.9, 0.8), (0.04, 0, 0.8), (0.04, .nan, 0.8), (0.04, 0.1, 1),
            (0.04, 1e-9, 0.8),
        ])
    func badPlans(baseline: Double, lift: Double, power: Double) {
        #expect(throws: StatisticsError.self) {
            try SamplePlan(baseline: baseline, relativeLift: lift, power: power)
        }
    }

    @Test("A plan says how many days it takes, and a mean is planned as a rate is")
    func days() throws {
        let plan = try SamplePlan(baseline: 0.04, relativeLift: 0.1)
        #expect(try plan.days(unitsPerDay: 5_000) == 16)
        #expect(try plan.days(unitsPerDay: 5_000, atAnyTime: true) == 31)
        #expect(throws: StatisticsError.self) { try plan.days(unitsPerDay: 0) }
        // 2 × ((1.959964 + 0.841621) × 10 ÷ 1)² = 1569.8
        #expect(try SamplePlan(standardDeviation: 10, difference: 1).unitsPerArm == 1_570)
    }
}
