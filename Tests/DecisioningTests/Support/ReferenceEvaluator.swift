import CEL
import Model

/// A plain reading of conditions, node by node and without short cuts: what the compiled conditions are held against.
struct ReferenceEvaluator {
    enum Value: Equatable {
        case unknown
        case failed
        case bool(Bool)
        case int(Int64)
        case double(Double)
        case text(String)
        case texts([String])
        case time(Int64)
        case span(Int64)
    }

    /// `visitor.age` → value; what is not there is missing.
    let values: [String: Value]

    func truth(of expression: Expression) -> Truth {
        switch value(of: expression) {
        case .bool(let value): Truth(value)
        default: .unknown
        }
    }

    private func value(of expression: Expression) -> Value {
        switch expression.kind {
        case .literal(.bool(let value)): return .bool(value)
        case .literal(.int(let value)): return .int(value)
        case .literal(.double(let value)): return .double(value)
        case .literal(.string(let value)): return .text(value)
        case .literal: return .failed
        case .identifier(let name): return values[name] ?? .unknown
        case .select(let operand, let field, let isPresenceTest):
            guard let path = path(operand) else { return .failed }
            let value = values["\(path).\(field)"]
            return isPresenceTest ? .bool(value != nil) : value ?? .unknown
        case .call(let function, let target, let arguments):
            return call(function, (target.map { [$0] } ?? []) + arguments)
        case .list, .map, .comprehension: return .failed
        }
    }

    private func path(_ expression: Expression) -> String? {
        switch expression.kind {
        case .identifier(let name): name
        case .select(let operand, let field, _): path(operand).map { "\($0).\(field)" }
        default: nil
        }
    }

    private func call(_ function: String, _ arguments: [Expression]) -> Value {
        switch function {
        case "_&&_": return connect(arguments, settling: false)
        case "_||_": return connect(arguments, settling: true)
        case "_?_:_":
            guard case .bool(let condition) = value(of: arguments[0]) else { return lack([value(of: arguments[0])]) }
            return value(of: arguments[condition ? 1 : 2])
        case "@in":
            if case .list(let elements) = arguments[1].kind {
                let operands = [value(of: arguments[0])] + elements.map(value)
                if let lack = anyLack(operands) { return lack }
                return .bool(operands.dropFirst().contains { order(operands[0], $0) == 0 })
            }
        default: break
        }
        let operands = arguments.map(value)
        if let lack = anyLack(operands) { return lack }
        return apply(function, operands)
    }

    private func connect(_ arguments: [Expression], settling: Bool) -> Value {
        let operands = arguments.map(value)
        if operands.contains(.bool(settling)) { return .bool(settling) }
        return anyLack(operands) ?? .bool(!settling)
    }

    private func anyLack(_ operands: [Value]) -> Value? {
        operands.contains(.unknown) ? .unknown : operands.contains(.failed) ? .failed : nil
    }

    private func lack(_ operands: [Value]) -> Value { anyLack(operands) ?? .failed }

    private func apply(_ function: String, _ operands: [Value]) -> Value {
        switch (function, operands.count) {
        case ("_==_", 2): return .bool(order(operands[0], operands[1]) == 0)
        case ("_!=_", 2): return .bool(order(operands[0], operands[1]) != 0)
        case ("_<_", 2): return .bool(order(operands[0], operands[1]) == -1)
        case ("_<=_", 2): return .bool([-1, 0].contains(order(operands[0], operands[1])))
        case ("_>_", 2): return .bool(order(operands[0], operands[1]) == 1)
        case ("_>=_", 2): return .bool([1, 0].contains(order(operands[0], operands[1])))
        case ("between", 3):
            return .bool(
                [-1, 0].contains(order(operands[1], operands[0])) && [-1, 0].contains(order(operands[0], operands[2])))
        default: break
        }
        switch (function, operands.first, operands.dropFirst().first) {
        case ("!_", .bool(let value), nil): return .bool(!value)
        case ("-_", .int(let value), nil): return value == .min ? .failed : .int(-value)
        case ("-_", .double(let value), nil): return .double(-value)
        case ("size", .text(let text), nil): return .int(Int64(text.unicodeScalars.count))
        case ("size", .texts(let texts), nil): return .int(Int64(texts.count))
        case ("double", .int(let value), nil): return .double(Double(value))
        case ("double", .double(let value), nil): return .double(value)
        case ("startsWith", .text(let text), .text(let part)): return .bool(Array(text.utf8).starts(with: part.utf8))
        case ("endsWith", .text(let text), .text(let part)):
            return .bool(Array(text.utf8.reversed()).starts(with: part.utf8.reversed()))
        case ("contains", .text(let text), .text(let part)):
            let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
            return .bool(
                wanted.isEmpty || bytes.indices.contains { bytes[$0...].starts(with: wanted) })
        case ("@in", .text(let text), .texts(let texts)):
            return .bool(texts.contains { Array($0.utf8) == Array(text.utf8) })
        case (_, .int(let left), .int(let right)): return integer(function, left, right)
        case ("_+_", .double(let left), .double(let right)): return .double(left + right)
        case ("_-_", .double(let left), .double(let right)): return .double(left - right)
        case ("_*_", .double(let left), .double(let right)): return .double(left * right)
        case ("_/_", .double(let left), .double(let right)): return .double(left / right)
        case ("_-_", .time(let left), .time(let right)): return .span(left - right)
        case ("_+_", .time(let left), .span(let right)), ("_+_", .span(let left), .time(let right)):
            return .time(left + right)
        case ("_-_", .time(let left), .span(let right)): return .time(left - right)
        default: return .failed
        }
    }

