internal import Foundation
internal import Ruleset
internal import Testing

@Suite("What the documentation says is so")
struct DocumentationTests {
    private static let folder = Fixtures.packageRoot.appending(path: "docs")

    private static func page(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// The blocks that say in which file they stand.
    private static func snippets(_ page: String) -> [RuleFile] {
        page.components(separatedBy: "```yaml\n").dropFirst().compactMap { part in
            let text = part.components(separatedBy: "\n```").first ?? ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard let first = lines.first, first.hasPrefix("# file: ") else { return nil }
            return Fixtures.file(String(first.dropFirst("# file: ".count)), text)
        }
    }

    @Test("The snippets of the tutorial are one sound rule set")
    func tutorial() throws {
        let files = Self.snippets(try Self.page("rules.md"))
        #expect(files.count >= 8)
        let result = RuleSetLoader.load(files)
        #expect(result.diagnostics == [])
        let ruleSet = try #require(result.ruleSet)
        #expect(ruleSet.lists.last?.values == ["parcels.example", "island-tours.example"])
        #expect(ruleSet.campaigns.count == 2 && ruleSet.tests.count == 3)
    }

    @Test("The message that the tutorial shows is the one that comes")
    func message() throws {
        let files = [
            Fixtures.file("attributes.yaml", "attributes: {account: {employees: {type: int}}}"),
            Fixtures.file("customers.yaml", "segments:\n  large: account.employes > 50\n"),
        ]
        let diagnostic = try #require(RuleSetLoader.load(files).diagnostics.first)
        let text = DiagnosticText(files: files, isColoured: false).render(diagnostic)
        let shown = text.split(separator: "\n").map { "    " + $0 + "\n" }.joined()
        #expect(try Self.page("rules.md").contains(shown), "\(shown)")
    }

    @Test("The reference is what the tables say")
    func reference() throws {
        #expect(try Self.page("reference.md") == ReferencePage.markdown())
    }

    @Test("The tutorial explains every code that is tested")
    func codes() throws {
        let page = try Self.page("rules.md")
        for code in Set((BrokenRules.files + BrokenRules.audience + BrokenRules.offer + BrokenRules.trust).map(\.code))
        {
            #expect(page.contains("`\(code)`"), "\(code)")
        }
    }
}
