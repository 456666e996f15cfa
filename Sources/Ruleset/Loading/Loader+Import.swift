internal import CEL
internal import Model
internal import Yams

/// Import mappings: from the columns of other programs' files to attributes.
extension Loader {
    private static let columnsMax = 1_024
    private static let valuesMax = 10_000
    private static let skippedLinesMax = 1_000
    private static let headerRowsMax = 3

    mutating func importMapping(_ root: Node, _ file: String) -> ImportMapping? {
        guard let entries = entries(root, file, .importMapping) else { return nil }
        _ = text(entries["description"], file)
        guard let entity = choice(entries["kind"], file, [("visitor", Entity.visitor), ("account", .account)]),
            let idNode = entries["id"], let id = importIdentifier(idNode, file)
        else { return nil }
        var mapping = ImportMapping(entity: entity, id: id)
        if let node = entries["account"] {
            mapping.account = importIdentifier(node, file)
            if entity == .account { report("wrong-form", node, file, "an account belongs to no account; remove this") }
        }
        importRows(entries, &mapping)
        return mapping
    }

    /// What is the same for profiles and events.
    private mutating func importRows(_ entries: Entries, _ mapping: inout ImportMapping) {
        let (file, entity) = (entries.file, mapping.entity)
        if let node = entries["delimiter"] { mapping.delimiter = delimiter(node, file) ?? mapping.delimiter }
        mapping.encoding =
            choice(entries["encoding"], file, TextEncoding.allCases.map { ($0.name, $0) }) ?? mapping.encoding
        mapping.ignoresOthers = choice(entries["others"], file, [("refuse", false), ("ignore", true)]) ?? false
        var filled: [String: String] = [:]
        if let node = entries["columns"] { mapping.columns = importColumns(node, file, entity, &filled) }
        if let node = entries["constants"] { mapping.constants = constants(node, file, entity, filled) }
        importFile(entries, &mapping)
    }

    mutating func eventMapping(_ root: Node, _ file: String) -> EventMapping? {
        guard let entries = entries(root, file, .eventMapping) else { return nil }
        _ = text(entries["description"], file)
        _ = choice(entries["kind"], file, [("event", true)])
        let visitor = entries["visitor"].flatMap { importIdentifier($0, file) }
        let account = entries["account"].flatMap { importIdentifier($0, file) }
        guard let first = visitor ?? account else {
            report("missing-key", root, file, "an event is a visitor's or an account's; say `visitor` or `account`")
            return nil
        }
        var rows = ImportMapping(entity: .visitor, id: first)
        if visitor != nil { rows.account = account }
        rows.isIDOptional = visitor != nil && account != nil
        importRows(entries, &rows)
        if let node = entries["id"], let id = importIdentifier(node, file) {
            if !id.alternatives.isEmpty {
                report(
                    "wrong-form", node, file,
                    "the event's own id stands in one column; `or` is for visitors and accounts")
            }
            var column = ImportMapping.Column(name: id.column)
            column.attribute = EventMapping.id
            column.conversion.casing = id.casing
            rows.columns.append(column)
        } else {
            rows.digestAttribute = EventMapping.id
        }
        let filled = Set(rows.columns.compactMap(\.attribute) + rows.constants.map(\.attribute))
        for (field, hint) in [(EventMapping.name, "constants: {name: order}"), (EventMapping.time, "Date: time")]
        where !filled.contains(field) {
            report("missing-key", root, file, "nothing says the \(field) of events; name its column, such as `\(hint)`")
        }
        return EventMapping(rows: rows, isVisitor: visitor != nil)
    }

    /// What is around the rows.
    private mutating func importFile(_ entries: Entries, _ mapping: inout ImportMapping) {
        let file = entries.file
        mapping.skippedLines = whole(entries["skip"], file, 0...Self.skippedLinesMax) ?? 0
        mapping.headerRows = whole(entries["header_rows"], file, 0...Self.headerRowsMax) ?? 1
        mapping.comment = entries["comment"].flatMap { delimiter($0, file) }
        mapping.observedAt = entries["observed_at"].flatMap { observation($0, file) }
        mapping.endings = entries["stop_at"].map { rowMarks($0, file) } ?? []
        if let node = entries["skip_when"] {
            mapping.omissions = named(node, file, "skip_when").map { column, _, cells in
                ImportMapping.Omission(column: column, cells: rowMarks(cells, file))
            }
        }
        if let node = entries["refuse_with"] {
            mapping.refusals = named(node, file, "refuse_with").compactMap { column, _, words in
                text(words, file).map { ImportMapping.Refusal(column: column, words: $0) }
            }
        }
        guard let node = entries["pass_over"] else { return }
        mapping.passedOver = rowMarks(node, file)
        if mapping.passedOver.contains(where: \.text.isEmpty) {
            report(
                "wrong-form", node, file, "says nothing: a cell with something in it tells a row that is passed over")
        }
    }

