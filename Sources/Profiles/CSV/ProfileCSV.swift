package import Model

/// Reads profiles from CSV: the header names the columns, each further row is one profile.
///
/// Columns are `id`, for visitors `account`, and names of attributes; an empty cell means that nothing is known. Bad
/// cells are refused one by one with their place and reason; the file is read to its end.
package struct ProfileCSV {
    /// An attribute that a column may be named after.
    package final class Column: Sendable {
        /// As the rule set declares it.
        package let name: String
        /// As the rule set declares it.
        package let type: AttributeType
        /// Values that a string, or each member of a set, must be one of; empty: any.
        package let allowed: [String]
        let allowedWords: WordTable<Void>

        /// - Parameter allowed: Empty when any value is allowed.
        package init(name: String, type: AttributeType, allowed: [String] = []) {
            self.name = name
            self.type = type
            self.allowed = allowed
            allowedWords = WordTable(Dictionary(allowed.map { ($0, ()) }) { _, _ in })
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

    /// What the rule set declares; values name their attribute by its place here.
    package let columns: [Column]
    private var reader: CSVReader
    private let header: CSVHeader
    /// Nil before the header has been read.
    private var layout: CSVLayout?
    /// Of the row that is read.
    private var cells = ImportCells()

    /// - Parameters:
    ///   - columns: What the rule set declares for this kind of profile.
    ///   - entity: Whether the rows are visitors or accounts; an account has no `account`.
    package init(columns: [Column], entity: Entity, options: CSVOptions = CSVOptions()) {
        self.columns = columns
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
        self.columns = columns
        reader = CSVReader(options: options)
        header = CSVHeader(columns: columns, entity: mapping.entity, mapping: mapping, now: now)
    }

    /// Takes the next piece of the file.
    ///
    /// - Parameter body: Gets the rows that are complete, in order: what they say, and every reason to refuse them; none for
    ///   a good row.
    /// - Throws: `CSVError` when the file cannot be read at all; it is then of no further use.
    package mutating func feed(
        _ piece: UnsafeBufferPointer<UInt8>, _ body: (ImportCells, [Reject]) -> Void
    ) throws(CSVError) {
        var rows = takeRows()
        try reader.feed(piece) { rows.take($0, body) }
        try keep(rows)
    }

    /// Ends the file.
    ///
    /// - Parameter body: Gets the last row, when no line end followed it.
    /// - Throws: `CSVError`, as `feed`; `empty` when there was no header.
    package mutating func finish(_ body: (ImportCells, [Reject]) -> Void) throws(CSVError) {
        var rows = takeRows()
        reader.finish { rows.take($0, body) }
        try keep(rows)
        if layout == nil { throw .empty }
    }

    private mutating func takeRows() -> Rows {
        // Taken out meanwhile, so that it is not copied.
        defer { cells = ImportCells() }
        return Rows(header: header, layout: layout, cells: cells)
    }

    private mutating func keep(_ rows: Rows) throws(CSVError) {
        if let error = rows.error { throw error }
        layout = rows.layout
        cells = rows.cells
    }

    /// Understands what the reader hands over.
    private struct Rows {
        let header: CSVHeader
        var layout: CSVLayout?
        var cells: ImportCells
        var error: CSVError?

        mutating func take(_ row: CSVRow, _ body: (ImportCells, [Reject]) -> Void) {
            guard error == nil else { return }
            guard let layout else {
                do {
                    layout = try header.layout(of: row)
                } catch {
                    self.error = error
                }
                return
            }
            let rejects = layout.read(row, into: &cells)
            body(cells, rejects)
        }
    }
}

extension CSVLayout {
    /// - Returns: Every reason to refuse the row; none for a good one.
    func read(_ row: CSVRow, into cells: inout ImportCells) -> [ProfileCSV.Reject] {
        cells.start(line: row.line)
        var rejects: [ProfileCSV.Reject] = []
        func refuse(_ reason: String, column: String = "", cell: UnsafeBufferPointer<UInt8>? = nil) {
            let text = cell.map { String(decoding: $0.prefix(400), as: UTF8.self) } ?? ""
            rejects.append(ProfileCSV.Reject(line: row.line, column: column, reason: reason, cell: text))
        }
        if let fault = row.fault {
            refuse(fault.description)
            return rejects
        }
        guard row.count == columnCount else {
            refuse("the row has \(row.count) fields, but the header names \(columnCount) columns")
            return rejects
        }
        for field in fields {
            let cell = row[field.index]
            do throws(CSVCell.Refusal) {
                switch field.target {
                case .id(let casing):
                    cells.id = try CSVCell.identifier(cell, casing, &cells)
                case .account(let casing):
                    let isEmpty = (casing == nil ? cell : CSVCell.trimmed(cell)).isEmpty
                    if !isEmpty { cells.account = try CSVCell.identifier(cell, casing, &cells) }
                case .attribute(let place, let column, let conversion):
                    if let value = try CSVCell.value(cell, as: column, conversion, &cells) {
                        cells.add(value, to: place)
                    }
                }
            } catch {
                refuse(error.reason, column: field.column, cell: cell)
            }
        }
        for constant in constants { cells.add(cells.value(constant.value), to: constant.attribute) }
        return rejects
    }
}

extension CSVCell {
    /// - Parameter casing: Nil without a mapping: the cell as it stands.
    static func identifier(
        _ cell: UnsafeBufferPointer<UInt8>, _ casing: CellConversion.Casing?, _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Span {
        switch casing {
        case nil: try identifier(cell, &row)
        case .kept?: try identifier(trimmed(cell), &row)
        case let casing?:
            try withCased(trimmed(cell), casing) { (bytes) throws(Refusal) in try identifier(bytes, &row) }
        }
    }

    private static func identifier(
        _ bytes: UnsafeBufferPointer<UInt8>, _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Span {
        if let fault = ProfileID.fault(in: bytes) { throw Refusal(reason: fault.words) }
        return row.text(bytes)
    }
}
