/// Walks the nodes of a program. The parser bounds the depth, the meter the work.
struct ProgramEvaluator<Host: Activation> {
    private let host: Host
    private var slots: [Outcome]
    private var meter: Meter

    init(host: Host, slotCount: Int, limits: Limits) {
        self.host = host
        slots = [Outcome](repeating: .unknown, count: slotCount)
        meter = Meter(limits: limits)
    }

    /// Of what it may take; 0 once that did not suffice.
    var stepsLeft: Int { meter.steps }

    mutating func run(_ root: Node) -> Outcome {
        let outcome = evaluate(root)
        return meter.isExhausted ? .failure(EvaluationError(offset: nil, message: meter.exhausted.message)) : outcome
    }

    mutating func evaluate(_ node: Node) -> Outcome {
        do throws(Fault) { try meter.charge(1) } catch {
            return .failure(EvaluationError(offset: nil, message: error.message))
        }
        switch node {
        case .constant(let value): return .value(value)
        case .local(let slot): return slots[slot]
        case .path(let path): return self.path(path)
        case .field(let operand, let name, let offset):
            switch evaluate(operand) {
            case .value(let value): return field(name, of: value, offset)
            case let other: return other
            }
        case .presence(let operand, let name, let offset): return presence(of: name, in: operand, offset)
        case .hostField(let path): return host.field(path)
        case .hostPresence(let path): return .value(.bool(host.isPresent(path)))
        case .all(let left, let right, let offset): return logic(left, right, decisive: false, offset)
        case .any(let left, let right, let offset): return logic(left, right, decisive: true, offset)
        case .choice(let condition, let first, let second, let offset):
            switch evaluate(condition) {
            case .value(.bool(let value)): return evaluate(value ? first : second)
            case .value(let value): return failure(offset, "a condition is a bool, not a \(value.typeName)")
            case let other: return other
            }
        case .isNotFalse(let operand):
            if case .value(.bool(false)) = evaluate(operand) { return .value(.bool(false)) }
            return .value(.bool(true))
        case .list(let members, let offset): return list(members, offset)
        case .map(let entries, let offset): return map(entries, offset)
        case .fold(let fold): return self.fold(fold)
        case .gather(let gather): return self.gather(gather)
        case .operation(let kind, let left, let right, let offset): return operation(kind, left, right, offset)
        case .matches(let text, let pattern, let offset): return matches(text, pattern, offset)
        case .call(let name, let body, let arguments, let offset): return call(name, body, arguments, offset)
        case .hostCall(let name, let arguments, let offset): return hostCall(name, arguments, offset)
        }
    }

    private func failure(_ offset: Int, _ message: String) -> Outcome {
        .failure(EvaluationError(offset: offset, message: message))
    }

    // MARK: Names

    private func path(_ path: Node.Path) -> Outcome {
        for (name, fields) in path.candidates {
            guard var outcome = host.variable(name) else { continue }
            for field in fields {
                guard case .value(let value) = outcome else { return outcome }
                outcome = self.field(field, of: value, path.offset)
            }
            return outcome
        }
        if let type = path.type { return .value(type) }
        return failure(path.offset, "`\(path.candidates.last?.name ?? "")` is not declared")
    }

    private func field(_ name: String, of value: Value, _ offset: Int) -> Outcome {
        switch value {
        case .object(let path): return host.field(path + [name])
        case .map(let map):
            return map[key: .string(name)].map { .value($0) } ?? failure(offset, "the map has no key `\(name)`")
        default: return failure(offset, "a \(value.typeName) has no field `\(name)`")
        }
    }

    private mutating func presence(of name: String, in operand: Node, _ offset: Int) -> Outcome {
        switch evaluate(operand) {
        case .value(.object(let path)): .value(.bool(host.isPresent(path + [name])))
        case .value(.map(let map)): .value(.bool(map[key: .string(name)] != nil))
        case .value(let value): failure(offset, "a \(value.typeName) has no field `\(name)`")
        case let other: other
        }
    }