    /// Cells that tell a row: a text, or one that ends with `*` for whatever begins with it.
    private mutating func rowMarks(_ node: Node, _ file: String) -> [ImportMapping.Ending] {
        let texts = if case .scalar = node { text(node, file).map { [$0] } ?? [] } else { self.texts(node, file) }
        return texts.map { text in
            let isBeginning = text.hasSuffix("*") && text.count > 1
            if text.dropLast().contains("*") {
                report(
                    "wrong-form", node, file, "the `*` in `\(text)` stands for nothing: only one at the end does",
                    suggestion: "write how the cell begins, such as `Total*`, or each cell as a whole")
            }
            return ImportMapping.Ending(
                text: TextEdges.trimmed(isBeginning ? String(text.dropLast()) : text), isBeginning: isBeginning)
        }
    }

    /// A column, or `{column, date, zone}`.
    private mutating func observation(_ node: Node, _ file: String) -> ImportMapping.Observation? {
        if case .scalar = node { return text(node, file).map { ImportMapping.Observation(column: $0) } }
        guard let entries = entries(node, file, .importObservation), let column = text(entries["column"], file) else {
            return nil
        }
        var observation = ImportMapping.Observation(column: column)
        observation.date = dateFormat(entries)
        return observation
    }

    private mutating func importIdentifier(_ node: Node, _ file: String) -> ImportMapping.Identifier? {
        if case .scalar = node { return text(node, file).map { ImportMapping.Identifier(column: $0) } }
        guard let entries = entries(node, file, .importIdentifier), let column = text(entries["column"], file) else {
            return nil
        }
        var identifier = ImportMapping.Identifier(column: column)
        identifier.casing = casing(entries["case"], file)
        if let node = entries["or"] { identifier.alternatives = columnNames(node, file) }
        return identifier
    }

    /// A column, or several.
    private mutating func columnNames(_ node: Node, _ file: String) -> [String] {
        if case .scalar = node { return text(node, file).map { [$0] } ?? [] }
        return texts(node, file)
    }

    private mutating func casing(_ node: Node?, _ file: String) -> CellConversion.Casing {
        choice(node, file, CellConversion.Casing.allCases.map { ($0.rawValue, $0) }) ?? .kept
    }

    /// Words that people have for what stands between cells.
    private static let delimiters = [
        "tab": "\\t", "tabs": "\\t", "tabulator": "\\t", "tsv": "\\t", "comma": ",", "komma": ",", "semicolon": ";",
        "semikolon": ";", "pipe": "|", "bar": "|", "colon": ":", "csv": ",",
    ]

    private mutating func delimiter(_ node: Node, _ file: String) -> UInt8? {
        guard let text = text(node, file) else { return nil }
        if text == "\\t" { return UInt8(ascii: "\t") }
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, !"\"\r\n".utf8.contains(byte) else {
            report(
                "wrong-form", node, file, "`\(text)` is not one ASCII character other than a quote or a line end",
                suggestion: Self.delimiters[text.lowercased()].map { "`\"\($0)\"`" } ?? "for example \";\" or \"\\t\"")
            return nil
        }
        return byte
    }

    private mutating func importColumns(
        _ node: Node, _ file: String, _ entity: Entity, _ filled: inout [String: String]
    ) -> [ImportMapping.Column] {
        var columns: [ImportMapping.Column] = []
        for (name, key, value) in named(node, file, "columns") {
            guard columns.count < Self.columnsMax else {
                report("too-large", key, file, "there are more than \(Self.columnsMax) columns")
                break
            }
            guard let column = importColumn(name, value, file, entity) else { continue }
            if let attribute = column.attribute, let other = filled.updateValue(name, forKey: attribute) {
                report(
                    "duplicate-name", value, file,
                    "`\(attribute)` takes the column `\(other)` already; remove one of the two")
            }
            columns.append(column)
        }
        return columns
    }

