internal import CEL
internal import Model

/// Whether missing data can leave a condition unknown: whether it reads a value that may be missing without having asked
/// `has(…)` for it.
struct UnknownSearch {
    private let segments: [String: Condition]
    private var depth = 0

    private static let depthMax = 32

    init(_ set: RuleSet) {
        segments = Dictionary(set.segments.map { ($0.name, $0.condition) }) { first, _ in first }
    }

    mutating func canBeUnknown(_ condition: Condition) -> Bool { canBeUnknown(condition.expression.root, []) }

    /// - Parameter known: Inputs that are there, or else the whole is settled without this part.
    private mutating func canBeUnknown(_ expression: Expression, _ known: Set<String>) -> Bool {
        guard depth < Self.depthMax else { return false }
        depth += 1
        defer { depth -= 1 }
        switch expression.kind {
        case .literal, .identifier, .select(_, _, true): return false
        case .select: return Self.mayBeMissing(expression, known)
        case .list(let elements): return any(elements, known)
        case .map(let entries): return any(entries.flatMap { [$0.key, $0.value] }, known)
        case .comprehension(let fold): return any([fold.range, fold.initial, fold.condition, fold.step], known)
        case .call(let function, let target, let arguments):
            return call(function, (target.map { [$0] } ?? []) + arguments, expression, known)
        }
    }

    private mutating func call(
        _ function: String, _ parts: [Expression], _ expression: Expression, _ known: Set<String>
    ) -> Bool {
        switch function {
        case "_&&_", "_||_":
            let guards = parts.map { Self.inputs(of: $0, joinedBy: function, presentWhen: function == "_&&_") }
            return parts.indices.contains { index in
                let others = guards.indices.filter { $0 != index }.map { guards[$0] }
                return canBeUnknown(parts[index], others.reduce(known) { $0.union($1) })
            }
        case "_?_:_" where parts.count == 3:
            let there = known.union(Self.inputs(of: parts[0], joinedBy: "_&&_", presentWhen: true))
            let absent = known.union(Self.inputs(of: parts[0], joinedBy: "_||_", presentWhen: false))
            return canBeUnknown(parts[0], known) || canBeUnknown(parts[1], there) || canBeUnknown(parts[2], absent)
        case "in_segment":
            guard case .literal(.string(let name))? = parts.first?.kind, let segment = segments[name] else {
                return true
            }
            return canBeUnknown(segment.expression.root, known)
        case "is_icp": return true
        case "fit": return false
        default: return Self.mayBeMissing(expression, known) && Self.isIndex(function) || any(parts, known)
        }
    }

    private mutating func any(_ parts: [Expression], _ known: Set<String>) -> Bool {
        parts.contains { canBeUnknown($0, known) }
    }

    private static func isIndex(_ function: String) -> Bool { function == "_[_]" }

    /// Behaviour that is not recorded has not happened; everything else that is read may be missing.
    private static func mayBeMissing(_ expression: Expression, _ known: Set<String>) -> Bool {
        guard let input = ExpressionText.input(expression) else { return true }
        if input.hasPrefix("events.") || input.hasPrefix("account.events.") { return input.hasSuffix(".last") }
        return !known.contains(input)
    }

    /// The inputs for which the parts of an `and` ask `has(…)`, or those of an `or` ask `!has(…)`.
    private static func inputs(of expression: Expression, joinedBy connective: String, presentWhen: Bool) -> Set<String>
    {
        var inputs: Set<String> = []
        var pending = [expression]
        while let part = pending.popLast() {
            switch part.kind {
            case .call(connective, nil, let parts): pending += parts
            case .select(let operand, let field, true) where presentWhen:
                let read = Expression(
                    id: part.id, offset: part.offset,
                    kind: .select(operand: operand, field: field, isPresenceTest: false))
                if let input = ExpressionText.input(read) { inputs.insert(input) }
            case .call("!_", nil, let parts) where !presentWhen:
                if let inner = parts.first { inputs.formUnion(Self.inputs(of: inner, joinedBy: "", presentWhen: true)) }
            default: break
            }
        }
        return inputs
    }
}
