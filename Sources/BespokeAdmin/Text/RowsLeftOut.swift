package import Model

/// Rows of a file that its mapping keeps out of an import: whoever counts rows must find them again.
package struct RowsLeftOut {
    /// By `skip_when` and `pass_over`.
    package var count: Int
    /// The line before which `stop_at` ends the rows, and how many follow; nil when it does not.
    package var ending: (line: Int, rowCount: Int)?

    package init(count: Int = 0, ending: (line: Int, rowCount: Int)? = nil) {
        self.count = count
        self.ending = ending
    }

    /// For whoever reads; no lines when nothing was left out.
    package var lines: [String] {
        var lines: [String] = []
        if count > 0 { lines.append(ImportText.leftOut(count)) }
        if let ending { lines.append(ImportText.ending(line: ending.line, rowCount: ending.rowCount)) }
        return lines
    }

    /// - Returns: The object with what was left out: `leftOut`, and `ending` where the rows end before the file.
    package func added(to json: JSON) -> JSON {
        guard case .object(var members) = json else { return json }
        members.append(.init("leftOut", .long(count)))
        if let ending {
            members.append(
                .init(
                    "ending", .object([.init("line", .long(ending.line)), .init("rowCount", .long(ending.rowCount))])))
        }
        return .object(members)
    }
}
