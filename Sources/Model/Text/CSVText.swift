/// Lines of comma-separated values.
///
/// Source: RFC 4180.
package enum CSVText {
    /// - Returns: One line with its line end.
    package static func line(_ cells: [String]) -> String { joined(cells.map(quoted)) }

    /// - Parameter cells: As they are written, quotation marks included.
    /// - Returns: One line with its line end.
    package static func joined(_ cells: [String]) -> String { cells.joined(separator: ",") + "\n" }

    /// - Returns: The cell, between quotation marks where it needs them: for what divides cells and lines, and for spaces at its
    ///   edges, which readers take off.
    package static func quoted(_ text: String) -> String {
        // By bytes: to a Character, a line feed behind a carriage return, or a comma under an accent, is another one.
        let needsQuotes = text.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0D || $0 == 0x0A }
        return needsQuotes || TextEdges.trimmed(text).utf8.count != text.utf8.count ? exact(text) : text
    }

    /// - Returns: The cell between quotation marks.
    package static func exact(_ text: String) -> String {
        var cell: [UInt8] = [0x22]
        for byte in text.utf8 {
            if byte == 0x22 { cell.append(byte) }
            cell.append(byte)
        }
        return String(decoding: cell + [0x22], as: UTF8.self)
    }
}
