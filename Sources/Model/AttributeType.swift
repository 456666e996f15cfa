/// The declared type of an attribute.
package enum AttributeType: UInt8, Sendable, CaseIterable, Hashable {
    case bool
    case int
    case double
    case string
    /// A set of strings, in no particular order.
    case strings
    case timestamp

    /// The word that rule files, CSV mappings and messages use.
    package var name: String {
        switch self {
        case .bool: "bool"
        case .int: "int"
        case .double: "double"
        case .string: "string"
        case .strings: "strings"
        case .timestamp: "timestamp"
        }
    }

    /// - Returns: The type of that name, or nil.
    package init?(name: some StringProtocol) {
        guard let type = AttributeType.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }
}
