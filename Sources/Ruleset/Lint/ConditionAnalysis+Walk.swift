internal import CEL

extension ConditionAnalysis {
    /// Goes down one condition.
    struct Walk {
        let analysis: ConditionAnalysis
        let checked: CheckedExpression
        /// Conditions around this one.
        let depth: Int
        var conflict: String?
        /// Nodes that are still looked at, those of segments included: segments within segments multiply.
        private var nodesLeft = 4_000

        init(analysis: ConditionAnalysis, checked: CheckedExpression, depth: Int) {
            self.analysis = analysis
            self.checked = checked
            self.depth = depth
        }

        /// - Parameter wanted: Whether the expression is to be true or false; unknown is neither.
        mutating func boxes(_ expression: Expression, _ wanted: Bool) -> [ConditionBox] {
            guard nodesLeft > 0 else { return [.unknown] }
            nodesLeft -= 1
            switch expression.kind {
            case .literal(.bool(let value)): return value == wanted ? [.always] : []
            case .call("_&&_", nil, let parts) where parts.count == 2: return joined(parts, wanted, all: wanted)
            case .call("_||_", nil, let parts) where parts.count == 2: return joined(parts, wanted, all: !wanted)
            case .call("!_", nil, let parts) where parts.count == 1: return boxes(parts[0], !wanted)
            case .call("between", nil, let parts) where parts.count == 3:
                return between(parts, wanted) ?? opaque(expression, wanted)
            case .call("@in", nil, let parts) where parts.count == 2:
                return membership(parts[0], parts[1], wanted) ?? opaque(expression, wanted)
            case .call("in_segment", nil, let parts):
                return segment(parts, wanted) ?? opaque(expression, wanted)
            case .call(let function, nil, let parts) where parts.count == 2 && Comparison(function) != nil:
                guard let comparison = Comparison(function) else { return [.unknown] }
                return compared(comparison, parts[0], parts[1], wanted) ?? opaque(expression, wanted)
            default: return opaque(expression, wanted)
            }
        }

        private mutating func joined(_ parts: [Expression], _ wanted: Bool, all: Bool) -> [ConditionBox] {
            let left = boxes(parts[0], wanted)
            let right = boxes(parts[1], wanted)
            guard all else { return ConditionAnalysis.either(left, right) }
            return ConditionAnalysis.both(left, right, conflict: &conflict)
        }

        /// Something that is true or false, and of which nothing else is known.
        private func opaque(_ expression: Expression, _ wanted: Bool) -> [ConditionBox] {
            guard let text = ExpressionText.text(expression) else { return [.unknown] }
            return analysis.atom(text, .word(wanted ? "true" : "false"))
        }

        /// A segment holds when its own condition does.
        private mutating func segment(_ parts: [Expression], _ wanted: Bool) -> [ConditionBox]? {
            guard ConditionAnalysis.canFollow(depth), let first = parts.first,
                case .literal(.string(let name)) = first.kind, let condition = analysis.segment(name)
            else { return nil }
            return follow(condition, wanted)
        }

        private mutating func follow(_ condition: CheckedExpression, _ wanted: Bool) -> [ConditionBox] {
            var walk = Walk(analysis: analysis, checked: condition, depth: depth + 1)
            walk.nodesLeft = nodesLeft
            let boxes = walk.boxes(condition.root, wanted)
            nodesLeft = walk.nodesLeft
            conflict = conflict ?? walk.conflict
            return boxes
        }

        // MARK: Comparisons

        private mutating func compared(
            _ comparison: Comparison, _ left: Expression, _ right: Expression, _ wanted: Bool
        ) -> [ConditionBox]? {
            if let key = ExpressionText.input(left) {
                return compared(comparison, key, checked.types[left.id], right, wanted)
            }
            guard let key = ExpressionText.input(right) else { return nil }
            return compared(comparison.flipped, key, checked.types[right.id], left, wanted)
        }

