extension AttributeValue {
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
}
