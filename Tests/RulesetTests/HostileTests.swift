internal import TestSupport
internal import Ruleset
internal import Testing

@Suite("No input harms the loader", .serialized)
struct HostileTests {
    @Test("Bytes that are no text are refused where they stand")
    func notText() {
        let cases: [([UInt8], Int, Int)] = [
            ([UInt8]("events: {}\n# ".utf8) + [0xff], 2, 3), ([UInt8]("é".utf8) + [0xc3], 1, 2),
            ([0xed, 0xa0, 0x80], 1, 1),
            ([UInt8]("a: b\n  ".utf8) + [0, 0xff], 2, 3),
        ]
        for (content, line, column) in cases {
            let result = RuleSetLoader.load([RuleFile(path: "a.yaml", content: content)])
            #expect(result.diagnostics.map(\.code) == ["not-text"])
            #expect(result.diagnostics.first?.position == SourcePosition(file: "a.yaml", line: line, column: column))
        }
        let list = RuleSetLoader.load([
            Fixtures.file("a.yaml", "lists: {l: {file: l.txt}}"), RuleFile(path: "l.txt", content: [0xff]),
        ])
        #expect(list.diagnostics.map { "\($0.position.file) \($0.code)" } == ["l.txt not-text"])
    }

    @Test(
        "Nesting without end is one error with a place",
        arguments: ["[", "{", "- ", "? ", "{a: ", "[\"]\", ", "[']', "])
    func deep(_ opener: String) {
        let text =
            "# " + String(repeating: "]", count: 100_000) + "\nevents:\n  " + String(repeating: opener, count: 100_000)
        let result = bounded(text)
        #expect(result.diagnostics.count == 1)
        #expect(["too-deep", "not-yaml"].contains(result.diagnostics.first?.code))
        #expect((3...3).contains(result.diagnostics.first?.position.line ?? 0))
    }

    @Test("Nesting by indentation is one error with a place")
    func deepIndentation() {
        let text = (0..<2_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        let result = bounded(text)
        #expect(result.diagnostics.map(\.code) == ["too-deep"])
    }

    @Test(
        "Aliases that double again and again cost nothing",
        arguments: [
            "lists: {l: {values: *a39}}", "lists: {? *a39 : {}}", "lists: {*a39 : {}}", "lists: {[*a39]: {}}",
            "lists: *a39",
            "tests: *a39", "? *a39\n: x", "lists:\n  ? - *a39\n  : x",
        ])
    func aliasBomb(_ use: String) {
        let bomb = (1..<40).map { "  a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        let result = bounded("segments:\n  a0: &a0 [x, x]\n" + bomb + use + "\n")
        #expect(result.ruleSet == nil)
        #expect(result.diagnostics.allSatisfy { $0.position.line >= 1 && $0.position.line <= 45 })
    }

    @Test("A few aliases, and keys that are no words, are told apart from an attack")
    func fewAliases() {
        #expect(Fixtures.load("events: {a: &e {points: 1}, b: *e, c: *e}").diagnostics == [])
        #expect(Fixtures.load("events: {[a]: {points: 1}}").diagnostics.map(\.code) == ["bad-name"])
    }

    private func bounded(_ text: String) -> LoadResult {
        var result: LoadResult?
        let time = ContinuousClock().measure { result = Fixtures.load(text) }
        #expect(time < .seconds(2), "\(text.prefix(80))")
        return result ?? Fixtures.load("")
    }

    @Test("Changed at random, the example files load or are refused, quickly and with places")
    func mutations() throws {
        let files = try RuleFolder.read(Fixtures.examples)
        var random = SeededGenerator(seed: 20_261_001)
        let pieces = [
            "{", "}", "[", "]", ": ", "- ", "\n", "'", "\"", "&a ", "*a", "? ", "!!int ", "|\n", "\u{0}", "\t", "{{",
            "é", "<<: ", "%", "~",
        ]
        .map { Array($0.utf8) }
        let clock = ContinuousClock()
        var loaded = 0
        for round in 0..<2_000 {
            var mutated = files
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let index = Int.random(in: files.indices, using: &random)
                var content = mutated[index].content
                let place = Int.random(in: 0..<content.count, using: &random)
                let end = min(content.count, place + Int.random(in: 1..<12, using: &random))
                switch Int.random(in: 0..<5, using: &random) {
                case 0: content[place] = UInt8.random(in: 0...255, using: &random)
                case 1: content.removeSubrange(place..<end)
                case 2: content.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
                case 3:
                    content.insert(
                        contentsOf: content[place..<end], at: Int.random(in: 0..<content.count, using: &random))
                default: content.removeSubrange(place...)
                }
                mutated[index] = RuleFile(path: mutated[index].path, content: content.isEmpty ? [0x0a] : content)
            }
            var result: LoadResult?
            let time = clock.measure { result = RuleSetLoader.load(mutated) }
            #expect(time < .seconds(1), "round \(round)")
            let found = try #require(result)
            #expect((found.ruleSet == nil) == (found.errorCount > 0), "round \(round)")
            if found.ruleSet != nil { loaded += 1 }
            let text = DiagnosticText(files: mutated, isColoured: false)
            for diagnostic in found.diagnostics.prefix(5) {
                #expect(
                    diagnostic.position.line >= 1 && diagnostic.position.column >= 1, "round \(round): \(diagnostic)")
                #expect(!text.render(diagnostic).isEmpty)
            }
        }
        // Otherwise the changes would test the YAML parser alone.
        #expect((50...1_950).contains(loaded), "\(loaded) of 2,000 loaded")
    }

    @Test("Ten thousand campaigns with three conditions each load within seconds")
    func large() throws {
        var text = Fixtures.base + "campaigns:\n"
        for index in 0..<10_000 {
            text += """
                  c\(index):
                    when: account.employees > \(index) && visitor.seniority == "manager"
                    excluded: in_segment('known') || is_icp('mary')
                    pages: {hero: {v: {when: account.industry == "i\(index)", fields: {headline: "Hi \(index)"}}}}

                """
        }
        var result: LoadResult?
        let time = ContinuousClock().measure { result = Fixtures.load(text) }
        #expect(result?.diagnostics == [])
        #expect(result?.ruleSet?.campaigns.count == 10_000)
        #expect(time < .seconds(10), "\(time)")
    }
}
