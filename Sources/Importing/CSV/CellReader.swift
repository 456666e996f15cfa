internal import Profiles
package import Model

/// Reads values of one attribute from texts, for files that are no CSV.
package struct CellReader: Sendable {
    private let column: ProfileCSV.Column
    private let conversion: CSVCell.Conversion?
    /// For numbers that are no texts.
    private let numbers: CSVCell.Conversion?

    /// - Parameters:
    ///   - conversion: Nil without a mapping: texts are taken as they stand.
    ///   - now: What past times are compared with.
    package init(_ column: ProfileCSV.Column, conversion: CellConversion?, now: Timestamp) {
        self.column = column
        self.conversion = conversion.map { CSVCell.Conversion(rules: $0, now: now) }
        numbers = conversion.map { rules in
            var rules = rules
            // A whole number may have a fraction of zeros where it may in the file's texts.
            rules.decimal = column.type == .int && rules.decimal != .plain ? .point : .plain
            return CSVCell.Conversion(rules: rules, now: now)
        }
    }

    package var type: AttributeType { column.type }

    /// - Parameter isExact: Whether a text is taken as it stands without a mapping, the empty one included.
    /// - Returns: Nil when the text says that nothing is known.
    package func value(_ text: String, isExact: Bool = false) throws(CellRefusal) -> AttributeValue? {
        try value(text, conversion, isExact: isExact)
    }

    /// Reads a number of JSON, which has a decimal point whatever the texts of the file have.
    ///
    /// - Returns: Nil when the mapping says that it stands for nothing.
    package func value(number: String) throws(CellRefusal) -> AttributeValue? {
        try value(number, numbers, isExact: false)
    }

    private func value(
        _ text: String, _ conversion: CSVCell.Conversion?, isExact: Bool
    ) throws(CellRefusal) -> AttributeValue? {
        var row = ImportCells()
        return try CSVCell.withBytes(Array(text.utf8)) { (bytes) throws(CellRefusal) in
            try CSVCell.value(bytes, as: column, conversion, isExact: isExact, &row)
        }.map { row.owned($0) }
    }

    /// - Returns: The set; without a mapping its members as they stand, with one nil when none is left.
    package func value(members: [String]) throws(CellRefusal) -> AttributeValue? {
        var row = ImportCells()
        guard conversion != nil else {
            guard members.count <= ProfileLimits.setMembersMax else {
                throw CellRefusal(reason: "has more than \(ProfileLimits.setMembersMax) members")
            }
            for member in members {
                let span = try CSVCell.withBytes(Array(member.utf8)) { (bytes) throws(CellRefusal) in
                    try CSVCell.text(bytes, column, &row)
                }
                row.addMember(span)
            }
            return row.owned(.texts(ImportCells.Span(start: 0, count: members.count)))
        }
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
