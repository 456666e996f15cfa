internal import Model

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// The value of an attribute. It must fit the type that the rule set declares; `double` attributes also take `int`.
public enum Value: Sendable, Hashable {
    case bool(Bool)
    case int(Int64)
    /// Not NaN.
    case double(Double)
    /// At most 4,096 bytes, without NUL.
    case string(String)
    /// A set in any order: at most 256 members of at most 4,096 bytes each.
    case strings([String])
    /// Between the years 1 and 9999; kept to the microsecond.
    case date(Date)
}

extension Value: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    /// A boolean written in code.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number written in code.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A number with a point written in code.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A text written in code.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A set of texts written in code.
    public init(arrayLiteral elements: String...) { self = .strings(elements) }
}

extension Value {
    var attributeValue: AttributeValue {
        switch self {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .strings(let value): .strings(value)
        case .date(let value): .timestamp(Timestamp(value))
        }
    }

    init(_ value: AttributeValue) {
        switch value {
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .strings(let value): self = .strings(value)
        case .timestamp(let value): self = .date(value.date)
        }
    }
}

extension Timestamp {
    /// Rounded to the nearest microsecond; a date beyond 64 bits becomes the nearest that can be held, which encoding refuses.
    init(_ date: Date) {
        let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded()
        self.init(microseconds: Int64(exactly: microseconds) ?? (microseconds < 0 ? .min : .max))
    }

    var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}
