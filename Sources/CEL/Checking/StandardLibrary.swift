/// Which functions there are and what they make of which types.
///
/// Source: google/cel-spec, doc/langdef.md, "List of Standard Definitions".
enum StandardLibrary {
    /// The result for the types of receiver and arguments; nil when they do not fit. At least as many types as an operator
    /// has operands.
    typealias Rule = @Sendable ([CELType]) -> CELType?

    static func rule(_ name: String, isMethod: Bool) -> Rule? {
        isMethod ? methods[name] : functions[name]
    }

    /// Whether a call without receiver has a meaning of its own, which a host cannot change.
    static func hasFunction(_ name: String) -> Bool { functions[name] != nil }

    static func names(isMethod: Bool) -> [String] {
        (isMethod ? methods : functions).keys.filter { $0.first?.isLetter == true }.sorted()
    }

    /// Names that stand for types.
    static let typeNames: [String: CELType] = [
        "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes,
        "null_type": .null, "list": .list(.dyn), "map": .map(key: .dyn, value: .dyn), "type": .type(.dyn),
        "google.protobuf.Timestamp": .timestamp, "google.protobuf.Duration": .duration,
        "net.IP": .opaque("net.IP"), "net.CIDR": .opaque("net.CIDR"),
    ]

    private static let functions: [String: Rule] = operators.merging(
        conversions, uniquingKeysWith: { first, _ in first }
    ).merging(extensionFunctions, uniquingKeysWith: { first, _ in first })

    private static let operators: [String: Rule] = [
        "_&&_": logic, "_||_": logic,
        "!_": { $0[0].matches(.bool) ? .bool : nil },
        "@not_strictly_false": { $0[0].matches(.bool) ? .bool : nil },
        "-_": { types in
            switch types[0] {
            case .int, .double, .dyn, .parameter: types[0]
            default: nil
            }
        },
        "_?_:_": { $0[0].matches(.bool) ? $0[1].joined(with: $0[2]) : nil },
        "_==_": equality, "_!=_": equality,
        "_<_": order, "_<=_": order, "_>_": order, "_>=_": order,
        "_+_": { addition($0[0], $0[1]) },
        "_-_": { subtraction($0[0], $0[1]) },
        "_*_": { arithmetic($0[0], $0[1]) },
        "_/_": { arithmetic($0[0], $0[1]) },
        "_%_": { types in
            guard let type = arithmetic(types[0], types[1]), type != .double else { return nil }
            return type
        },
        "@in": { types in
            switch types[1] {
            case .list(let element): types[0].isComparable(with: element) ? .bool : nil
            case .map(let key, _): types[0].isComparable(with: key) ? .bool : nil
            case .dyn, .parameter: .bool
            default: nil
            }
        },
        "_[_]": { types in
            switch types[0] {
            case .list(let element): types[1].isNumber || types[1].isOpen ? element : nil
            case .map(let key, let value): types[1].isComparable(with: key) ? value : nil
            case .dyn, .parameter: .dyn
            default: nil
            }
        },
        "@insert": { types in
            switch (types[0], types.count, types[1]) {
            case (.map(let key, let value), 2, .map(let otherKey, let otherValue)):
                .map(key: key.joined(with: otherKey) ?? .dyn, value: value.joined(with: otherValue) ?? .dyn)
            case (.map(let key, let value), 3, _):
                .map(key: key.joined(with: types[1]) ?? .dyn, value: value.joined(with: types[2]) ?? .dyn)
            case (.dyn, _, _), (.map, 2, .dyn): .dyn
            default: nil
            }
        },
    ]

    private static let conversions: [String: Rule] = [
        "size": { $0.count == 1 ? size($0[0]) : nil },
        "type": { $0.count == 1 ? .type($0[0]) : nil },
        "dyn": { $0.count == 1 ? .dyn : nil },
        "bool": conversion(.bool, from: [.bool, .string]),
        "int": conversion(.int, from: [.int, .uint, .double, .string, .timestamp]),
        "uint": conversion(.uint, from: [.int, .uint, .double, .string]),
        "double": conversion(.double, from: [.int, .uint, .double, .string]),
        "string": conversion(
            .string,
            from: [
                .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .opaque("net.IP"),
                .opaque("net.CIDR"),
            ]),
        "bytes": conversion(.bytes, from: [.bytes, .string]),
        "timestamp": conversion(.timestamp, from: [.timestamp, .string, .int]),
        "duration": conversion(.duration, from: [.duration, .string, .int]),
        "matches": signature([.string, .string], .bool),
    ]

