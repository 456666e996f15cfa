internal import Conditions
internal import Model
internal import Ruleset

/// Looks for the fewest changes that would bring another profile, lead or variant: one change, then two, then three.
///
/// The evaluator itself decides with each set of changes, so what is found is true; that no smaller set exists holds for the
/// values that the rules name, unless the search was cut short. Of purposes that are not agreed to it is only said which answers ask for
/// what they withhold: the answer with them is not looked for, for it would tell the value.
struct NearestMissSearch {
    private static let sizeMax = 3
    /// Decisions tried for a small rule set; fewer for a large one, whose decisions take longer.
    private static let trialsMax = 20_000
    private static let trialsMin = 500
    private static let nodeTrialsMax = 4_000_000

    private let ruleSet: RuleSet
    private let evaluator: Evaluator
    private let names: GeneralNames
    private let placements: [Int]
    private let possible: PossibleChanges
    private var trials: Int
    private let base: Answers
    private var found: [Int: Explanation.NearestMiss] = [:]
    private(set) var isCutShort = false

    /// What a set of changes is judged by.
    private struct Answers {
        let icp: Row<ICPRow>
        let mql: Truth?
        let choices: [Evaluator.Choice]
    }

    init(_ ruleSet: RuleSet, _ evaluator: Evaluator, _ names: GeneralNames, placements: [Int]) {
        self.ruleSet = ruleSet
        self.evaluator = evaluator
        self.names = names
        self.placements = placements
        possible = PossibleChanges(ruleSet, evaluator, names)
        trials = max(
            Self.trialsMin, min(Self.trialsMax, Self.nodeTrialsMax / max(1, evaluator.table.pointee.nodeCount)))
        base = NearestMissSearch.answers(evaluator, placements)
    }

    /// - Returns: One miss for each answer that changes could turn, in the order profile, lead, placements.
    mutating func run() -> [Explanation.NearestMiss] {
        for size in 1...Self.sizeMax where found.count < subjectCount && !isCutShort {
            var chosen: [Int] = []
            search(size, from: 0, &chosen)
        }
        return found.keys.sorted().compactMap { found[$0] } + purposeMisses()
    }

    private var subjectCount: Int { 2 + placements.count }

    private mutating func search(_ size: Int, from first: Int, _ chosen: inout [Int]) {
        guard size > 0 else {
            judge(chosen)
            return
        }
        for index in possible.changes.indices.dropFirst(first) {
            guard !isCutShort, found.count < subjectCount else { return }
            let change = possible.changes[index]
            guard !chosen.contains(where: { possible.changes[$0].subject == change.subject }) else { continue }
            chosen.append(index)
            search(size - 1, from: index + 1, &chosen)
            chosen.removeLast()
        }
    }

    private mutating func judge(_ chosen: [Int]) {
        guard trials > 0, !Task.isCancelled else {
            isCutShort = true
            return
        }
        trials -= 1
        let answers = withChanges(chosen) { NearestMissSearch.answers(evaluator, placements) }
        if answers.icp != base.icp { note(0, "icp", name(ofICP: answers.icp), chosen) }
        // That it would not be known any more helps nobody.
        if answers.mql != base.mql, answers.mql != .unknown { note(1, "mql", word(answers.mql), chosen) }
        for (position, choice) in answers.choices.enumerated()
        where choice.campaign != base.choices[position].campaign || choice.variant != base.choices[position].variant {
            let placement = ruleSet.placements[placements[position]].name
            note(2 + position, "placements." + placement, name(of: choice), chosen)
        }
    }

    private mutating func note(_ subject: Int, _ of: String, _ answer: String, _ chosen: [Int]) {
        guard found[subject] == nil else { return }
        let changes = chosen.map { index in
            let change = possible.changes[index]
            let now = change.puts.first.map { evaluator.value($0.slot) } ?? .missing
            return Explanation.Change(
                path: change.path, value: change.value, now: Explanation.Input(path: change.path, now))
        }
        found[subject] = Explanation.NearestMiss(of: of, answer: answer, changes: changes)
    }

