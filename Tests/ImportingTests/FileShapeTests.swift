internal import Foundation
internal import Importing
internal import Model
internal import Profiles
internal import Testing

@Suite("W34: files as other programs write them")
struct FileShapeTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let columns: [ProfileCSV.Column] = [
        .init(name: "number", type: .int), .init(name: "word", type: .string), .init(name: "seen", type: .timestamp),
    ]

    private func mapping(
        id: String = "E-mail", _ columns: [(String, String?)] = [], _ change: (inout ImportMapping) -> Void = { _ in }
    ) -> ImportMapping {
        var mapping = ImportMapping(entity: .visitor, id: .init(column: id))
        mapping.columns = columns.map { name, attribute in
            var column = ImportMapping.Column(name: name)
            column.attribute = attribute
            return column
        }
        change(&mapping)
        return mapping
    }

    /// Read in pieces of several lengths, which must not matter.
    private func read(_ text: String, _ mapping: ImportMapping) throws -> (rows: [ProfileCSV.Row], ending: Int?) {
        var results: [[ProfileCSV.Row]] = []
        var ending: Int?
        for length in [1, 2, 7, 10_000] {
            var csv = ProfileCSV(columns: Self.columns, mapping: mapping, now: Self.now)
            results.append(try csv.rows(Array(text.utf8), pieceLength: length))
            ending = csv.ending?.line
        }
        for result in results { #expect(result == results[0]) }
        return (results[0], ending)
    }

    private func problems(_ text: String, _ mapping: ImportMapping) -> String {
        do {
            _ = try read(text, mapping)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("Lines before the header are passed over, whatever quotes they have")
    func preamble() throws {
        let text = "Notes:\n\"When exporting \"your\" data, \n\nE-mail,N\nv,7\n"
        let rows = try read(text, mapping([("N", "number")]) { $0.skippedLines = 3 }).rows
        #expect(rows.map(\.id) == ["v"] && rows.map(\.line) == [5])
        #expect(rows.first?.values.map(\.value) == [.int(7)])
    }

    @Test("Rows with a cell that the mapping names are passed over, however long they are")
    func totals() throws {
        let text = "E-mail,N\n,12,Grand total\nv,7\nw, Subtotal of w \nGrand totals,5\n"
        let mapping = mapping([("N", "number")]) { mapping in
            mapping.passedOver = [
                .init(text: "Grand total", isBeginning: false), .init(text: "Subtotal", isBeginning: true),
            ]
        }
        let rows = try read(text, mapping).rows
        #expect(rows.map(\.id) == ["v", "Grand totals"] && rows.allSatisfy { $0.rejects.isEmpty })
    }

    @Test("Rows are left out by the cells of a column, and counted; what is empty says nothing")
    func omissions() throws {
        let text = "E-mail,N,Kind\nv,7,real\nw,x,Test row\n,8, (not set) \n , ,\n(not set),9,real\nu,1,\n"
        let mapping = mapping([("N", "number"), ("Kind", nil)]) { mapping in
            mapping.omissions = [
                .init(
                    column: "Kind",
                    cells: [
                        .init(text: "(not set)", isBeginning: false), .init(text: "Test", isBeginning: true),
                        .init(text: "", isBeginning: false),
                    ])
            ]
        }
        let rows = try read(text, mapping).rows
        #expect(rows.map(\.id) == ["v", "(not set)"] && rows.flatMap(\.rejects).isEmpty)
        var csv = ProfileCSV(columns: Self.columns, mapping: mapping, now: Self.now)
        _ = try csv.rows(Array(text.utf8))
        #expect(csv.leftOutCount == 3)
        #expect(problems("E-mail,N\nv,7\n", mapping).contains("Kind"))
        var lines = ProfileNDJSON(columns: Self.columns, mapping: mapping, now: Self.now)
        let json = """
            {"E-mail": "v", "N": 7, "Kind": "real"}
            {"E-mail": "w", "N": 7, "Kind": "Tests"}
            {"E-mail": "u", "N": 7, "Kind": null}
            {"E-mail": "t", "N": 7}
            """
        let read = try Array(json.utf8).withUnsafeBufferPointer { try lines.feed($0) } + lines.finish()
        #expect(read.map(\.id) == ["v"] && lines.leftOutCount == 3)
    }

    @Test("A file that another mapping is for is refused by its column, a line by its member")
    func otherFile() throws {
        let mapping = mapping([("N", "number")]) { $0.refusals = [.init(column: "Gone", words: "these have left")] }
        #expect(problems("E-mail,N,Gone\nv,7,x\n", mapping).contains("the file has the column `Gone`: these have left"))
        #expect(try read("E-mail,N\nv,7\n", mapping).rows.map(\.id) == ["v"])
        var lines = ProfileNDJSON(columns: Self.columns, mapping: mapping, now: Self.now)
        let json = "{\"E-mail\": \"v\", \"N\": 7}\n{\"E-mail\": \"w\", \"N\": 7, \"Gone\": null}\n"
        let read = try Array(json.utf8).withUnsafeBufferPointer { try lines.feed($0) } + lines.finish()
        #expect(read.map(\.id) == ["v", "w"] && read[0].rejects.isEmpty)
        #expect(read[1].rejects.map(\.reason).contains("is not of these lines: these have left"))
    }

    @Test("An id is taken from the first column that has one")
    func alternatives() throws {
        let mapping = mapping([("N", "number")]) { _ in }
        var id = ImportMapping.Identifier(column: "E-mail")
        (id.alternatives, id.casing) = (["Phone", "Page"], .lower)
        var other = ImportMapping(entity: .visitor, id: id)
        other.columns = mapping.columns
        let text = "Page,E-mail,N,Phone\nP1,V@x.example,1,\nP2, ,2,+49\nP3,,3,\u{A0}\n,,4,\n"
        let rows = try read(text, other).rows
        #expect(rows.map(\.id) == ["v@x.example", "+49", "p3", ""])
        #expect(rows.map { $0.rejects.count } == [0, 0, 0, 1])
        #expect(problems("E-mail,N\nv,7\n", other).contains("`Phone`"))
        var lines = ProfileNDJSON(columns: Self.columns, mapping: other, now: Self.now)
        let json = """
            {"Page": "P1", "Phone": "+49", "E-mail": "V", "N": 1}
            {"Page": "P2", "Phone": "", "E-mail": null, "N": 2}
            {"Phone": "", "N": 2}
            """
        let read = try Array(json.utf8).withUnsafeBufferPointer { try lines.feed($0) } + lines.finish()
        #expect(read.map(\.id) == ["v", "p2", ""] && read.map { $0.rejects.count } == [0, 0, 1])
    }

    @Test(
        "Of several texts in a cell the first that stands for something counts",
        arguments: [("a;b", "A"), ("other; b", "B"), (";c;", "c"), ("other", nil), (" ; ", nil), ("\"x;y\";b", "x;y")]
            as [(String, String?)])
    func firstOf(cell: String, text: String?) throws {
        let mapping = mapping([("W", "word")]) { mapping in
            mapping.columns[0].conversion.firstOf = UInt8(ascii: ";")
            mapping.columns[0].conversion.values = ["a": .string("A"), "b": .string("B")]
            mapping.columns[0].conversion.values.updateValue(nil, forKey: "other")
        }
        let quoted: String = "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\""
        let rows = try read("E-mail,W\nv,\(quoted)\n", mapping).rows
        let row = try #require(rows.first)
        #expect(row.rejects.isEmpty && row.values.first?.value == text.map { .string($0) })
    }

    @Test("W21: a number of JSON has a point, whatever the mapping says of texts")
    func numbersOfJSON() throws {
        let mapping = mapping(id: "id", [("Budget", "budget")]) { $0.columns[0].conversion.decimal = .comma }
        let columns = [ProfileCSV.Column(name: "budget", type: .double)]
        var lines = ProfileNDJSON(columns: columns, mapping: mapping, now: Self.now)
        let text = """
            {"id": "a", "Budget": 1.234}
            {"id": "b", "Budget": "1.234"}
            {"id": "c", "Budget": "1,234"}
            {"id": "d", "Budget": -1.5e3}
            """
        let rows = try Array(text.utf8).withUnsafeBufferPointer { try lines.feed($0) } + lines.finish()
        #expect(rows.map(\.id) == ["a", "b", "c", "d"])
        #expect(
            rows.map { $0.values.first?.value } == [.double(1.234), .double(1_234), .double(1.234), .double(-1_500)])
    }

    @Test("Comments before the header are passed over, and kept as data below it")
    func comments() throws {
        let text = "\u{feff}# ----\n# \"Users\n\r\n# 20240101-20241231\n\nE-mail,N\n#v,7\n"
        let rows = try read(text, mapping([("N", "number")]) { $0.comment = UInt8(ascii: "#") }).rows
        #expect(rows.map(\.id) == ["#v"] && rows.map(\.line) == [7])
    }

    @Test("A line sep=; names the delimiter", arguments: ["sep=;\r\n", "SEP=;\n", "\u{feff}sep=;\n"])
    func delimiter(hint: String) throws {
        let rows = try read(hint + "E-mail;N\nv;7\n", mapping([("N", "number")])).rows
        #expect(rows.map(\.id) == ["v"] && rows.map(\.line) == [3])
        var plain = ProfileCSV(columns: Self.columns, entity: .visitor)
        #expect(try plain.rows(Array((hint + "id;number\nv;7\n").utf8), pieceLength: 3).map(\.id) == ["v"])
        // A column may be called so.
        #expect(try read("sep,E-mail\nx,v\n", mapping([("sep", "word")])).rows.map(\.id) == ["v"])
    }

    @Test("Two lines of a header are joined; a question goes on over its answers")
    func headerRows() throws {
        let text =
            "Respondent ID,Email,What interests you?,,,Score\n,,Tea,Coffee,Other (please specify),Response\n1,v,,Coffee,x,7\n"
        let rows = try read(
            text,
            mapping(
                id: "Email",
                [
                    ("Respondent ID", nil), ("What interests you? / Coffee", "word"),
                    ("What interests you? / Tea", nil),
                    ("What interests you? / Other (please specify)", nil), ("Score / Response", "number"),
                ]
            ) { $0.headerRows = 2 }
        ).rows
        #expect(rows.flatMap(\.rejects).isEmpty)
        #expect(rows.first?.values.map(\.value) == [.string("Coffee"), .int(7)])
    }

    @Test("Columns without a name, and those named twice, are named by number")
    func numbers() throws {
        let named = mapping([("column 2", "number"), ("column 3", "word")])
        #expect(try read("E-mail,,X\nv,7,y\n", named).rows.first?.values.map(\.value) == [.int(7), .string("y")])
        #expect(try read("E-mail,X,X\nv,7,y\n", named).rows.first?.values.map(\.value) == [.int(7), .string("y")])
        let headless = mapping(id: "column 1", [("column 2", "number")]) { $0.headerRows = 0 }
        #expect(try read("v,7\nw,8\n", headless).rows.map(\.id) == ["v", "w"])
        #expect(problems("E-mail,X,X\nv,7,y\n", mapping([("X", "word")])).contains("`column 2`, `column 3`"))
        #expect(problems("E-mail,\nv,7\n", mapping()).contains("`column 2`"))
        #expect(problems("E-mail,X\nv,7\n", mapping([("column 3", "word")])).contains("no column `column 3`"))
    }

    @Test("The rows end at totals and behind an empty line, and it is said where")
    func ends() throws {
        let text = "E-mail,N\nv,7\nTotal,,8\nCopyright 2026\n"
        let found = try read(
            text, mapping([("N", "number")]) { $0.endings = [.init(text: "Total", isBeginning: false)] })
        #expect(found.rows.map(\.id) == ["v"] && found.rows.flatMap(\.rejects).isEmpty && found.ending == 3)
        let blank = try read(
            "E-mail,N\nTotally,7\n\nA report\n",
            mapping([("N", "number")]) {
                $0.endings = [.init(text: "Total", isBeginning: false), .init(text: "", isBeginning: false)]
            })
        #expect(blank.rows.map(\.id) == ["Totally"] && blank.ending == 4)
        let beginning = try read(
            "E-mail,N\nv,7\n,\"Copyright (c)\"\n",
            mapping([("N", "number")]) { $0.endings = [.init(text: "Copyright", isBeginning: true)] })
        #expect(beginning.rows.map(\.id) == ["v"] && beginning.ending == 3)
    }

    @Test("Empty rows and empty cells too many say nothing; what has words is refused")
    func emptyRows() throws {
        let rows = try read("E-mail,N\nv,7,,\n,,\n , \nw,8,x\n", mapping([("N", "number")])).rows
        #expect(rows.map(\.id) == ["v", ""])
        #expect(rows.last?.rejects.first?.reason.contains("3 fields") == true)
    }

    @Test("A mark of another encoding than the named one is said")
    func encodings() throws {
        let text = Array("\u{feff}E-mail\nv\n".utf8)
        for encoding in [TextEncoding.windows1252, .latin1] {
            for bytes in [text, [0xFF, 0xFE] + text] {
                var csv = ProfileCSV(columns: Self.columns, mapping: mapping { $0.encoding = encoding }, now: Self.now)
                #expect(throws: CSVError.self) { try csv.rows(bytes, pieceLength: 1) }
            }
        }
    }

    @Test("W9: a column says since when values are known")
    func observed() throws {
        let text = "E-mail,N,W,On,Word on\nv,7,x,2026-01-05,05.02.2026\nw,8,y,,\n"
        var mapping = mapping([("N", "number"), ("W", "word"), ("On", "seen"), ("Word on", nil)]) {
            $0.observedAt = .init(column: "On")
            $0.constants = []
        }
        var own = ImportMapping.Observation(column: "Word on")
        own.date = try DateFormat(named: "eu", zone: .utc)
        mapping.columns[1].observedAt = own
        let rows = try read(text, mapping).rows
        #expect(rows.flatMap(\.rejects).isEmpty)
        let january = TimestampText.parse("2026-01-05").map { $0.microseconds / 1_000_000 }
        let february = TimestampText.parse("2026-02-05").map { $0.microseconds / 1_000_000 }
        #expect(rows[0].values.map(\.observedAtSeconds) == [january, february, january])
        #expect(rows[1].values.map(\.observedAtSeconds) == [nil, nil])
    }

    @Test(
        "W9: times to come, before 1970 and of another form are refused", arguments: ["2999-01-01", "1969-12-31", "x"])
    func badObservations(text: String) throws {
        let rows = try read(
            "E-mail,N,On\nv,7,\(text)\n", mapping([("N", "number")]) { $0.observedAt = .init(column: "On") }
        )
        .rows
        #expect(rows.first?.rejects.map(\.column) == ["On"])
    }
}

@Suite("A file of another shape than the mapping says gets one message")
struct OtherShapeTests {
    private static func problem(_ text: String, hasMapping: Bool = true) -> String {
        var mapping = ImportMapping(entity: .visitor, id: .init(column: "E-mail"))
        mapping.columns = [("Team", "number"), ("Note", nil)].map { name, attribute in
            var column = ImportMapping.Column(name: name)
            column.attribute = attribute
            return column
        }
        do {
            let columns = [ProfileCSV.Column(name: "number", type: .int)]
            var csv =
                hasMapping
                ? ProfileCSV(columns: columns, mapping: mapping, now: Timestamp(microseconds: 1_800_000_000_000_000))
                : ProfileCSV(columns: columns, entity: .visitor)
            _ = try csv.rows(Array(text.utf8), pieceLength: 1_000)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "What is said",
        arguments: [
            ("E-mail;Team;Note\na;3;\n", "the file has `;` between its cells", "delimiter: \";\""),
            ("E-mail\tTeam\tNote\na\t3\t\n", "the file has `a tab` between its cells", "delimiter: \"\\t\""),
            ("Members of March\nE-mail,Team,Note\n", "`Members of March` is no header", "`skip: 1`"),
            ("PK\u{3}\u{4}\u{14}\n", "a workbook or an archive", "as CSV"), ("%PDF-1.7\n", "a PDF", "as CSV"),
            ("<!DOCTYPE html>\n", "a page (HTML)", "as CSV"),
            ("{\"id\": \"a\"}\n", "the file is JSON", "--format ndjson"),
            ("e-mail,Team,Note\n", "no column `E-mail`", "did you mean `e-mail`?"),
        ])
    func shape(_ text: String, _ words: String, _ remedy: String) {
        let said = Self.problem(text)
        #expect(said.contains(words) && said.contains(remedy), "\(said)")
        // One mistake, one message.
        #expect(!said.contains("others: ignore") && !said.contains("; the "), "\(said)")
    }

    @Test("Without a mapping too")
    func plain() {
        #expect(Self.problem("id;number\na;3\n", hasMapping: false).contains("commas stand between cells"))
        #expect(Self.problem("<html>\n", hasMapping: false).contains("a page (HTML)"))
    }
}
