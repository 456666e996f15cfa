internal import TestSupport
internal import Foundation
internal import Ruleset
internal import Testing

@Suite("Rule files are written in one form")
struct FormatTests {
    private func format(_ text: String) throws -> (text: String, note: String?) {
        let result = try RuleFormatter.format(Fixtures.file("rules.yaml", text))
        return (String(decoding: result.content, as: UTF8.self), result.note)
    }

    @Test(
        "A shipped rule set says the same afterwards, keeps its comments, and formatting it again changes nothing",
        arguments: [Fixtures.examples, Fixtures.configured])
    func shipped(_ folder: String) throws {
        let files = try RuleFolder.read(folder)
        let formatted = try files.map { file in
            let result = try RuleFormatter.format(file)
            #expect(result.note == nil, "\(file.path)")
            return RuleFile(path: file.path, content: result.content)
        }
        #expect(formatted != files)
        #expect(try RuleSetDifference(from: files, to: formatted).entries == [])
        #expect(comments(formatted) == comments(files))
        #expect(try formatted.map { try RuleFormatter.format($0).content } == formatted.map(\.content))
        let old = RuleSetLoader.load(files)
        let new = RuleSetLoader.load(formatted)
        #expect(Fixtures.errors(new) == [] && old.diagnostics.map(\.message) == new.diagnostics.map(\.message))
        let before = try #require(old.ruleSet)
        let after = try #require(new.ruleSet)
        #expect(before.campaigns.map(\.name) == after.campaigns.map(\.name))
        #expect(before.attributes.map(\.name) == after.attributes.map(\.name))
        #expect(
            before.icps.flatMap { $0.criteria.map(\.points) } == after.icps.flatMap { $0.criteria.map(\.points) })
    }

    /// Whole-line comments, found in another way than the formatter's.
    private func comments(_ files: [RuleFile]) -> [String] {
        files.flatMap { file in
            String(decoding: file.content, as: UTF8.self).split(separator: "\n").map {
                $0.trimmingCharacters(in: .whitespaces)
            }.filter { file.path.hasSuffix(".yaml") && $0.hasPrefix("#") }
        }.sorted()
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let before: String
        let after: String

        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "sections stand in the order of the reference, a blank line between them",
            before: "tests: []\nsegments: {a: has(x)}\n\n\nevents: {}\n",
            after: "events: {}\n\nsegments: {a: has(x)}\n\ntests: []\n"),
        Case(
            name: "keys of a table have its order, names keep theirs",
            before: "campaigns:\n  b: {priority: 1, title: x}\n  a:\n    when: c\n    title: d\n",
            after: "campaigns:\n  b: {title: x, priority: 1}\n  a:\n    title: d\n    when: c\n"),
        Case(
            name: "two spaces a level",
            before: "icps:\n    a:\n        required:\n        -   x\n        -   y\n",
            after: "icps:\n  a:\n    required:\n      - x\n      - y\n"),
        Case(
            name: "quotes stay only where needed",
            before: """
                segments:
                  a: "has(x)"
                  b: 'x == "y"'
                  c: '"y" in x'
                  d: 'it''s'
                  e: "true"
                  f: "12"
                  g: ""
                  h: "~"
                  i: "x: y"
                  j: 'x # y'
                  k: "2027-01-01"
                  l: "\\ttab"
                  m: {n: "a, b", o: "a b", p: "a?"}

                """,
            after: """
                segments:
                  a: has(x)
                  b: x == "y"
                  c: '"y" in x'
                  d: it's
                  e: "true"
                  f: "12"
                  g: ""
                  h: "~"
                  i: "x: y"
                  j: "x # y"
                  k: "2027-01-01"
                  l: "\\ttab"
                  m: {n: "a, b", o: a b, p: "a?"}

                """),
        Case(
            name: "what the author names is aligned in groups",
            before: "roles:\n  a: x\n  long: y\n  # group\n  b:      z\n",
            after: "roles:\n  a:    x\n  long: y\n  # group\n  b: z\n"),
        Case(
            name: "comments go where their entries go",
            before:
                "# File.\n\n# Tests.\ntests: # t\n  - expect: {icp: x} # e\n    # above name\n    name: y\n\n# S.\nsegments:\n  a: b\n  # last\n# end\n",
            after:
                "# File.\n\n# S.\nsegments:\n  a: b\n  # last\n\n# Tests.\ntests:  # t\n  # above name\n  - name: y\n    expect: {icp: x}  # e\n\n# end\n"
        ),
        Case(
            name: "brackets over several lines become lines",
            before: "lists:\n  a: {values: [\n    one, # first\n    'two, three'\n  ]}\n",
            after: "lists:\n  a:\n    values:\n      - one  # first\n      - two, three\n"),
        Case(
            name: "block texts keep their lines",
            before: "segments:\n     a: >- # why\n        x\n          # no comment\n\n        y\n     b: |\n      z\n",
            after: "segments:\n  a: >-  # why\n    x\n      # no comment\n\n    y\n  b: |\n    z\n"),
        Case(name: "line ends become one kind", before: "events:\r\n  a: {}\r\n", after: "events:\n  a: {}\n"),
        Case(name: "unknown keys stay, last", before: "x: 1\nevents: {}\n", after: "events: {}\n\nx: 1\n"),
        Case(name: "text over two lines is one", before: "segments:\n  a: x\n    y\n", after: "segments:\n  a: x y\n"),
    ]

    @Test("The canonical form", arguments: cases)
    func canonical(_ example: Case) throws {
        let result = try format(example.before)
        #expect(result.note == nil)
        #expect(result.text == example.after)
        #expect(try format(example.after).text == example.after)
    }

    @Test(
        "What cannot be rewritten safely stays as it is, with a note",
        arguments: [
            ("segments: &a {}\nevents: *a\n", "anchor"), ("---\nevents: {}\n", "document marks"),
            ("segments:\n  a: |+\n    x\n\n", "keeps empty lines"), ("events: !!map {}\n", "tag"),
            ("? [a]\n: b\n", "not a word"), ("- a\n", "not a mapping"), ("events: {}\u{2028}\n", "line breaks"),
        ])
    func left(_ text: String, _ word: String) throws {
        let result = try format(text)
        #expect(result.text == text)
        #expect(result.note?.contains(word) == true, "\(result.note ?? "no note")")
    }

    @Test("Files of comments only, and lists, are left alone")
    func comments() throws {
        #expect(try format("# only\n").text == "# only\n")
        let list = Fixtures.file("list.txt", "b\n  a\n")
        #expect(try RuleFormatter.format(list).content == list.content)
    }

    @Test("What is not YAML is refused with its place")
    func refused() {
        let error = #expect(throws: Diagnostic.self) { try format("events: {") }
        #expect(error?.code == "not-yaml")
    }

    @Test("Mutated files are refused, left, or say the same afterwards")
    func mutated() throws {
        let files = try RuleFolder.read(Fixtures.examples).filter { $0.path.hasSuffix(".yaml") }
        var random = SeededGenerator(seed: 20_261_123)
        let pieces = [
            "#", " # c", "'", "\"", ":", ": ", "- ", "\n", "\n\n", "{", "}", "[", "]", ",", "|", ">-\n", "  ", "x",
        ]
        for file in files {
            for _ in 0..<60 {
                var content = file.content
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let at = Int.random(in: 0..<content.count, using: &random)
                    let piece = pieces.randomElement(using: &random) ?? "x"
                    content.replaceSubrange(at..<at + (Bool.random(using: &random) ? 1 : 0), with: Array(piece.utf8))
                }
                let mutant = RuleFile(path: file.path, content: content)
                guard let result = try? RuleFormatter.format(mutant) else { continue }
                let after = RuleFile(path: file.path, content: result.content)
                #expect(
                    try RuleSetDifference(from: [mutant], to: [after]).entries == [],
                    "\(String(decoding: content, as: UTF8.self))")
                #expect(try RuleFormatter.format(after).content == result.content)
            }
        }
    }
}
