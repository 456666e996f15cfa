import Decisioning
import Foundation
import Ruleset
import Testing

@Suite("W35: the tutorial's snippets are rules")
struct TutorialTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/rules.md")

    @Test("W35: all of them in one folder pass the check, lint and their tests")
    func together() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let files = text.components(separatedBy: "```yaml\n").dropFirst().enumerated().map { number, part in
            let block = (part.components(separatedBy: "\n```").first ?? "") + "\n"
            let title = block.prefix { $0 != "\n" }
            let path = title.hasPrefix("# file: ") ? String(title.dropFirst(8)) : "snippet\(number).yaml"
            return RuleFile(path: path, content: Array(block.utf8))
        }
        #expect(files.count >= 10)
        let check = RuleCheck(files, today: "2026-11-20")
        #expect(check.diagnostics == [])
        #expect(check.testFailures.isEmpty, "\(check.testFailures)")
        #expect(check.isAccepted)
        #expect(try #require(check.ruleSet).tests.count == 5)
    }
}
