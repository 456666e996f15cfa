internal import Importing
internal import Model
internal import Testing

@Suite("W34: marks, spaces, encodings and numbers as files have them")
struct AsTheyComeTests {
    private func rows(
        _ bytes: [UInt8], type: AttributeType = .string, pieceLength: Int = 3, column: String = "Full name",
        _ change: (inout ImportMapping) -> Void = { _ in }
    ) throws -> [ProfileCSV.Row] {
        var mapping = ImportMapping(entity: .visitor, id: .init(column: "Id"))
        var mapped = ImportMapping.Column(name: column)
        mapped.attribute = "x"
        mapping.columns = [mapped]
        change(&mapping)
        var csv = ProfileCSV(
            columns: [.init(name: "x", type: type)], mapping: mapping,
            now: Timestamp(microseconds: 1_900_000_000_000_000))
        return try csv.rows(bytes, pieceLength: pieceLength)
    }

    private func wide(_ text: String, isBig: Bool) -> [UInt8] {
        "\u{feff}\(text)".utf16.flatMap { unit in
            let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
            return isBig ? [high, low] : [low, high]
        }
    }

    @Test(
        "The mark of UTF-16 is followed where a mapping names no encoding", arguments: [true, false], [1, 2, 3, 1_000])
    func mark(isBig: Bool, pieceLength: Int) throws {
        let text = "Id,Full name\nv,Café 😀\n"
        let rows = try rows(wide(text, isBig: isBig), pieceLength: pieceLength)
        #expect(rows.map(\.id) == ["v"] && rows.first?.values.first?.value == .string("Café 😀"))
        let cut = try self.rows(wide(text, isBig: isBig) + [0x61], pieceLength: pieceLength)
        #expect(cut.last?.rejects.first?.reason.contains("utf-16") == true)
    }

    @Test("UTF-8 that would be read a letter a byte is refused", arguments: [TextEncoding.latin1, .windows1252])
    func misread(encoding: TextEncoding) throws {
        for cell in ["Café", "Žižka", "a\u{2019}b", "\"é, x\"", "10 €"] {
            let rows = try rows(Array("Id,Full name\nv,\(cell)\n".utf8)) { $0.encoding = encoding }
            #expect(rows.first?.rejects.first?.reason.contains("name utf-8") == true, "\(cell)")
        }
        #expect(throws: CSVError.self) {
            try self.rows(Array("Id,Prénom\nv,a\n".utf8), column: "Prénom") { $0.encoding = encoding }
        }
    }

    @Test("What a byte a letter is stays what it is: beside others, in capitals before an apostrophe")
    func singleBytes() throws {
        let head = Array("Id,Full name\nv,".utf8)
        let cases: [([UInt8], String)] = [
            ([0x43, 0x61, 0x66, 0xE9], "Café"), ([0xC9, 0x92, 0x53], "É’S"), ([0xC3, 0xA9, 0x20, 0xE9], "Ã© é"),
            ([0x63, 0xE9, 0x20, 0x96, 0x20, 0x80], "cé – €"),
        ]
        for (bytes, text) in cases {
            let rows = try rows(head + bytes) { $0.encoding = .windows1252 }
            #expect(rows.first?.values.first?.value == .string(text), "\(rows.first?.rejects ?? [])")
        }
    }

    @Test("A column is found whatever kind of space its name has", arguments: ["\u{a0}", "\u{202f}", "\u{2009}"])
    func spaces(space: String) throws {
        let found = try rows(Array("Id,Full\(space)name\nv,a\n".utf8))
        #expect(found.first?.values.first?.value == .string("a"))
        let other = try rows(Array("Id,Full name\nv,a\n".utf8), column: "Full\(space)name")
        #expect(other.first?.values.first?.value == .string("a"))
        let both = try rows(Array("Id,Full\(space)name,Full name\nv,b,a\n".utf8)) { $0.ignoresOthers = true }
        #expect(both.first?.values.first?.value == .string("a"))
    }

    @Test(
        "`either` takes both decimal marks",
        arguments: [
            ("1234", 1_234), ("1,234.50", 1_234.5), ("1.234,50", 1_234.5), ("1,23,456", 123_456),
            ("1.234.567", 1_234_567),
            ("12,5", 12.5), ("12.5", 12.5), ("1,234", 1_234), ("0,125", 0.125), ("0.125", 0.125),
            ("1234.567", 1_234.567),
            ("1 234,567", 1_234.567), ("(1.000,00)", -1_000), ("-1,5", -1.5),
        ] as [(String, Double)])
    func either(text: String, number: Double) throws {
        let rows = try rows(Array("Id,Full name\nv,\"\(text)\"\n".utf8), type: .double) {
            $0.columns[0].conversion.decimal = .either
        }
        #expect(rows.first?.values.first?.value == .double(number), "\(rows.first?.rejects ?? [])")
    }

    @Test(
        "`either` refuses what may be a thousand, and what is no number",
        arguments: ["1.234", "1.234.50", "1,2.3,4", ",", "1.2.3"])
    func neither(text: String) throws {
        let rows = try rows(Array("Id,Full name\nv,\"\(text)\"\n".utf8), type: .double) {
            $0.columns[0].conversion.decimal = .either
        }
        #expect(rows.first?.rejects.count == 1)
        #expect(text != "1.234" || rows.first?.rejects.first?.reason.contains("decimal: point") == true)
    }

    @Test("A whole number of JSON may have a fraction of zeros where one in a text may")
    func wholeNumbers() throws {
        var rules = CellConversion()
        let column = ProfileCSV.Column(name: "x", type: .int)
        for decimal in [CellConversion.Decimal.point, .comma, .either] {
            rules.decimal = decimal
            let reader = CellReader(column, conversion: rules, now: Timestamp(microseconds: 0))
            #expect(try reader.value(number: "1.0") == .int(1))
            #expect(try reader.value(number: "-12") == .int(-12))
            #expect(throws: CellRefusal.self) { try reader.value(number: "1.5") }
        }
        rules.decimal = .plain
        let plain = CellReader(column, conversion: rules, now: Timestamp(microseconds: 0))
        #expect(throws: CellRefusal.self) { try plain.value(number: "1.0") }
        #expect(throws: CellRefusal.self) { try plain.value("1.0") }
    }
}
