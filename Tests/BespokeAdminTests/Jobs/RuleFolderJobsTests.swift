import BespokeAdmin
import Messages
import Model
import Ruleset
import TestSupport
import Testing

@Suite struct RuleFolderJobsTests {
    private let folder = TemporaryFolder()

    private func write(_ name: String, _ text: String) { writeFile(folder.path + "/" + name, Array(text.utf8)) }

    private func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    @Test func `A new folder is checked, formatted, tested and begun from no revision`() throws {
        let path = folder.path + "/new"
        let written = try NewFolder(path)
        #expect(written.text.hasPrefix("Wrote ") && written.text.contains("bespokectl rules check \(path)"))
        #expect(written.json.line().contains("\"folder\": \"\(path)\""))
        let checked = try CheckedFolder(path)
        #expect(checked.isRuleSet && checked.response.accepted && checked.response.tests > 0)
        #expect(try !FormattedFolder(path).isChanged)
        #expect(try RuleFolderState(path, daemon: "anywhere").revision == FolderRevision.noRevision)
        #expect(code { _ = try NewFolder(path) } != nil)
    }

    @Test func `Formatting says what changes, writes it, and then nothing changes`() throws {
        write("rules.yaml", "segments:\n      a:   \"true\"\n")
        let before = try FormattedFolder(folder.path)
        #expect(before.isChanged)
        #expect(before.text(isWritten: false) == "rules.yaml: differs\n1 of 1 file would change\n")
        #expect(before.json.line() == "{\"files\": [{\"path\": \"rules.yaml\", \"changed\": true}]}")
        try before.write()
        let after = try FormattedFolder(folder.path)
        #expect(!after.isChanged && after.text(isWritten: true) == "0 of 1 file changed\n")
        #expect(folder.names() == ["rules.yaml"])
    }

    @Test func `What is no YAML is refused with its place, and nothing is written`() {
        write("rules.yaml", "segments: [\n")
        #expect(code { try FormattedFolder(folder.path).write() } == "INVALID_ARGUMENT")
        #expect(code { _ = try CheckedFolder(folder.path + "/nowhere") } == "FAILED")
    }

    @Test func `A checked folder renders what it found for people, editors and build servers`() throws {
        write("rules.yaml", "segments:\n  a: visitor.nobody == 1\n")
        let checked = try CheckedFolder(folder.path)
        #expect(!checked.isRuleSet && !checked.response.accepted && checked.reachedShare == nil)
        #expect(checked.diagnosticText(isColoured: false).contains("rules.yaml:2:"))
        #expect(checked.sarif(version: "1").contains("\"rules.yaml\""))
        #expect(checked.junit.contains("<testsuite"))
        #expect(checked.coverageText(listsMissed: true, style: Style(isColoured: false)).isEmpty)
        #expect(!checked.testJSON.line().contains("coverage"))
    }

    @Test func `Coverage is part of what is said of a rule set`() throws {
        write("rules.yaml", "segments:\n  a: \"true\"\n")
        let checked = try CheckedFolder(folder.path)
        #expect(checked.isRuleSet && checked.reachedShare != nil)
        #expect(checked.testJSON.line().contains("\"coverage\""))
        #expect(!checked.coverageText(listsMissed: false, style: Style(isColoured: false)).isEmpty)
    }

    @Test func `Two rule sets are compared by what they say`() throws {
        func files(_ condition: String) -> RuleFiles {
            [RuleFile(path: "rules.yaml", content: Array("segments:\n  a: \"\(condition)\"\n".utf8))]
        }
        let same = try ComparedRules(from: files("true"), to: files("true"))
        #expect(!same.isChanged && same.text == "The rules say the same.\n")
        let other = try ComparedRules(from: files("true"), to: files("false"))
        #expect(other.isChanged && other.text.contains("a changed"))
        #expect(other.json.line().contains("\"change\": \"changed\""))
        #expect(code { _ = try ComparedRules(from: files("true"), to: files("\"")) } == "INVALID_ARGUMENT")
    }

    @Test func `Codes and sections are explained, others answered with the nearest`() throws {
        #expect(try RuleReferenceText.markdown(of: "unreachable", isOfCodes: false).contains("### unreachable"))
        #expect(try RuleReferenceText.markdown(of: "campaigns", isOfCodes: false).contains("`priority`"))
        let pages = try [true, false].map { try RuleReferenceText.markdown(of: nil, isOfCodes: $0) }
        #expect(pages[0] != pages[1])
        do {
            _ = try RuleReferenceText.markdown(of: "campaing", isOfCodes: false)
            Issue.record("there is no such section")
        } catch {
            #expect(error.message?.contains("did you mean `campaigns`?") == true)
        }
    }
}
