internal import Foundation
internal import Ruleset
internal import Testing

@Suite("The rule set to begin with")
struct StarterTests {
    private let files = StarterSet.files

    @Test("It loads without an error, and every main section is in it")
    func loads() throws {
        let result = RuleSetLoader.load(files)
        #expect(result.diagnostics == [])
        let set = try #require(result.ruleSet)
        #expect(set.icps.count == 3 && set.personas.count == 1 && set.roles.count == 2 && set.stages.count == 2)
        #expect(set.campaigns.count == 3 && set.placements.count == 2 && set.segments.count == 4)
        #expect(set.experiments.count == 1 && set.holdout != nil && set.layers.count == 1 && set.routes.count == 1)
        #expect(set.policies.consent.count == 2 && set.policies.blocked.count == 1 && set.tests.count == 6)
        #expect(set.lists.first?.values == ["marlow-finch.example", "northpier.example"])
    }

    @Test("There is nothing to say against it")
    func lint() {
        let found = RuleSetLint.check(RuleSetLoader.load(files), files: files, today: "2026-11-23")
        #expect(found == [])
    }

    @Test("Every section of the reference stands in it")
    func complete() {
        let text = files.map { String(decoding: $0.content, as: UTF8.self) }.joined(separator: "\n")
        let lines = Set(text.split(separator: "\n").map { String($0.prefix { $0 != ":" }) })
        for section in KeyTable.file.names { #expect(lines.contains(section), "\(section)") }
    }

    @Test("It is in canonical form")
    func canonical() throws {
        for file in files {
            let result = try RuleFormatter.format(file)
            let formatted = String(decoding: result.content, as: UTF8.self)
            #expect(result.note == nil)
            #expect(formatted == String(decoding: file.content, as: UTF8.self), "\(file.path)")
        }
    }

    @Test("Editors find the schema beside the files")
    func schema() throws {
        let schema = try #require(files.first { $0.path == StarterSet.schemaName })
        #expect(String(decoding: schema.content, as: UTF8.self) == RuleSchema.json())
        for file in files where file.path.hasSuffix(".yaml") {
            #expect(file.content.starts(with: Array("# yaml-language-server: $schema=\(schema.path)\n".utf8)))
        }
    }
}
