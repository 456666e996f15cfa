internal import Ruleset
internal import Testing

@Suite("A diagnostic in detail marks the word and names its page")
struct DiagnosticDetailTests {
    @Test("Word, suggestion, code and page")
    func detail() throws {
        let file = Fixtures.file("rules.yaml", "events:\n  e: {point: 3}\n")
        let diagnostic = try #require(RuleSetLoader.load([file]).diagnostics.first)
        let text = DiagnosticText(files: [file], isColoured: false, isDetailed: true).render(diagnostic)
        #expect(
            text == """
                rules.yaml:2:7: error[unknown-key]: `point` is not a key of an event
                  2 |   e: {point: 3}
                    |       ^^^^^
                  help: did you mean `points`?
                  see `bespokectl rules reference unknown-key`

                """)
    }

    @Test(arguments: [
        (0, 0, ""), (1, 0, "1 error in 1 file\n"), (2, 1, "2 errors and 1 warning in 2 files\n"),
        (0, 2, "2 warnings in 2 files\n"),
    ])
    func `A summary counts errors, warnings and files`(errors: Int, warnings: Int, line: String) {
        func make(_ count: Int, _ severity: Diagnostic.Severity) -> [Diagnostic] {
            (0..<count).map {
                Diagnostic(
                    severity, code: "c", at: SourcePosition(file: "\($0 % 2).yaml", line: 1, column: 1), "m")
            }
        }
        #expect(DiagnosticText.summary(make(errors, .error) + make(warnings, .warning)) == line)
    }
}
