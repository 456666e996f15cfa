internal import CEL
internal import Conditions
internal import Model

/// What a condition reads, in the order of its source.
struct ConditionInputs {
    enum Source: Hashable {
        /// A value of the workspace, by path.
        case slot(Row<Slot>)
        /// `engagement`, `grade`, `persona`, `role` or `stage`.
        case computed(String)
        case segment(String)
        case icp(String)
        case fit(String)
    }

    struct Item {
        let source: Source
        let path: String
    }

    private(set) var items: [Item] = []
    private var seen: Set<Source> = []
    private let names: GeneralNames

    /// What is computed of who somebody is.
    static let computed: Set<String> = ["engagement", "grade", "persona", "role", "stage"]

    init(_ root: Expression, names: GeneralNames) {
        self.names = names
        var pending = [root]
        while let expression = pending.popLast() { visit(expression, &pending) }
    }

    /// What lies deeper goes on the stack in reverse, so that it comes in order.
    private mutating func visit(_ expression: Expression, _ pending: inout [Expression]) {
        if let path = ConditionInputs.path(expression), let slot = names.slots[path] {
            note(.slot(slot), path.joined(separator: "."))
            return
        }
        switch expression.kind {
        case .literal: break
        case .identifier(let name):
            if ConditionInputs.computed.contains(name) { note(.computed(name), name) }
        case .select(let operand, _, _): pending.append(operand)
        case .list(let elements): pending += elements.reversed()
        case .map(let entries): for entry in entries.reversed() { pending += [entry.value, entry.key] }
        case .comprehension(let fold): pending += [fold.result, fold.step, fold.condition, fold.initial, fold.range]
        case .call(let function, let target, let arguments):
            note(function, arguments)
            pending += arguments.reversed()
            if let target { pending.append(target) }
        }
    }

    private mutating func note(_ function: String, _ arguments: [Expression]) {
        guard arguments.count == 1, case .literal(.string(let name)) = arguments[0].kind else { return }
        switch function {
        case "in_segment": note(.segment(name), "in_segment('\(name)')")
        case "is_icp": note(.icp(name), "is_icp('\(name)')")
        case "fit": note(.fit(name), "fit('\(name)')")
        default: break
        }
    }

    private mutating func note(_ source: Source, _ path: String) {
        if seen.insert(source).inserted { items.append(Item(source: source, path: path)) }
    }

    /// - Returns: The fields of `visitor.age`, `request.query["x"]` or `now`; nil for what is computed.
    static func path(_ expression: Expression) -> [String]? {
        var fields: [String] = []
        var current = expression
        while fields.count < 4 {
            switch current.kind {
            case .identifier(let name): return [name] + fields.reversed()
            case .select(let operand, let field, _):
                fields.append(field)
                current = operand
            case .call("_[_]", nil, let arguments):
                guard arguments.count == 2, case .literal(.string(let key)) = arguments[1].kind else { return nil }
                fields.append(key)
                current = arguments[0]
            default: return nil
            }
        }
        return nil
    }
}