    private mutating func importColumn(
        _ name: String, _ node: Node, _ file: String, _ entity: Entity
    ) -> ImportMapping.Column? {
        var column = ImportMapping.Column(name: name)
        if case .scalar(let scalar) = node {
            if scalar.string == "ignore" { return column }
            guard let attribute = importAttribute(node, file, entity) else { return nil }
            column.attribute = attribute.name
            return column
        }
        guard let entries = entries(node, file, .importColumn), let attributeNode = entries["attribute"],
            let attribute = importAttribute(attributeNode, file, entity)
        else { return nil }
        column.attribute = attribute.name
        column.isOptional = flag(entries["optional"], file) ?? false
        checkKeys(entries, attribute)
        column.conversion.casing = casing(entries["case"], file)
        numberForm(entries, &column.conversion)
        timeForm(entries, &column.conversion)
        column.observedAt = entries["observed_at"].flatMap { observation($0, file) }
        if let node = entries["otherwise"] { otherwise(node, entries, attribute, &column.conversion) }
        if let node = entries["first_of"] { column.conversion.firstOf = delimiter(node, file) }
        if let node = entries["separator"] { column.conversion.separator = delimiter(node, file) ?? UInt8(ascii: "|") }
        if let node = entries["values"] {
            column.conversion.values = cellValues(node, file, attribute, column.conversion.casing)
        }
        return column
    }

    private mutating func otherwise(
        _ node: Node, _ entries: Entries, _ attribute: Attribute, _ conversion: inout CellConversion
    ) {
        let file = entries.file
        if entries["values"] == nil {
            report("missing-key", node, file, "`otherwise` is for cells that `values` does not list; add `values`")
        }
        if Self.isEmpty(node) {
            conversion.otherwise = .some(nil)
        } else if attribute.type == .strings {
            guard let member = text(node, file), allowed([member], node, file, attribute) else { return }
            conversion.otherwise = .string(member)
        } else if let value = value(node, file, of: attribute) {
            conversion.otherwise = value
        }
    }

    private mutating func importAttribute(_ node: Node, _ file: String, _ entity: Entity) -> Attribute? {
        guard let name = text(node, file) else { return nil }
        let known = ruleSet.attributes.filter { $0.entity == entity }
        if let attribute = known.first(where: { $0.name == name }) { return attribute }
        if let meant = bareAttribute(name, known) {
            report(
                "unresolved-name", node, file,
                "an attribute stands here without its kind, which `kind: \(entity.name)` says for all",
                suggestion: meant)
            return nil
        }
        if let other = ruleSet.attributes.first(where: { $0.name == name }) {
            report(
                "unresolved-name", node, file,
                "`\(name)` is an attribute of the \(other.entity.name), and this file is about each \(entity.name)",
                suggestion: "put it into a file of `kind: \(other.entity.name)`, or write `ignore`")
            return nil
        }
        report(
            "unresolved-name", node, file, "`\(entity.name).\(name)` is not declared in the rule set",
            suggestion: Spelling.nearest(to: name, among: known.map(\.name) + ["ignore"]))
        return nil
    }

