internal import CEL
internal import Conditions
internal import Model
internal import Ruleset

/// What could be otherwise about a visitor, as far as the rules would notice: the values on either side of every bound that a
/// condition names, and events that happen once more. Never a value that is withheld: what it is may not be found out by trying.
struct PossibleChanges {
    /// One thing that could be otherwise.
    struct Change {
        /// Changes of one subject exclude each other.
        let subject: Int
        let path: String
        let value: AttributeValue
        let puts: [(slot: Row<Slot>, value: Scalar)]
    }

    private(set) var changes: [Change] = []
    /// Keeps the texts of `changes`.
    let storage = TableStorage()

    private let ruleSet: RuleSet
    private let evaluator: Evaluator
    private let names: GeneralNames
    private var seen: Set<Key> = []

    private static let changeCountMax = 400
    private static let literalCountMax = 32
    private static let secondMicroseconds: Int64 = 1_000_000

    private struct Key: Hashable {
        let slot: Row<Slot>
        let value: AttributeValue
    }

    init(_ ruleSet: RuleSet, _ evaluator: Evaluator, _ names: GeneralNames) {
        self.ruleSet = ruleSet
        self.evaluator = evaluator
        self.names = names
        for (condition, _) in ruleSet.conditions { visit(condition.expression.root) }
        for index in ruleSet.events.indices { addEvent(index) }
    }

    // MARK: Conditions

    private mutating func visit(_ root: Expression) {
        var pending = [root]
        while let expression = pending.popLast() {
            if case .call(let function, nil, let arguments) = expression.kind,
                ["_&&_", "_||_", "!_", "_?_:_"].contains(function)
            {
                pending += arguments.reversed()
            } else {
                addChanges(ofComparison: expression)
            }
        }
    }

    private mutating func addChanges(ofComparison expression: Expression) {
        let literals = Literals(expression, ruleSet)
        for item in ConditionInputs(expression, names: names).items {
            guard case .slot(let slot) = item.source else { continue }
            for value in values(slot, literals) { add(slot, item.path, value) }
        }
    }

    private mutating func add(_ slot: Row<Slot>, _ path: String, _ value: AttributeValue) {
        let now = evaluator.value(slot)
        guard changes.count < Self.changeCountMax, now.kind != .unconsented, AttributeValue(now) != value,
            seen.insert(Key(slot: slot, value: value)).inserted
        else { return }
        changes.append(
            Change(subject: slot.position, path: path, value: value, puts: [(slot, storage.scalar(value))]))
    }

    // MARK: Values

    private func values(_ slot: Row<Slot>, _ literals: Literals) -> [AttributeValue] {
        let position = slot.position
        if position < ruleSet.attributes.count {
            return values(ruleSet.attributes[position], slot, literals)
        }
        // Behaviour changes by events that happen; the time is what it is.
        guard position > evaluator.table.pointee.firstBuiltIn + BuiltIn.now.rawValue,
            position != evaluator.table.pointee.firstBuiltIn + BuiltIn.url.rawValue
        else { return [] }
        return literals.texts.map { .string($0) }
    }

    private func values(_ attribute: Attribute, _ slot: Row<Slot>, _ literals: Literals) -> [AttributeValue] {
        switch attribute.type {
        case .bool: [.bool(true), .bool(false)]
        case .int: literals.numbers.flatMap(Self.wholeNumbers)
        case .double: literals.numbers.flatMap(Self.numbers)
        case .string:
            attribute.values.isEmpty
                ? literals.texts.map { .string($0) } + otherText(slot, literals)
                : attribute.values.prefix(Self.literalCountMax).map { .string($0) }
        case .strings: literals.texts.flatMap { sets(slot, $0) }
        // Of further types nothing is tried.
        default: attribute.type == .timestamp ? times(literals) : []
        }
    }

    private static func wholeNumbers(_ bound: Double) -> [AttributeValue] {
        guard let whole = Int64(exactly: bound.rounded(.up)) else { return [] }
        let below = whole.subtractingReportingOverflow(1)
        let above = whole.addingReportingOverflow(1)
        var values: [AttributeValue] = [.int(whole)]
        if !above.overflow { values.append(.int(above.partialValue)) }
        // Nobody has minus one employees.
        if !below.overflow, below.partialValue >= 0 || bound < 0 { values.append(.int(below.partialValue)) }
        return values
    }

    private static func numbers(_ bound: Double) -> [AttributeValue] {
        let step = bound.magnitude >= 10 ? 1 : 0.01
        let values = [bound, bound + step] + (bound - step >= 0 || bound < 0 ? [bound - step] : [])
        return values.map { .double($0) }
    }

