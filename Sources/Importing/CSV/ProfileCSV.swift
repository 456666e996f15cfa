internal import Profiles
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
        /// Since when it is known; nil for the time of the import.
        package let observedAtSeconds: Int64?

        /// - Parameters:
        ///   - value: Of the type that the attribute is declared with.
        ///   - observedAtSeconds: Since when it is known; nil for the time of the import.
        package init(name: String, value: AttributeValue, observedAtSeconds: Int64? = nil) {
            self.name = name
            self.value = value
            self.observedAtSeconds = observedAtSeconds
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
    private var head = CSVHead()
    /// Of the row that is read.
    private var cells = ImportCells()
    /// Where the rows ended that the mapping lets end before the file does, and how many have followed.
    package private(set) var ending: (line: Int, rowCount: Int)?
    /// Rows that the mapping leaves out, by a cell of theirs.
    package private(set) var leftOutCount = 0

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
        options.followsMark = true
        options.skippedLines = mapping.skippedLines
        options.comment = mapping.comment
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
        return Rows(
            header: header, layout: layout, head: head, cells: cells, ending: ending, leftOutCount: leftOutCount)
    }

    private mutating func keep(_ rows: Rows) throws(CSVError) {
        if let error = rows.error { throw error }
        layout = rows.layout
        head = rows.head
        cells = rows.cells
        ending = rows.ending
        leftOutCount = rows.leftOutCount
    }

    /// Understands what the reader hands over.
    private struct Rows {
        let header: CSVHeader
        var layout: CSVLayout?
        var head: CSVHead
        var cells: ImportCells
        var ending: (line: Int, rowCount: Int)?
        var leftOutCount: Int
        var error: CSVError?

        mutating func take(_ row: CSVRow, _ body: (ImportCells, [Reject]) -> Void) {
            guard error == nil else { return }
            if layout == nil {
                do {
                    layout = try head.take(row, header)
                } catch {
                    self.error = error
                }
                if header.rowCount > 0 { return }
            }
            guard let layout else { return }
            if let ending {
                self.ending = (ending.line, ending.rowCount + 1)
            } else if layout.ends(before: row) {
                ending = (row.line, 1)
            } else if layout.leavesOut(row) {
                leftOutCount += 1
            } else if !layout.isEmpty(row) {
                let rejects = layout.read(row, into: &cells)
                body(cells, rejects)
            }
        }
    }
}

/// The lines of a header, as far as they have been read.
struct CSVHead: Sendable {
    private var rows: [[String]] = []
    private var isQuoted = false

    /// - Returns: Nil until the header is complete.
    mutating func take(_ row: CSVRow, _ header: CSVHeader) throws(CSVError) -> CSVLayout? {
        if header.rowCount > 0 {
            rows.append(try header.names(in: row))
            isQuoted = isQuoted || (0..<row.count).contains { row.isQuoted($0) }
            guard rows.count == header.rowCount else { return nil }
        }
        return try header.layout(of: rows, isQuoted: isQuoted, columnCount: row.count)
    }
}

extension CSVLayout {
    /// Whether the rows end before this one.
    func ends(before row: CSVRow) -> Bool {
        guard !endings.isEmpty else { return false }
        let cell = (0..<row.count).lazy.map { CSVCell.trimmed(row[$0]) }.first { !$0.isEmpty }
        return endings.contains { ending in
            if ending.text.isEmpty { return row.followsEmptyLine || cell == nil }
            return cell.map(ending.matches) ?? false
        }
    }

    /// Whether the mapping leaves the row out: for a cell that stands anywhere, or for one of a column.
    func leavesOut(_ row: CSVRow) -> Bool {
        guard row.fault == nil else { return false }
        if !passedOver.isEmpty {
            for index in 0..<row.count {
                let cell = CSVCell.trimmed(row[index])
                if !cell.isEmpty, passedOver.contains(where: { $0.matches(cell) }) { return true }
            }
        }
        // Nothing is in an empty row, which nobody need hear of.
        guard !omissions.isEmpty, !isEmpty(row) else { return false }
        return omissions.contains { index, cells in
            guard index < row.count else { return false }
            let cell = CSVCell.trimmed(row[index])
            return cells.contains { $0.matches(cell) }
        }
    }

