internal import Foundation
internal import Model
internal import Ruleset
internal import Testing

@Suite("An import mapping is checked against the attributes")
struct ImportMappingTests {
    private static let attributes: [Attribute] = {
        let position = SourcePosition(file: "a.yaml", line: 1, column: 1)
        return [
            Attribute(entity: .visitor, name: "seen", type: .timestamp, position: position),
            Attribute(entity: .account, name: "sites", type: .int, position: position),
        ]
    }()

    private func load(_ text: String) -> (mapping: ImportMapping?, diagnostics: [Diagnostic]) {
        ImportMappingLoader.load(Fixtures.file("m.yaml", text), attributes: Self.attributes)
    }

    @Test("Everything that is wrong is said at once, sorted by place")
    func all() {
        let text =
            "kind: account\nid: Id\naccount: A\ndelimiter: ab\ncolumns: {S: seen, T: sites, U: sites}\nconstants: {sites: x}\n"
        let found = load(text).diagnostics.map { "\($0.position.line):\($0.position.column) \($0.code)" }
        #expect(
            found == [
                "3:10 wrong-form", "4:12 wrong-form", "5:14 unresolved-name", "5:33 duplicate-name",
                "6:13 duplicate-name", "6:20 wrong-form",
            ])
        #expect(load(text).mapping == nil)
    }

    @Test("W34: what is around the rows, and W9: since when they are known")
    func shape() throws {
        let text = """
            kind: visitor
            id: Id
            skip: 3
            comment: "#"
            header_rows: 2
            stop_at: [Total, "Copyright*", ""]
            pass_over: Grand total
            observed_at: {column: On, date: eu, zone: Europe/Berlin}
            columns:
              S: {attribute: seen, date: "d. MMM yyyy", language: de, observed_at: Then}
            """
        // W24: a mark of the byte order is taken off.
        let mapping = try #require(load("\u{feff}" + text).mapping)
        #expect(mapping.skippedLines == 3 && mapping.comment == UInt8(ascii: "#") && mapping.headerRows == 2)
        #expect(
            mapping.endings == [
                .init(text: "Total", isBeginning: false), .init(text: "Copyright", isBeginning: true),
                .init(text: "", isBeginning: false),
            ])
        #expect(mapping.passedOver == [.init(text: "Grand total", isBeginning: false)])
        #expect(mapping.observedAt?.column == "On" && mapping.observedAt?.date.name == "eu")
        #expect(mapping.columns.first?.observedAt?.column == "Then")
    }

    @Test(
        "W34: a star that is not at the end stands for nothing, and that is said", arguments: ["*Total", "A*B", "**"])
    func stars(text: String) {
        let head = "kind: account\nid: Id\ncolumns: {S: sites}\n"
        for key in ["stop_at: ['\(text)']", "pass_over: '\(text)'", "skip_when: {S: '\(text)'}"] {
            let found = load(head + key)
            #expect(found.mapping == nil && found.diagnostics.map(\.code) == ["wrong-form"], "\(key)")
        }
        #expect(load(head + "stop_at: ['Total*', '*']").diagnostics.isEmpty)
    }

    @Test("W34: rows that are left out, ids with others, and what all other words stand for")
    func choices() throws {
        let text = """
            kind: account
            id: {column: Id, or: [Number, Name], case: lower}
            skip_when: {Kind: [Test*, ""], State: gone}
            refuse_with: {Left: these have left}
            columns:
              S: {attribute: sites, values: {none: 0}, otherwise: 7}
              T: ignore
            """
        let mapping = try #require(load(text).mapping)
        #expect(mapping.id.alternatives == ["Number", "Name"])
        #expect(
            mapping.omissions == [
                .init(
                    column: "Kind",
                    cells: [.init(text: "Test", isBeginning: true), .init(text: "", isBeginning: false)]),
                .init(column: "State", cells: [.init(text: "gone", isBeginning: false)]),
            ])
        #expect(mapping.refusals == [.init(column: "Left", words: "these have left")])
        #expect(mapping.columns.first?.conversion.otherwise == .some(.int(7)))
        let unknown = try #require(load(text.replacingOccurrences(of: "otherwise: 7", with: "otherwise: ")).mapping)
        #expect(unknown.columns.first?.conversion.otherwise == .some(.none))
        #expect(
            load(text.replacingOccurrences(of: "values: {none: 0}, ", with: "")).diagnostics.map(\.code) == [
                "missing-key"
            ])
        #expect(
            load(text.replacingOccurrences(of: "values: {none: 0}", with: "first_of: \";\"")).diagnostics.map(\.code)
                .contains(
                    "wrong-form"))
        let events = ImportMappingLoader.loadEvents(
            Fixtures.file(
                "e.yaml", "kind: event\nid: {column: N, or: M}\nvisitor: V\ncolumns: {T: time}\nconstants: {name: a}\n"),
            events: ["a"])
        #expect(events.diagnostics.map(\.code) == ["wrong-form"])
    }

    @Test("What `case` makes of cells must be what `values` has: nothing else is ever met")
    func cased() {
        let text = "kind: account\nid: Id\ncolumns:\n  S: {attribute: sites, case: lower, values: {none: 0, Many: 9}}\n"
        let found = load(text).diagnostics
        #expect(found.map { "\($0.position.line):\($0.position.column) \($0.code)" } == ["4:56 wrong-form"])
        #expect(found.first?.suggestion == "`many`")
        let upper = text.replacingOccurrences(of: "lower", with: "upper")
        #expect(load(upper).diagnostics.map(\.suggestion) == ["`NONE`", "`MANY`"])
        #expect(load(text.replacingOccurrences(of: "Many", with: "many")).mapping != nil)
        #expect(load(text.replacingOccurrences(of: "case: lower, ", with: "")).mapping != nil)
    }

    @Test("An empty cell tells no row that is passed over")
    func emptyMark() {
        let found = load("kind: visitor\nid: Id\npass_over: [Total, \"\"]\ncolumns: {S: seen}\n").diagnostics
        #expect(found.map { "\($0.position.line) \($0.code)" } == ["3 wrong-form"])
    }

    @Test("What is around the rows is checked")
    func badShape() {
        let text =
            "kind: visitor\nid: Id\nskip: -1\ncomment: ab\nheader_rows: 9\nobserved_at: {date: eu}\ncolumns: {S: {attribute: seen, language: xx1}}\n"
        let found = load(text).diagnostics.map { "\($0.position.line) \($0.code)" }
        #expect(found == ["3 wrong-form", "4 wrong-form", "5 wrong-form", "6 missing-key", "7 unknown-value"])
    }

    @Test(
        "W34: months have their names",
        arguments: [
            ("de", "d. MMMM yyyy", "3. März 2024"), ("de", "d. MMM yyyy", "3. Mrz 2024"),
            ("de", "d MMM yyyy", "3 MÄRZ 2024"),
            ("fr", "d MMMM yyyy", "3 mars 2024"), ("fr", "d MMM yyyy", "3 mars. 2024"),
            ("es", "d 'de' MMMM 'de' yyyy", "3 de marzo de 2024"), ("pt", "d 'de' MMM 'de' yyyy", "3 de mar. de 2024"),
            ("it", "d MMMM yyyy", "3 marzo 2024"), ("pl", "d MMMM yyyy", "3 marca 2024"),
            ("en", "MMM d, yyyy", "Mar 3, 2024"),
        ])
    func months(language: String, pattern: String, text: String) throws {
        let file =
            "kind: visitor\nid: Id\ncolumns: {S: {attribute: seen, date: \"\(pattern)\", language: \(language)}}\n"
        let column = try #require(load(file).mapping?.columns.first)
        let format = column.conversion.date
        var text = text
        #expect(text.withUTF8 { format.parse($0) } == TimestampText.parse("2024-03-03"))
        var other = "3 foo 2024"
        #expect(other.withUTF8 { format.parse($0) } == nil)
    }

    @Test("A mapping of events says whose they are, what, and when")
    func events() throws {
        func load(_ text: String) -> (mapping: EventMapping?, diagnostics: [Diagnostic]) {
            ImportMappingLoader.loadEvents(Fixtures.file("m.yaml", text), events: ["order"])
        }
        let good = load("kind: event\nvisitor: E\naccount: A\ncolumns: {T: time}\nconstants: {name: order}\n")
        let mapping = try #require(good.mapping)
        #expect(mapping.isVisitor && mapping.rows.isIDOptional && mapping.rows.digestAttribute == "id")
        let own = try #require(load("kind: event\naccount: A\nid: N\ncolumns: {T: time, X: name}\n").mapping)
        #expect(!own.isVisitor && own.rows.digestAttribute == nil && own.rows.columns.last?.attribute == "id")
        #expect(load("kind: event\ncolumns: {T: time, X: name}\n").diagnostics.map(\.code) == ["missing-key"])
        #expect(load("kind: event\nvisitor: E\ncolumns: {T: time}\n").diagnostics.map(\.code) == ["missing-key"])
        #expect(load("kind: event\nvisitor: E\ncolumns: {X: name}\n").diagnostics.map(\.code) == ["missing-key"])
        let wrong = load("kind: event\nvisitor: E\ncolumns: {T: time}\nconstants: {name: ordr}\n").diagnostics
        #expect(wrong.count >= 1 && wrong.contains { $0.message.contains("ordr") })
    }

    @Test(
        "Local times agree with the system's calendar",
        arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])
    func zones(name: String) throws {
        let mapping = try #require(
            load("kind: visitor\nid: Id\ncolumns: {S: {attribute: seen, zone: \(name)}}\n").mapping)
        let format = try #require(mapping.columns.first).conversion.date
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: name))
        // Every ten days and some hours from 1971 on; the calendar need not agree within the hours of a change.
        for step in 0..<2_500 {
            let date = Date(timeIntervalSince1970: Double(31_536_000 + step * 867_600))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            var text = String(
                format: "%04d-%02d-%02d %02d:%02d:%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0,
                parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
            guard calendar.date(from: parts) == date else { continue }
            #expect(
                text.withUTF8 { format.parse($0) }
                    == Timestamp(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000), "\(text)")
        }
    }
}
