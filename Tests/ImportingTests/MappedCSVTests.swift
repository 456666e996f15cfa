internal import Importing
internal import Model
internal import Profiles
internal import Testing

@Suite("Cells are read as the mapping says")
struct MappedCSVTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func rows(
        _ text: String, type: AttributeType = .string, pieceLength: Int = .max, encoding: TextEncoding = .utf8,
        bytes: [UInt8]? = nil, _ change: (inout CellConversion) -> Void = { _ in }
    ) throws -> [ProfileCSV.Row] {
        var column = ImportMapping.Column(name: "Cell")
        column.attribute = "it"
        change(&column.conversion)
        var mapping = ImportMapping(entity: .visitor, id: ImportMapping.Identifier(column: "Id"))
        mapping.columns = [column]
        mapping.encoding = encoding
        mapping.delimiter = UInt8(ascii: ";")
        var csv = ProfileCSV(
            columns: [ProfileCSV.Column(name: "it", type: type)], mapping: mapping, now: Self.now)
        return try csv.rows(bytes ?? Array(text.utf8), pieceLength: pieceLength)
    }

    private func cell(
        _ cell: String, as type: AttributeType, _ change: (inout CellConversion) -> Void
    ) throws -> (value: AttributeValue?, reason: String?) {
        let row = try #require(try rows("Id;Cell\nv;\(cell)\n", type: type, change).first)
        return (row.values.first?.value, row.rejects.first?.reason)
    }

    @Test(
        arguments: [
            ("1.234,5", .comma, 1_234.5), ("1 234 567", .comma, 1_234_567), ("-0,25", .comma, -0.25),
            ("1'234.5", .point, 1_234.5), ("1,234,567.25", .point, 1_234_567.25), ("12", .point, 12),
            ("1\u{a0}234", .comma, 1_234), ("1\u{202f}234", .point, 1_234), ("1234.5", .plain, 1_234.5),
        ] as [(String, CellConversion.Decimal, Double)])
    func `Numbers with thousands`(text: String, decimal: CellConversion.Decimal, value: Double) throws {
        #expect(try cell(text, as: .double) { $0.decimal = decimal }.value == .double(value))
    }

    @Test(
        arguments: [
            ("1.5", .comma), ("1234.567", .comma), ("1.23.456", .comma), ("1,234.5", .comma), (".123", .comma),
            ("1,2", .point), ("1,234,5", .point), ("1,,234", .point), ("--1", .point), ("1,234", .plain),
            ("€5", .point),
            ("1.2.3", .point), ("0.125", .comma), ("-0.500", .comma), ("0.000.125", .comma), ("0,125", .point),
            ("00,123", .point),
        ] as [(String, CellConversion.Decimal)])
    func `What would be another number is refused`(text: String, decimal: CellConversion.Decimal) throws {
        let found = try cell(text, as: .double) { $0.decimal = decimal }
        #expect(found.value == nil && found.reason != nil)
    }

    @Test(
        "W34: local numbers",
        arguments: [
            ("$1,234.50", .point, 1_234.5), ("-$1,234.50", .point, -1_234.5), ("$-5", .point, -5),
            ("(1,234)", .point, -1_234), ("($1,234.50)", .point, -1_234.5), ("1,23,456", .point, 123_456),
            ("12,34,56,789.5", .point, 123_456_789.5), ("1.234,50 €", .comma, 1_234.5),
            ("1.234,50\u{a0}€", .comma, 1_234.5), ("1\u{202f}234,50\u{202f}€", .comma, 1_234.5),
            ("\u{2212}12,5", .comma, -12.5), ("1.234-", .comma, -1_234), ("US$ 7", .point, 7),
            ("-$1,234.50 USD", .point, -1_234.5), ("($1,234.50 USD)", .point, -1_234.5), ("US$ 3 K", .point, 3_000),
        ] as [(String, CellConversion.Decimal, Double)])
    func localNumbers(text: String, decimal: CellConversion.Decimal, value: Double) throws {
        let found = try cell(text, as: .double) { conversion in
            conversion.decimal = decimal
            conversion.prefixes = [.init(text: "US$", factor: 1), .init(text: "$", factor: 1)]
            conversion.suffixes = [
                .init(text: "€", factor: 1), .init(text: "USD", factor: 1), .init(text: "K", factor: 1_000),
            ]
        }
        #expect(found.value == .double(value), "\(found.reason ?? "")")
    }

    @Test(
        "W34: what could be another number is refused, with what mends it",
        arguments: [
            ("123,45,678", .point, "not a number"), ("1,23,45", .point, "not a number"), ("(-5)", .point, "sign"),
            ("--5", .point, "sign"), ("£5", .point, "prefixes: {\"£\": 1}"), ("1,234 567", .point, "not a number"),
            ("$5 €", .point, "in front and behind"), ("(5)", .plain, "not a number"),
        ] as [(String, CellConversion.Decimal, String)])
    func otherNumbers(text: String, decimal: CellConversion.Decimal, words: String) throws {
        let found = try cell(text, as: .double) { conversion in
            conversion.decimal = decimal
            conversion.prefixes = [.init(text: "$", factor: 1)]
            conversion.suffixes = [.init(text: "€", factor: 1)]
        }
        #expect(found.value == nil && found.reason?.contains(words) == true, "\(found.reason ?? "")")
    }

    @Test(
        "W22: what scaling makes of a double is rounded once",
        arguments: [
            ("4.1M", 1, 0, 4_100_000), ("8.2M", 1, 0, 8_200_000), ("4.1M", 0.92, 0, 3_772_000),
            ("1.005M", 0.92, 0, 924_600),
            ("1.0095M", 1, 0, 1_009_500), ("0.1", 0.01, 0, 0.001), ("35", 0.01, 0, 0.35), ("36.6", 1.8, 32, 97.88),
            ("17.35", 0.92, 0, 15.962), ("-4.1M", 1, 0.5, -4_099_999.5), ("7", 3, 0, 21), ("1e300", 10, 0, 1e301),
        ] as [(String, Double, Double, Double)])
    func scaledOnce(text: String, factor: Double, offset: Double, value: Double) throws {
        let found = try cell(text, as: .double) { conversion in
            conversion.suffixes = [.init(text: "M", factor: 1_000_000)]
            (conversion.factor, conversion.offset) = (factor, offset)
        }
        #expect(found.value == .double(value))
    }

    @Test("W22: cents times a rate are what decimal arithmetic gives, all of them")
    func rates() throws {
        for cents in 0..<2_001 {
            let text = "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
            // Whole numbers below 2^53, divided once.
            #expect(try cell(text, as: .double) { $0.factor = 0.92 }.value == .double(Double(cents * 92) / 10_000))
        }
    }

    @Test("W25: the set that is known to be empty stays so through a mapping")
    func emptySets() throws {
        #expect(try cell("[]", as: .strings) { _ in }.value == .strings([]))
        #expect(try cell("[\"\"]", as: .strings) { _ in }.value == .strings([""]))
        #expect(try cell("|", as: .strings) { _ in }.value == nil)
    }

    @Test("W20: what stands around digits, tells rows or names months is one text however its letters are made")
    func oneText() throws {
        let apart = "Stu\u{308}ck"
        #expect(
            try cell("5 \(apart)", as: .int) { $0.suffixes = [.init(text: "St\u{fc}ck", factor: 1)] }.value == .int(5))
        #expect(try cell("\(apart)", as: .int) { $0.suffixes = [.init(text: "St\u{fc}ck", factor: 1)] }.value == nil)
        // U+0338 strikes the digit out: it is no 2.
        #expect(try cell("12\u{338}", as: .int) { _ in }.value == nil)
        let total = ImportMapping.Ending(text: "S\u{fc}mme", isBeginning: true)
        for text in ["S\u{fc}mme total", "Su\u{308}mme\u{a0}total", "S\u{fc}\u{200b}mme"] {
            #expect(Array(text.utf8).withUnsafeBufferPointer { total.matches($0) }, "\(text.debugDescription)")
        }
        let grand = ImportMapping.Ending(text: "Grand total", isBeginning: false)
        for (text, isMatch) in [("Grand\u{a0}total", true), ("Grand\u{202f}total", true), ("Grand total 2", false)] {
            #expect(Array(text.utf8).withUnsafeBufferPointer { grand.matches($0) } == isMatch)
        }
        let months = MonthNames(["M\u{e4}rz": 3])
        let format = try DateFormat(named: "d. MMMM yyyy", zone: .utc, months: months)
        #expect(
            Array("1. Ma\u{308}rz 2024".utf8).withUnsafeBufferPointer { format.parse($0) }
                == TimestampText.parse("2024-03-01T00:00:00Z"))
    }

    @Test("W34: what stands on both sides of a whole number scales it exactly")
    func exactAffixes() throws {
        func both(_ conversion: inout CellConversion) {
            conversion.decimal = .point
            conversion.prefixes = [.init(text: "~", factor: 10)]
            conversion.suffixes = [.init(text: "%", factor: 0.01)]
        }
        #expect(try cell("~350 %", as: .int, both).value == .int(35))
        #expect(try cell("-~ 1,000%", as: .int, both).value == .int(-100))
        #expect(try cell("~351 %", as: .int, both).value == nil)
    }

    @Test("W22: what a double would make 0 is refused")
    func tooSmall() throws {
        #expect(try cell("1E-400", as: .double) { _ in }.reason == "is too small for a double, which would make it 0")
        #expect(try cell("-0.000e10", as: .double) { _ in }.value == .double(-0.0))
        #expect(try cell("5e-324", as: .double) { _ in }.value == .double(Double.leastNonzeroMagnitude))
    }

    @Test("W22: whole numbers are read exactly, or refused")
    func exactNumbers() throws {
        func point(_ conversion: inout CellConversion) { conversion.decimal = .point }
        #expect(try cell("1,234,567,890.50", as: .int, point).reason?.contains("not a whole number") == true)
        #expect(try cell("9,007,199,254,740,993", as: .int, point).value == .int(9_007_199_254_740_993))
        #expect(try cell("9,223,372,036,854,775,807", as: .int, point).value == .int(.max))
        #expect(try cell("-9,223,372,036,854,775,808.00", as: .int, point).value == .int(.min))
        #expect(try cell("9,223,372,036,854,775,808", as: .int, point).reason == "is beyond 64 bits")
        #expect(try cell("9007199254740.993", as: .int) { $0.factor = 1_000 }.value == .int(9_007_199_254_740_993))
        #expect(try cell("9007199254740.9935", as: .int) { $0.factor = 1_000 }.reason?.contains("whole") == true)
        #expect(try cell("300", as: .int) { $0.factor = 1.0 / 60 }.value == .int(5))
        #expect(try cell("301", as: .int) { $0.factor = 1.0 / 60 }.value == nil)
        #expect(try cell("5", as: .int) { ($0.factor, $0.offset) = (1.5, 0.5) }.value == .int(8))
        #expect(try cell("1e30", as: .int) { $0.factor = 1e10 }.value == nil)
    }

    @Test("W22: a whole number that a double does not hold is refused, and one that it holds is read")
    func wholeDoubles() throws {
        func point(_ conversion: inout CellConversion) { conversion.decimal = .point }
        for text in ["9007199254740993", "-9007199254740993.000", "18446744073709551615"] {
            for conversion in [point, { _ in }] {
                let found = try cell(text, as: .double, conversion)
                #expect(found.value == nil && found.reason?.contains("declare the attribute as int") == true)
            }
        }
        #expect(try cell("9,007,199,254,740,993", as: .double, point).reason?.contains("more digits") == true)
        #expect(try cell("9,007,199,254,740,994", as: .double, point).value == .double(9_007_199_254_740_994))
        #expect(try cell("18446744073709551616", as: .double) { _ in }.value == .double(0x1p64))
        #expect(try cell("9223372036854775808", as: .double) { _ in }.value == .double(0x1p63))
        // As JavaScript writes 2^60, and as it is.
        for text in ["1152921504606847000", "1152921504606846976"] {
            #expect(try cell(text, as: .double) { _ in }.value == .double(0x1p60))
        }
        // A fraction, and what has an exponent, is rounded as everywhere.
        #expect(try cell("9007199254740993.5", as: .double) { _ in }.value == .double(9_007_199_254_740_994))
        #expect(try cell("1e23", as: .double) { _ in }.value == .double(1e23))
    }

    @Test("W23: other spaces stand within numbers and times")
    func spacesWithin() throws {
        let time = TimestampText.parse("2025-11-02T16:05:00Z")
        let us = try DateFormat(named: "us", zone: .utc)
        for space in ["\u{202f}", "\u{a0}", "\u{2009}", " \u{200b}"] {
            #expect(
                try cell("11/2/2025 4:05\(space)PM", as: .timestamp) { $0.date = us }.value
                    == time.map { .timestamp($0) })
            #expect(try cell("1\(space)234", as: .int) { $0.decimal = .comma }.value == .int(1_234))
        }
        #expect(try cell("2025-11-02\u{a0}16:05:00", as: .timestamp) { _ in }.value == time.map { .timestamp($0) })
        #expect(try cell("\u{3000}yes\u{feff}", as: .bool) { _ in }.value == .bool(true))
    }

    @Test func `Words are found whatever the form of their letters`() throws {
        let values: [String: AttributeValue?] = ["Caf\u{e9}": .string("coffee"), "tea": .string("leaf"), "none": nil]
        for (text, value) in [("Cafe\u{301}", "coffee"), ("Caf\u{e9}", "coffee"), ("tea", "leaf"), ("Tea", "Tea")] {
            #expect(try cell(text, as: .string) { $0.values = values }.value == .string(value))
        }
        let none = try cell("none", as: .string) { $0.values = values }
        #expect(none.value == nil && none.reason == nil)
        #expect(
            try cell("\u{c9}T\u{c9} 1", as: .string) { $0.casing = .lower }.value == .string("\u{e9}t\u{e9} 1"))
        #expect(try cell("a[{@Z", as: .string) { $0.casing = .upper }.value == .string("A[{@Z"))
        #expect(try cell("A[{@Z", as: .string) { $0.casing = .lower }.value == .string("a[{@z"))
    }

    @Test func `Suffixes, factor and offset scale`() throws {
        let suffixes = [CellConversion.Suffix(text: "Mio", factor: 1_000_000), .init(text: "%", factor: 0.01)]
        #expect(
            try cell("1,2 Mio", as: .int) { ($0.decimal, $0.suffixes) = (.comma, suffixes) }.value == .int(1_200_000))
        #expect(try cell("35%", as: .double) { $0.suffixes = suffixes }.value == .double(0.35))
        #expect(
            try cell("50", as: .double) { ($0.factor, $0.offset) = (1.8, 32) }.value == .double(122))
        #expect(try cell("0.29", as: .int) { $0.factor = 100 }.value == .int(29))
        #expect(try cell("0.295", as: .int) { $0.factor = 100 }.reason?.contains("whole number") == true)
        #expect(try cell("1e300", as: .double) { $0.factor = 1e300 }.reason?.contains("too large") == true)
    }

    @Test func `Values stand for others, in sets too`() throws {
        let values: [String: AttributeValue?] = ["ja": .bool(true), "?": AttributeValue?.none]
        #expect(try cell(" JA ", as: .bool) { ($0.casing, $0.values) = (.lower, values) }.value == .bool(true))
        #expect(try cell("?", as: .bool) { $0.values = values }.value == nil)
        #expect(try cell("?", as: .bool) { $0.values = values }.reason == nil)
        #expect(try cell("no", as: .bool) { $0.values = values }.value == .bool(false))
        let members: [String: AttributeValue?] = ["Tee": .string("tea"), "x": AttributeValue?.none]
        #expect(
            try cell("Tee, x ,,Kaffee", as: .strings) { ($0.separator, $0.values) = (UInt8(ascii: ","), members) }.value
                == .strings(["tea", "Kaffee"]))
    }

    @Test(
        "W34: members stand in quotes or in a JSON array",
        arguments: [
            ("\"office\",\"tea, green\"", ["office", "tea, green"]), ("a, \"b\" ,c", ["a", "b", "c"]),
            ("\"a", ["\"a"]), ("[\"a,b\", \"c\"]", ["a,b", "c"]), ("[a,b]", ["[a", "b]"]),
            ("5\" disc,x", ["5\" disc", "x"]),
        ] as [(String, [String])])
    func quotedMembers(text: String, members: [String]) throws {
        let quoted = "\"" + text.replacing("\"", with: "\"\"") + "\""
        #expect(
            try cell(quoted, as: .strings) { $0.separator = UInt8(ascii: ",") }.value == .strings(members))
    }

    @Test func `A time to come is refused where only past ones are meant`() throws {
        #expect(try cell("2028-01-01", as: .timestamp) { $0.isPast = true }.reason == "is still to come")
        #expect(try cell("2028-01-01", as: .timestamp) { $0.isPast = false }.reason == nil)
        #expect(try cell("2026-01-01", as: .timestamp) { $0.isPast = true }.reason == nil)
    }

    @Test(arguments: [1, 2, 3, 1_000])
    func `Other encodings are the same text, however the file is cut`(pieceLength: Int) throws {
        let text = "Id;Cell\r\nv;Café – 5 €\r\n"
        let windows: [UInt8] = text.unicodeScalars.map { scalar in
            switch scalar {
            case "–": 0x96
            case "€": 0x80
            default: UInt8(scalar.value)
            }
        }
        let units = Array((text + "w;😀").utf16)
        let little = units.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let big = units.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        for (encoding, bytes) in [
            (TextEncoding.windows1252, windows), (.utf16, [0xFF, 0xFE] + little), (.utf16, little),
            (.utf16, [0xFE, 0xFF] + big), (.utf16, big),
        ] {
            let rows = try rows("", pieceLength: pieceLength, encoding: encoding, bytes: bytes)
            #expect(rows.first?.values.first?.value == .string("Café – 5 €"))
            if encoding == .utf16 { #expect(rows.last?.values.first?.value == .string("😀")) }
        }
        let latin = Array("Id;Cell\nv;Caf".utf8) + [0xE9]
        #expect(
            try rows("", pieceLength: pieceLength, encoding: .latin1, bytes: latin).first?.values.first?.value
                == .string("Café"))
    }

    @Test func `Bytes that are no text in the encoding are refused`() throws {
        let head = Array("Id;Cell\nv;a".utf8)
        let windows = try rows("", encoding: .windows1252, bytes: head + [0x81])
        #expect(windows.first?.rejects.first?.reason.contains("windows-1252") == true)
        let wide: [UInt8] = head.flatMap { byte -> [UInt8] in [byte, 0] }
        for bad: [UInt8] in [[0x00, 0xDC], [0x3D, 0xD8, 0x61, 0x00], [0x3D, 0xD8], [0x61]] {
            let found = try rows("", encoding: .utf16, bytes: wide + bad)
            #expect(found.first?.rejects.first?.reason.contains("utf-16") == true, "\(bad)")
        }
    }
}
