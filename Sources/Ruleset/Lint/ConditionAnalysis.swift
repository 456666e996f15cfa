internal import CEL
internal import Model

/// Which values let a condition be true, as far as that is certain.
///
/// Numbers become intervals, texts sets, and what is not understood an input of its own that is true or false, so that
/// no claim is made about it. A condition is a union of boxes, each an intersection of such sets. The boxes never hold
/// less than the condition: without a box it can never be true.
///
/// Source: Cousot and Cousot, "Abstract interpretation" (1977), for intervals as an over-approximation.
struct ConditionAnalysis: Sendable {
    /// Boxes kept of one condition; beyond, less is claimed.
    private static let boxesMax = 64
    /// Segments within segments that are followed.
    private static let depthMax = 6

    /// What an input can be at all.
    private let domains: [String: ValueSet]
    private let segments: [String: CheckedExpression]
    /// Of `role`, `stage` and `persona`: names in file order with what they ask for.
    private let ladders: [String: [Rung]]

    /// One role, stage or persona.
    struct Rung: Sendable {
        let name: String
        let condition: CheckedExpression
        /// Only rungs of the same group exclude each other: personas of one profile.
        let group: String
    }

    init(_ set: RuleSet) {
        segments = Dictionary(set.segments.map { ($0.name, $0.condition.expression) }) { first, _ in first }
        ladders = [
            "role": set.roles.map { Rung(name: $0.name, condition: $0.condition.expression, group: "") },
            "stage": set.stages.map { Rung(name: $0.name, condition: $0.condition.expression, group: "") },
            "persona": set.personas.map { Rung(name: $0.name, condition: $0.condition.expression, group: $0.icp) },
        ]
        var domains: [String: ValueSet] = [:]
        for attribute in set.attributes where attribute.type == .string && !attribute.values.isEmpty {
            domains["\(attribute.entity.name).\(attribute.name)"] = .words(WordSet(allowed: Set(attribute.values)))
        }
        for event in set.events {
            for path in ["events", "account.events"] {
                domains["\(path).\(event.name).count"] = .numbers(NumberSet(low: 0, isWhole: true))
            }
        }
        for icp in set.icps { domains["fit('\(icp.name)')"] = .numbers(NumberSet(low: 0, high: 100)) }
        for (key, rungs) in ladders {
            domains[key] = .words(WordSet(allowed: Set(rungs.map(\.name) + ["none"])))
        }
        self.domains = domains
    }

    /// What was found of a condition.
    struct Finding {
        var boxes: [ConditionBox]
        /// The input of which two parts ask for values that exclude each other, if that was met.
        var conflict: String?

        var canHold: Bool { !boxes.isEmpty }
    }

    /// - Parameter conditions: All of them must be true.
    func together(_ conditions: [CheckedExpression]) -> Finding {
        var finding = Finding(boxes: [.always])
        for condition in conditions {
            var walk = Walk(analysis: self, checked: condition, depth: 0)
            let boxes = walk.boxes(condition.root, true)
            finding.conflict = finding.conflict ?? walk.conflict
            finding.boxes = Self.both(finding.boxes, boxes, conflict: &finding.conflict)
        }
        return reachable(finding)
    }

    /// - Parameter part: A node of the condition.
    func part(_ part: Expression, of condition: CheckedExpression) -> Finding {
        var walk = Walk(analysis: self, checked: condition, depth: 0)
        let boxes = walk.boxes(part, true)
        return reachable(Finding(boxes: boxes, conflict: walk.conflict))
    }

    /// Whether a node of the condition can never be false; unknown it can be.
    func isNeverFalse(_ part: Expression, of condition: CheckedExpression) -> Bool {
        var walk = Walk(analysis: self, checked: condition, depth: 0)
        return walk.boxes(part, false).isEmpty
    }

    /// Whether the second holds wherever the first does.
    func implies(_ first: [ConditionBox], _ second: CheckedExpression?) -> Bool {
        let seconds = second.map { together([$0]).boxes } ?? [.always]
        return first.allSatisfy { box in seconds.contains(where: box.isWithin) }
    }

    /// Whether both can hold at once, as far as is known.
    static func overlap(_ first: [ConditionBox], _ second: [ConditionBox]) -> Bool {
        first.contains { one in second.contains(where: one.meets) }
    }

    /// Takes out what an earlier role, stage or persona catches first.
    private func reachable(_ finding: Finding) -> Finding {
        var result = finding
        for key in ["persona", "role", "stage"] {
            result.boxes = result.boxes.filter { box in
                guard let name = box.sets[key]?.onlyWord, let rungs = ladders[key],
                    let index = rungs.firstIndex(where: { $0.name == name })
                else { return true }
                let isCaught = rungs[..<index].suffix(Lint.comparedMax).contains { earlier in
                    guard earlier.group == rungs[index].group else { return false }
                    var walk = Walk(analysis: self, checked: earlier.condition, depth: 1)
                    return walk.boxes(earlier.condition.root, true).contains(where: box.isWithin)
                }
                if isCaught { result.conflict = result.conflict ?? key }
                return !isCaught
            }
        }
        return result
    }

    // MARK: Boxes

    static func both(
        _ left: [ConditionBox], _ right: [ConditionBox], conflict: inout String?
    ) -> [ConditionBox] {
        guard left.count * right.count <= boxesMax else {
            // Either side alone holds no less than both.
            return (left.count < right.count ? left : right).map { ConditionBox(sets: $0.sets, isExact: false) }
        }
        var result: [ConditionBox] = []
        for one in left {
            for other in right {
                if let box = one.intersection(other, conflict: &conflict) { result.append(box) }
            }
        }
        return result
    }

    static func either(_ left: [ConditionBox], _ right: [ConditionBox]) -> [ConditionBox] {
        left.count + right.count <= boxesMax ? left + right : [.unknown]
    }

    func atom(_ key: String, _ set: ValueSet) -> [ConditionBox] {
        let possible = domains[key].map { set.intersection($0) } ?? set
        guard !possible.isEmpty else { return [] }
        var sets = [key: possible]
        // What is compared is there.
        if key.hasPrefix("visitor.") || key.hasPrefix("account.") { sets["has(\(key))"] = .word("true") }
        return [ConditionBox(sets: sets, isExact: true)]
    }

    func segment(_ name: String) -> CheckedExpression? { segments[name] }

    func rung(_ key: String, _ name: String) -> CheckedExpression? {
        ladders[key]?.first { $0.name == name }?.condition
    }

    static func canFollow(_ depth: Int) -> Bool { depth < depthMax }
}
