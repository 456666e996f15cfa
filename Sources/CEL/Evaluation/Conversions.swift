/// `int(…)`, `string(…)`, `timestamp(…)` and the others. Source: google/cel-spec, doc/langdef.md.
enum Conversions {
    static func call(_ name: String, _ value: Value) -> Outcome? {
        switch name {
        case "int": int(value)
        case "uint": uint(value)
        case "double": double(value)
        case "string": string(value)
        case "bytes": bytes(value)
        case "bool": bool(value)
        case "timestamp": timestamp(value)
        case "duration": duration(value)
        default: nil
        }
    }

    private static func int(_ value: Value) -> Outcome? {
        switch value {
        case .int: return .value(value)
        case .uint(let number): return Int64(exactly: number).map { .value(.int($0)) } ?? .failure("int overflow")
        case .double(let number):
            // The range is open at both ends: the nearest doubles beyond it are its ends themselves.
            guard number > -9_223_372_036_854_775_808, number < 9_223_372_036_854_775_808 else { return .failure("int overflow") }
            return .value(.int(Int64(number)))
        case .string(let text): return Int64(text).map { .value(.int($0)) } ?? .failure("`\(text)` is no int")
        case .timestamp(let moment): return .value(.int(moment.seconds))
        default: return nil
        }
    }

    private static func uint(_ value: Value) -> Outcome? {
        switch value {
        case .uint: return .value(value)
        case .int(let number): return UInt64(exactly: number).map { .value(.uint($0)) } ?? .failure("uint overflow")
        case .double(let number):
            guard number >= 0, number < 18_446_744_073_709_551_616 else { return .failure("uint overflow") }
            return .value(.uint(UInt64(number)))
        case .string(let text): return UInt64(text).map { .value(.uint($0)) } ?? .failure("`\(text)` is no uint")
        default: return nil
        }
    }

    private static func double(_ value: Value) -> Outcome? {
        switch value {
        case .double: .value(value)
        case .int(let number): .value(.double(Double(number)))
        case .uint(let number): .value(.double(Double(number)))
        case .string(let text): Double(text).map { .value(.double($0)) } ?? .failure("`\(text)` is no double")
        default: nil
        }
    }

    private static func string(_ value: Value) -> Outcome? {
        switch value {
        case .string: return .value(value)
        case .bool(let flag): return .value(.string(flag ? "true" : "false"))
        case .int(let number): return .value(.string(String(number)))
        case .uint(let number): return .value(.string(String(number)))
        case .double(let number):
            let isWhole = number == number.rounded() && abs(number) < 1e21
            return .value(.string(isWhole ? "\(number)".replacingSuffix(".0", with: "") : "\(number)"))
        case .bytes(let bytes):
            return String(validating: bytes, as: UTF8.self).map { .value(.string($0)) } ?? .failure("the bytes are not UTF-8")
        case .timestamp(let moment): return .value(.string(Calendar.text(moment)))
        case .duration(let moment): return .value(.string(durationText(moment)))
        default: return nil
        }
    }

    private static func bytes(_ value: Value) -> Outcome? {
        switch value {
        case .bytes: .value(value)
        case .string(let text): .value(.bytes(Array(text.utf8)))
        default: nil
        }
    }

    private static func bool(_ value: Value) -> Outcome? {
        switch value {
        case .bool: return .value(value)
        case .string(let text):
            if ["true", "TRUE", "True", "t", "1"].contains(text) { return .value(.bool(true)) }
            if ["false", "FALSE", "False", "f", "0"].contains(text) { return .value(.bool(false)) }
            return .failure("`\(text)` is no bool")
        default: return nil
        }
    }

    private static func timestamp(_ value: Value) -> Outcome? {
        switch value {
        case .timestamp: return .value(value)
        case .int(let seconds): return Arithmetic.timestamp(Moment(seconds: seconds, nanoseconds: 0))
        case .string(let text):
            guard let moment = Calendar.parse(text) else { return .failure("`\(text)` is no timestamp") }
            return Arithmetic.timestamp(moment)
        default: return nil
        }
    }

    private static func duration(_ value: Value) -> Outcome? {
        switch value {
        case .duration: return .value(value)
        case .int(let seconds): return Arithmetic.duration(Moment(seconds: seconds, nanoseconds: 0))
        case .string(let text):
            guard let moment = parseDuration(text) else { return .failure("`\(text)` is no duration, such as 336h or 1h30m") }
            return Arithmetic.duration(moment)
        default: return nil
        }
    }

    /// `1h30m`, `-1.5s`, `100ms`: numbers with units, the largest first by custom.
    static func parseDuration(_ text: String) -> Moment? {
        var rest = Array(text.utf8)[...]
        var isNegative = false
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { isNegative = rest.removeFirst() == UInt8(ascii: "-") }
        if rest.elementsEqual("0".utf8) { return Moment(seconds: 0, nanoseconds: 0) }
        guard !rest.isEmpty else { return nil }
        let units: [(name: String, nanoseconds: Double)] = [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("h", 3.6e12), ("m", 6e10), ("s", 1e9),
        ]
        var total = Moment(seconds: 0, nanoseconds: 0)
        while !rest.isEmpty {
            let digits = rest.prefix { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
            guard !digits.isEmpty, digits.count <= 40, let number = Double(String(decoding: digits, as: UTF8.self)) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let unit = units.first(where: { rest.starts(with: $0.name.utf8) }) else { return nil }
            rest = rest.dropFirst(unit.name.utf8.count)
            let whole = number.rounded(.down)
            guard whole * unit.nanoseconds / 1e9 < 1e12 else { return nil }
            let fraction = Int64(((number - whole) * unit.nanoseconds).rounded())
            let step = unit.nanoseconds >= 1e9
                ? Moment(seconds: Int64(whole) * Int64(unit.nanoseconds / 1e9), nanoseconds: fraction)
                : Moment(seconds: 0, nanoseconds: Int64(whole) * Int64(unit.nanoseconds) + fraction)
            total = total + step
            guard total.isDuration else { return nil }
        }
        return isNegative ? Moment(seconds: 0, nanoseconds: 0) - total : total
    }

    private static func durationText(_ moment: Moment) -> String {
        guard moment.nanoseconds != 0 else { return "\(moment.seconds)s" }
        let isNegative = moment.seconds < 0
        let positive = isNegative ? Moment(seconds: 0, nanoseconds: 0) - moment : moment
        return (isNegative ? "-" : "") + "\(positive.seconds).\(Calendar.fraction(positive.nanoseconds))s"
    }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, with other: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) + other : self
    }
}
