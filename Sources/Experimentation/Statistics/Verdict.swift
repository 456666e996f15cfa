/// What follows from the results of one metric. Every verdict holds at any time, and says something of arms against the control only, not
/// against each other.
package enum Verdict: Sendable, Equatable {
    /// The arms' sizes contradict their shares: nothing follows.
    case sampleRatioMismatch
    /// The shares follow the outcomes: intervals do not hold, and nothing is measured.
    case steered
    /// Some arm has too little for an interval; its `lack` says what of.
    case tooFewUnits
    /// The arm is better than control; of several, the one with the largest estimate.
    case wins(arm: String)
    /// Every other arm is worse than control.
    case controlWins
    /// Neither.
    case noDifferenceYet
    /// Of a guardrail: these arms do more harm than is accepted.
    case guardrailBroken(arms: [String])
    /// Of a guardrail: no arm does.
    case guardrailKept
    /// Of a guardrail: some arm may.
    case guardrailUndecided

    init(_ arms: [ArmResult], question: MetricQuestion, sampleRatio: SampleRatioCheck, isSteered: Bool) {
        let others = arms.filter { !$0.isControl }
        if sampleRatio.isAlarm {
            self = .sampleRatioMismatch
        } else if isSteered {
            self = .steered
        } else if question.guardrail != nil {
            self = Self.ofGuardrail(others)
        } else {
            self = Self.ofMetric(others, question.direction)
        }
    }

    private static func ofGuardrail(_ others: [ArmResult]) -> Verdict {
        let broken = others.filter { $0.guardrail == .breached }.map(\.name)
        guard broken.isEmpty else { return .guardrailBroken(arms: broken) }
        guard others.allSatisfy({ $0.comparison != nil }) else { return .tooFewUnits }
        return others.allSatisfy { $0.guardrail == .kept } ? .guardrailKept : .guardrailUndecided
    }

    private static func ofMetric(_ others: [ArmResult], _ direction: MetricDirection) -> Verdict {
        let sign: Double = direction == .increase ? 1 : -1
        let better = others.filter { arm in
            guard let interval = arm.comparison?.difference.atAnyTime else { return false }
            return direction == .increase ? interval.low > 0 : interval.high < 0
        }
        let best = better.max { left, right in
            sign * (left.comparison?.difference.estimate ?? 0) < sign * (right.comparison?.difference.estimate ?? 0)
        }
        if let best { return .wins(arm: best.name) }
        guard others.allSatisfy({ $0.comparison != nil }) else { return .tooFewUnits }
        let allWorse = others.allSatisfy { arm in
            guard let interval = arm.comparison?.difference.atAnyTime else { return false }
            return direction == .increase ? interval.high < 0 : interval.low > 0
        }
        return allWorse ? .controlWins : .noDifferenceYet
    }

    /// As scripts and spreadsheets name it.
    package var name: String {
        switch self {
        case .sampleRatioMismatch: "sample_ratio_mismatch"
        case .steered: "steered"
        case .tooFewUnits: "too_early"
        case .wins: "wins"
        case .controlWins: "control_wins"
        case .noDifferenceYet: "no_difference_yet"
        case .guardrailBroken: "guardrail_broken"
        case .guardrailKept: "guardrail_kept"
        case .guardrailUndecided: "guardrail_undecided"
        }
    }

    /// Whether it is what one hopes for.
    package var isGood: Bool {
        switch self {
        case .wins, .guardrailKept: true
        default: false
        }
    }
}

extension ExperimentResults {
    /// The verdict in one line, such as "start_free wins: +4.1% to +9.8% demo_signup; 95% at any time, against control".
    package var words: String {
        switch verdict {
        case .sampleRatioMismatch:
            return "do not trust this: units per arm contradict the weights (p = "
                + "\(NumberText.pValue(sampleRatio.pValueAtAnyTime)) at any time); find what loses or adds units in one arm"
        case .steered:
            return "steered, not measured: the shares follow what the arms bring, so no interval holds; "
                + "measure with fixed weights (leave out `allocation`)"
        case .tooFewUnits: return lackWords
        case .wins(let name):
            let alone = arms.count > 2 ? ", not against the other arms" : ""
            return "\(name) wins: \(span(of: name)) \(question.name); \(sure)\(alone)"
        case .controlWins: return "control wins: \(statement)"
        case .noDifferenceYet: return "no difference yet: \(statement)"
        case .guardrailBroken(let names):
            let spans = names.map { "\($0) \(span(of: $0))" }.joined(separator: ", ")
            return "guardrail broken: \(spans) \(question.name), \(accepted); \(sure)"
        case .guardrailKept:
            return "guardrail kept: \(spans) \(question.name), \(accepted); \(sure)"
        case .guardrailUndecided:
            return "guardrail undecided yet: \(spans) \(question.name), \(accepted); \(sure)"
        }
    }

