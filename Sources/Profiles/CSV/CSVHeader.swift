internal import Model

/// Where in the rows of a file what stands.
struct CSVLayout: Sendable {
    /// What takes a cell.
    enum Target: Sendable {
        /// Casing is nil without a mapping: ids are then taken as they stand.
        case id(CellConversion.Casing?)
        case account(CellConversion.Casing?)
        /// The place is that among the columns that the reader was given.
        case attribute(Int, ProfileCSV.Column, CSVCell.Conversion?)
    }

    /// A cell that is read.
    final class Field: Sendable {
        let index: Int
        /// As the header writes it.
        let column: String
        let target: Target

        init(index: Int, column: String, target: Target) {
            self.index = index
            self.column = column
            self.target = target
        }
    }

    /// Of the file; not all need be read.
    let columnCount: Int
    let fields: [Field]
    let constants: [(attribute: Int, value: AttributeValue)]
}

/// Understands header rows.
struct CSVHeader: Sendable {
    private let attributes: [String: (place: Int, column: ProfileCSV.Column)]
    private let entity: Entity
    private let mapping: ImportMapping?
    private let now: Timestamp

    private static let problemsMax = 20

    init(columns: [ProfileCSV.Column], entity: Entity, mapping: ImportMapping?, now: Timestamp) {
        attributes = Dictionary(
            columns.enumerated().map { ($0.element.name, (place: $0.offset, column: $0.element)) },
            uniquingKeysWith: { first, _ in first })
        self.entity = entity
        self.mapping = mapping
        self.now = now
    }

    /// - Throws: `CSVError` naming what the header lacks or has too much.
    func layout(of row: CSVRow) throws(CSVError) -> CSVLayout {
        if let fault = row.fault { throw .badHeader(line: row.line, reason: fault.description) }
        let names = (0..<row.count).map { String(decoding: CSVCell.trimmed(row[$0]), as: UTF8.self) }
        guard let mapping else { return try plain(names) }
        return try mapped(names, mapping)
    }

    private func plain(_ names: [String]) throws(CSVError) -> CSVLayout {
        var fields: [CSVLayout.Field] = []
        var seen: Set<String> = []
        for (index, name) in names.enumerated() {
            guard seen.insert(name).inserted else { throw .duplicateColumn(name) }
            fields.append(CSVLayout.Field(index: index, column: name, target: try target(named: name)))
        }
        guard seen.contains("id") else { throw .noIDColumn }
        return CSVLayout(columnCount: names.count, fields: fields, constants: [])
    }

    private func target(named name: String) throws(CSVError) -> CSVLayout.Target {
        if name == "id" { return .id(nil) }
        if name == "account", entity == .visitor { return .account(nil) }
        if let found = attributes[name] { return .attribute(found.place, found.column, nil) }
        let known = attributes.keys.sorted() + ["id"] + (entity == .visitor ? ["account"] : [])
        throw .unknownColumn(name, suggestion: Spelling.nearest(to: name, among: known))
    }

    private func mapped(_ names: [String], _ mapping: ImportMapping) throws(CSVError) -> CSVLayout {
        var fields: [CSVLayout.Field] = []
        var problems: [String] = []
        var wanted: Set<String> = []
        func add(_ column: String, isOptional: Bool = false, _ target: CSVLayout.Target?) {
            wanted.insert(column)
            let places = names.indices.filter { names[$0] == column }
            if places.count > 1, target != nil {
                problems.append(
                    "the file has the column `\(column)` \(places.count) times; rename or remove the others")
            } else if let index = places.first {
                if let target { fields.append(CSVLayout.Field(index: index, column: column, target: target)) }
            } else if !isOptional {
                problems.append("the file has no column `\(column)`" + Self.hint(column, among: names))
            }
        }
        add(mapping.id.column, .id(mapping.id.casing))
        if let account = mapping.account { add(account.column, .account(account.casing)) }
        for column in mapping.columns {
            let isOptional = column.isOptional || column.attribute == nil
            let attribute = column.attribute.flatMap { attributes[$0] }
            add(
                column.name, isOptional: isOptional,
                attribute.map {
                    .attribute($0.place, $0.column, CSVCell.Conversion(rules: column.conversion, now: now))
                })
        }
        if !mapping.ignoresOthers {
            for name in names where !wanted.contains(name) {
                problems.append(
                    "the mapping does not name the column `\(name)`; add it, with `ignore` if nothing takes it, or say `others: ignore`"
                )
            }
        }
        guard problems.isEmpty else {
            let rest = problems.count - Self.problemsMax
            throw .mapping(problems.prefix(Self.problemsMax) + (rest > 0 ? ["and \(rest) further differences"] : []))
        }
        return CSVLayout(
            columnCount: names.count, fields: fields,
            constants: mapping.constants.compactMap { constant in
                attributes[constant.attribute].map { (attribute: $0.place, value: constant.value) }
            })
    }

    /// The nearest column, whatever the case of its letters, or all that there are.
    private static func hint(_ column: String, among names: [String]) -> String {
        let lowered = names.map { $0.lowercased() }
        if let nearest = Spelling.nearest(to: column.lowercased(), among: lowered),
            let index = lowered.firstIndex(of: nearest)
        {
            return "; did you mean `\(names[index])`?"
        }
        let listed = names.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
        return "; its columns are \(listed)" + (names.count > 10 ? ", …" : "")
    }
}
