internal import Profiles
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
        /// What an attribute's cells are read as: beside the target, whose parts would be retained for each cell.
        let place: Int
        let attribute: ProfileCSV.Column
        let conversion: CSVCell.Conversion?
        /// Whether it takes an attribute's cells.
        let isAttribute: Bool
        /// Which of the row's times says since when it is known; nil for the time of the import.
        let observation: Int?
        /// Of an id: where it stands when its own cell is empty.
        let alternatives: [Int]

        private static let noAttribute = ProfileCSV.Column(name: "", type: .string)

        init(
            index: Int, column: String, target: Target, observation: Int? = nil, alternatives: [Int] = []
        ) {
            self.alternatives = alternatives
            self.index = index
            self.column = column
            self.target = target
            self.observation = observation
            if case .attribute(let place, let column, let conversion) = target {
                (isAttribute, self.place, attribute, self.conversion) = (true, place, column, conversion)
            } else {
                (isAttribute, place, attribute, conversion) = (false, 0, Self.noAttribute, nil)
            }
        }
    }

    /// A column with times since when values are known.
    struct Observation: Sendable {
        let index: Int
        /// As the header writes it.
        let column: String
        let reader: ObservationReader
    }

    /// Of the file; not all need be read.
    let columnCount: Int
    let fields: [Field]
    let constants: [(attribute: Int, value: AttributeValue)]
    var observations: [Observation] = []
    /// Of the constants.
    var rowObservation: Int?
    /// Whether quotes say that a text is taken as it stands: not in a file that puts its column names in quotes too.
    var quotesMatter = false
    /// The rows end before the first that is one of these.
    var endings: [ImportMapping.Ending] = []
    /// Rows with a cell that is one of these are passed over.
    var passedOver: [ImportMapping.Ending] = []
    /// Rows with such a cell in the column are left out.
    var omissions: [(index: Int, cells: [ImportMapping.Ending])] = []
    /// Whether rows may come without an id.
    var isIDOptional = false
    /// Of the attribute that takes a digest of the row.
    var digestPlace: Int?
    /// Whether rows of empty cells only are passed over.
    var passesOverEmptyRows = false
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

    /// How many lines the header has.
    var rowCount: Int { mapping?.headerRows ?? 1 }

    /// - Throws: `CSVError` when the row cannot be read.
    func names(in row: CSVRow) throws(CSVError) -> [String] {
        if row.fault != nil, row.count > 0, let kind = Self.kind(String(decoding: row[0].prefix(16), as: UTF8.self)) {
            throw .mapping([kind])
        }
        if let fault = row.fault { throw .badHeader(line: row.line, reason: fault.description) }
        return (0..<row.count).map { String(decoding: CSVCell.trimmed(row[$0]), as: UTF8.self) }
    }

    /// - Parameters:
    ///   - rows: The names in each line of the header.
    ///   - isQuoted: Whether a name stands between quotes.
    ///   - columnCount: When there is no header.
    /// - Throws: `CSVError` naming what the header lacks or has too much.
    func layout(
        of rows: [[String]], isQuoted: Bool, columnCount: Int
    ) throws(CSVError) -> CSVLayout {
        guard let mapping else {
            var layout = try plain(rows.first ?? [])
            layout.quotesMatter = !isQuoted
            return layout
        }
        return try mapped(Self.joined(rows, columnCount), mapping)
    }

    /// Names of several lines as one: `Question / Answer`. A cell that is empty in a line above another belongs to what stands before
    /// it. What has no name is called by its number.
    static func joined(_ rows: [[String]], _ columnCount: Int) -> [String] {
        var names: [String] = []
        var above = Array(repeating: "", count: rows.count)
        for index in 0..<(rows.map(\.count).max() ?? columnCount) {
            var parts: [String] = []
            for (place, row) in rows.enumerated() {
                var text = index < row.count ? row[index] : ""
                if place + 1 < rows.count {
                    let continues =
                        text.isEmpty && rows[(place + 1)...].contains { index < $0.count && !$0[index].isEmpty }
                    if continues { text = above[place] } else { above[place] = text }
                }
                if !text.isEmpty { parts.append(text) }
            }
            names.append(parts.isEmpty ? "column \(index + 1)" : parts.joined(separator: " / "))
        }
        return names
    }

    private func plain(_ names: [String]) throws(CSVError) -> CSVLayout {
        if let first = names.first {
            if let kind = Self.kind(first) { throw .mapping([kind]) }
            if names.count == 1, first.contains(";") || first.contains("\t") || first.contains("|") {
                throw .mapping([
                    "the first line is one cell, `\(first.prefix(60))`; without a mapping, commas stand between cells"
                ])
            }
        }
        var fields: [CSVLayout.Field] = []
        var seen: Set<String> = []
        for (index, name) in names.enumerated() {
            guard seen.insert(name).inserted else { throw .duplicateColumn(name) }
            fields.append(CSVLayout.Field(index: index, column: name, target: try target(named: name)))
        }
        guard seen.contains("id") else { throw .noIDColumn }
        return CSVLayout(columnCount: names.count, fields: fields, constants: [])
    }

    /// What explains at once why no column is there: another sign between the cells, lines above the header, another kind of file.
    private static func otherShape(_ names: [String], _ mapping: ImportMapping) -> String? {
        guard mapping.headerRows > 0, let first = names.first else { return nil }
        if let words = kind(first) { return words }
        let wanted = [mapping.id.column] + mapping.columns.map(\.name)
        guard names.count == 1, wanted.count > 1,
            Spelling.nearest(to: first.lowercased(), among: wanted.map { $0.lowercased() }) == nil
        else { return nil }
        for (sign, words, key) in [(",", ",", ","), (";", ";", ";"), ("\t", "a tab", "\\t"), ("|", "|", "|")]
        where sign.utf8.first != mapping.delimiter {
            let cells = first.split(separator: Character(sign), omittingEmptySubsequences: false)
            guard cells.count > 1 else { continue }
            return
                "the file has `\(words)` between its cells, and the mapping says another; did you mean `delimiter: \"\(key)\"`?"
        }
        return
            "the first line `\(first.prefix(60))` is no header; if titles stand above it, say with `skip: 1` how many lines are passed over"
    }

    /// - Parameter start: Of the first line.
    private static func kind(_ start: String) -> String? {
        let kinds = [
            ("PK\u{3}\u{4}", "a workbook or an archive (xlsx, zip)"), ("%PDF", "a PDF"), ("<!DOCTYPE", "a page (HTML)"),
            ("<html", "a page (HTML)"), ("<?xml", "XML"), ("{\\rtf", "a document of a word processor (RTF)"),
        ]
        if let found = kinds.first(where: { start.hasPrefix($0.0) }) {
            return "the file is \(found.1), no CSV; save or export it as CSV with the encoding UTF-8"
        }
        guard start.hasPrefix("{") || start.hasPrefix("[{") || start == "[" else { return nil }
        return "the file is JSON, no CSV; one object a line is imported with `--format ndjson`, without a mapping"
    }

    private func target(named name: String) throws(CSVError) -> CSVLayout.Target {
        if name == "id" { return .id(nil) }
        if name == "account", entity == .visitor { return .account(nil) }
        // An attribute that is called `id` itself is named with its kind.
        let prefix = "\(entity.name)."
        let bare = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        if let found = attributes[bare] { return .attribute(found.place, found.column, nil) }
        let known = attributes.keys.sorted() + ["id"] + (entity == .visitor ? ["account"] : [])
        throw .unknownColumn(name, suggestion: Spelling.nearest(to: name.lowercased(), among: known))
    }

    private func mapped(_ names: [String], _ mapping: ImportMapping) throws(CSVError) -> CSVLayout {
        if let shape = Self.otherShape(names, mapping) { throw .mapping([shape]) }
        if let refusal = mapping.refusals.first(where: { names.contains($0.column) }) {
            throw .mapping([refusal.problem])
        }
        var draft = MappedLayout(names: names, now: now)
        draft.observe(mapping.observedAt)
        draft.add(mapping.id, .id(mapping.id.casing))
        if let account = mapping.account { draft.add(account, .account(account.casing)) }
        for omission in mapping.omissions { draft.leaveOut(omission) }
        for column in mapping.columns {
            let attribute = column.attribute.flatMap { attributes[$0] }
            draft.add(
                column.name, isOptional: column.isOptional || column.attribute == nil,
                attribute.map {
                    .attribute($0.place, $0.column, CSVCell.Conversion(rules: column.conversion, now: now))
                }, observedAt: column.observedAt)
        }
        if !mapping.ignoresOthers { draft.refuseOthers() }
        guard draft.problems.isEmpty else {
            let rest = draft.problems.count - Self.problemsMax
            throw .mapping(
                draft.problems.prefix(Self.problemsMax) + (rest > 0 ? ["and \(rest) further differences"] : []))
        }
        return CSVLayout(
            columnCount: names.count, fields: draft.fields,
            constants: mapping.constants.compactMap { constant in
                attributes[constant.attribute].map { (attribute: $0.place, value: constant.value) }
            }, observations: draft.observations, rowObservation: draft.rowObservation, endings: mapping.endings,
            passedOver: mapping.passedOver, omissions: draft.omissions,
            isIDOptional: mapping.isIDOptional,
            digestPlace: mapping.digestAttribute.flatMap { attributes[$0]?.place }, passesOverEmptyRows: true)
    }
}

