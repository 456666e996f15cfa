/// Which functions there are and what they make of which types.
///
/// Source: google/cel-spec, doc/langdef.md, "List of Standard Definitions".
enum StandardLibrary {
    /// The result for the types of receiver and arguments; nil when they do not fit.
    typealias Rules = @Sendable ([CELType]) -> CELType?

    static func rules(_ name: String, isMethod: Bool) -> Rules? {
        isMethod ? methods[name] : functions[name]
    }

    static func names(isMethod: Bool) -> [String] {
        (isMethod ? methods : functions).keys.filter { $0.first?.isLetter == true }.sorted()
    }

    private static let functions: [String: Rules] = [
        "_&&_": logic, "_||_": logic,
        "!_": { $0[0].matches(.bool) ? .bool : nil },
        "@not_strictly_false": { $0[0].matches(.bool) ? .bool : nil },
        "-_": { types in
            switch types[0] {
            case .int, .double, .dyn: types[0]
            default: nil
            }
        },
        "_?_:_": { types in
            guard types[0].matches(.bool) else { return nil }
            return types[1] == types[2] ? types[1] : .dyn
        },
        "_==_": equality, "_!=_": equality,
        "_<_": order, "_<=_": order, "_>_": order, "_>=_": order,
        "_+_": { addition($0[0], $0[1]) },
        "_-_": { subtraction($0[0], $0[1]) },
        "_*_": arithmetic, "_/_": arithmetic,
        "_%_": { types in
            guard types[0].matches(types[1]) else { return nil }
            let type = types[0] == .dyn ? types[1] : types[0]
            return type == .int || type == .uint || type == .dyn ? type : nil
        },
        "@in": { types in
            switch types[1] {
            case .list(let element): types[0].isComparable(with: element) ? .bool : nil
            case .map(let key, _): types[0].isComparable(with: key) ? .bool : nil
            case .dyn: .bool
            default: nil
            }
        },
        "_[_]": { types in
            switch types[0] {
            case .list(let element): types[1].isNumber || types[1] == .dyn ? element : nil
            case .map(let key, let value): types[1].isComparable(with: key) ? value : nil
            case .dyn: .dyn
            default: nil
            }
        },
        "@insert": { types in
            guard case .map = types[0] else { return nil }
            return .map(key: types[1], value: types[2])
        },
        "size": { $0.count == 1 ? size($0[0]) : nil },
        "type": { $0.count == 1 ? .type($0[0]) : nil },
        "dyn": { $0.count == 1 ? .dyn : nil },
        "bool": conversion(.bool, from: [.bool, .string]),
        "int": conversion(.int, from: [.int, .uint, .double, .string, .timestamp]),
        "uint": conversion(.uint, from: [.int, .uint, .double, .string]),
        "double": conversion(.double, from: [.int, .uint, .double, .string]),
        "string": conversion(
            .string, from: [.bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration]),
        "bytes": conversion(.bytes, from: [.bytes, .string]),
        "timestamp": conversion(.timestamp, from: [.timestamp, .string, .int]),
        "duration": conversion(.duration, from: [.duration, .string, .int]),
        "matches": texts(2, .bool),
    ]

    private static let methods: [String: Rules] = [
        "startsWith": texts(2, .bool), "endsWith": texts(2, .bool), "contains": texts(2, .bool),
        "matches": texts(2, .bool),
        "size": { $0.count == 1 ? size($0[0]) : nil },
        "getFullYear": calendar, "getMonth": calendar, "getDayOfYear": calendar, "getDayOfMonth": calendar,
        "getDate": calendar, "getDayOfWeek": calendar,
        "getHours": clock, "getMinutes": clock, "getSeconds": clock, "getMilliseconds": clock,
        "lowerAscii": texts(1, .string), "upperAscii": texts(1, .string), "trim": texts(1, .string),
    ]

    private static let logic: Rules = { $0.allSatisfy { $0.matches(.bool) } ? .bool : nil }

    private static let equality: Rules = { $0[0].isComparable(with: $0[1]) ? .bool : nil }

    private static let order: Rules = { types in
        let (left, right) = (types[0], types[1])
        if left.isNumber, right.isNumber { return .bool }
        if left == .dyn || right == .dyn { return .bool }
        let ordered: [CELType] = [.bool, .string, .bytes, .timestamp, .duration]
        return left == right && ordered.contains(left) ? .bool : nil
    }

    private static let arithmetic: Rules = { types in
        if types[0] == .dyn || types[1] == .dyn { return types[0] == .dyn ? types[1] : types[0] }
        return types[0] == types[1] && types[0].isNumber ? types[0] : nil
    }

    private static func addition(_ left: CELType, _ right: CELType) -> CELType? {
        switch (left, right) {
        case (.dyn, _), (_, .dyn): return .dyn
        case (.string, .string), (.bytes, .bytes), (.duration, .duration): return left
        case (.timestamp, .duration), (.duration, .timestamp): return .timestamp
        case (.list(.dyn), .list): return right
        case (.list, .list(.dyn)): return left
        case (.list, .list): return left == right ? left : .list(.dyn)
        default: return left == right && left.isNumber ? left : nil
        }
    }

    private static func subtraction(_ left: CELType, _ right: CELType) -> CELType? {
        switch (left, right) {
        case (.dyn, _), (_, .dyn): return .dyn
        case (.timestamp, .timestamp): return .duration
        case (.timestamp, .duration): return .timestamp
        case (.duration, .duration): return .duration
        default: return left == right && left.isNumber ? left : nil
        }
    }

    private static func size(_ type: CELType) -> CELType? {
        switch type {
        case .string, .bytes, .list, .map, .dyn: .int
        default: nil
        }
    }

    private static func conversion(_ result: CELType, from sources: [CELType]) -> Rules {
        { types in types.count == 1 && (types[0] == .dyn || sources.contains(types[0])) ? result : nil }
    }

    private static func texts(_ count: Int, _ result: CELType) -> Rules {
        { types in types.count == count && types.allSatisfy { $0.matches(.string) } ? result : nil }
    }

    /// A timestamp's part, in UTC or in the zone that an argument names.
    private static let calendar: Rules = { types in
        guard types[0].matches(.timestamp), types.count <= 2, types.dropFirst().allSatisfy({ $0.matches(.string) })
        else { return nil }
        return .int
    }

    private static let clock: Rules = { types in
        if types[0] == .duration { return types.count == 1 ? .int : nil }
        return calendar(types)
    }
}
