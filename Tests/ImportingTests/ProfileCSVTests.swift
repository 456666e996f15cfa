internal import TestSupport
internal import Importing
internal import Model
internal import Profiles
internal import Testing

@Suite struct ProfileCSVTests {
    private let columns: [ProfileCSV.Column] = [
        .init(name: "flag", type: .bool), .init(name: "age", type: .int), .init(name: "income", type: .double),
        .init(name: "title", type: .string),
        .init(name: "loyalty", type: .string, allowed: ["none", "silver", "gold"]),
        .init(name: "interests", type: .strings), .init(name: "warranty", type: .timestamp),
    ]

    private func read(_ text: String, entity: Entity = .visitor, pieceLength: Int = .max) throws -> [ProfileCSV.Row] {
        var csv = ProfileCSV(columns: columns, entity: entity)
        return try csv.rows(Array(text.utf8), pieceLength: pieceLength)
    }

    private func cell(_ column: String, _ text: String) throws -> (value: AttributeValue?, reason: String?) {
        let quoted =
            "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        let row = try #require(try read("id,\(column)\nv,\(quoted)\n").first)
        return (row.values.first?.value, row.rejects.first?.reason)
    }

    @Test func `A row becomes a profile, empty cells are missing`() throws {
        let rows = try read(
            "id,account,age,title,loyalty,interests,flag\nv1,acme,37,\"CTO, retail\",gold, a | b||c ,yes\nv2,,,,,,\n")
        #expect(rows.map(\.id) == ["v1", "v2"])
        #expect(rows.map(\.line) == [2, 3])
        #expect(rows.map(\.account) == ["acme", nil])
        #expect(rows.flatMap(\.rejects).isEmpty)
        #expect(rows[0].values.map(\.name) == ["age", "title", "loyalty", "interests", "flag"])
        #expect(
            rows[0].values.map(\.value) == [
                .int(37), .string("CTO, retail"), .string("gold"), .strings(["a", "b", "c"]), .bool(true),
            ])
        #expect(rows[1].values.isEmpty)
    }

    @Test(arguments: [
        ("true", true), ("FALSE", false), ("Yes", true), ("no", false), ("1", true), ("0", false), (" true ", true),
    ])
    func `Bools are read`(text: String, value: Bool) throws {
        #expect(try cell("flag", text).value == .bool(value))
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("+7", 7), (" 42 ", 42), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("007", 7),
        ] as [(String, Int64)])
    func `Ints are read`(text: String, value: Int64) throws {
        #expect(try cell("age", text).value == .int(value))
    }

    @Test(arguments: [
        "0", "-0", "1", "1.5", "-12.25", "+3", "100000.01", ".5", "5.", "1e3", "1.5E-7", "123456789012345",
        "1234567890123456", "0.1234567890123456789", "1e308", "4.9e-324", "0.000001", "99999999.99",
    ])
    func `Doubles are read as the language reads them`(text: String) throws {
        let expected = try #require(Double(text.hasSuffix(".") ? text + "0" : text))
        guard case .double(let value)? = try cell("income", text).value else {
            Issue.record("\(text) is refused")
            return
        }
        #expect(value.bitPattern == expected.bitPattern)
    }

    @Test func `Random decimals are read as the language reads them`() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            let text = "\(random.below(1_000_000_000)).\(random.below(1_000_000))"
            #expect(try cell("income", text).value == .double(try #require(Double(text))))
        }
    }

    @Test(
        arguments: [
            ("2026-11-20", 1_795_132_800_000_000), ("1970-01-01T00:00:00Z", 0),
            ("2026-11-20T10:00:00+02:00", 1_795_161_600_000_000),
            ("2026-11-20 08:00:00z", 1_795_161_600_000_000), ("2026-11-20T08:00:00.000001Z", 1_795_161_600_000_001),
            ("2024-02-29", 1_709_164_800_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
            ("1969-12-31T23:59:59.999999Z", -1), ("1969-12-31T23:59:59.9999994Z", -1),
            ("1969-12-31T23:59:59.9999999Z", 0), ("2026-11-20T08:00:00.1234565Z", 1_795_161_600_123_457),
            ("2026-11-20T08:00:00.123456499Z", 1_795_161_600_123_456),
            ("2015-07-01T01:59:60+02:00", 1_435_708_800_000_000), ("0001-01-01", -62_135_596_800_000_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000_000), ("2000-03-01", 951_868_800_000_000),
        ] as [(String, Int64)])
    func `Times are read`(text: String, microseconds: Int64) throws {
        #expect(try cell("warranty", text).value == .timestamp(Timestamp(microseconds: microseconds)))
    }

    @Test(arguments: [
        ("flag", "maybe"), ("flag", "10"), ("flag", "trüe"), ("age", "12.0"), ("age", "1,000"), ("age", "-"),
        ("age", "x"),
        ("age", "9223372036854775808"), ("age", "-9223372036854775809"), ("age", "99999999999999999999"),
        ("income", "nan"), ("income", "inf"), ("income", "0x10"), ("income", "1e999"), ("income", "."),
        ("income", "1.2.3"),
        ("income", "12 USD"), ("income", "--1"), ("loyalty", "Gold"), ("loyalty", "bronze"),
        ("warranty", "2026-02-29"), ("warranty", "2026-13-01"), ("warranty", "2026-00-01"), ("warranty", "2026-01-00"),
        ("warranty", "20.11.2026"), ("warranty", "2026-11-20T10:00:00"), ("warranty", "2026-11-20T24:00:00Z"),
        ("warranty", "2026-11-20T10:00:00."), ("warranty", "2026-11-20T10:00:00+0200"), ("warranty", "0000-01-01"),
        ("warranty", "2026-11-20x"), ("warranty", "2026-11-20T10:00:60Z"), ("warranty", "2026-12-30T23:59:60Z"),
        ("warranty", "2026-12-31T23:59:61Z"), ("warranty", "2026-12-31T23:59:60+01:00"), ("title", "a\0b"),
        ("title", String(repeating: "t", count: 4_097)),
        ("interests", (0..<257).map { "\($0)" }.joined(separator: "|")),
    ])
    func `Cells that are no value of their type are refused with a reason`(column: String, text: String) throws {
        let found = try cell(column, text)
        #expect(found.value == nil)
        #expect(try #require(found.reason).count > 8)
    }

    @Test func `Every bad cell of a row is itemised, and the rows around it are read`() throws {
        let rows = try read(
            "id,age,loyalty,title\nv1,1,none,x\n,\"12\nx\",golf,"
                + "\(String(repeating: "é", count: 3_000))\nv3,3,gold,y\nv4,4\n")
        #expect(rows.map(\.line) == [2, 3, 5, 6])
        #expect(rows.map(\.rejects.count) == [0, 4, 0, 1])
        #expect(rows[1].rejects.map(\.column) == ["id", "age", "loyalty", "title"])
        #expect(rows[1].rejects[1].text == "12 x")
        #expect(rows[1].rejects[2].reason == "is none of the declared values; did you mean gold?")
        #expect(rows[1].rejects[3].text == String(repeating: "é", count: 40) + "…")
        #expect(rows[3].rejects[0].description == "line 6: the row has 2 fields, but the header names 4 columns")
    }

    @Test func `Headers that cannot be right are refused`() throws {
        #expect(throws: CSVError.empty) { try read("") }
        #expect(throws: CSVError.empty) { try read("\n\n") }
        #expect(throws: CSVError.noIDColumn) { try read("age\n1\n") }
        #expect(throws: CSVError.duplicateColumn("age")) { try read("id,age, age\n") }
        #expect(throws: CSVError.unknownColumn("tittle", suggestion: "title")) { try read("id,tittle\n") }
        #expect(throws: CSVError.unknownColumn("", suggestion: nil)) { try read("id,\n") }
        #expect(throws: CSVError.unknownColumn("account", suggestion: nil)) {
            try read("id,account\n", entity: .account)
        }
        #expect(throws: CSVError.self) { try read("\"id\"x\n") }
    }

    @Test(arguments: [
        ("id;age", "with semicolons in it; name its delimiter, `;`"),
        ("id\tage", "tabs in it; name its delimiter, `\\t`"),
        ("[{\"id\": \"a\"}]", "is JSON"), ("PK\u{3}\u{4}", "a workbook"), ("shoe", "declare it under attributes first"),
    ])
    func `A file of another kind is told what it is`(column: String, words: String) {
        #expect(CSVError.unknownColumn(column, suggestion: nil).description.contains(words))
    }

    @Test func `Bytes may arrive one by one`() throws {
        let text = "\u{FEFF}id,age,interests\r\n\"v,1\",3,\"a|é\"\r\nv2,x,b"
        #expect(try read(text, pieceLength: 1) == read(text))
        #expect(try read(text).map(\.id) == ["v,1", "v2"])
    }

    @Test func `What is read can be stored and comes back`() throws {
        var schema = ProfileSchema()
        _ = try schema.declare(columns.map { (name: $0.name, type: $0.type) }, of: .visitor)
        let table = ProfileTable(entity: .visitor)
        table.adopt(schema)
        let rows = try read("id,account,age,income,interests\nv1,acme,37,1234.5,a|b\n")
        for row in rows {
            let values = try row.values.map { value in
                let attribute = try #require(schema.attribute(named: value.name, of: .visitor))
                return ProfileChange.Value(
                    attribute: attribute.id, value: value.value, observedAtSeconds: 1_790_000_000)
            }
            _ = try table.put(ProfileChange(id: row.id, values: values, account: row.account))
        }
        let stored = try #require(table.record(id: "v1"))
        #expect(stored.account == "acme")
        #expect(stored.values.first { $0.name == "income" }?.value == .double(1234.5))
        #expect(stored.values.first { $0.name == "interests" }?.value == .strings(["a", "b"]))
        #expect(stored.values.allSatisfy { $0.observedAtSeconds == 1_790_000_000 })
    }
}