    /// `visitor.team_size` for `team_size`.
    private func bareAttribute(_ name: String, _ known: [Attribute]) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        let last = String(name[name.index(after: dot)...])
        return known.contains { $0.name == last } ? last : nil
    }

    /// Keys that are for other types.
    private mutating func checkKeys(_ entries: Entries, _ attribute: Attribute) {
        let forms: [(keys: [String], types: [AttributeType], words: String)] = [
            (["decimal", "prefixes", "suffixes", "factor", "offset"], [.int, .double], "numbers"),
            (["date", "zone", "past", "language"], [.timestamp], "times"), (["separator"], [.strings], "sets"),
            (["first_of"], [.string], "texts"),
        ]
        for (keys, types, words) in forms where !types.contains(attribute.type) {
            for key in keys {
                guard let node = entries[key] else { continue }
                report(
                    "wrong-form", node, entries.file,
                    "`\(key)` is for \(words), but `\(attribute.name)` is of type \(attribute.type.name)")
            }
        }
    }

    private mutating func numberForm(_ entries: Entries, _ conversion: inout CellConversion) {
        let file = entries.file
        conversion.decimal =
            choice(entries["decimal"], file, CellConversion.Decimal.allCases.map { ($0.rawValue, $0) }) ?? .plain
        conversion.offset = number(entries["offset"], file) ?? 0
        if let node = entries["factor"], let factor = number(node, file) {
            conversion.factor = factor
            if factor == 0 { report("wrong-form", node, file, "a factor of 0 would make every number 0") }
        }
        conversion.prefixes = affixes(entries, "prefixes")
        conversion.suffixes = affixes(entries, "suffixes")
    }

    /// What stands before or behind numbers, the longest first.
    private mutating func affixes(_ entries: Entries, _ name: String) -> [CellConversion.Suffix] {
        let file = entries.file
        guard let node = entries[name] else { return [] }
        var affixes: [CellConversion.Suffix] = []
        for (text, key, value) in named(node, file, name) {
            guard let factor = number(value, file) else { continue }
            if text.isEmpty || text.utf8.contains(where: { $0 <= 0x20 || (0x30...0x39).contains($0) }) {
                report("wrong-form", key, file, "each of the \(name) has letters or signs, neither digits nor spaces")
            }
            affixes.append(CellConversion.Suffix(text: text, factor: factor))
        }
        return affixes.sorted { $0.text.utf8.count > $1.text.utf8.count }
    }

    private mutating func timeForm(_ entries: Entries, _ conversion: inout CellConversion) {
        conversion.isPast = flag(entries["past"], entries.file) ?? false
        conversion.date = dateFormat(entries)
    }

    private mutating func dateFormat(_ entries: Entries) -> DateFormat {
        let file = entries.file
        let zone = zone(entries["zone"], file) ?? .utc
        let months = entries["language"].flatMap { monthNames($0, file) } ?? MonthNames.english
        guard let node = entries["date"], let name = text(node, file) else { return DateFormat(zone: zone) }
        do throws(DatePattern.Problem) {
            return try DateFormat(named: name, zone: zone, months: months)
        } catch {
            report(
                "bad-time", position(ofScalar: error.offset, in: node, file), "the pattern `\(name)` \(error.reason)",
                suggestion: Spelling.nearest(to: name, among: DateFormat.names))
            return DateFormat(zone: zone)
        }
    }

    private mutating func monthNames(_ node: Node, _ file: String) -> MonthNames? {
        guard let language = text(node, file) else { return nil }
        if let months = LocalMonths.names(language) { return months }
        report("unknown-value", node, file, "`\(language)` is no language", suggestion: "en, de, fr, es, pt or it")
        return nil
    }

    private mutating func zone(_ node: Node?, _ file: String) -> ZoneOffsets? {
        guard let node, let name = text(node, file) else { return nil }
        let isFixed = name == "UTC" || name.hasPrefix("+") || name.hasPrefix("-")
        let fixed = isFixed ? TimeZoneOffset.seconds(of: name, at: 0).map { ZoneOffsets(offsetSeconds: $0) } : nil
        if let zone = fixed ?? ZoneCatalog.shared.offsets(name) { return zone }
        report(
            "bad-time-zone", node, file, "`\(name)` is not a time zone",
            suggestion: ValueSlips.zone(name) ?? "for example UTC, +02:00, or an IANA name, such as Europe/Kyiv")
        return nil
    }

    private mutating func cellValues(
        _ node: Node, _ file: String, _ attribute: Attribute, _ casing: CellConversion.Casing
    ) -> [String: AttributeValue?] {
        let pairs = named(node, file, "values")
        guard pairs.count <= Self.valuesMax else {
            report(
                "too-large", node, file, "there are more than \(Self.valuesMax) values; the limit holds for each column"
            )
            return [:]
        }
        var values: [String: AttributeValue?] = [:]
        for (cell, key, target) in pairs {
            let cased = casing.applied(to: cell)
            if cased != cell {
                report(
                    "wrong-form", key, file, "no cell is `\(cell)`: `case: \(casing.rawValue)` is done first",
                    suggestion: "`\(cased)`")
            }
            if cell.allSatisfy({ $0 == " " }) {
                report("wrong-form", key, file, "an empty cell is unknown always; remove this")
            } else if Self.isEmpty(target) {
                values[cell] = .some(nil)
            } else if attribute.type == .strings {
                // What a member stands for.
                guard let member = text(target, file), allowed([member], target, file, attribute) else { continue }
                values[cell] = .string(member)
            } else if let value = value(target, file, of: attribute) {
                values[cell] = value
            }
        }
        return values
    }

    private mutating func constants(
        _ node: Node, _ file: String, _ entity: Entity, _ filled: [String: String]
    ) -> [ImportMapping.Constant] {
        var constants: [ImportMapping.Constant] = []
        for (name, key, node) in named(node, file, "constants") {
            guard let attribute = importAttribute(key, file, entity) else { continue }
            if let column = filled[name] {
                report(
                    "duplicate-name", key, file, "`\(name)` takes the column `\(column)` already; remove one of the two"
                )
            }
            guard let value = value(node, file, of: attribute) else { continue }
            constants.append(ImportMapping.Constant(attribute: name, value: value))
        }
        return constants
    }
}
