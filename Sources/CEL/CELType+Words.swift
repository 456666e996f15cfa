extension CELType {
    /// The type in words, with an article: `an int`, `a list of strings`.
    package var words: String {
        switch self {
        case .bool: "a bool"
        case .int: "an int"
        case .uint: "a uint"
        case .double: "a double"
        case .string: "a string"
        case .bytes: "bytes"
        case .null: "null"
        case .timestamp: "a timestamp"
        case .duration: "a duration"
        case .dyn: "any value"
        case .list(let element): element.plural.map { "a list of \($0)" } ?? "a list"
        case .map: "a map"
        case .type: "a type"
        case .object(let name): "a structure (\(name))"
        case .opaque("net.IP"): "an IP address"
        case .opaque("net.CIDR"): "an address range (CIDR)"
        case .opaque(let name): "a \(name)"
        case .parameter: "any value"
        }
    }

    private var plural: String? {
        switch self {
        case .bool: "bools"
        case .int: "ints"
        case .uint: "uints"
        case .double: "doubles"
        case .string: "strings"
        case .timestamp: "timestamps"
        case .duration: "durations"
        default: nil
        }
    }

    var isNumber: Bool { self == .int || self == .uint || self == .double }

    /// Whether the type is only known at evaluation.
    var isOpen: Bool {
        switch self {
        case .dyn, .parameter: true
        default: false
        }
    }

    /// Whether a value of one type can be one of the other.
    func matches(_ other: CELType) -> Bool {
        switch (self, other) {
        case (.dyn, _), (_, .dyn), (.parameter, _), (_, .parameter): true
        case (.list(let left), .list(let right)): left.matches(right)
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            leftKey.matches(rightKey) && leftValue.matches(rightValue)
        case (.type, .type): true
        default: self == other
        }
    }

    /// Whether `==` between the two can be anything but false.
    func isComparable(with other: CELType) -> Bool {
        if isNumber, other.isNumber { return true }
        if self == .null || other == .null { return true }
        switch (self, other) {
        case (.list(let left), .list(let right)): return left.isComparable(with: right)
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            return leftKey.isComparable(with: rightKey) && leftValue.isComparable(with: rightValue)
        default: return matches(other)
        }
    }

    /// The type of what is either: a type parameter, as an empty list has for its members, takes the other's type.
    ///
    /// - Returns: nil when the two do not match.
    func joined(with other: CELType) -> CELType? {
        switch (self, other) {
        case (.parameter, _): return other
        case (_, .parameter): return self
        case (.dyn, _), (_, .dyn): return .dyn
        case (.list(let left), .list(let right)): return left.joined(with: right).map { .list($0) }
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            guard let key = leftKey.joined(with: rightKey), let value = leftValue.joined(with: rightValue) else {
                return nil
            }
            return .map(key: key, value: value)
        default: return matches(other) ? self : nil
        }
    }
}
