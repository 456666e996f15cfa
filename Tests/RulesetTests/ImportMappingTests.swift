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