    private func integer(_ function: String, _ left: Int64, _ right: Int64) -> Value {
        let result: (partialValue: Int64, overflow: Bool)
        switch function {
        case "_+_": result = left.addingReportingOverflow(right)
        case "_-_": result = left.subtractingReportingOverflow(right)
        case "_*_": result = left.multipliedReportingOverflow(by: right)
        case "_/_": result = left.dividedReportingOverflow(by: right)
        case "_%_": result = left.remainderReportingOverflow(dividingBy: right)
        default: return .failed
        }
        return result.overflow ? .failed : .int(result.partialValue)
    }

    /// -1, 0, 1, or nil for what has no order.
    private func order(_ left: Value, _ right: Value) -> Int? {
        func sign<Number: Comparable>(_ left: Number, _ right: Number) -> Int? {
            left < right ? -1 : left > right ? 1 : left == right ? 0 : nil
        }
        switch (left, right) {
        case (.bool(let left), .bool(let right)): return sign(left ? 1 : 0, right ? 1 : 0)
        case (.int(let left), .int(let right)): return sign(left, right)
        case (.double(let left), .double(let right)): return sign(left, right)
        // The standard library compares integers and floating-point numbers by their exact values only through this.
        case (.int(let left), .double(let right)): return exact(left, right)
        case (.double(let left), .int(let right)): return exact(right, left).map { -$0 }
        case (.text(let left), .text(let right)):
            return Array(left.unicodeScalars) == Array(right.unicodeScalars)
                ? 0 : left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars) ? -1 : 1
        case (.time(let left), .time(let right)), (.span(let left), .span(let right)): return sign(left, right)
        default: return nil
        }
    }

    /// Compares through 80-bit arithmetic of decimal text, which is slow and exact.
    private func exact(_ left: Int64, _ right: Double) -> Int? {
        if right.isNaN { return nil }
        if right.isInfinite { return right > 0 ? -1 : 1 }
        let whole = right.rounded(.towardZero)
        guard let rightWhole = Int64(exactly: whole) else { return right > 0 ? -1 : 1 }
        if left != rightWhole { return left < rightWhole ? -1 : 1 }
        return right > whole ? -1 : right < whole ? 1 : 0
    }
}

/// The same values for the general evaluator.
struct ReferenceHost: Activation {
    let values: [String: ReferenceEvaluator.Value]

    func variable(_ name: String) -> Outcome? { name == "now" ? outcome(values["now"]) : .value(.object([name])) }

    func field(_ path: [String]) -> Outcome { outcome(values[path.joined(separator: ".")]) }

    func isPresent(_ path: [String]) -> Bool { values[path.joined(separator: ".")] != nil }

    func call(_ function: String, _ arguments: [CEL.Value]) -> Outcome? {
        guard function == "between" else { return nil }
        func holds(_ low: CEL.Value, _ high: CEL.Value) -> Bool {
            let comparison = Expression(
                id: 0, offset: 0,
                kind: .call(function: "_<=_", target: nil, arguments: [literal(low), literal(high)]))
            guard case .value(.bool(true)) = Program(comparison).evaluate(self) else { return false }
            return true
        }
        return .value(.bool(holds(arguments[1], arguments[0]) && holds(arguments[0], arguments[2])))
    }

    private func literal(_ value: CEL.Value) -> Expression {
        guard case .int(let value) = value else { return Expression(id: 0, offset: 0, kind: .literal(.null)) }
        return Expression(id: 0, offset: 0, kind: .literal(.int(value)))
    }

    private func outcome(_ value: ReferenceEvaluator.Value?) -> Outcome {
        switch value {
        case .bool(let value): .value(.bool(value))
        case .int(let value): .value(.int(value))
        case .double(let value): .value(.double(value))
        case .text(let value): .value(.string(value))
        case .texts(let values): .value(.list(values.map { .string($0) }))
        case .time(let value):
            .value(.timestamp(Moment(seconds: value / 1_000_000, nanoseconds: value % 1_000_000 * 1_000)))
        default: .unknown
        }
    }
}
