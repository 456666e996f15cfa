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
}
