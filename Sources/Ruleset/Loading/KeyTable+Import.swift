internal import Model

/// The keys of import mappings, files of their own beside the rules.
extension KeyTable {
    package static let importMapping = KeyTable(
        "an import mapping",
        [
            Key("description", .text, "For whoever reads the mapping."),
            Key("kind", .choice(["visitor", "account"]), required: true, "Whom the rows describe."),
            Key("id", .table(.importIdentifier), required: true, "The column with the id, or `{column, case}`."),
            Key(
                "account", .table(.importIdentifier),
                "For visitors: the column with the account's id, or `{column, case}`."),
            Key("delimiter", .text, default: "\",\"", "Between cells; `\\t` for a tab."),
            Key(
                "encoding", .choice(TextEncoding.allCases.map(\.name)), default: "utf-8",
                "How the file's bytes are text."),
            Key(
                "columns", .mapping(.words, .table(.importColumn)), required: true,
                "From the columns of the file to attributes: `NAME: attribute`, `NAME: ignore` or `NAME: {…}`."),
            Key(
                "others", .choice(["refuse", "ignore"]), default: "refuse",
                "What becomes of columns that are not named here."),
            Key("constants", .mapping(.words, .attributeValue), "Attributes that are the same in every row."),
        ])

    package static let importIdentifier = KeyTable(
        "an id",
        [
            Key("column", .text, required: true, "The column's name in the file."),
            Key(
                "case", .choice(CellConversion.Casing.allCases.map(\.rawValue)), default: "kept",
                "What becomes of capital letters; ids that differ in them are different ids."),
        ])

    package static let importColumn = KeyTable(
        "a column",
        [
            Key("attribute", .text, required: true, "The attribute that takes the cells."),
            Key("optional", .flag, default: "false", "Whether files may come without the column."),
            Key(
                "case", .choice(CellConversion.Casing.allCases.map(\.rawValue)), default: "kept",
                "What becomes of capital letters; done first."),
            Key(
                "values", .mapping(.words, .attributeValue),
                "What cells stand for; empty for unknown. Cells that are not listed are read as they are."),
            Key(
                "decimal", .choice(CellConversion.Decimal.allCases.map(\.rawValue)), default: "plain",
                "Numbers: `point` for 1,234.5, `comma` for 1.234,5."),
            Key(
                "suffixes", .mapping(.words, .number),
                "Numbers: what stands behind them, and its factor: `{M: 1000000}`."),
            Key("factor", .number, default: "1", "Numbers: multiplied with this."),
            Key("offset", .number, default: "0", "Numbers: this is added then."),
            Key(
                "date", .text, default: "iso",
                "Times: iso, us, eu, unix_s, unix_ms, or a pattern such as `dd.MM.yyyy HH:mm`."),
            Key("zone", .text, default: "UTC", "Times without an offset: UTC, `+02:00`, or an IANA name."),
            Key("past", .flag, default: "false", "Times: whether one that is still to come is refused."),
            Key("separator", .text, default: "\"|\"", "Sets: what stands between the members."),
        ])
}
