package import Model

/// Reads profiles from CSV: the header names the columns, each further row is one profile.
///
/// Columns are `id`, for visitors `account`, and names of attributes; an empty cell means that nothing is known. Bad
/// cells are refused one by one with their place and reason; the file is read to its end.
package struct ProfileCSV {
    /// An attribute that a column may be named after.
    package struct Column: Sendable {
        /// As the rule set declares it.
        package let name: String
        /// As the rule set declares it.
        package let type: AttributeType
        /// Values that a string, or each member of a set, must be one of; empty: any.
        package let allowed: [String]
        let allowedSet: Set<String>

        /// - Parameter allowed: Empty when any value is allowed.
        package init(name: String, type: AttributeType, allowed: [String] = []) {
            self.name = name
            self.type = type
            self.allowed = allowed
            allowedSet = Set(allowed)
        }
    }

    /// A row: a profile, or what is wrong with it.
    package struct Row: Sendable, Equatable {
        /// Where it begins, from 1.
        package let line: Int
        /// Empty when it is missing or bad.
        package let id: String
        /// Nil when the cell is empty.
        package let account: String?
        /// Of the cells that are neither empty nor refused, in the order of columns.
        package let values: [Value]
        /// Every reason to refuse the row; empty for a good one.
        package let rejects: [Reject]

        /// - Parameter id: Empty when it is missing or bad; then `rejects` says so.
        package init(line: Int, id: String, account: String?, values: [Value], rejects: [Reject]) {
            self.line = line
            self.id = id
            self.account = account
            self.values = values
            self.rejects = rejects
        }
    }

    /// A value of a row.
    package struct Value: Sendable, Equatable {
        /// As the rule set declares it.
        package let name: String
        /// Of the type that the attribute is declared with.
        package let value: AttributeValue

        /// - Parameter value: Of the type that the attribute is declared with.
        package init(name: String, value: AttributeValue) {
            self.name = name
            self.value = value
        }
    }

    /// Why a row is refused.
    package struct Reject: Sendable, Equatable, CustomStringConvertible {
        /// Where the row begins, from 1.
        package let line: Int
        /// Empty when the whole row is meant.
        package let column: String
        /// In words that follow the column's name.
        package let reason: String
        /// The cell, cut after 40 characters; empty when the whole row is meant.
        package let text: String

        /// - Parameters:
        ///   - column: Empty when the whole row is meant.
        ///   - reason: In words that follow the column's name.
        ///   - cell: Of any length; at most 40 characters of it are kept, on one line.
        package init(line: Int, column: String, reason: String, cell: String) {
            self.line = line
            self.column = column
            self.reason = reason
            let printable = cell.prefix(40).map { $0.isNewline || $0 == "\t" || $0 == "\0" ? " " : $0 }
            text = String(printable) + (cell.count > 40 ? "…" : "")
        }

        /// Place, column and reason on one line.
        package var description: String {
            "line \(line): \(column.isEmpty ? "" : column + " ")\(reason)" + (text.isEmpty ? "" : " (`\(text)`)")
        }
    }

    private var reader: CSVReader
    private let header: CSVHeader
    /// Nil before the header has been read.
    private var layout: CSVLayout?

    /// - Parameters:
    ///   - columns: What the rule set declares for this kind of profile.
    ///   - entity: Whether the rows are visitors or accounts; an account has no `account`.
    package init(columns: [Column], entity: Entity, options: CSVOptions = CSVOptions()) {
        reader = CSVReader(options: options)
        header = CSVHeader(columns: columns, entity: entity, mapping: nil, now: Timestamp(microseconds: 0))
    }

    /// - Parameters:
    ///   - columns: What the rule set declares for the mapping's kind of profile.
    ///   - options: Its limits; delimiter and encoding are the mapping's.
    ///   - now: What columns of past times are compared with.
    package init(columns: [Column], mapping: ImportMapping, options: CSVOptions = CSVOptions(), now: Timestamp) {
        var options = options
        options.delimiter = mapping.delimiter
        options.encoding = mapping.encoding
        reader = CSVReader(options: options)
        header = CSVHeader(columns: columns, entity: mapping.entity, mapping: mapping, now: now)
    }

    /// Takes the next piece of the file.
    ///
    /// - Returns: The rows that are complete, good and bad, in order.
    /// - Throws: `CSVError` when the file cannot be read at all; it is then of no further use.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>) throws(CSVError) -> [Row] {
        var rows = Rows(csv: self)
        try reader.feed(piece) { rows.take($0) }
        return try finish(rows)
    }

    /// Ends the file.
    ///
    /// - Returns: The last row, when no line end followed it.
    /// - Throws: `CSVError`, as `feed`; `empty` when there was no header.
    package mutating func finish() throws(CSVError) -> [Row] {
        var rows = Rows(csv: self)
        reader.finish { rows.take($0) }
        let last = try finish(rows)
        if layout == nil { throw .empty }
        return last
    }

    private mutating func finish(_ rows: Rows) throws(CSVError) -> [Row] {
        if let error = rows.error { throw error }
        layout = rows.layout
        return rows.rows
    }

    /// Gathers what the reader hands over.
    private struct Rows {
        let header: CSVHeader
        var layout: CSVLayout?
        var rows: [Row] = []
        var error: CSVError?

        init(csv: ProfileCSV) {
            header = csv.header
            layout = csv.layout
        }

        mutating func take(_ row: CSVRow) {
            guard error == nil else { return }
            if let layout { return rows.append(ProfileCSV.convert(row, layout)) }
            do {
                layout = try header.layout(of: row)
            } catch {
                self.error = error
            }
        }
    }

    private static func convert(_ row: CSVRow, _ layout: CSVLayout) -> Row {
        var id = ""
        var account: String?
        var values: [Value] = []
        var rejects: [Reject] = []
        func refuse(_ reason: String, column: String = "", cell: UnsafeBufferPointer<UInt8>? = nil) {
            let text = cell.map { String(decoding: $0.prefix(400), as: UTF8.self) } ?? ""
            rejects.append(Reject(line: row.line, column: column, reason: reason, cell: text))
        }
        if let fault = row.fault {
            refuse(fault.description)
        } else if row.count != layout.columnCount {
            refuse("the row has \(row.count) fields, but the header names \(layout.columnCount) columns")
        } else {
            values.reserveCapacity(layout.fields.count)
            for field in layout.fields {
                let cell = row[field.index]
                switch field.target {
                case .id(let casing):
                    id = Self.identifier(cell, casing)
                    if let fault = ProfileID.fault(in: id) { refuse(fault.words, column: field.column, cell: cell) }
                case .account(let casing):
                    let text = Self.identifier(cell, casing)
                    guard !text.isEmpty else { continue }
                    if let fault = ProfileID.fault(in: text) { refuse(fault.words, column: field.column, cell: cell) }
                    account = text
                case .attribute(let column, let conversion):
                    do throws(CSVCell.Refusal) {
                        guard let value = try CSVCell.value(cell, as: column, conversion) else { continue }
                        values.append(Value(name: column.name, value: value))
                    } catch {
                        refuse(error.reason, column: field.column, cell: cell)
                    }
                }
            }
            values += layout.constants
        }
        return Row(line: row.line, id: id, account: account, values: values, rejects: rejects)
    }

    /// - Parameter casing: Nil without a mapping: the cell as it stands.
    private static func identifier(_ cell: UnsafeBufferPointer<UInt8>, _ casing: CellConversion.Casing?) -> String {
        guard let casing else { return String(decoding: cell, as: UTF8.self) }
        return CSVCell.cased(CSVCell.trimmed(cell), casing)
    }

}
