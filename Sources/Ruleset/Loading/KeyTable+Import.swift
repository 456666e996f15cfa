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
            Key(
                "observed_at", .table(.importObservation),
                "The column that says since when the row's values are known, or `{column, date, zone}`; the time of the import otherwise."
            ),
            Key(
                "skip", .whole(0...1_000), default: "0", "Lines before the header that are passed over, empty ones too."
            ),
            Key(
                "comment", .text,
                "One character: lines before the header that begin with it are passed over, and empty ones too."),
            Key(
                "header_rows", .whole(0...3), default: "1",
                "Lines of the header, 0 to 3; the names in several are joined to `ABOVE / BELOW`."),
            Key(
                "stop_at", .list(.text),
                "What ends the rows: the first cell of a row that is not empty, such as `[Total, Copyright*]`; \"\" for an empty line."
            ),
            Key(
                "skip_when", .mapping(.words, .list(.text)),
                "Rows that are left out, by the cells of a column: `{User ID: (not set)}`, \"\" for an empty cell, `{Kind: [Test*, Bot]}`."
            ),
            Key(
                "pass_over", .list(.text),
                "Rows with such a cell are passed over, wherever it stands: `[Grand total]`, or `[Subtotal*]` for what begins so."
            ),
            Key(
                "refuse_with", .mapping(.words, .text),
                "Columns that another file of the program has, which is refused with these words: `{UNSUB_TIME: these have unsubscribed}`."
            ),
        ])

    package static let eventMapping = KeyTable(
        "an import mapping of events",
        [
            Key("description", .text, "For whoever reads the mapping."),
            Key("kind", .choice(["event"]), required: true, "What the rows are."),
            Key("visitor", .table(.importIdentifier), "The column with the visitor's id, or `{column, case}`."),
            Key("account", .table(.importIdentifier), "The column with the account's id, or `{column, case}`."),
            Key(
                "id", .table(.importIdentifier),
                "The column with the event's own id, such as an order's number; a digest of the row otherwise."),
            Key(
                "columns", .mapping(.words, .table(.importColumn)), required: true,
                "From the columns of the file to `name`, `time`, `value` and `decision`, as for profiles."),
        ]
            + importMapping.keys.filter {
                [
                    "delimiter", "encoding", "others", "constants", "skip", "comment", "header_rows", "stop_at",
                    "pass_over", "skip_when", "refuse_with",
                ].contains(
                    $0.name)
            })

    package static let importObservation = KeyTable(
        "a time since when something is known",
        [
            Key("column", .text, required: true, "The column's name in the file."),
            Key("date", .text, default: "iso", "How the time is written, as for a column."),
            Key("zone", .text, default: "UTC", "Times without an offset: UTC, `+02:00`, or an IANA name."),
            Key("language", .text, default: "en", "Of the names of months in a pattern, such as `de`."),
        ])

    package static let importIdentifier = KeyTable(
        "an id",
        [
            Key("column", .text, required: true, "The column's name in the file."),
            Key("or", .list(.text), "Columns to take it from in rows in which that one is empty, in this order."),
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
                "otherwise", .attributeValue,
                "What all cells stand for that `values` does not list; empty for unknown."),
            Key(
                "decimal", .choice(CellConversion.Decimal.allCases.map(\.rawValue)), default: "plain",
                "Numbers: `point` for 1,234.5, `comma` for 1.234,5, `either` for what people of several countries write."
            ),
            Key(
                "suffixes", .mapping(.words, .number),
                "Numbers: what stands behind them, and its factor: `{M: 1000000}`."),
            Key(
                "prefixes", .mapping(.words, .number),
                "Numbers: what stands before them, and its factor: `{\"$\": 1}`."),
            Key("factor", .number, default: "1", "Numbers: multiplied with this."),
            Key("offset", .number, default: "0", "Numbers: this is added then."),
            Key(
                "date", .text, default: "iso",
                "Times: iso, us, eu, unix_s, unix_ms, excel, excel_1904, or a pattern such as `dd.MM.yyyy HH:mm`."),
            Key("language", .text, default: "en", "Times: of the names of months in a pattern, such as `de`."),
            Key("zone", .text, default: "UTC", "Times without an offset: UTC, `+02:00`, or an IANA name."),
            Key("past", .flag, default: "false", "Times: whether one that is still to come is refused."),
            Key("separator", .text, default: "\"|\"", "Sets: what stands between the members."),
            Key(
                "first_of", .text,
                "Texts: what stands between several in one cell, of which the first that `values` does not make unknown counts."
            ),
            Key(
                "observed_at", .table(.importObservation),
                "The column that says since when this one is known, or `{column, date, zone}`."),
        ])
}
