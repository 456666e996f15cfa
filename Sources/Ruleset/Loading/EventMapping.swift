package import Model

/// How the file of another program becomes events. Its rows are read as those of profiles are, with what an event has in place of
/// attributes.
package struct EventMapping: Sendable {
    /// As the rows are read: the id is the visitor's, or the account's where events have no visitor.
    package let rows: ImportMapping
    package let isVisitor: Bool

    /// What rows have in place of attributes.
    package static let id = "id"
    package static let name = "name"
    package static let time = "time"
    package static let value = "value"
    package static let decision = "decision"

    /// - Parameter events: Names of the events that may be recorded.
    /// - Returns: What columns of a file may be, in the form of attributes.
    package static func attributes(_ events: [String]) -> [Attribute] {
        let position = SourcePosition(file: "", line: 0, column: 0)
        let fields: [(String, AttributeType)] = [
            (id, .string), (name, .string), (time, .timestamp), (value, .double), (decision, .string),
        ]
        return fields.map { field, type in
            var attribute = Attribute(entity: .visitor, name: field, type: type, position: position)
            if field == name { attribute.values = events }
            return attribute
        }
    }
}