    // MARK: Logic

    /// `false && x` is false and `true || x` is true, whatever x is; an unknown wins over an error.
    private mutating func logic(_ left: Node, _ right: Node, decisive: Bool, _ offset: Int) -> Outcome {
        let first = evaluate(left)
        if case .value(.bool(decisive)) = first { return first }
        let second = evaluate(right)
        switch (first, second) {
        case (_, .value(.bool(decisive))): return second
        case (.unknown, _), (_, .unknown): return .unknown
        case (.failure, _): return first
        case (_, .failure): return second
        case (.value(.bool), .value(.bool)): return .value(.bool(!decisive))
        default: return failure(offset, "`\(decisive ? "||" : "&&")` joins bools")
        }
    }

    // MARK: What needs all its operands

    /// - Returns: All values; else why not: an unknown, if there is one, or the first error.
    private mutating func values(_ nodes: [Node]) -> (values: [Value], lack: Outcome?) {
        var values: [Value] = []
        values.reserveCapacity(nodes.count)
        var lack: Outcome?
        for node in nodes {
            switch evaluate(node) {
            case .value(let value): values.append(value)
            case .unknown: return ([], .unknown)
            case let failure: if lack == nil { lack = failure }
            }
        }
        return (values, lack)
    }

    private mutating func metered(_ offset: Int, _ body: (inout Meter) throws(Fault) -> Value) -> Outcome {
        do throws(Fault) {
            return .value(try body(&meter))
        } catch {
            return failure(offset, error.message)
        }
    }

    private mutating func list(_ members: [Node], _ offset: Int) -> Outcome {
        let (values, lack) = values(members)
        if let lack { return lack }
        return metered(offset) { meter throws(Fault) in
            try meter.charge(members: values)
            return .list(values)
        }
    }

    private mutating func map(_ entries: [(key: Node, value: Node)], _ offset: Int) -> Outcome {
        let (parts, lack) = values(entries.flatMap { [$0.key, $0.value] })
        if let lack { return lack }
        return metered(offset) { meter throws(Fault) in
            try meter.charge(members: parts)
            var map = MapValue()
            for index in stride(from: 0, to: parts.count, by: 2) {
                guard map.insert(parts[index], parts[index + 1]) else {
                    throw FunctionLibrary.refusal(of: parts[index])
                }
            }
            return .map(map)
        }
    }

    private mutating func operation(_ kind: Operators.Kind, _ left: Node, _ right: Node, _ offset: Int) -> Outcome {
        let first = evaluate(left)
        if case .unknown = first { return .unknown }
        let second = evaluate(right)
        guard case .value(let leftValue) = first, case .value(let rightValue) = second else {
            if case .unknown = second { return .unknown }
            if case .failure = first { return first }
            return second
        }
        return metered(offset) { meter throws(Fault) in try Operators.apply(kind, leftValue, rightValue, &meter) }
    }

    private mutating func matches(_ text: Node, _ pattern: RegularExpression, _ offset: Int) -> Outcome {
        switch evaluate(text) {
        case .value(.string(let text)):
            metered(offset) { meter throws(Fault) in
                try meter.charge(bytes: text.utf8.count)
                return .bool(pattern.matches(text))
            }
        case .value(let value): failure(offset, "`matches` cannot take a \(value.typeName)")
        case let other: other
        }
    }

    private mutating func call(_ name: String, _ body: FunctionLibrary.Body, _ arguments: [Node], _ offset: Int)
        -> Outcome
    {
        let (values, lack) = values(arguments)
        if let lack { return lack }
        return metered(offset) { meter throws(Fault) in
            if let value = try body(values, &meter) { return value }
            throw Self.misuse(name, values)
        }
    }

    private static func misuse(_ name: String, _ values: [Value]) -> Fault {
        let types = values.isEmpty ? "nothing" : values.map(\.typeName).joined(separator: ", ")
        return Fault("`\(name)` cannot take \(types)")
    }

