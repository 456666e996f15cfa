/// What follows from the results of one metric. Every verdict holds at any time.
package enum Verdict: Sendable, Equatable {
    /// The arms' sizes contradict their weights: nothing follows.
    case sampleRatioMismatch
    /// Some arm has too few units, or no unit differs from another.
    case tooFewUnits
    /// The arm is better than control; of several, the one with the largest estimate.
    case wins(arm: String)
    /// Every other arm is worse than control.
    case controlWins
    /// Neither.
    case noDifferenceYet

    init(_ arms: [ArmResult], direction: MetricDirection, sampleRatio: SampleRatioCheck) {
        guard !sampleRatio.isAlarm else {
            self = .sampleRatioMismatch
            return
        }
        let others = arms.filter { !$0.isControl }
        let sign: Double = direction == .increase ? 1 : -1
        let better = others.filter { arm in
            guard let interval = arm.comparison?.difference.atAnyTime else { return false }
            return direction == .increase ? interval.low > 0 : interval.high < 0
        }
        let best = better.max { left, right in
            sign * (left.comparison?.difference.estimate ?? 0) < sign * (right.comparison?.difference.estimate ?? 0)
        }
        if let best {
            self = .wins(arm: best.name)
            return
        }
        guard others.allSatisfy({ $0.comparison != nil }) else {
            self = .tooFewUnits
            return
        }
        let allWorse = others.allSatisfy { arm in
            guard let interval = arm.comparison?.difference.atAnyTime else { return false }
            return direction == .increase ? interval.high < 0 : interval.low > 0
        }
        self = allWorse ? .controlWins : .noDifferenceYet
    }
}

extension ExperimentResults {
    /// The verdict in one line, such as "start_free wins: +4.1% to +9.8% demo_signup; 95% at any time".
    package var words: String {
        let digits = settings.alpha < 0.01 ? 2 : 0
        let sure = "\(NumberText.percent(1 - settings.alpha, digits: digits, signed: false)) at any time"
        switch verdict {
        case .sampleRatioMismatch:
            return "do not trust this: units per arm contradict the weights (p = "
                + "\(NumberText.pValue(sampleRatio.pValue))); find what loses or adds units in one arm"
        case .tooFewUnits:
            let fewest = arms.map(\.units).min() ?? 0
            guard fewest < settings.unitsMin else {
                return "nothing to compare yet: all units have the same \(question.name)"
            }
            return "too early: an arm has \(fewest) units, of \(settings.unitsMin) that an interval needs"
        case .wins(let name):
            return "\(name) wins: \(span(of: name)) \(question.name); \(sure)"
        case .controlWins:
            return "control wins: \(spans) \(question.name); \(sure)"
        case .noDifferenceYet:
            return "no difference yet: \(spans) \(question.name); \(sure)"
        }
    }

    /// The interval of every arm but control; with its name when there are several.
    private var spans: String {
        let others = arms.filter { !$0.isControl }
        guard others.count > 1 else { return others.first.map { span(of: $0.name) } ?? "" }
        return others.map { "\($0.name) \(span(of: $0.name))" }.joined(separator: ", ")
    }

    /// The arm's lift at any time, or its difference where a lift says nothing.
    private func span(of name: String) -> String {
        guard let comparison = arms.first(where: { $0.name == name })?.comparison else { return "not known" }
        guard let lift = comparison.lift?.atAnyTime, (lift.low > 0) == (comparison.difference.atAnyTime.low > 0),
            (lift.high < 0) == (comparison.difference.atAnyTime.high < 0)
        else {
            let interval = comparison.difference.atAnyTime
            return "\(NumberText.signed(interval.low)) to \(NumberText.signed(interval.high))"
        }
        return NumberText.percents(lift)
    }
}
