/// Equality and order across types.
///
/// Source: google/cel-spec, doc/langdef.md, "Equality and Ordering".
enum Comparison {
    /// - Throws: When the meter runs out: equality goes through lists and maps.
    static func areEqual(_ left: Value, _ right: Value, _ meter: inout Meter) throws(Fault) -> Bool {
        try meter.charge(1)
        switch (left, right) {
        case (.null, .null): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.string(let a), .string(let b)):
            guard a.utf8.count == b.utf8.count else { return false }
            try meter.charge(bytes: a.utf8.count)
            return a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)):
            try meter.charge(bytes: min(a.count, b.count))
            return a == b
        case (.timestamp(let a), .timestamp(let b)), (.duration(let a), .duration(let b)): return a == b
        case (.type(let a), .type(let b)): return a == b
        case (.object(let a), .object(let b)): return a == b
        case (.address(let a), .address(let b)): return a == b
        case (.network(let a), .network(let b)): return a == b
        case (.list(let a), .list(let b)):
            guard a.count == b.count else { return false }
            for index in a.indices {
                guard try areEqual(a[index], b[index], &meter) else { return false }
            }
            return true
        case (.map(let a), .map(let b)):
            guard a.count == b.count else { return false }
            for entry in a.entries {
                guard let other = b[key: entry.key], try areEqual(entry.value, other, &meter) else { return false }
            }
            return true
        default: return numbers(left, right) == .same
        }
    }

    enum Order {
        case before, same, after
        /// One of the two is NaN.
        case none

        var reversed: Order {
            switch self {
            case .before: .after
            case .after: .before
            default: self
            }
        }
    }

    /// - Returns: nil when values of these types have no order.
    static func order(_ left: Value, _ right: Value, _ meter: inout Meter) throws(Fault) -> Order? {
        switch (left, right) {
        case (.bool(let a), .bool(let b)): return a == b ? .same : (a ? .after : .before)
        case (.string(let a), .string(let b)):
            try meter.charge(bytes: min(a.utf8.count, b.utf8.count))
            // UTF-8 keeps the order of code points.
            return order(a.utf8, b.utf8)
        case (.bytes(let a), .bytes(let b)):
            try meter.charge(bytes: min(a.count, b.count))
            return order(a, b)
        case (.timestamp(let a), .timestamp(let b)), (.duration(let a), .duration(let b)): return order(a, b)
        default: return numbers(left, right)
        }
    }

    /// - Returns: nil when one of the two is no number.
    static func numbers(_ left: Value, _ right: Value) -> Order? {
        switch (left, right) {
        case (.int(let a), .int(let b)): order(a, b)
        case (.uint(let a), .uint(let b)): order(a, b)
        case (.double(let a), .double(let b)): doubles(a, b)
        case (.int(let a), .uint(let b)): a < 0 ? .before : order(UInt64(a), b)
        case (.uint(let a), .int(let b)): b < 0 ? .after : order(a, UInt64(b))
        case (.int(let a), .double(let b)): mixed(a, b)
        case (.double(let a), .int(let b)): mixed(b, a).reversed
        case (.uint(let a), .double(let b)): mixed(a, b)
        case (.double(let a), .uint(let b)): mixed(b, a).reversed
        default: nil
        }
    }

    /// Exact: an integer that no double can be is never rounded to one.
    private static func mixed<Integer: FixedWidthInteger>(_ a: Integer, _ b: Double) -> Order {
        if b.isNaN { return .none }
        guard let whole = Integer(exactly: b.rounded(.down)) else { return b < 0 ? .after : .before }
        return a == whole ? (b == b.rounded(.down) ? .same : .before) : order(a, whole)
    }

    private static func doubles(_ a: Double, _ b: Double) -> Order {
        a.isNaN || b.isNaN ? .none : order(a, b)
    }

    private static func order<T: Comparable>(_ a: T, _ b: T) -> Order { a < b ? .before : (a == b ? .same : .after) }

    private static func order(_ a: some Sequence<UInt8>, _ b: some Sequence<UInt8>) -> Order {
        var first = a.makeIterator()
        var second = b.makeIterator()
        while true {
            switch (first.next(), second.next()) {
            case (nil, nil): return .same
            case (nil, _): return .before
            case (_, nil): return .after
            case (let x?, let y?): if x != y { return x < y ? .before : .after }
            }
        }
    }
}
