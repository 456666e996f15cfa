/// `int(…)`, `string(…)`, `timestamp(…)` and the others.
enum ConversionFunctions {
    static let functions: [String: FunctionLibrary.Body] = [
        "int": unary { value, _ throws(Fault) in try int(value) },
        "uint": unary { value, _ throws(Fault) in try uint(value) },
        "double": unary { value, _ throws(Fault) in try double(value) },
        "string": unary { value, meter throws(Fault) in try string(value, &meter) },
        "bytes": unary { value, meter throws(Fault) in try bytes(value, &meter) },
        "bool": unary { value, _ throws(Fault) in try bool(value) },
        "timestamp": unary { value, _ throws(Fault) in try timestamp(value) },
        "duration": unary { value, _ throws(Fault) in try duration(value) },
    ]

    private static func unary(
        _ body: @escaping @Sendable (Value, inout Meter) throws(Fault) -> Value?
    ) -> FunctionLibrary.Body {
        { arguments, meter throws(Fault) in arguments.count == 1 ? try body(arguments[0], &meter) : nil }
    }

    private static func int(_ value: Value) throws(Fault) -> Value? {
        switch value {
        case .int: return value
        case .uint(let number):
            guard let number = Int64(exactly: number) else { throw Fault("\(number) does not fit into an int") }
            return .int(number)
        case .double(let number):
            // Open at both ends: as a double, an end of the range may be a rounded number from beyond it.
            guard number > -0x1p63, number < 0x1p63 else { throw Fault("\(number) does not fit into an int") }
            return .int(Int64(number))
        case .string(let text):
            guard let number = Int64(text) else { throw Fault("`\(text.shortened)` is no int") }
            return .int(number)
        case .timestamp(let moment): return .int(moment.seconds)
        default: return nil
        }
    }

    private static func uint(_ value: Value) throws(Fault) -> Value? {
        switch value {
        case .uint: return value
        case .int(let number):
            guard let number = UInt64(exactly: number) else { throw Fault("\(number) does not fit into a uint") }
            return .uint(number)
        case .double(let number):
            guard number >= 0, number < 0x1p64 else { throw Fault("\(number) does not fit into a uint") }
            return .uint(UInt64(number))
        case .string(let text):
            guard text.utf8.first.map(Lexer.isDigit) == true, let number = UInt64(text) else {
                throw Fault("`\(text.shortened)` is no uint")
            }
            return .uint(number)
        default: return nil
        }
    }

    private static func double(_ value: Value) throws(Fault) -> Value? {
        switch value {
        case .double: return value
        case .int(let number): return .double(Double(number))
        case .uint(let number): return .double(Double(number))
        case .string(let text):
            guard text.utf8.count <= 1_000, let number = Double(text),
                number.isFinite || !text.utf8.contains(where: Lexer.isDigit)
            else { throw Fault("`\(text.shortened)` is no double") }
            return .double(number)
        default: return nil
        }
    }

    private static func string(_ value: Value, _ meter: inout Meter) throws(Fault) -> Value? {
        switch value {
        case .string: return value
        case .bool(let value): return .string(String(value))
        case .int(let number): return .string(String(number))
        case .uint(let number): return .string(String(number))
        case .double(let number): return .string(DoubleText.shortest(number))
        case .bytes(let bytes):
            try meter.charge(newBytes: bytes.count)
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Fault("the bytes are not UTF-8") }
            return .string(text)
        case .timestamp(let moment): return .string(RFC3339.text(moment))
        case .duration(let moment): return .string(DurationText.text(moment))
        case .address(let address): return .string(address.text)
        case .network(let network): return .string(network.text)
        default: return nil
        }
    }

    private static func bytes(_ value: Value, _ meter: inout Meter) throws(Fault) -> Value? {
        switch value {
        case .bytes: return value
        case .string(let text):
            try meter.charge(newBytes: text.utf8.count)
            return .bytes(Array(text.utf8))
        default: return nil
        }
    }

    private static func bool(_ value: Value) throws(Fault) -> Value? {
        switch value {
        case .bool: return value
        case .string(let text):
            switch text {
            case "1", "t", "T", "true", "TRUE", "True": return .bool(true)
            case "0", "f", "F", "false", "FALSE", "False": return .bool(false)
            default: throw Fault("`\(text.shortened)` is no bool")
            }
        default: return nil
        }
    }

    private static func timestamp(_ value: Value) throws(Fault) -> Value? {
        switch value {
        case .timestamp: value
        case .int(let seconds): try Moment(seconds: seconds, nanoseconds: 0).checkedTimestamp()
        case .string(let text): try RFC3339.parse(text)
        default: nil
        }
    }

    private static func duration(_ value: Value) throws(Fault) -> Value? {
        switch value {
        case .duration: value
        case .int(let seconds): try Moment(seconds: seconds, nanoseconds: 0).checkedDuration()
        case .string(let text): try DurationText.parse(text)
        default: nil
        }
    }
}
