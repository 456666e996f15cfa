/// A JSON value. Members keep their order and numbers their spelling, so that 64-bit integers come through whole.
package enum JSON: Sendable, Hashable {
    /// One member of an object.
    package struct Member: Sendable, Hashable {
        package let name: String
        package let value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    case null
    case bool(Bool)
    /// As written.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// What the value is, in words.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSON {
    /// An integer of at most 32 bits; wider ones are `long`.
    package static func number(_ value: some BinaryInteger) -> JSON { .number("\(value)") }

    /// As the protobuf JSON form has it: what is not finite is a string.
    package static func number(_ value: Double) -> JSON {
        if value.isNaN { return .string("NaN") }
        if value.isInfinite { return .string(value < 0 ? "-Infinity" : "Infinity") }
        if value == 0, value.sign == .minus { return .number("-0") }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return .number("\(whole)") }
        return .number("\(value)")
    }

    /// An integer of 64 bits. Many readers of JSON know doubles only: what a double cannot hold exactly is a text.
    package static func long(_ value: some BinaryInteger) -> JSON {
        UInt64(value.magnitude) < 1 << 53 ? .number("\(value)") : .string("\(value)")
    }

    /// An array of strings.
    package static func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }

    /// RFC 3339.
    package static func time(_ time: Timestamp) -> JSON { .string(TimestampText.format(time)) }

    /// - Returns: The text, with two spaces for each level and no line end behind it.
    package func text() -> String {
        var text = ""
        write(to: &text, indentation: 0)
        return text
    }

    /// - Returns: The text on one line.
    package func line() -> String {
        var text = ""
        write(to: &text, indentation: nil)
        return text
    }

    /// - Parameter indentation: Levels; nil for everything on one line.
    private func write(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let number): text += number
        case .string(let string): text += JSONText.quoted(string)
        case .array(let values):
            Self.write("[", "]", values, to: &text, indentation) { value, text, inner in
                value.write(to: &text, indentation: inner)
            }
        case .object(let members):
            Self.write("{", "}", members, to: &text, indentation) { member, text, inner in
                text += JSONText.quoted(member.name)
                text += ": "
                member.value.write(to: &text, indentation: inner)
            }
        }
    }

    private static func write<Element>(
        _ open: String, _ close: String, _ elements: [Element], to text: inout String, _ indentation: Int?,
        _ body: (Element, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indentation.map { $0 + 1 }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += inner == nil ? ", " : "," }
            if let inner { text += "\n" + String(repeating: "  ", count: inner) }
            body(element, &text, inner)
        }
        if let indentation, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
        text += close
    }
}