    /// What a reader has to know beside the verdict: a sentence each.
    package var notes: [String] {
        guard isWeighted else { return [] }
        var notes = [
            "shares of arms changed: units are weighted by 1/propensity, so that each arm stands for all units"
        ]
        if question.usesCovariate { notes.append("weighted units are not adjusted by what they did before (CUPED)") }
        return notes
    }

    /// Whether arms are shown by their lift: all of them, or all by their difference.
    package var showsLift: Bool { arms.allSatisfy { $0.comparison == nil || $0.comparison?.lift != nil } }

    /// The one interval of an arm that is shown, wherever it is: its lift at any time, or its difference where a lift says nothing. Nil when it
    /// is not known.
    package func shown(_ arm: ArmResult) -> Effect? {
        showsLift ? arm.comparison?.lift : arm.comparison?.difference
    }

    /// An interval in words: a lift as per cent.
    package func words(_ interval: EffectInterval) -> String {
        showsLift
            ? NumberText.percents(interval)
            : "\(NumberText.signed(interval.low)) to \(NumberText.signed(interval.high))"
    }

    private var sure: String {
        let digits = settings.alpha < 0.01 ? 2 : 0
        let share = NumberText.percent(1 - settings.alpha, digits: digits, signed: false)
        let control = arms.first { $0.isControl }?.name ?? "control"
        return "\(share) at any time, against \(control == "control" ? control : "\(control) (control)")"
    }

    private var statement: String { "\(spans) \(question.name); \(sure)" }

    /// What a guardrail accepts.
    private var accepted: String {
        guard let guardrail = question.guardrail else { return "" }
        let sign = guardrail.direction == .increase ? -1.0 : 1
        switch guardrail.margin {
        case .relative(let share): return "where \(NumberText.percent(sign * share)) of control is accepted"
        case .absolute(let harm): return "where \(NumberText.signed(sign * harm)) is accepted"
        }
    }

    private var lackWords: String {
        let fewest = arms.map(\.units).min() ?? 0
        let lacking = arms.first { $0.lack != nil && $0.lack != .variation }
        let name = lacking?.name ?? ""
        switch lacking?.lack {
        case .units: return "too early: an arm has \(fewest) units, of \(settings.unitsMin) that an interval needs"
        case .outcomes:
            return "too early: \(name) has too few units with an outcome; an interval of a count or a value needs "
                + "\(AnalysisSettings.outcomesMin) in each arm"
        case .evenOutcomes:
            return "too early: in \(name) few outcomes are far larger than the others; an interval needs as many as "
                + "\(Int(AnalysisSettings.effectiveOutcomesMin)) of equal size in each arm"
        case .evenWeights:
            return "no verdict: shares of arms changed, and the units of \(name) weigh as few as would not reach "
                + "\(Int(SampleRatioCheck.effectiveUnitsMin)) of equal weight; keep the shares, or let it run on"
        case .weightedRatio:
            return "no verdict: shares of arms changed, and a ratio is not weighted for that; keep the shares"
        case .fixedShares, .variation, nil: return "nothing to compare yet: all units have the same \(question.name)"
        }
    }

    /// The interval of every arm but control; with its name when there are several.
    private var spans: String {
        let others = arms.filter { !$0.isControl }
        guard others.count > 1 else { return others.first.map { span(of: $0.name) } ?? "" }
        return others.map { "\($0.name) \(span(of: $0.name))" }.joined(separator: ", ")
    }

    private func span(of name: String) -> String {
        guard let arm = arms.first(where: { $0.name == name }), let effect = shown(arm) else { return "not known" }
        return words(effect.atAnyTime)
    }
}