    /// Anything else, for a value that rules name.
    private func otherText(_ slot: Row<Slot>, _ literals: Literals) -> [AttributeValue] {
        guard case .string(let now)? = AttributeValue(evaluator.value(slot)), literals.texts.contains(now) else {
            return []
        }
        return [.string("other")]
    }

    private func sets(_ slot: Row<Slot>, _ member: String) -> [AttributeValue] {
        guard case .strings(let now)? = AttributeValue(evaluator.value(slot)) else { return [.strings([member])] }
        return [.strings(now.contains(member) ? now.filter { $0 != member } : now + [member])]
    }

    private func times(_ literals: Literals) -> [AttributeValue] {
        let now = evaluator.state.pointee.now.microseconds
        var microseconds = literals.times
        for duration in literals.durations {
            for side in [-duration, duration] {
                let (bound, overflow) = now.addingReportingOverflow(side)
                if !overflow { microseconds.append(bound) }
            }
        }
        return microseconds.flatMap { bound in
            [bound, bound &+ Self.secondMicroseconds, bound &- Self.secondMicroseconds].map {
                .timestamp(Timestamp(microseconds: $0))
            }
        }
    }

    // MARK: Behaviour

    /// The event happens once more, now.
    private mutating func addEvent(_ index: Int) {
        let row = evaluator.table.pointee.events[index]
        let state = evaluator.state
        let count = state.pointee.slots[row.firstSlot.position]
        guard changes.count < Self.changeCountMax, evaluator.value(row.firstSlot).kind == .int else { return }
        let score = state.pointee.slots[row.scoreSlot.position]
        let points = min(
            max((score.kind == .double ? score.double : 0) + row.points, -row.maximumPoints), row.maximumPoints)
        let next = count.int &+ 1
        changes.append(
            Change(
                subject: row.firstSlot.position, path: "events.\(ruleSet.events[index].name).count", value: .int(next),
                puts: [
                    (row.firstSlot, Scalar(next)), (row.lastSlot, Scalar(state.pointee.now)),
                    (row.scoreSlot, Scalar(points)),
                ]))
    }

    /// The constants of a comparison.
    private struct Literals {
        private(set) var numbers: [Double] = []
        private(set) var texts: [String] = []
        /// In microseconds.
        private(set) var durations: [Int64] = []
        /// In microseconds since 1970.
        private(set) var times: [Int64] = []

        init(_ root: Expression, _ ruleSet: RuleSet) {
            var pending = [root]
            while let expression = pending.popLast(),
                numbers.count + texts.count < PossibleChanges.literalCountMax
            {
                switch expression.kind {
                case .literal(let literal): note(literal)
                case .identifier: break
                case .select(let operand, _, _): pending.append(operand)
                case .list(let elements): pending += elements.reversed()
                case .map(let entries): for entry in entries { pending += [entry.value, entry.key] }
                case .comprehension(let fold): pending += [fold.step, fold.condition, fold.range]
                case .call(let function, let target, let arguments):
                    note(function, target, arguments, ruleSet, &pending)
                }
            }
        }

        private mutating func note(_ literal: Literal) {
            switch literal {
            case .int(let value): numbers.append(Double(value))
            case .uint(let value): numbers.append(Double(value))
            case .double(let value): numbers.append(value)
            case .string(let value): texts.append(value)
            case .null, .bool, .bytes: break
            }
        }

        private mutating func note(
            _ function: String, _ target: Expression?, _ arguments: [Expression], _ ruleSet: RuleSet,
            _ pending: inout [Expression]
        ) {
            if function == "duration" || function == "timestamp", arguments.count == 1,
                let value = ConstantTime.value(of: function, arguments[0])
            {
                if function == "duration" {
                    durations.append(value.microseconds)
                } else {
                    times.append(value.microseconds)
                }
            } else if function == "in_list", case .literal(.string(let name))? = arguments.first?.kind {
                if let first = ruleSet.lists.first(where: { $0.name == name })?.values.first {
                    texts.append(DomainName.parent(ofSubdomains: first).map { "www." + $0 } ?? first)
                }
                pending += arguments.dropFirst()
            } else if function == "-_", arguments.count == 1, case .literal(let literal) = arguments[0].kind {
                var inner = numbers.count
                note(literal)
                while inner < numbers.count {
                    numbers[inner] = -numbers[inner]
                    inner += 1
                }
            } else if function == "_[_]",
                ConditionInputs.path(
                    Expression(id: 0, offset: 0, kind: .call(function: function, target: target, arguments: arguments)))
                    != nil
            {
                pending.append(arguments[0])
            } else {
                pending += arguments.reversed()
                if let target { pending.append(target) }
            }
        }
    }
}
