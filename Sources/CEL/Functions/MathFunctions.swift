/// The math extension.
///
/// Source: google/cel-go, ext/README.md, "Math".
enum MathFunctions {
    static let functions: [String: FunctionLibrary.Body] = [
        "math.greatest": { arguments, meter throws(Fault) in try extreme(arguments, .after, &meter) },
        "math.least": { arguments, meter throws(Fault) in try extreme(arguments, .before, &meter) },
        "math.ceil": rounding(.up), "math.floor": rounding(.down), "math.round": rounding(.toNearestOrAwayFromZero),
        "math.trunc": rounding(.towardZero),
        "math.isNaN": test { $0.isNaN }, "math.isInf": test { $0.isInfinite }, "math.isFinite": test { $0.isFinite },
        "math.abs": { arguments, _ throws(Fault) in arguments.count == 1 ? try absolute(arguments[0]) : nil },
        "math.sign": { arguments, _ throws(Fault) in arguments.count == 1 ? sign(arguments[0]) : nil },
        "math.sqrt": { arguments, _ throws(Fault) in arguments.count == 1 ? root(arguments[0]) : nil },
        "math.bitAnd": bits({ $0 & $1 }, { $0 & $1 }), "math.bitOr": bits({ $0 | $1 }, { $0 | $1 }),
        "math.bitXor": bits({ $0 ^ $1 }, { $0 ^ $1 }),
        "math.bitNot": { arguments, _ throws(Fault) in
            guard arguments.count == 1 else { return nil }
            switch arguments[0] {
            case .int(let value): return .int(~value)
            case .uint(let value): return .uint(~value)
            default: return nil
            }
        },
        "math.bitShiftLeft": shift { $0 << $1 },
        // Zeros come in from the left, for ints too.
        "math.bitShiftRight": shift { $0 >> $1 },
    ]

    /// The number that comes `wanted` all others, the first of equals.
    private static func extreme(
        _ arguments: [Value], _ wanted: Comparison.Order, _ meter: inout Meter
    ) throws(Fault) -> Value? {
        var numbers = arguments
        if arguments.count == 1, case .list(let members) = arguments[0] { numbers = members }
        try meter.charge(numbers.count)
        guard var best = numbers.first else { throw Fault("there is no number to choose from") }
        for number in numbers {
            guard let order = Comparison.numbers(number, best) else { return nil }
            if order == wanted { best = number }
        }
        return best
    }

    private static func rounding(_ rule: FloatingPointRoundingRule) -> FunctionLibrary.Body {
        { arguments, _ throws(Fault) in
            guard arguments.count == 1, case .double(let value) = arguments[0] else { return nil }
            return .double(value.rounded(rule))
        }
    }

    private static func test(_ body: @escaping @Sendable (Double) -> Bool) -> FunctionLibrary.Body {
        { arguments, _ throws(Fault) in
            guard arguments.count == 1, case .double(let value) = arguments[0] else { return nil }
            return .bool(body(value))
        }
    }

    private static func absolute(_ value: Value) throws(Fault) -> Value? {
        switch value {
        case .int(let number):
            guard number != .min else { throw Fault("the result does not fit into 64 bits") }
            return .int(abs(number))
        case .uint: return value
        case .double(let number): return .double(abs(number))
        default: return nil
        }
    }

    private static func sign(_ value: Value) -> Value? {
        switch value {
        case .int(let number): .int(number.signum())
        case .uint(let number): .uint(number == 0 ? 0 : 1)
        case .double(let number): .double(number.isNaN || number == 0 ? number : (number < 0 ? -1 : 1))
        default: nil
        }
    }

    private static func root(_ value: Value) -> Value? {
        switch value {
        case .int(let number): .double(Double(number).squareRoot())
        case .uint(let number): .double(Double(number).squareRoot())
        case .double(let number): .double(number.squareRoot())
        default: nil
        }
    }

    private static func bits(
        _ ints: @escaping @Sendable (Int64, Int64) -> Int64, _ uints: @escaping @Sendable (UInt64, UInt64) -> UInt64
    ) -> FunctionLibrary.Body {
        { arguments, _ throws(Fault) in
            guard arguments.count == 2 else { return nil }
            switch (arguments[0], arguments[1]) {
            case (.int(let a), .int(let b)): return .int(ints(a, b))
            case (.uint(let a), .uint(let b)): return .uint(uints(a, b))
            default: return nil
            }
        }
    }

    private static func shift(_ body: @escaping @Sendable (UInt64, Int64) -> UInt64) -> FunctionLibrary.Body {
        { arguments, _ throws(Fault) in
            guard arguments.count == 2, case .int(let count) = arguments[1] else { return nil }
            guard count >= 0 else { throw Fault("bits cannot be shifted by \(count) places") }
            switch arguments[0] {
            case .int(let value): return .int(Int64(bitPattern: body(UInt64(bitPattern: value), count)))
            case .uint(let value): return .uint(body(value, count))
            default: return nil
            }
        }
    }
}