        private mutating func compared(
            _ comparison: Comparison, _ key: String, _ type: CELType, _ other: Expression, _ wanted: Bool
        ) -> [ConditionBox]? {
            if case .literal(.string(let word)) = other.kind { return words(comparison, key, word, wanted) }
            if case .literal(.bool(let flag)) = other.kind, comparison == .equal || comparison == .different {
                let isTrue = (comparison == .equal) == wanted ? flag : !flag
                return analysis.atom(key, .word(isTrue ? "true" : "false"))
            }
            if type == .timestamp, let offset = ExpressionText.secondsFromNow(other) {
                let place = key + " - now"
                guard let set = comparison.numbers(offset, isWhole: false, wanted) else { return nil }
                return analysis.atom(place, .numbers(set))
            }
            guard type == .int || type == .double, let number = ExpressionText.number(other) else { return nil }
            // A double may be no number at all, and is then neither below nor above.
            if !wanted, type == .double, comparison.isOrdering { return [.unknown] }
            guard let set = comparison.numbers(number, isWhole: type == .int, wanted) else { return nil }
            return analysis.atom(key, .numbers(set))
        }

        private mutating func words(
            _ comparison: Comparison, _ key: String, _ word: String, _ wanted: Bool
        ) -> [ConditionBox]? {
            guard comparison == .equal || comparison == .different else { return nil }
            guard (comparison == .equal) == wanted else {
                return analysis.atom(key, .words(WordSet(allowed: nil, excluded: [word])))
            }
            let boxes = analysis.atom(key, .word(word))
            guard ConditionAnalysis.canFollow(depth), let condition = analysis.rung(key, word) else { return boxes }
            // Whoever is it fulfils its condition.
            return ConditionAnalysis.both(boxes, follow(condition, true), conflict: &conflict)
        }

        private func between(_ parts: [Expression], _ wanted: Bool) -> [ConditionBox]? {
            let type = checked.types[parts[0].id]
            guard let key = ExpressionText.input(parts[0]), let low = ExpressionText.number(parts[1]),
                let high = ExpressionText.number(parts[2]), type == .int || type == .double
            else { return nil }
            let isWhole = type == .int
            if wanted { return analysis.atom(key, .numbers(NumberSet(low: low, high: high, isWhole: isWhole))) }
            guard isWhole else { return [.unknown] }
            let below = NumberSet(high: low, isHighIncluded: false, isWhole: true)
            let above = NumberSet(low: high, isLowIncluded: false, isWhole: true)
            return analysis.atom(key, .numbers(below)) + analysis.atom(key, .numbers(above))
        }

        /// `visitor.seniority in ["vp", "director"]`.
        private func membership(_ member: Expression, _ list: Expression, _ wanted: Bool) -> [ConditionBox]? {
            guard let key = ExpressionText.input(member), checked.types[member.id] == .string,
                case .list(let elements) = list.kind
            else { return nil }
            var words: Set<String> = []
            for element in elements {
                guard case .literal(.string(let word)) = element.kind else { return nil }
                words.insert(word)
            }
            let set = wanted ? WordSet(allowed: words) : WordSet(allowed: nil, excluded: words)
            return analysis.atom(key, .words(set))
        }
    }

    /// How two values stand to each other.
    enum Comparison {
        case equal, different, less, lessOrEqual, greater, greaterOrEqual

        init?(_ function: String) {
            switch function {
            case "_==_": self = .equal
            case "_!=_": self = .different
            case "_<_": self = .less
            case "_<=_": self = .lessOrEqual
            case "_>_": self = .greater
            case "_>=_": self = .greaterOrEqual
            default: return nil
            }
        }

        var isOrdering: Bool { self != .equal && self != .different }

        /// With its sides exchanged.
        var flipped: Comparison {
            switch self {
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            case .equal, .different: self
            }
        }

        private var opposite: Comparison {
            switch self {
            case .equal: .different
            case .different: .equal
            case .less: .greaterOrEqual
            case .lessOrEqual: .greater
            case .greater: .lessOrEqual
            case .greaterOrEqual: .less
            }
        }

        func numbers(_ value: Double, isWhole: Bool, _ wanted: Bool) -> NumberSet? {
            guard value.isFinite else { return nil }
            switch wanted ? self : opposite {
            case .equal: return NumberSet(low: value, high: value, isWhole: isWhole)
            case .different: return NumberSet(excluded: [value], isWhole: isWhole)
            case .less: return NumberSet(high: value, isHighIncluded: false, isWhole: isWhole)
            case .lessOrEqual: return NumberSet(high: value, isWhole: isWhole)
            case .greater: return NumberSet(low: value, isLowIncluded: false, isWhole: isWhole)
            case .greaterOrEqual: return NumberSet(low: value, isWhole: isWhole)
            }
        }
    }
}
