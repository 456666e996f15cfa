internal import Foundation
internal import Ruleset
internal import Testing

@Suite("SARIF is what editors and CI take")
struct SARIFTests {
    private static let files = [
        Fixtures.file("sub folder/é.yaml", "segments: {x: \"nonsense \\\" \\\\\"}\n"),
        Fixtures.file("z.yaml", "events:\n  e: {point: 3}\n"),
    ]

    private static func log(_ page: String?) throws -> [String: Any] {
        let text = SARIF.log(RuleSetLoader.load(files).diagnostics, files: files, version: "1.0", page: page)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("The log has one run with all rules, each with help and a link")
    func rules() throws {
        let log = try Self.log("https://bespoke.example/lint.md")
        #expect(log["version"] as? String == "2.1.0")
        let runs = try #require(log["runs"] as? [[String: Any]])
        #expect(runs.count == 1)
        #expect(runs[0]["columnKind"] as? String == "unicodeCodePoints")
        let driver = try #require((runs[0]["tool"] as? [String: Any])?["driver"] as? [String: Any])
        #expect(driver["name"] as? String == "bespokectl")
        let rules = try #require(driver["rules"] as? [[String: Any]])
        #expect(rules.map { $0["id"] as? String } == DiagnosticCode.all.map(\.name))
        for rule in rules {
            let id = try #require(rule["id"] as? String)
            #expect(rule["helpUri"] as? String == "https://bespoke.example/lint.md#\(id)")
            for key in ["help", "shortDescription", "fullDescription"] {
                let text = (rule[key] as? [String: Any])?["text"] as? String
                #expect(text?.isEmpty == false, "\(id) \(key)")
            }
            let level = (rule["defaultConfiguration"] as? [String: Any])?["level"] as? String
            #expect(level == "error" || level == "warning")
        }
    }

    @Test("A result names its rule, its file as a reference and the region of the word")
    func results() throws {
        let runs = try #require(try Self.log(nil)["runs"] as? [[String: Any]])
        let results = try #require(runs[0]["results"] as? [[String: Any]])
        #expect(results.count == RuleSetLoader.load(Self.files).diagnostics.count)
        let last = try #require(results.last)
        #expect(last["ruleId"] as? String == "unknown-key")
        let index = try #require(last["ruleIndex"] as? Int)
        #expect(DiagnosticCode.all[index].name == "unknown-key")
        #expect(last["level"] as? String == "error")
        let message = (last["message"] as? [String: Any])?["text"] as? String
        #expect(message == "`point` is not a key of an event. Did you mean `points`?")
        let location = ((last["locations"] as? [[String: Any]])?.first?["physicalLocation"]) as? [String: Any]
        #expect((location?["artifactLocation"] as? [String: Any])?["uri"] as? String == "z.yaml")
        #expect(
            location?["region"] as? [String: Int] == ["startLine": 2, "startColumn": 7, "endLine": 2, "endColumn": 12])
        let first = ((results.first?["locations"] as? [[String: Any]])?.first?["physicalLocation"]) as? [String: Any]
        #expect((first?["artifactLocation"] as? [String: Any])?["uri"] as? String == "sub%20folder/%C3%A9.yaml")
    }

    @Test("Nothing found is a log without results")
    func nothing() throws {
        let text = SARIF.log([], files: [], version: "1.0")
        let log = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let runs = try #require(log["runs"] as? [[String: Any]])
        #expect((runs[0]["results"] as? [Any])?.isEmpty == true)
    }
}