/// How the columns of a file and those of a mapping come together.
private struct MappedLayout {
    let names: [String]
    let now: Timestamp
    private(set) var fields: [CSVLayout.Field] = []
    private(set) var observations: [CSVLayout.Observation] = []
    private(set) var rowObservation: Int?
    private(set) var omissions: [(index: Int, cells: [ImportMapping.Ending])] = []
    private(set) var problems: [String] = []
    /// Columns that the mapping names.
    private var wanted: Set<Int> = []
    /// Columns that were probably meant by others: of these nothing more is said.
    private var suggested: Set<Int> = []

    init(names: [String], now: Timestamp) {
        self.names = names
        self.now = now
    }

    /// The whole row is known since what stands there.
    mutating func observe(_ observation: ImportMapping.Observation?) {
        rowObservation = observation.flatMap { place(of: $0) }
    }

    mutating func leaveOut(_ omission: ImportMapping.Omission) {
        guard let index = find(omission.column, isOptional: false, isRead: true) else { return }
        omissions.append((index, omission.cells))
    }

    /// An id, with the columns that have it where the first has none.
    mutating func add(_ identifier: ImportMapping.Identifier, _ target: CSVLayout.Target) {
        guard let index = find(identifier.column, isOptional: false, isRead: true) else { return }
        let others = identifier.alternatives.compactMap { find($0, isOptional: false, isRead: true) }
        fields.append(
            CSVLayout.Field(
                index: index, column: identifier.column, target: target, observation: rowObservation,
                alternatives: others))
    }

