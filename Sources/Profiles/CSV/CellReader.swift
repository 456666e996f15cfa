package import Model

/// Reads values of one attribute from texts, for files that are no CSV.
package struct CellReader: Sendable {
    private let column: ProfileCSV.Column
    private let conversion: CSVCell.Conversion?

    /// - Parameters:
    ///   - conversion: Nil without a mapping: texts are taken as they stand.
    ///   - now: What past times are compared with.
    package init(_ column: ProfileCSV.Column, conversion: CellConversion?, now: Timestamp) {
        self.column = column
        self.conversion = conversion.map { CSVCell.Conversion(rules: $0, now: now) }
    }

    package var type: AttributeType { column.type }

    /// - Returns: Nil when the text says that nothing is known.
    package func value(_ text: String) throws(CellRefusal) -> AttributeValue? {
        var row = ImportCells()
        return try CSVCell.withBytes(Array(text.utf8)) { (bytes) throws(CellRefusal) in
            try CSVCell.value(bytes, as: column, conversion, &row)
        }.map { row.owned($0) }
    }

    /// - Returns: The set; nil when it is empty.
    package func value(members: [String]) throws(CellRefusal) -> AttributeValue? {
        var row = ImportCells()
        for member in members {
            let casing = conversion?.rules.casing ?? .kept
            let text =
                switch casing {
                case .kept: member
                case .lower: member.lowercased()
                case .upper: member.uppercased()
                }
            try CSVCell.withBytes(Array(text.utf8)) { (bytes) throws(CellRefusal) in
                try CSVCell.add(bytes, column, conversion, to: &row, since: 0)
            }
        }
        let count = row.members.count
        return count == 0 ? nil : row.owned(.texts(ImportCells.Span(start: 0, count: count)))
    }
}
