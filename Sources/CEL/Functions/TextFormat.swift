/// Fills the clauses of a text, such as `%s` and `%.2f`, with values.
///
/// Source: google/cel-spec, the strings extension's `format`; google/cel-go, ext/formatting_v2.go.
enum TextFormat {
    private static let precisionDefault = 6
    private static let precisionMax = 1_000

    static func fill(_ form: String, with values: [Value], _ meter: inout Meter) throws(Fault) -> String {
        try meter.charge(newBytes: form.utf8.count)
        var result: [UInt8] = []
        var rest = Array(form.utf8)[...]
        var next = 0
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            result += rest[..<percent]
            rest = rest[(percent + 1)...]
            if rest.first == UInt8(ascii: "%") {
                result.append(UInt8(ascii: "%"))
                rest = rest.dropFirst()
                continue
            }
            let precision = try precision(&rest)
            guard let clause = rest.popFirst() else { throw Fault("the text ends within a `%` clause") }
            guard next < values.count else { throw Fault("the text has more clauses than there are values") }
            result += try filled(clause, precision, values[next], &meter)
            try meter.check(bytes: result.count)
            next += 1
        }
        result += rest
        return String(decoding: result, as: UTF8.self)
    }

    private static func precision(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> Int {
        guard rest.first == UInt8(ascii: ".") else { return precisionDefault }
        let digits = rest.dropFirst().prefix(while: Lexer.isDigit)
        rest = rest.dropFirst(1 + digits.count)
        guard let precision = Digits.number(digits), precision <= precisionMax else {
            throw Fault("behind `%.` stands a number up to \(precisionMax)")
        }
        return Int(precision)
    }

    private static func filled(
        _ clause: UInt8, _ precision: Int, _ value: Value, _ meter: inout Meter
    ) throws(Fault) -> [UInt8] {
        let text: String?
        switch clause {
        case UInt8(ascii: "s"):
            var written: [UInt8] = []
            try write(value, to: &written, &meter)
            return written
        case UInt8(ascii: "d"): text = decimal(value)
        case UInt8(ascii: "f"): text = double(value).map { DoubleText.fixed($0, precision: precision) }
        case UInt8(ascii: "e"): text = double(value).map { DoubleText.scientific($0, precision: precision) }
        case UInt8(ascii: "b"):
            if case .bool(let value) = value { text = value ? "1" : "0" } else { text = integer(value, radix: 2) }
        case UInt8(ascii: "o"): text = integer(value, radix: 8)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            text = try hexadecimal(value, isUpper: clause == UInt8(ascii: "X"), &meter)
        default:
            throw Fault(
                "`%\(String(decoding: [clause], as: UTF8.self))` is no clause; there are %s %d %f %e %b %o %x %X")
        }
        guard let text else {
            throw Fault("`%\(String(decoding: [clause], as: UTF8.self))` cannot write a \(value.typeName)")
        }
        return Array(text.utf8)
    }

    private static func decimal(_ value: Value) -> String? {
        if case .double(let value) = value { return DoubleText.plain(value) }
        return integer(value, radix: 10)
    }

    private static func double(_ value: Value) -> Double? {
        switch value {
        case .double(let value): value
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        default: nil
        }
    }

    private static func integer(_ value: Value, radix: Int, isUpper: Bool = false) -> String? {
        switch value {
        case .int(let value): String(value, radix: radix, uppercase: isUpper)
        case .uint(let value): String(value, radix: radix, uppercase: isUpper)
        default: nil
        }
    }

    private static func hexadecimal(_ value: Value, isUpper: Bool, _ meter: inout Meter) throws(Fault) -> String? {
        let bytes: [UInt8]
        switch value {
        case .string(let text): bytes = Array(text.utf8)
        case .bytes(let content): bytes = content
        default: return integer(value, radix: 16, isUpper: isUpper)
        }
        try meter.charge(newBytes: bytes.count * 2)
        let digits = Array((isUpper ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// As `%s` does; the entries of a map in the order of their written keys.
    private static func write(_ value: Value, to result: inout [UInt8], _ meter: inout Meter) throws(Fault) {
        let start = result.count
        switch value {
        case .null: result += "null".utf8
        case .bool(let value): result += String(value).utf8
        case .int(let value): result += String(value).utf8
        case .uint(let value): result += String(value).utf8
        case .double(let value): result += DoubleText.plain(value).utf8
        case .string(let value): result += value.utf8
        case .bytes(let value): result += value
        case .timestamp(let value): result += RFC3339.text(value).utf8
        case .duration(let value): result += DurationText.text(value).utf8
        case .type(let name): result += name.utf8
        case .address(let value): result += value.text.utf8
        case .network(let value): result += value.text.utf8
        case .object: throw Fault("`%s` cannot write a structure")
        case .list(let members):
            result.append(UInt8(ascii: "["))
            for (index, member) in members.enumerated() {
                if index > 0 { result += ", ".utf8 }
                try write(member, to: &result, &meter)
            }
            result.append(UInt8(ascii: "]"))
        case .map(let map):
            try write(map, to: &result, &meter)
        }
        try meter.charge(1)
        try meter.charge(bytes: result.count - start)
        try meter.check(bytes: result.count)
    }

    private static func write(_ map: MapValue, to result: inout [UInt8], _ meter: inout Meter) throws(Fault) {
        var entries: [(key: [UInt8], value: Value)] = []
        for entry in map.entries {
            var key: [UInt8] = []
            try write(entry.key, to: &key, &meter)
            entries.append((key, entry.value))
        }
        entries.sort { $0.key.lexicographicallyPrecedes($1.key) }
        result.append(UInt8(ascii: "{"))
        for (index, entry) in entries.enumerated() {
            if index > 0 { result += ", ".utf8 }
            result += entry.key
            result += ": ".utf8
            try write(entry.value, to: &result, &meter)
        }
        result.append(UInt8(ascii: "}"))
    }
}
