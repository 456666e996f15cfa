internal import Ruleset
internal import Testing

@Suite("Places in texts, whichever way YAML lets them be written")
struct ScalarPlaceTests {
    /// Each with a wrong name `zip`, which stands nowhere else.
    static let conditions: [String] = [
        #"visitor.title == "it" && visitor.zip == "two""#,
        #"'visitor.title == "it''s" && visitor.zip == "two"'"#,
        #""visitor.title == \"say \\\"x\\\"\" && visitor.zip == \"two\"""#,
        #""visitor.title == 'caf\u00e9 \x41' && visitor.zip == 'two'""#,
        "visitor.title == 'a'\n    && visitor.title != 'b'\n      && visitor.zip == 'two'",
        "\"visitor.title == 'a'\n\n    && visitor.zip == 'two'\"",
        "\"visitor.title == 'a\\\n    b' && visitor.zip == 'two'\"",
        ">-\n    visitor.title == 'a' &&\n    visitor.title != 'b' &&\n    visitor.zip == 'two'",
        ">\n\n    visitor.title == 'a' &&\n\n      visitor.zip == 'two'",
        "|\n    visitor.title == 'a'\n      && visitor.zip == 'two'",
        "|-2\n\n    visitor.title == 'a'\n\n\n    && visitor.zip == 'two'",
    ]

    @Test("Each form", arguments: conditions.indices)
    func place(_ index: Int) throws {
        let file = "segments:\n  some: " + Self.conditions[index] + "\n"
        let before = try #require(file.firstRange(of: "zip")).lowerBound
        let lines = file[..<before].split(separator: "\n", omittingEmptySubsequences: false)
        let found = LintTests.check(LintTests.beside(file)).filter { $0.position.file == "rules.yaml" }
        #expect(found.map(\.position.line) == [lines.count], "\(found)")
        #expect(found.map(\.position.column) == [(lines.last?.unicodeScalars.count ?? 0) + 1])
    }

    @Test("What is found later has the same places")
    func lint() {
        let file = "segments:\n  some: >-\n    visitor.title == 'a' &&\n    now.getMonth() == 12\n"
        let found = LintTests.check(LintTests.beside(file)).filter { $0.code == "calendar-range" }
        #expect(found.map { [$0.position.line, $0.position.column] } == [[4, 23]])
    }
}