    private static let methods: [String: Rule] =
        ([
            "startsWith": signature([.string, .string], .bool), "endsWith": signature([.string, .string], .bool),
            "contains": signature([.string, .string], .bool), "matches": signature([.string, .string], .bool),
            "size": { $0.count == 1 ? size($0[0]) : nil },
            "getFullYear": calendar, "getMonth": calendar, "getDayOfYear": calendar, "getDayOfMonth": calendar,
            "getDate": calendar, "getDayOfWeek": calendar,
            "getHours": clock, "getMinutes": clock, "getSeconds": clock, "getMilliseconds": clock,
        ] as [String: Rule]).merging(extensionMethods, uniquingKeysWith: { first, _ in first })

    // MARK: Rules

    private static let logic: Rule = { $0.allSatisfy { $0.matches(.bool) } ? .bool : nil }

    private static let equality: Rule = { $0[0].isComparable(with: $0[1]) ? .bool : nil }

    private static let order: Rule = { types in
        let (left, right) = (types[0], types[1])
        if left.isNumber, right.isNumber { return .bool }
        let ordered: [CELType] = [.bool, .string, .bytes, .timestamp, .duration, .int, .uint, .double]
        if left.isOpen { return right.isOpen || ordered.contains(right) ? .bool : nil }
        if right.isOpen { return ordered.contains(left) ? .bool : nil }
        return left == right && ordered.contains(left) ? .bool : nil
    }

    private static func arithmetic(_ left: CELType, _ right: CELType) -> CELType? {
        if left.isOpen { return right.isOpen || right.isNumber ? right : nil }
        if right.isOpen { return left.isNumber ? left : nil }
        return left == right && left.isNumber ? left : nil
    }

    private static func addition(_ left: CELType, _ right: CELType) -> CELType? {
        switch (left, right) {
        case (.list(let first), .list(let second)): return .list(first.joined(with: second) ?? .dyn)
        case (_, _) where left.isOpen || right.isOpen: return .dyn
        case (.string, .string), (.bytes, .bytes), (.duration, .duration): return left
        case (.timestamp, .duration), (.duration, .timestamp): return .timestamp
        default: return left == right && left.isNumber ? left : nil
        }
    }

    private static func subtraction(_ left: CELType, _ right: CELType) -> CELType? {
        switch (left, right) {
        case (_, _) where left.isOpen || right.isOpen: return .dyn
        case (.timestamp, .timestamp), (.duration, .duration): return .duration
        case (.timestamp, .duration): return .timestamp
        default: return left == right && left.isNumber ? left : nil
        }
    }

    private static func size(_ type: CELType) -> CELType? {
        switch type {
        case .string, .bytes, .list, .map, .dyn, .parameter: .int
        default: nil
        }
    }

    private static func conversion(_ result: CELType, from sources: [CELType]) -> Rule {
        { types in types.count == 1 && (types[0].isOpen || sources.contains(types[0])) ? result : nil }
    }

    /// Exactly these types, the receiver first; of the last ones `optional` may be left out.
    static func signature(_ parameters: [CELType], optional: Int = 0, _ result: CELType) -> Rule {
        { types in
            guard types.count <= parameters.count, types.count >= parameters.count - optional else { return nil }
            return zip(types, parameters).allSatisfy { $0.matches($1) } ? result : nil
        }
    }

    /// A timestamp's part, in UTC or in the zone that an argument names.
    private static let calendar: Rule = signature([.timestamp, .string], optional: 1, .int)

    private static let clock: Rule = { types in
        if types[0] == .duration { return types.count == 1 ? .int : nil }
        return calendar(types)
    }
}