    /// Whether there is nothing in the row, as spreadsheets leave below the last.
    func isEmpty(_ row: CSVRow) -> Bool {
        guard passesOverEmptyRows, row.fault == nil, CSVCell.trimmed(row[0]).isEmpty else { return false }
        return (0..<row.count).allSatisfy { CSVCell.trimmed(row[$0]).isEmpty }
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
        guard row.count == columnCount || hasOnlyEmptyCells(row, behind: columnCount) else {
            refuse("the row has \(row.count) fields, but the header names \(columnCount) columns")
            return rejects
        }
        var times: [Int64?] = []
        for observation in observations {
            let cell = row[observation.index]
            do throws(CSVCell.Refusal) {
                times.append(try observation.reader.seconds(cell))
            } catch {
                times.append(nil)
                refuse(error.reason, column: observation.column, cell: cell)
            }
        }
        for field in fields {
            let cell = field.alternatives.isEmpty ? row[field.index] : Self.identifier(field, row)
            let isExact = quotesMatter && row.isQuoted(field.index)
            do throws(CSVCell.Refusal) {
                if field.isAttribute {
                    if let value = try CSVCell.value(
                        cell, as: field.attribute, field.conversion, isExact: isExact, &cells)
                    {
                        let time = field.observation.flatMap { times[$0] }
                        cells.add(value, to: field.place, observedAtSeconds: time)
                    }
                } else {
                    try readIdentifier(cell, field, isExact, into: &cells)
                }
            } catch {
                refuse(error.reason, column: field.column, cell: cell)
            }
        }
        if let digestPlace { cells.add(.text(cells.text(RowDigest.text(row))), to: digestPlace) }
        let time = rowObservation.flatMap { times[$0] }
        for constant in constants {
            cells.add(cells.value(constant.value), to: constant.attribute, observedAtSeconds: time)
        }
        return rejects
    }

    private func readIdentifier(
        _ cell: UnsafeBufferPointer<UInt8>, _ field: Field, _ isExact: Bool, into cells: inout ImportCells
    ) throws(CSVCell.Refusal) {
        switch field.target {
        case .id(let casing):
            if isIDOptional, CSVCell.trimmed(cell).isEmpty { return }
            cells.id = try CSVCell.identifier(cell, casing, isExact: isExact, &cells)
        case .account(let casing):
            let isEmpty = (isExact ? cell : CSVCell.trimmed(cell)).isEmpty
            if !isEmpty { cells.account = try CSVCell.identifier(cell, casing, isExact: isExact, &cells) }
        case .attribute: break
        }
    }

    /// The first cell with something in it.
    private static func identifier(_ field: Field, _ row: CSVRow) -> UnsafeBufferPointer<UInt8> {
        let own = row[field.index]
        guard CSVCell.trimmed(own).isEmpty else { return own }
        return field.alternatives.lazy.map { row[$0] }.first { !CSVCell.trimmed($0).isEmpty } ?? own
    }

    /// Nothing is lost with them.
    private func hasOnlyEmptyCells(_ row: CSVRow, behind count: Int) -> Bool {
        row.count > count && (count..<row.count).allSatisfy { CSVCell.trimmed(row[$0]).isEmpty }
    }
}

extension CSVCell {
    /// - Parameters:
    ///   - casing: Nil without a mapping.
    ///   - isExact: Whether the cell is taken as it stands.
    static func identifier(
        _ cell: UnsafeBufferPointer<UInt8>, _ casing: CellConversion.Casing?, isExact: Bool, _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Span {
        switch casing {
        case nil, .kept?: try identifier(isExact ? cell : trimmed(cell), &row)
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