    /// - Parameter target: Nil for a column that is passed over.
    mutating func add(
        _ column: String, isOptional: Bool = false, _ target: CSVLayout.Target?,
        observedAt: ImportMapping.Observation? = nil
    ) {
        guard let index = find(column, isOptional: isOptional, isRead: target != nil), let target else { return }
        let observation = observedAt.map { place(of: $0) } ?? rowObservation
        fields.append(CSVLayout.Field(index: index, column: column, target: target, observation: observation))
    }

    mutating func refuseOthers() {
        for (index, name) in names.enumerated() where !wanted.contains(index) && !suggested.contains(index) {
            problems.append(
                "the mapping does not name the column `\(name)`; add it, with `ignore` if nothing takes it, or say `others: ignore`"
            )
        }
    }

    /// - Returns: Its place among the observations.
    private mutating func place(of observation: ImportMapping.Observation) -> Int? {
        guard let index = find(observation.column, isOptional: false, isRead: true) else { return nil }
        observations.append(
            CSVLayout.Observation(
                index: index, column: observation.column, reader: ObservationReader(observation.date, now: now)))
        return observations.count - 1
    }

    /// - Parameter isRead: Whether it matters which of several is meant.
    private mutating func find(_ column: String, isOptional: Bool, isRead: Bool) -> Int? {
        var places = names.indices.filter { names[$0] == column }
        if places.isEmpty {
            let spaced = Self.withPlainSpaces(column)
            places = names.indices.filter { Self.withPlainSpaces(names[$0]) == spaced }
        }
        if places.isEmpty, let number = Self.number(column), names.indices.contains(number - 1) {
            wanted.insert(number - 1)
            return number - 1
        }
        wanted.formUnion(places)
        if places.count > 1, isRead {
            let numbers = places.map { "`column \($0 + 1)`" }.joined(separator: ", ")
            problems.append(
                "the file has the column `\(column)` \(places.count) times; name the one that is meant by its number: \(numbers)"
            )
            return nil
        }
        if places.isEmpty, !isOptional {
            problems.append("the file has no column `\(column)`" + hint(column))
        }
        return places.first
    }

    /// No-break and narrow spaces look like others.
    private static func withPlainSpaces(_ name: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in name.unicodeScalars { text.append(scalar.properties.isWhitespace ? " " : scalar) }
        return String(text)
    }

    /// - Returns: 3 for `column 3`.
    private static func number(_ column: String) -> Int? {
        column.hasPrefix("column ") ? Int(column.dropFirst("column ".count)) : nil
    }

    /// The nearest column, whatever the case of its letters, or all that there are.
    private mutating func hint(_ column: String) -> String {
        let lowered = names.map { $0.lowercased() }
        if let nearest = Spelling.nearest(to: column.lowercased(), among: lowered),
            let index = lowered.firstIndex(of: nearest)
        {
            suggested.insert(index)
            return "; did you mean `\(names[index])`?"
        }
        let listed = names.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
        return "; its columns are \(listed)" + (names.count > 10 ? ", …" : "")
    }
}