    private mutating func hostCall(_ name: String, _ arguments: [Node], _ offset: Int) -> Outcome {
        let (values, lack) = values(arguments)
        if let lack { return lack }
        return host.call(name, values) ?? failure(offset, Self.misuse(name, values).message)
    }

    // MARK: Macros

    /// - Returns: What is gone through, or why nothing is.
    private mutating func members(of range: Node.Range) -> Result<[(Value, Value)], Lack> {
        switch evaluate(range.collection) {
        case .value(.list(let list)):
            guard range.second != nil else { return .success(list.map { ($0, .null) }) }
            return .success(list.enumerated().map { (.int(Int64($0)), $1) })
        case .value(.map(let map)): return .success(map.entries.map { ($0.key, $0.value) })
        case .value(let value):
            return .failure(Lack(outcome: failure(range.offset, "a \(value.typeName) cannot be gone through")))
        case let other: return .failure(Lack(outcome: other))
        }
    }

    private struct Lack: Error {
        let outcome: Outcome
    }

    private mutating func bind(_ range: Node.Range, _ member: (Value, Value)) {
        slots[range.first] = .value(member.0)
        if let second = range.second { slots[second] = .value(member.1) }
    }

    private mutating func fold(_ fold: Node.Fold) -> Outcome {
        let members: [(Value, Value)]
        switch self.members(of: fold.range) {
        case .success(let found): members = found
        case .failure(let lack): return lack.outcome
        }
        slots[fold.accumulator] = evaluate(fold.initial)
        for member in members where !meter.isExhausted {
            bind(fold.range, member)
            if let condition = fold.condition, case .value(.bool(false)) = evaluate(condition) { break }
            slots[fold.accumulator] = evaluate(fold.step)
        }
        return evaluate(fold.result)
    }

    private mutating func gather(_ gather: Node.Gather) -> Outcome {
        let members: [(Value, Value)]
        switch self.members(of: gather.range) {
        case .success(let found): members = found
        case .failure(let lack): return lack.outcome
        }
        var list: [Value] = []
        var map = MapValue()
        var failed: Outcome?
        for member in members where !meter.isExhausted {
            bind(gather.range, member)
            if let test = gather.test {
                switch evaluate(test) {
                case .value(.bool(true)): break
                case .value(.bool(false)): continue
                case .value(let value):
                    failed = failed ?? failure(gather.range.offset, "a condition is a bool, not a \(value.typeName)")
                    continue
                case .unknown: return .unknown
                case let failure:
                    failed = failed ?? failure
                    continue
                }
            }
            switch add(gather, to: &list, &map) {
            case nil: break
            case .unknown?: return .unknown
            case let failure?: failed = failed ?? failure
            }
        }
        if let failed { return failed }
        if case .list = gather.form { return .value(.list(list)) }
        return .value(.map(map))
    }

    /// - Returns: nil when it went well.
    private mutating func add(_ gather: Node.Gather, to list: inout [Value], _ map: inout MapValue) -> Outcome? {
        let parts: [Node] =
            switch gather.form {
            case .list(let member): [member]
            case .entry(let key, let value): [key, value]
            case .entries(let entries): [entries]
            }
        let (values, lack) = values(parts)
        if let lack { return lack }
        do throws(Fault) {
            try meter.charge(members: values)
            switch (gather.form, values[0]) {
            case (.list, let member): list.append(member)
            case (.entry, let key):
                guard map.insert(key, values[1]) else { throw FunctionLibrary.refusal(of: key) }
            case (.entries, .map(let entries)):
                for entry in entries.entries {
                    guard map.insert(entry.key, entry.value) else { throw FunctionLibrary.refusal(of: entry.key) }
                }
            case (.entries, let value): throw Fault("entries are written as a map, not as a \(value.typeName)")
            }
            return nil
        } catch {
            return failure(gather.range.offset, error.message)
        }
    }
}
