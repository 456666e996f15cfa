import Experimentation
import Testing

@Suite("Statistics by simulation")
struct StatisticsCoverageTests {
    /// What a hundred looks at one simulated experiment ever said.
    struct Looks {
        var missedAtAnyTime = false
        var missedFixedHorizon = false
        var liftMissed = false
    }

    /// Runs an experiment on a rate: 100 looks, one after every 200 units of each arm.
    func looks(_ generator: inout StatisticsGenerator, control: Double, arm: Double) throws -> Looks {
        var summaries = [ArmSummary(), ArmSummary()]
        let sequence = try ConfidenceSequence(alpha: 0.05, unitsPlanned: 10_000)
        var looks = Looks()
        for _ in 0..<100 {
            for (index, rate) in [control, arm].enumerated() {
                var successes = 0
                for _ in 0..<200 where generator.uniform() < rate { successes += 1 }
                summaries[index].merge(try ArmSummary(units: 200, successes: successes))
            }
            guard let first = ArmEstimate(summaries[0], kind: .binary),
                let second = ArmEstimate(summaries[1], kind: .binary),
                let comparison = Comparison(second, control: first, sequence: sequence)
            else { continue }
            let truth = arm - control
            if !comparison.difference.atAnyTime.contains(truth) { looks.missedAtAnyTime = true }
            if !comparison.difference.fixedHorizon.contains(truth) { looks.missedFixedHorizon = true }
            if let lift = comparison.lift, !lift.atAnyTime.contains(truth / control) { looks.liftMissed = true }
        }
        return looks
    }

    @Test("R67: of 1,000 A/A runs looked at 100 times each, at most 5% ever exclude zero")
    func noFalseAlarms() throws {
        var generator = StatisticsGenerator(seed: 20_261_123)
        var (atAnyTime, fixedHorizon, lifts) = (0, 0, 0)
        for _ in 0..<1_000 {
            let looks = try looks(&generator, control: 0.05, arm: 0.05)
            atAnyTime += looks.missedAtAnyTime ? 1 : 0
            fixedHorizon += looks.missedFixedHorizon ? 1 : 0
            lifts += looks.liftMissed ? 1 : 0
        }
        #expect(atAnyTime <= 50)
        #expect(lifts <= 50)
        // The simulation can tell: intervals for one look fail it by far.
        #expect(fixedHorizon > 200)
    }

    @Test("With a true lift of a quarter, at most 5% of runs ever exclude it")
    func coverageOfAnEffect() throws {
        var generator = StatisticsGenerator(seed: 7)
        var (differences, lifts) = (0, 0)
        for _ in 0..<400 {
            let looks = try looks(&generator, control: 0.08, arm: 0.1)
            differences += looks.missedAtAnyTime ? 1 : 0
            lifts += looks.liftMissed ? 1 : 0
        }
        #expect(differences <= 20)
        #expect(lifts <= 20)
    }

    @Test("A planned experiment finds the planned lift as often as planned")
    func power() throws {
        let plan = try SamplePlan(baseline: 0.1, relativeLift: 0.3)
        var generator = StatisticsGenerator(seed: 3)
        var (once, always) = (0, 0)
        for _ in 0..<400 {
            func summary(_ units: Int, _ rate: Double) throws -> ArmSummary {
                var successes = 0
                for _ in 0..<units where generator.uniform() < rate { successes += 1 }
                return try ArmSummary(units: units, successes: successes)
            }
            for (units, isAlways) in [(plan.unitsPerArm, false), (plan.unitsPerArmAtAnyTime, true)] {
                let sequence = try ConfidenceSequence(alpha: 0.05, unitsPlanned: Double(2 * units))
                guard let control = ArmEstimate(try summary(units, 0.1), kind: .binary),
                    let arm = ArmEstimate(try summary(units, 0.13), kind: .binary),
                    let comparison = Comparison(arm, control: control, sequence: sequence)
                else { continue }
                let interval = isAlways ? comparison.difference.atAnyTime : comparison.difference.fixedHorizon
                if interval.low > 0 { if isAlways { always += 1 } else { once += 1 } }
            }
        }
        // 80 % of 400, give or take three standard errors.
        #expect((296...344).contains(once))
        #expect((296...344).contains(always))
    }

    @Test("S4: looked at all the time, the sample-ratio check alarms for at most one in a thousand sound experiments")
    func sampleRatioAlarms() throws {
        var generator = StatisticsGenerator(seed: 99)
        let worlds = 1_000 * Simulation.scale
        var (alarms, byPearson) = (0, 0)
        for _ in 0..<worlds {
            var (first, all) = (0, 0)
            var (hasAlarmed, wouldHave) = (false, false)
            for _ in 0..<50 {
                for _ in 0..<20 where generator.uniform() < 0.5 { first += 1 }
                all += 20
                let check = try SampleRatioCheck(units: [first, all - first], weights: [1, 1])
                hasAlarmed = hasAlarmed || check.isAlarm
                wouldHave = wouldHave || check.pValue < SampleRatioCheck.alarmBelow
            }
            alarms += hasAlarmed ? 1 : 0
            byPearson += wouldHave ? 1 : 0
        }
        // One in a thousand, and three standard errors.
        #expect(Double(alarms) <= 0.001 * Double(worlds) + 3 * (0.001 * Double(worlds)).squareRoot())
        // The simulation can tell: one look's p-value fails it.
        #expect(Double(byPearson) > 0.003 * Double(worlds))
        #expect(try SampleRatioCheck(units: [50_000, 51_500], weights: [1, 1]).isAlarm)
    }

    @Test("Ten million units are summed up and analysed in less than two seconds")
    func speed() throws {
        var generator = StatisticsGenerator(seed: 1)
        let outcomes = (0..<65_536).map { _ in generator.uniform() < 0.05 ? 1.0 : 0.0 }
        let elapsed = try ContinuousClock().measure {
            var arms = [ArmSummary(), ArmSummary()]
            for unit in 0..<10_000_000 {
                let value = outcomes[(unit &* 31) & 65_535]
                try arms[unit & 1].add(value, covariate: value + Double(unit & 7))
            }
            let results = try ExperimentAnalysis.results(
                MetricQuestion(name: "signup", kind: .mean, usesCovariate: true),
                arms: [
                    ArmInput(name: "a", weight: 1, summary: arms[0]), ArmInput(name: "b", weight: 1, summary: arms[1]),
                ], control: "a", settings: AnalysisSettings())
            #expect(results.arms[1].units == 5_000_000)
        }
        #expect(elapsed < .seconds(2), "\(elapsed)")
    }
}
