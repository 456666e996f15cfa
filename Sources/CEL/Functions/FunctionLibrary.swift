/// What the functions of the standard library and its extensions do.
///
/// Source: google/cel-spec, doc/langdef.md, "List of Standard Definitions".
enum FunctionLibrary {
    /// The receiver, if any, comes first.
    ///
    /// - Returns: nil when there is no overload for these arguments.
    typealias Body = @Sendable (_ arguments: [Value], _ meter: inout Meter) throws(Fault) -> Value?

    static func body(_ name: String, isMethod: Bool) -> Body? {
        isMethod ? methods[name] : functions[name]
    }

    private static let functions: [String: Body] = [
        basic, ConversionFunctions.functions, MathFunctions.functions, NetworkFunctions.functions,
        EncodingFunctions.functions,
    ]
    .reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    private static let methods: [String: Body] = [
        TextFunctions.methods, TimeFunctions.methods, NetworkFunctions.methods,
    ]
    .reduce(into: ["size": size, "matches": matches]) { $0.merge($1) { first, _ in first } }

    private static let basic: [String: Body] = [
        "size": size, "matches": matches,
        "type": { arguments, _ throws(Fault) in arguments.count == 1 ? .type(arguments[0].typeName) : nil },
        "dyn": { arguments, _ throws(Fault) in arguments.count == 1 ? arguments[0] : nil },
        "!_": { arguments, _ throws(Fault) in
            guard case .bool(let value) = arguments[0] else { return nil }
            return .bool(!value)
        },
        "-_": { arguments, _ throws(Fault) in
            switch arguments[0] {
            case .int(let value):
                guard value != .min else { throw Fault("the result does not fit into 64 bits") }
                return .int(-value)
            case .double(let value): return .double(-value)
            default: return nil
            }
        },
        "@insert": { arguments, meter throws(Fault) in try insert(arguments, &meter) },
    ]

    private static let size: Body = { arguments, meter throws(Fault) in
        guard arguments.count == 1 else { return nil }
        switch arguments[0] {
        case .string(let text):
            try meter.charge(bytes: text.utf8.count)
            return .int(Int64(text.unicodeScalars.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let members): return .int(Int64(members.count))
        case .map(let map): return .int(Int64(map.count))
        default: return nil
        }
    }

    /// With a pattern that is only known now; a constant one is compiled once, with the program.
    private static let matches: Body = { arguments, meter throws(Fault) in
        guard arguments.count == 2, case .string(let text) = arguments[0], case .string(let pattern) = arguments[1]
        else {
            return nil
        }
        try meter.charge(2_000 + pattern.utf8.count * 4)
        try meter.charge(bytes: text.utf8.count)
        do throws(RegularExpression.Problem) {
            return .bool(try RegularExpression(pattern).matches(text))
        } catch {
            throw Fault("the pattern cannot be used: \(error.message)")
        }
    }

    /// Adds an entry, or all entries of a map, to a map.
    static func insert(_ arguments: [Value], _ meter: inout Meter) throws(Fault) -> Value? {
        guard case .map(var map) = arguments[0] else { return nil }
        let added: [(key: Value, value: Value)]
        if arguments.count == 3 {
            added = [(arguments[1], arguments[2])]
        } else {
            guard case .map(let other) = arguments[1] else { return nil }
            added = other.entries
        }
        for entry in added {
            try meter.weigh(entry.value)
            guard map.insert(entry.key, entry.value) else { throw refusal(of: entry.key) }
        }
        return .map(map)
    }

    /// Why a map did not take a key.
    static func refusal(of key: Value) -> Fault {
        switch key {
        case .bool, .int, .uint, .string: Fault("a key stands twice in the map")
        default: Fault("a map's key cannot be a \(key.typeName)")
        }
    }
}
