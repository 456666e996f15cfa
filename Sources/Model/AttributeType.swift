/// The declared type of an attribute.
///
/// The raw value is what records on disk say, in three bits: never to be changed.
package enum AttributeType: UInt8, Sendable, CaseIterable, Hashable {
    case bool = 0
    case int = 1
    case double = 2
    case string = 3
    /// A set of strings, in no particular order.
    case strings = 4
    case timestamp = 5

    /// The word that rule files, CSV mappings and messages use.
    package var name: String { facts.name }

    /// What its values are on the request path.
    package var kind: Scalar.Kind { facts.kind }

    private var facts: (name: String, kind: Scalar.Kind) {
        switch self {
        case .bool: ("bool", .bool)
        case .int: ("int", .int)
        case .double: ("double", .double)
        case .string: ("string", .string)
        case .strings: ("strings", .strings)
        case .timestamp: ("timestamp", .timestamp)
        }
    }

    /// - Returns: The type of that name, or nil.
    package init?(name: some StringProtocol) {
        guard let type = AttributeType.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }

    /// - Returns: The type whose values are of that kind; nil for what is not known, and for what is computed only.
    package init?(_ kind: Scalar.Kind) {
        switch kind {
        case .bool: self = .bool
        case .int: self = .int
        case .double: self = .double
        case .string: self = .string
        case .strings: self = .strings
        case .timestamp: self = .timestamp
        case .missing, .stale, .unconsented, .missingAndUnconsented, .failed, .duration: return nil
        }
    }
}