    // MARK: Trying

    private func withChanges(_ chosen: [Int], _ body: () -> Answers) -> Answers {
        let state = evaluator.state
        let mark = state.pointee.arena.pointee.mark
        var before: [(slot: Int, value: Scalar)] = []
        for change in chosen.map({ possible.changes[$0] }) {
            for (slot, value) in change.puts {
                before.append((slot.position, state.pointee.slots[slot.position]))
                state.pointee.slots[slot.position] = value
            }
        }
        defer {
            for (slot, value) in before { state.pointee.slots[slot] = value }
            state.pointee.arena.pointee.release(to: mark)
            state.pointee.advanceEpoch(evaluator.table)
        }
        state.pointee.advanceEpoch(evaluator.table)
        return body()
    }

    // MARK: Purposes

    /// For each answer the sets of purposes that it asks for and that are not agreed to.
    private func purposeMisses() -> [Explanation.NearestMiss] {
        var misses = purposeMisses("icp") { _ = evaluator.reportedICP() }
        let mqlNode = evaluator.table.pointee.mqlNode
        if !mqlNode.isNone { misses += purposeMisses("mql") { _ = evaluator.verdict(mqlNode) } }
        for placement in placements {
            misses += purposeMisses("placements." + ruleSet.placements[placement].name) {
                _ = NearestMissSearch.choice(evaluator, placement, evaluator.block())
            }
        }
        return misses
    }

    private func purposeMisses(_ of: String, _ decide: () -> Void) -> [Explanation.NearestMiss] {
        let (state, table) = (evaluator.state, evaluator.table)
        let sets = 0..<table.pointee.purposeSets.count
        state.pointee.isUnread.update(repeating: false, count: sets.count)
        state.pointee.advanceEpoch(table)
        decide()
        return sets.filter { state.pointee.isUnread[$0] }.map { set in
            let needed = table.pointee.purposeSets[set].indices.map { Int(table.pointee.purposeSetMembers[$0]) }
            let changes = needed.filter { !state.pointee.isGranted[$0] }.map { purpose in
                let path = "consent." + table.pointee.purposes[purpose].string
                return Explanation.Change(path: path, value: nil, now: Explanation.Input(path: path, .unconsented))
            }
            return Explanation.NearestMiss(of: of, answer: "", changes: changes)
        }
    }

    private static func answers(_ evaluator: Evaluator, _ placements: [Int]) -> Answers {
        let block = evaluator.block()
        return Answers(
            icp: evaluator.reportedICP(),
            mql: evaluator.table.pointee.mqlNode.isNone
                ? nil : evaluator.verdict(evaluator.table.pointee.mqlNode).truth,
            choices: placements.map { choice(evaluator, $0, block) })
    }

    /// In the holdout no change brings anything but the default.
    private static func choice(_ evaluator: Evaluator, _ placement: Int, _ block: Evaluator.Block?) -> Evaluator.Choice
    {
        guard !evaluator.state.pointee.isHeldOut else { return Evaluator.Choice() }
        return evaluator.choice(placement: Row(placement), block: block)
    }

    // MARK: Words

    private func name(ofICP icp: Row<ICPRow>) -> String { icp.isNone ? "none" : ruleSet.icps[icp.position].name }

    private func name(of choice: Evaluator.Choice) -> String {
        guard !choice.variant.isNone else { return "default" }
        return CreativeName(
            campaign: evaluator.table.pointee.campaigns[choice.campaign].name.string, placement: "",
            variant: evaluator.table.pointee.variants[choice.variant].name.string
        ).textInPlacement
    }

    private func word(_ truth: Truth?) -> String {
        switch truth {
        case .yes: "true"
        case .no: "false"
        case .unknown: "unknown"
        case nil: "none"
        }
    }
}
