/// The operators with two operands that need both.
enum Operators {
    /// - Returns: nil when there is no such operator.
    static func named(_ function: String) -> Kind? { Kind(rawValue: function) }

    enum Kind: String, Sendable {
        case equal = "_==_"
        case notEqual = "_!=_"
        case less = "_<_"
        case lessOrEqual = "_<=_"
        case greater = "_>_"
        case greaterOrEqual = "_>=_"
        case add = "_+_"
        case subtract = "_-_"
        case multiply = "_*_"
        case divide = "_/_"
        case remainder = "_%_"
        case isIn = "@in"
        case index = "_[_]"

        var symbol: String {
            switch self {
            case .isIn: "in"
            case .index: "[ ]"
            default: String(rawValue.dropFirst().dropLast())
            }
        }
    }

    static func apply(_ kind: Kind, _ left: Value, _ right: Value, _ meter: inout Meter) throws(Fault) -> Value {
        let result: Value? =
            switch kind {
            case .equal: .bool(try Comparison.areEqual(left, right, &meter))
            case .notEqual: .bool(try !Comparison.areEqual(left, right, &meter))
            case .less, .lessOrEqual, .greater, .greaterOrEqual: try compare(kind, left, right, &meter)
            case .isIn: try isIn(left, right, &meter)
            case .index: try member(of: left, at: right)
            default: try arithmetic(kind, left, right, &meter)
            }
        guard let result else {
            throw Fault("`\(kind.symbol)` cannot be applied to \(left.typeName) and \(right.typeName)")
        }
        return result
    }

    private static func compare(
        _ kind: Kind, _ left: Value, _ right: Value, _ meter: inout Meter
    ) throws(Fault) -> Value? {
        guard let order = try Comparison.order(left, right, &meter) else { return nil }
        return switch kind {
        case .less: .bool(order == .before)
        case .lessOrEqual: .bool(order == .before || order == .same)
        case .greater: .bool(order == .after)
        default: .bool(order == .after || order == .same)
        }
    }

    private static func isIn(_ value: Value, _ collection: Value, _ meter: inout Meter) throws(Fault) -> Value? {
        switch collection {
        case .list(let members):
            for member in members where try Comparison.areEqual(value, member, &meter) { return .bool(true) }
            return .bool(false)
        case .map(let map): return .bool(map[key: value] != nil)
        default: return nil
        }
    }

    private static func member(of collection: Value, at index: Value) throws(Fault) -> Value? {
        switch collection {
        case .map(let map):
            guard let value = map[key: index] else { throw Fault("the map has no such key") }
            return value
        case .list(let members):
            let place: Int?
            switch index {
            case .int(let number): place = Int(exactly: number)
            case .uint(let number): place = Int(exactly: number)
            case .double(let number): place = Int(exactly: number)
            default: return nil
            }
            guard let place, members.indices.contains(place) else {
                throw Fault("the list has \(members.count) members, and none there")
            }
            return members[place]
        default: return nil
        }
    }

    // MARK: Arithmetic

    private static func arithmetic(
        _ kind: Kind, _ left: Value, _ right: Value, _ meter: inout Meter
    ) throws(Fault) -> Value? {
        switch (left, right) {
        case (.int(let a), .int(let b)): return .int(try integer(kind, a, b))
        case (.uint(let a), .uint(let b)): return .uint(try integer(kind, a, b))
        case (.double(let a), .double(let b)): return double(kind, a, b)
        case (.timestamp, _), (.duration, _): return try time(kind, left, right)
        case _ where kind != .add: return nil
        case (.string(let a), .string(let b)):
            try meter.charge(newBytes: a.utf8.count + b.utf8.count)
            return .string(a + b)
        case (.bytes(let a), .bytes(let b)):
            try meter.charge(newBytes: a.count + b.count)
            return .bytes(a + b)
        case (.list(let a), .list(let b)):
            let sum = a + b
            try meter.charge(members: sum)
            return .list(sum)
        default: return nil
        }
    }

    private static func integer<Integer: FixedWidthInteger>(
        _ kind: Kind, _ a: Integer, _ b: Integer
    ) throws(Fault) -> Integer {
        let (result, overflow): (Integer, Bool)
        switch kind {
        case .add: (result, overflow) = a.addingReportingOverflow(b)
        case .subtract: (result, overflow) = a.subtractingReportingOverflow(b)
        case .multiply: (result, overflow) = a.multipliedReportingOverflow(by: b)
        default:
            guard b != 0 else { throw Fault("division by zero") }
            (result, overflow) =
                kind == .divide ? a.dividedReportingOverflow(by: b) : a.remainderReportingOverflow(dividingBy: b)
        }
        guard !overflow else { throw Fault("the result does not fit into 64 bits") }
        return result
    }

    private static func double(_ kind: Kind, _ a: Double, _ b: Double) -> Value? {
        switch kind {
        case .add: .double(a + b)
        case .subtract: .double(a - b)
        case .multiply: .double(a * b)
        case .divide: .double(a / b)
        default: nil
        }
    }

    private static func time(_ kind: Kind, _ left: Value, _ right: Value) throws(Fault) -> Value? {
        switch (kind, left, right) {
        case (.add, .timestamp(let a), .duration(let b)), (.add, .duration(let a), .timestamp(let b)):
            try (a + b).checkedTimestamp()
        case (.subtract, .timestamp(let a), .duration(let b)): try (a - b).checkedTimestamp()
        case (.add, .duration(let a), .duration(let b)): try (a + b).checkedDuration()
        case (.subtract, .timestamp(let a), .timestamp(let b)), (.subtract, .duration(let a), .duration(let b)):
            try (a - b).checkedDuration()
        default: nil
        }
    }
}
