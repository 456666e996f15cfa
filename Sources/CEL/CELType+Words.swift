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
        case .list(.string): "a list of strings"
        case .list: "a list"
        case .map: "a map"
        case .type: "a type"
        case .object(let name): "a structure (\(name))"
        case .parameter: "any value"
        }
    }

    var isNumber: Bool { self == .int || self == .uint || self == .double }

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
        if case .list(let left) = self, case .list(let right) = other { return left.isComparable(with: right) }
        return matches(other)
    }
}
