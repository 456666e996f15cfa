internal import Ruleset
internal import Testing

@Suite("What is wrong with a rule set is said where it is")
struct DiagnosticTests {
    @Test("The rules beside which mistakes are put have none")
    func baseIsSound() {
        #expect(RuleSetLoader.load(Self.files("events: {}")).diagnostics == [])
    }

    @Test(
        "Each mistake gives its one error, at its place, with a way out",
        arguments: BrokenRules.files + BrokenRules.audience + BrokenRules.offer + BrokenRules.trust)
    func mistake(_ broken: BrokenRules) throws {
        let parts = broken.text.split(separator: "‸", omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        let lines = parts[0].split(separator: "\n", omittingEmptySubsequences: false)
        let column = (lines.last?.unicodeScalars.count ?? 0) + 1
        let result = RuleSetLoader.load(Self.files(parts.joined()))
        #expect(result.ruleSet == nil)
        let errors = Fixtures.errors(result)
        let first = try #require(errors.first)
        #expect(errors.count == 1, "\(errors)")
        #expect(first.code == broken.code, "\(first)")
        #expect(first.position == SourcePosition(file: "rules.yaml", line: lines.count, column: column), "\(first)")
        #expect(first.message.contains(broken.message), "\(first)")
        #expect(first.suggestion == broken.suggestion, "\(first)")
    }

    private static func files(_ text: String) -> [RuleFile] {
        [
            Fixtures.file("base.yaml", Fixtures.base), Fixtures.file("lists/rivals.txt", "a.example\n"),
            Fixtures.file("rules.yaml", text),
        ]
    }

    @Test("A profile without a segment is a warning, and the rule set loads")
    func warning() throws {
        let text = "icps: {x: {criteria: [{when: account.employees > 1, points: 1, category: able}], tiers: {a: 1}}}"
        let result = RuleSetLoader.load(Self.files(text))
        #expect(result.ruleSet != nil)
        #expect(result.errorCount == 0)
        let only = try #require(result.diagnostics.first)
        #expect(result.diagnostics.count == 1)
        #expect(only.code == "icp-without-segment" && only.severity == .warning)
        #expect(only.position == SourcePosition(file: "rules.yaml", line: 1, column: 8))
    }

    @Test("No file and only lists are no rule set", arguments: [[], ["a.txt"]])
    func empty(_ paths: [String]) {
        let result = RuleSetLoader.load(paths.map { Fixtures.file($0, "x") })
        #expect(result.diagnostics.map(\.code) == ["empty"])
    }

    @Test("All errors of all files come at once, in the order of the files")
    func allAtOnce() {
        let files = [
            Fixtures.file("b.yaml", "engagement: {hot: high}\nevents: {e: {points: many}}\n"),
            Fixtures.file("a.yaml", "events:\n  f: {half_life: 3}\n  g: {pints: 3}\nsegments: {x: nonsense}\n"),
        ]
        let result = RuleSetLoader.load(files)
        #expect(
            result.diagnostics.map { "\($0.position.file):\($0.position.line) \($0.code)" } == [
                "a.yaml:2 bad-duration", "a.yaml:3 unknown-key", "a.yaml:4 condition", "b.yaml:1 wrong-form",
                "b.yaml:2 wrong-form",
            ])
        #expect(RuleSetLoader.load(files.reversed()).diagnostics == result.diagnostics)
        #expect(result.errorCount == 5)
    }

    @Test("A file that cannot be read is the only error: what it declares is not missed elsewhere")
    func unreadableFile() {
        let result = RuleSetLoader.load([
            Fixtures.file("a.yaml", "attributes: {visitor: {age: {type: int}}\n"),
            Fixtures.file("b.yaml", "segments: {old: visitor.age > 60}\n"),
        ])
        #expect(result.diagnostics.map(\.code) == ["not-yaml"])
    }

    @Test(
        "What is settled once cannot be settled in two files",
        arguments: [
            "engagement: {hot: 1}", "holdout: {share: 0.1, salt: s}", "grades: {fit: {a: 1}, engagement: {1: 1}}",
        ])
    func twice(_ section: String) {
        let result = RuleSetLoader.load([Fixtures.file("a.yaml", section), Fixtures.file("b.yaml", section)])
        #expect(Fixtures.errors(result).map(\.code) == ["duplicate-name"])
        #expect(Fixtures.errors(result).first?.position.file == "b.yaml")
    }

    @Test("A mistake in a folded or escaped text points to where it is written")
    func foldedText() {
        for (text, line, column) in [
            ("segments:\n  x: >-\n    1 > 0 &&\n    nonsense", 4, 5),
            ("segments:\n  x: 1 > 0 &&\n    nonsense", 3, 5), ("segments:\n  x: \"1 > 0 \\x26& nonsense\"", 2, 19),
        ] {
            let positions = Fixtures.load(text).diagnostics.map(\.position)
            #expect(positions == [SourcePosition(file: "rules.yaml", line: line, column: column)])
        }
    }

    @Test("Beyond a thousand errors the rest are counted")
    func manyErrors() throws {
        let text = "events:\n" + (0..<1_500).map { "  e\($0): {points: x}\n" }.joined()
        let diagnostics = Fixtures.load(text).diagnostics
        #expect(diagnostics.count == 1_001)
        #expect(diagnostics.last?.code == "more")
        #expect(diagnostics.last?.message == "there are 500 more")
    }

    // MARK: As text

    @Test("A diagnostic is shown with its line, a caret and what was meant")
    func rendering() throws {
        let file = Fixtures.file("rules.yaml", "events:\n  e: {point: 3}\n")
        let diagnostic = try #require(RuleSetLoader.load([file]).diagnostics.first)
        let text = DiagnosticText(files: [file], isColoured: false).render(diagnostic)
        #expect(
            text == """
                rules.yaml:2:7: error[unknown-key]: `point` is not a key of an event
                  2 |   e: {point: 3}
                    |       ^
                  help: did you mean `points`?

                """)
        let coloured = DiagnosticText(files: [file], isColoured: true).render(diagnostic)
        #expect(coloured.contains("\u{1b}[1;31merror[unknown-key]\u{1b}[0m"))
    }

    @Test("A long line is cut around the place, a tab keeps the caret below it")
    func longLine() {
        let file = Fixtures.file("rules.yaml", "#\t" + String(repeating: "x", count: 1_000) + "y\n")
        let text = DiagnosticText(files: [file], isColoured: false)
        let place = SourcePosition(file: "rules.yaml", line: 1, column: 1_003)
        let lines = text.render(Diagnostic(code: "c", at: place, "m")).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].count <= 130)
        #expect(lines[1].count == lines[2].count && lines[1].last == "y" && lines[2].last == "^")
        let tab = text.render(
            Diagnostic(.warning, code: "c", at: SourcePosition(file: "rules.yaml", line: 1, column: 3), "m"))
        #expect(tab.contains("\n    |  \t^\n") && tab.contains("warning[c]"))
        let nowhere = text.render(
            Diagnostic(code: "c", at: SourcePosition(file: "other.yaml", line: 9, column: 9), "m"))
        #expect(nowhere == "other.yaml:9:9: error[c]: m\n")
    }
}
