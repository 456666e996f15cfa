package import Model

extension JSON {
    /// The value as YAML: what the JSON form says, for those who would rather read that. Texts stand in double quotes wherever YAML might
    /// take them for something else.
    ///
    /// - Returns: Lines, each with a line end.
    package func yaml() -> String {
        var text = ""
        switch self {
        case .array(let values) where !values.isEmpty: Self.write(values, at: 0, into: &text)
        case .object(let members) where !members.isEmpty: Self.write(members, at: 0, isFirstPlaced: false, into: &text)
        default: text = yamlScalar + "\n"
        }
        return text
    }

    private static func write(_ values: [JSON], at level: Int, into text: inout String) {
        for value in values {
            text += indent(level) + "-"
            switch value {
            case .object(let members) where !members.isEmpty:
                text += " "
                write(members, at: level + 1, isFirstPlaced: true, into: &text)
            case .array(let inner) where !inner.isEmpty:
                text += "\n"
                write(inner, at: level + 1, into: &text)
            default: text += " " + value.yamlScalar + "\n"
            }
        }
    }

    /// - Parameter isFirstPlaced: Whether the first member follows a dash.
    private static func write(_ members: [Member], at level: Int, isFirstPlaced: Bool, into text: inout String) {
        for (index, member) in members.enumerated() {
            if index > 0 || !isFirstPlaced { text += indent(level) }
            text += JSON.string(member.name).yamlScalar + ":"
            switch member.value {
            case .object(let inner) where !inner.isEmpty:
                text += "\n"
                write(inner, at: level + 1, isFirstPlaced: false, into: &text)
            case .array(let inner) where !inner.isEmpty:
                text += "\n"
                write(inner, at: level + 1, into: &text)
            default: text += " " + member.value.yamlScalar + "\n"
            }
        }
    }

    private static func indent(_ level: Int) -> String { String(repeating: "  ", count: level) }

    /// Every JSON scalar is YAML; only a text that can be nothing else loses its quotes. Source: yaml.org/spec/1.2.2, chapter 10.
    private var yamlScalar: String {
        guard case .string(let string) = self, Self.isPlain(string) else { return line() }
        return string
    }

    private static func isPlain(_ text: String) -> Bool {
        let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "infinity"]
        guard let first = text.utf8.first, isLetter(first), !words.contains(text.lowercased()) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "_-./".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
}
