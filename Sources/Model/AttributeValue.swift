/// A value of an attribute, owned; for imports, administration and tests. The request path uses `Scalar`.
package enum AttributeValue: Sendable, Hashable {
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case strings([String])
    case timestamp(Timestamp)

    /// The type that an attribute needs to hold this value unconverted.
    package var type: AttributeType {
        switch self {
        case .bool: .bool
        case .int: .int
        case .double: .double
        case .string: .string
        case .strings: .strings
        case .timestamp: .timestamp
        }
    }

    /// A copy of a value that is known; nil for what is not, and for durations, which no attribute has. Malformed UTF-8 is repaired.
    package init?(_ value: Scalar) {
        func string(_ text: BorrowedText) -> String { String(decoding: text.bytes, as: UTF8.self) }
        switch value.kind {
        case .bool: self = .bool(value.bool)
        case .int: self = .int(value.int)
        case .double: self = .double(value.double)
        case .string: self = .string(string(value.text))
        case .strings: self = .strings(value.texts.map(string))
        case .timestamp: self = .timestamp(value.timestamp)
        case .missing, .stale, .unconsented, .missingAndUnconsented, .failed, .duration: return nil
        }
    }

    /// The same for the request path; nil for texts, which need memory that lives as long.
    package var plain: Scalar? {
        switch self {
        case .bool(let value): Scalar(value)
        case .int(let value): Scalar(value)
        case .double(let value): Scalar(value)
        case .timestamp(let value): Scalar(value)
        case .string, .strings: nil
        }
    }
}

extension AttributeValue {
    /// The same said as a value of another type, for an attribute that has changed its type.
    ///
    /// - Returns: Nil when the other type cannot say it exactly: half a number, a text that is no number, a set of several members.
    package func converted(to type: AttributeType) -> AttributeValue? {
        if self.type == type { return self }
        switch type {
        case .bool: return flag.map { .bool($0) }
        case .int: return (text.flatMap { Int64($0) } ?? number.flatMap { Int64(exactly: $0) }).map { .int($0) }
        case .double: return number.map { .double($0) }
        case .string: return text.map { .string($0) }
        case .strings: return text.map { .strings([$0]) }
        case .timestamp: return text.flatMap { TimestampText.parse($0) }.map { .timestamp($0) }
        }
    }

    /// As rules and CSV files write it; the members of a set between `|`.
    package var plainText: String {
        if case .strings(let members) = self { return members.joined(separator: "|") }
        return text ?? ""
    }

    private var flag: Bool? {
        switch text {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }

    private var number: Double? {
        switch self {
        case .bool(let flag): return flag ? 1 : 0
        case .int(let number): return Double(exactly: number)
        case .double(let number): return number
        case .string, .strings: return text.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
        case .timestamp: return nil
        }
    }

    /// Nil for a set of other than one member.
    private var text: String? {
        switch self {
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number): return "\(number)"
        case .double(let number): return Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .string(let text): return text
        case .strings(let members): return members.count == 1 ? members[0] : nil
        case .timestamp(let time): return TimestampText.format(time)
        }
    }
}
