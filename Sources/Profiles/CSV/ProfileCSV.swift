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
    }

    /// A value of a row.
    package struct Value: Sendable, Equatable {
        /// As the rule set declares it.
        package let name: String
        /// Of the type that the attribute is declared with.
        package let value: AttributeValue
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

        /// Place, column and reason on one line.
        package var description: String {
            "line \(line): \(column.isEmpty ? "" : column + " ")\(reason)" + (text.isEmpty ? "" : " (`\(text)`)")
        }
    }

    private enum Target {
        case id
        case account
        case attribute(Column)

        var name: String {
            switch self {
            case .id: "id"
            case .account: "account"
            case .attribute(let column): column.name
            }
        }
    }

    private var reader: CSVReader
    private let attributes: [String: Column]
    private let entity: Entity
    private var targets: [Target] = []

    /// - Parameters:
    ///   - columns: What the rule set declares for this kind of profile.
    ///   - entity: Whether the rows are visitors or accounts; an account has no `account`.
    package init(columns: [Column], entity: Entity, options: CSVOptions = CSVOptions()) {
        reader = CSVReader(options: options)
        attributes = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.entity = entity
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
        if targets.isEmpty { throw .empty }
        return last
    }

    private mutating func finish(_ rows: Rows) throws(CSVError) -> [Row] {
        if let error = rows.error { throw error }
        targets = rows.targets
        return rows.rows
    }

    /// Gathers what the reader hands over.
    private struct Rows {
        let attributes: [String: Column]
        let entity: Entity
        var targets: [Target]
        var rows: [Row] = []
        var error: CSVError?

        init(csv: ProfileCSV) {
            attributes = csv.attributes
            entity = csv.entity
            targets = csv.targets
        }

        mutating func take(_ row: CSVRow) {
            guard error == nil else { return }
            guard targets.isEmpty else { return rows.append(ProfileCSV.convert(row, targets)) }
            do {
                targets = try readHeader(row)
            } catch {
                self.error = error
            }
        }

        private func readHeader(_ row: CSVRow) throws(CSVError) -> [Target] {
            if let fault = row.fault { throw .badHeader(line: row.line, reason: fault.description) }
            var targets: [Target] = []
            for index in 0..<row.count {
                let name = String(decoding: CSVCell.trimmed(row[index]), as: UTF8.self)
                guard !targets.contains(where: { $0.name == name }) else { throw .duplicateColumn(name) }
                targets.append(try target(named: name))
            }
            guard targets.contains(where: { $0.name == "id" }) else { throw .noIDColumn }
            return targets
        }

        private func target(named name: String) throws(CSVError) -> Target {
            if name == "id" { return .id }
            if name == "account", entity == .visitor { return .account }
            if let column = attributes[name] { return .attribute(column) }
            let known = attributes.keys.sorted() + ["id"] + (entity == .visitor ? ["account"] : [])
            throw .unknownColumn(name, suggestion: Spelling.nearest(to: name, among: known))
        }
    }

    private static func convert(_ row: CSVRow, _ targets: [Target]) -> Row {
        var id = ""
        var account: String?
        var values: [Value] = []
        var rejects: [Reject] = []
        func refuse(_ reason: String, column: String = "", cell: UnsafeBufferPointer<UInt8>? = nil) {
            rejects.append(Reject(line: row.line, column: column, reason: reason, text: cell.map(excerpt) ?? ""))
        }
        if let fault = row.fault {
            refuse(fault.description)
        } else if row.count != targets.count {
            refuse("the row has \(row.count) fields, but the header names \(targets.count) columns")
        } else {
            values.reserveCapacity(targets.count)
            for (index, target) in targets.enumerated() {
                let cell = row[index]
                switch target {
                case .id:
                    if let fault = ProfileID.fault(in: cell) { refuse(fault.words, column: "id", cell: cell) }
                    id = String(decoding: cell, as: UTF8.self)
                case .account:
                    guard !cell.isEmpty else { continue }
                    if let fault = ProfileID.fault(in: cell) { refuse(fault.words, column: "account", cell: cell) }
                    account = String(decoding: cell, as: UTF8.self)
                case .attribute(let column):
                    guard !(column.type == .string ? cell : CSVCell.trimmed(cell)).isEmpty else { continue }
                    do throws(CSVCell.Refusal) {
                        values.append(Value(name: column.name, value: try CSVCell.value(cell, as: column)))
                    } catch {
                        refuse(error.reason, column: column.name, cell: cell)
                    }
                }
            }
        }
        return Row(line: row.line, id: id, account: account, values: values, rejects: rejects)
    }

    /// At most 40 characters, on one line.
    private static func excerpt(_ cell: UnsafeBufferPointer<UInt8>) -> String {
        let text = String(decoding: cell.prefix(400), as: UTF8.self)
        let printable = text.prefix(40).map { $0.isNewline || $0 == "\t" || $0 == "\0" ? " " : $0 }
        return String(printable) + (text.count > 40 ? "…" : "")
    }
}
