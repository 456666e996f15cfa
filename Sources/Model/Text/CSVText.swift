/// Lines of comma-separated values.
///
/// Source: RFC 4180.
package enum CSVText {
    /// - Returns: One line with its line end.
    package static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") + "\n" }

    /// - Returns: The cell, between quotation marks where it needs them.
    package static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) }) || text.first == " " || text.last == " " else {
            return text
        }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
