internal import Foundation
internal import Ruleset
internal import Testing

@Suite("What the guide to writing rules shows is what comes")
struct RulesGuideTests {
    private func page() throws -> String {
        try String(contentsOf: Fixtures.packageRoot.appending(path: "docs/rules.md"), encoding: .utf8)
    }

    /// Fenced blocks by their first line.
    private func blocks() throws -> [(title: String, text: String)] {
        try page().components(separatedBy: "```yaml\n").dropFirst().map { part in
            let lines = (part.components(separatedBy: "\n```").first ?? "").components(separatedBy: "\n")
            return (lines[0], lines.dropFirst().joined(separator: "\n") + "\n")
        }
    }

    private func tutorial() throws -> [RuleFile] {
        try blocks().filter { $0.title.hasPrefix("# file: ") }.map {
            Fixtures.file(String($0.title.dropFirst("# file: ".count)), $0.text)
        }
    }

    @Test("Every block of rules is shown for a reason that a test knows")
    func known() throws {
        for block in try blocks() {
            let isKnown = ["# file: ", "# before: ", "# after: "].contains { block.title.hasPrefix($0) }
            #expect(isKnown, "\(block.title)")
        }
    }

    @Test("Followed from the first step to the last, each step leaves only what later steps declare to be mended")
    func steps() throws {
        let files = try tutorial()
        for count in 1...files.count {
            let result = RuleSetLoader.load(Array(files.prefix(count)))
            let errors = Fixtures.errors(result).filter { $0.code != "unresolved-name" }
            #expect(errors == [], "after \(files[count - 1].path)")
        }
        #expect(Fixtures.errors(RuleSetLoader.load(files)) == [])
    }

    @Test("Formatting does what the guide shows")
    func format() throws {
        let blocks = try blocks()
        let before = try #require(blocks.first { $0.title == "# before: format" })
        let after = try #require(blocks.first { $0.title == "# after: format" })
        let result = try RuleFormatter.format(Fixtures.file("campaigns.yaml", before.text))
        #expect(String(decoding: result.content, as: UTF8.self) == after.text)
    }

    @Test("The comparison that the guide shows is the one that comes")
    func difference() throws {
        let changes = [
            ("between(account.employees, 10, 500)", "between(account.employees, 10, 800)"),
            ("priority: 200", "priority: 90"),
            ("employees: 501", "employees: 801"),
        ]
        let old = try tutorial()
        let new = old.map { file in
            let text = changes.reduce(String(decoding: file.content, as: UTF8.self)) { $0.replacing($1.0, with: $1.1) }
            return Fixtures.file(file.path, text)
        }
        let text = try RuleSetDifference(from: old, to: new).text()
        let shown = "```text\n\(text)```\n"
        #expect(try page().contains(shown), "\(shown)")
    }
}
