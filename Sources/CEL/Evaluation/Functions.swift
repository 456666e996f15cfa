/// The standard functions on values. Source: google/cel-spec, doc/langdef.md, "List of Standard Definitions".
package enum Functions {
    /// - Returns: nil when the two have no order.
    package static func compare(_ left: Value, isAtLeast right: Value) -> Bool? {
        Comparing.order(left, right).map { $0 >= 0 }
    }

    static func call(_ name: String, _ values: [Value], isMethod: Bool, limits: Limits) -> Outcome {
        switch values.count {
        case 1: unary(name, values[0]) ?? unknown(name, values)
        case 2: binary(name, values[0], values[1], limits) ?? unknown(name, values)
        case 3 where name == "@insert": insert(values)
        default: unknown(name, values)
        }
    }

    private static func unknown(_ name: String, _ values: [Value]) -> Outcome {
        .failure("`\(name)` cannot take \(values.map(\.typeName).joined(separator: ", "))")
    }

    private static func unary(_ name: String, _ value: Value) -> Outcome? {
        switch (name, value) {
        case ("!_", .bool(let a)): return .value(.bool(!a))
        case ("-_", .int(let a)):
            let (result, overflow) = Int64(0).subtractingReportingOverflow(a)
            return overflow ? .failure("int overflow") : .value(.int(result))
        case ("-_", .double(let a)): return .value(.double(-a))
        case ("size", .string(let a)): return .value(.int(Int64(a.unicodeScalars.count)))
        case ("size", .bytes(let a)): return .value(.int(Int64(a.count)))
        case ("size", .list(let a)): return .value(.int(Int64(a.count)))
        case ("size", .map(let a)): return .value(.int(Int64(a.entries.count)))
        case ("type", _): return .value(.type(value.typeName))
        case ("dyn", _): return .value(value)
        case ("lowerAscii", .string(let a)): return .value(.string(ascii(a, from: 65...90, by: 32)))
        case ("upperAscii", .string(let a)): return .value(.string(ascii(a, from: 97...122, by: -32)))
        case ("trim", .string(let a)): return .value(.string(trimmed(a)))
        case (_, .timestamp(let a)): return Calendar.part(name, of: a, zone: "UTC") ?? Conversions.call(name, value)
        case (_, .duration(let a)): return Calendar.part(name, of: a) ?? Conversions.call(name, value)
        default: return Conversions.call(name, value)
        }
    }

    private static func ascii(_ text: String, from letters: ClosedRange<UInt8>, by distance: Int8) -> String {
        String(decoding: text.utf8.map { letters.contains($0) ? UInt8(Int(Int8($0)) + Int(distance)) : $0 }, as: UTF8.self)
    }

    private static func trimmed(_ text: String) -> String {
        var view = text.unicodeScalars[...]
        while let first = view.first, first.properties.isWhitespace { view.removeFirst() }
        while let last = view.last, last.properties.isWhitespace { view.removeLast() }
        return String(view)
    }

    private static func binary(_ name: String, _ left: Value, _ right: Value, _ limits: Limits) -> Outcome? {
        switch name {
        case "_==_": return .value(.bool(Comparing.areEqual(left, right)))
        case "_!=_": return .value(.bool(!Comparing.areEqual(left, right)))
        case "_<_": return order(left, right) { $0 < 0 }
        case "_<=_": return order(left, right) { $0 <= 0 }
        case "_>_": return order(left, right) { $0 > 0 }
        case "_>=_": return order(left, right) { $0 >= 0 }
        case "@in": return contains(right, left)
        case "_[_]": return element(left, right)
        case "_+_", "_-_", "_*_", "_/_", "_%_": return Arithmetic.call(name, left, right, limits)
        case "startsWith", "endsWith", "contains", "matches":
            guard case .string(let text) = left, case .string(let part) = right else { return nil }
            return texts(name, text, part)
        default:
            guard case .timestamp(let moment) = left, case .string(let zone) = right else { return nil }
            return Calendar.part(name, of: moment, zone: zone)
        }
    }

    private static func texts(_ name: String, _ text: String, _ part: String) -> Outcome {
        let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
        switch name {
        case "startsWith": return .value(.bool(bytes.starts(with: wanted)))
        case "endsWith": return .value(.bool(bytes.count >= wanted.count && bytes[(bytes.count - wanted.count)...].elementsEqual(wanted)))
        case "contains":
            guard bytes.count >= wanted.count else { return .value(.bool(false)) }
            return .value(.bool((0...(bytes.count - wanted.count)).contains { bytes[$0...].starts(with: wanted) }))
        default:
            do throws(RegularExpression.Problem) {
                return .value(.bool(try RegularExpression(part).matches(text)))
            } catch {
                return .failure("the pattern is not valid: \(error.message)")
            }
        }
    }

    private static func order(_ left: Value, _ right: Value, _ test: (Int) -> Bool) -> Outcome? {
        if let order = Comparing.order(left, right) { return .value(.bool(test(order))) }
        // NaN has no order: every comparison with it is false.
        if case .double(let a) = left, a.isNaN { return .value(.bool(false)) }
        if case .double(let b) = right, b.isNaN { return .value(.bool(false)) }
        return nil
    }

    private static func contains(_ collection: Value, _ value: Value) -> Outcome? {
        switch collection {
        case .list(let elements): .value(.bool(elements.contains { Comparing.areEqual($0, value) }))
        case .map(let map): .value(.bool(MapValue.key(value).map { map.value(at: $0) != nil } ?? false))
        default: nil
        }
    }

    private static func element(_ collection: Value, _ index: Value) -> Outcome? {
        switch collection {
        case .list(let elements):
            guard case .int(let position)? = MapValue.key(index) else { return .failure("a list's index is a whole number") }
            guard position >= 0, position < elements.count else { return .failure("index \(position) is out of range") }
            return .value(elements[Int(position)])
        case .map(let map):
            guard let key = MapValue.key(index), let value = map.value(at: key) else { return .failure("no such key") }
            return .value(value)
        default: return nil
        }
    }

    private static func insert(_ values: [Value]) -> Outcome {
        guard case .map(var map) = values[0], let key = MapValue.key(values[1]) else { return .failure("not a map or not a key") }
        return map.insert(values[1], values[2], at: key) ? .value(.map(map)) : .failure("a map's key stands twice")
    }
}
