/// Numbers, concatenation, times. Overflow is an error, never a wrong number.
enum Arithmetic {
    static func call(_ name: String, _ left: Value, _ right: Value, _ limits: Limits) -> Outcome? {
        switch (left, right) {
        case (.int(let a), .int(let b)): integers(name, a, b).map { $0.map { .value(.int($0)) } ?? .failure("int overflow or division by zero") }
        case (.uint(let a), .uint(let b)):
            integers(name, a, b).map { $0.map { .value(.uint($0)) } ?? .failure("uint overflow or division by zero") }
        case (.double(let a), .double(let b)): doubles(name, a, b)
        case (.string(let a), .string(let b)) where name == "_+_":
            a.utf8.count + b.utf8.count > limits.sizeMax ? .failure("the string is too long") : .value(.string(a + b))
        case (.bytes(let a), .bytes(let b)) where name == "_+_":
            a.count + b.count > limits.sizeMax ? .failure("the bytes are too many") : .value(.bytes(a + b))
        case (.list(let a), .list(let b)) where name == "_+_":
            a.count + b.count > limits.sizeMax ? .failure("the list is too long") : .value(.list(a + b))
        default: times(name, left, right)
        }
    }

    /// - Returns: nil when there is no such operator; a nil within when it has no result.
    private static func integers<Integer: FixedWidthInteger>(_ name: String, _ a: Integer, _ b: Integer) -> Integer?? {
        func result(_ pair: (partialValue: Integer, overflow: Bool)) -> Integer?? { .some(pair.overflow ? nil : pair.partialValue) }
        switch name {
        case "_+_": return result(a.addingReportingOverflow(b))
        case "_-_": return result(a.subtractingReportingOverflow(b))
        case "_*_": return result(a.multipliedReportingOverflow(by: b))
        case "_/_": return result(a.dividedReportingOverflow(by: b))
        case "_%_": return result(a.remainderReportingOverflow(dividingBy: b))
        default: return nil
        }
    }

    private static func doubles(_ name: String, _ a: Double, _ b: Double) -> Outcome? {
        switch name {
        case "_+_": .value(.double(a + b))
        case "_-_": .value(.double(a - b))
        case "_*_": .value(.double(a * b))
        case "_/_": .value(.double(a / b))
        default: nil
        }
    }

    private static func times(_ name: String, _ left: Value, _ right: Value) -> Outcome? {
        switch (name, left, right) {
        case ("_+_", .timestamp(let a), .duration(let b)), ("_+_", .duration(let b), .timestamp(let a)): timestamp(a + b)
        case ("_-_", .timestamp(let a), .duration(let b)): timestamp(a - b)
        case ("_-_", .timestamp(let a), .timestamp(let b)): duration(a - b)
        case ("_+_", .duration(let a), .duration(let b)): duration(a + b)
        case ("_-_", .duration(let a), .duration(let b)): duration(a - b)
        default: nil
        }
    }

    static func timestamp(_ moment: Moment) -> Outcome {
        moment.isTimestamp ? .value(.timestamp(moment)) : .failure("the timestamp lies outside the years 1 to 9999")
    }

    static func duration(_ moment: Moment) -> Outcome {
        moment.isDuration ? .value(.duration(moment)) : .failure("the duration is longer than 10,000 years")
    }
}
