/// Equality and order across types. Source: google/cel-spec, doc/langdef.md, "Equality" and "Ordering".
enum Comparing {
    static func areEqual(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)), (.duration(let a), .duration(let b)): a == b
        case (.type(let a), .type(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { areEqual($0, $1) }
        case (.map(let a), .map(let b)):
            a.entries.count == b.entries.count
                && a.entries.allSatisfy { entry in
                    guard let key = MapValue.key(entry.key), let other = b.value(at: key) else { return false }
                    return areEqual(entry.value, other)
                }
        default: order(left, right) == 0
        }
    }

    /// - Returns: Below, at or above zero; nil when the two have no order.
    static func order(_ left: Value, _ right: Value) -> Int? {
        switch (left, right) {
        case (.bool(let a), .bool(let b)): a == b ? 0 : (a ? 1 : -1)
        case (.int(let a), .int(let b)): sign(a, b)
        case (.uint(let a), .uint(let b)): sign(a, b)
        case (.double(let a), .double(let b)): a.isNaN || b.isNaN ? nil : sign(a, b)
        case (.int(let a), .uint(let b)): a < 0 ? -1 : sign(UInt64(a), b)
        case (.uint(let a), .int(let b)): b < 0 ? 1 : sign(a, UInt64(b))
        case (.int(let a), .double(let b)): order(a, b)
        case (.double(let a), .int(let b)): order(b, a).map { -$0 }
        case (.uint(let a), .double(let b)): order(a, b)
        case (.double(let a), .uint(let b)): order(b, a).map { -$0 }
        case (.string(let a), .string(let b)):
            a.utf8.elementsEqual(b.utf8) ? 0 : (a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars) ? -1 : 1)
        case (.bytes(let a), .bytes(let b)): a == b ? 0 : (a.lexicographicallyPrecedes(b) ? -1 : 1)
        case (.timestamp(let a), .timestamp(let b)), (.duration(let a), .duration(let b)): sign(a, b)
        default: nil
        }
    }

    private static func sign<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : (a == b ? 0 : 1) }

    /// Exact: the double is never rounded to an integer that it is not.
    private static func order<Integer: FixedWidthInteger>(_ a: Integer, _ b: Double) -> Int? {
        if b.isNaN { return nil }
        if b >= Double(Integer.max) { return -1 }
        if b < Double(Integer.min) { return 1 }
        let floor = b.rounded(.down)
        let whole = Integer(floor)
        if a != whole { return a < whole ? -1 : 1 }
        return b > floor ? -1 : 0
    }
}
