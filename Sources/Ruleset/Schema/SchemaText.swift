internal import Model

/// JSON as the schema needs it: objects keep the order of their keys.
indirect enum SchemaText {
    case string(String)
    case whole(Int)
    case flag(Bool)
    case array([SchemaText])
    case object([(String, SchemaText)])

    /// - Returns: Indented by two spaces; arrays of plain values stand on one line.
    func text(indentation: String = "") -> String {
        let inner = indentation + "  "
        switch self {
        case .string(let value): return JSONText.quoted(value)
        case .whole(let value): return String(value)
        case .flag(let value): return String(value)
        case .array(let values):
            return "[" + values.map { $0.text(indentation: inner) }.joined(separator: ", ") + "]"
        case .object(let members):
            guard !members.isEmpty else { return "{}" }
            let lines = members.map { inner + JSONText.quoted($0.0) + ": " + $0.1.text(indentation: inner) }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indentation + "}"
        }
    }
}
