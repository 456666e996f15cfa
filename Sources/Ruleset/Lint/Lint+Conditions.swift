internal import CEL
internal import Model

/// Conditions that contradict themselves, or ask for what there is not.
extension Lint {
    mutating func checkConditions() {
        for (condition, subject) in set.conditions {
            checkAnswers(condition)
            let root = condition.expression.root
            if case .literal(.bool(let value)) = root.kind {
                report(
                    "constant-condition", condition.position,
                    "the condition of \(subject) is always \(value)",
                    suggestion: value ? "the rule without a condition" : "the rule taken out")
            } else {
                for (part, conflict) in deadParts(root, condition.expression) {
                    let isWhole = part.id == root.id
                    report(
                        "contradiction", position(condition, isWhole ? 0 : part.start),
                        "\(isWhole ? "the condition of \(subject)" : "this part") can never be true"
                            + Self.because(conflict))
                }
            }
        }
        checkLadder("role", set.roles.map { ($0.name, $0.condition, "") })
        checkLadder("stage", set.stages.map { ($0.name, $0.condition, "") })
        checkLadder("persona", set.personas.map { ($0.name, $0.condition, $0.icp) })
    }

    static func because(_ conflict: String?) -> String {
        guard let conflict else { return "" }
        switch conflict {
        case "role", "stage", "persona": return ": an earlier \(conflict) in the file always comes first"
        default: return ": its parts ask for values of `\(conflict)` that exclude each other"
        }
    }

    /// The largest parts that can never be true; where they stand in an or, the rest still can.
    private func deadParts(
        _ root: Expression, _ condition: CheckedExpression
    ) -> [(part: Expression, conflict: String?)] {
        var dead: [(part: Expression, conflict: String?)] = []
        var pending = [root]
        while let part = pending.popLast() {
            let finding = analysis.part(part, of: condition)
            if finding.canHold {
                pending += Self.alternatives(part)
            } else {
                dead.append((part, finding.conflict))
            }
        }
        return dead
    }

    /// The sides of every `or` in an expression that can hold: each part of an `and` that can hold can do so too.
    private static func alternatives(_ expression: Expression) -> [Expression] {
        var found: [Expression] = []
        var pending = [expression]
        while let part = pending.popLast() {
            guard case .call(let function, nil, let parts) = part.kind, parts.count == 2 else { continue }
            if function == "_&&_" { pending += parts }
            if function == "_||_" { found += parts }
        }
        return found
    }

    /// The first that applies counts: one whose condition an earlier one covers is never reached.
    private mutating func checkLadder(_ what: String, _ rungs: [(name: String, condition: Condition, group: String)]) {
        for (index, rung) in rungs.enumerated() {
            let boxes = analysis.together([rung.condition.expression]).boxes
            guard !boxes.isEmpty else { continue }
            let earlier = rungs[..<index].suffix(Self.comparedMax).first {
                $0.group == rung.group && analysis.implies(boxes, $0.condition.expression)
            }
            guard let earlier else { continue }
            report(
                "unreachable", rung.condition.position,
                "\(what) `\(rung.name)` is never reached: whoever it is for is `\(earlier.name)` already")
        }
    }

    /// How many earlier ones each is compared with.
    static let comparedMax = 64

    /// `role == "champoin"`: what is found before is one of the names that the rule set has, or `none`.
    private mutating func checkAnswers(_ condition: Condition) {
        let names = [
            "role": set.roles.map(\.name), "stage": set.stages.map(\.name), "persona": set.personas.map(\.name),
        ]
        var pending = [condition.expression.root]
        while let expression = pending.popLast() {
            switch expression.kind {
            case .literal, .identifier, .map: break
            case .select(let operand, _, _): pending.append(operand)
            case .list(let elements): pending += elements
            // Its variables could be called like what is looked for.
            case .comprehension: break
            case .call(let function, let target, let arguments):
                pending += arguments
                if let target { pending.append(target) }
                guard ["_==_", "_!=_", "@in"].contains(function), arguments.count == 2 else { continue }
                for (side, other) in [(arguments[0], arguments[1]), (arguments[1], arguments[0])] {
                    guard case .identifier(let name) = side.kind, let known = names[name] else { continue }
                    checkAnswer(name, known, other, condition)
                }
            }
        }
    }

    private mutating func checkAnswer(_ name: String, _ known: [String], _ other: Expression, _ condition: Condition) {
        let literals: [Expression]
        if case .list(let elements) = other.kind { literals = elements } else { literals = [other] }
        for literal in literals {
            guard case .literal(.string(let word)) = literal.kind, word != "none", !known.contains(word) else {
                continue
            }
            let list = (known + ["none"]).map { "`\($0)`" }.joined(separator: ", ")
            report(
                "no-such-answer", position(condition, literal.offset),
                "`\(name)` is never \"\(word)\"; it is one of \(list)",
                suggestion: Spelling.nearest(to: word, among: known))
        }
    }
}

extension Expression {
    /// Where the text of the node begins: an operator's own place is behind its left side.
    fileprivate var start: Int {
        var first = offset
        var current = self
        while true {
            switch current.kind {
            case .select(let operand, _, _): current = operand
            case .call(_, let target?, _): current = target
            case .call(_, nil, let parts) where !parts.isEmpty: current = parts[0]
            default: return min(first, current.offset)
            }
            first = min(first, current.offset)
        }
    }
}
