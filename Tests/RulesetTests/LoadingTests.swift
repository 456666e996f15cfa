internal import Foundation
internal import Ruleset
internal import Testing

@Suite("Rule sets are read and loaded")
struct LoadingTests {
    @Test(
        "The rule sets that come with Bespoke load without an error",
        arguments: [Fixtures.examples, Fixtures.configured])
    func shipped(_ folder: String) throws {
        let files = try RuleFolder.read(folder)
        let result = RuleSetLoader.load(files)
        #expect(Fixtures.errors(result) == [])
        let ruleSet = try #require(result.ruleSet)
        #expect(!ruleSet.campaigns.isEmpty && !ruleSet.icps.isEmpty && !ruleSet.tests.isEmpty)
        #expect(ruleSet.revision == RuleSetLoader.revision(files))
    }

    @Test("The example set becomes what it says")
    func example() throws {
        let ruleSet = try #require(RuleSetLoader.load(RuleFolder.read(Fixtures.examples)).ruleSet)
        #expect(ruleSet.campaigns.map(\.name) == ["demo_q4", "education", "self_serve", "credit_offer", "renewal"])
        #expect(ruleSet.campaigns.map(\.priority) == [100, 90, 200, 50, 60])
        #expect(ruleSet.icps.map(\.isNegative) == [false, false, true])
        #expect(ruleSet.icps.first?.criteria.map(\.points) == [25, 20, 20, 10, 10, 5, 5, 5, -20])
        #expect(ruleSet.engagement.map(\.name) == ["hot", "warm", "cold"])
        #expect(ruleSet.experiments.map(\.slots) == [0..<500_000, 500_000..<1_000_000, nil])
        #expect(ruleSet.holdout?.share == 0.02)
        #expect(ruleSet.events.first?.halfLifeSeconds == Int64(1_209_600))
        let landing = try #require(ruleSet.campaigns.first?.variants.first { $0.name == "landing_speed" })
        #expect(landing.schedule?.days == 0b1_1111)
        #expect(landing.schedule?.minutes == 540..<1_080)
        #expect(landing.position == SourcePosition(file: "campaigns.yaml", line: 37, column: 9))
    }

    // MARK: Revision

    @Test("The revision depends on content and path, not on order")
    func revision() {
        let a = Fixtures.file("a.yaml", "x")
        let b = Fixtures.file("b.yaml", "y")
        let revision = RuleSetLoader.revision([a, b])
        #expect(RuleSetLoader.revision([b, a]) == revision)
        #expect(revision.digest.count == 32 && revision.digest.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        let others = [
            [a], [a, Fixtures.file("b.yaml", "z")], [a, Fixtures.file("c.yaml", "y")],
            [Fixtures.file("a.yaml", "y"), Fixtures.file("b.yaml", "x")],
            [Fixtures.file("a.yaml", ""), Fixtures.file("b.yaml", "xy")], [],
        ]
        #expect(Set(others.map(RuleSetLoader.revision) + [revision]).count == others.count + 1)
    }

    // MARK: Folders

    @Test("A folder is read with those within it, sorted; hidden and other files are passed over")
    func folder() throws {
        try withFolder { root in
            try write("b.yaml", "b", root)
            try write("a/list.txt", "a", root)
            try write("c.yml", "", root)
            try write("readme.md", "no", root)
            try write(".hidden.yaml", "no", root)
            try FileManager.default.createSymbolicLink(atPath: root + "/d.yaml", withDestinationPath: "b.yaml")
            let files = try RuleFolder.read(root)
            #expect(files.map(\.path) == ["a/list.txt", "b.yaml", "c.yml", "d.yaml"])
            #expect(files.map { String(decoding: $0.content, as: UTF8.self) } == ["a", "b", "", "b"])
        }
    }

    @Test("A link that leads out of the folder is refused", arguments: ["../out.yaml", "/etc", "/etc/passwd"])
    func linkOut(_ target: String) throws {
        try withFolder { outer in
            try write("out.yaml", "x: y", outer)
            try write("rules/a.yaml", "events: {}", outer)
            try FileManager.default.createSymbolicLink(atPath: outer + "/rules/z.yaml", withDestinationPath: target)
            let error = #expect(throws: RuleFolderError.self) { try RuleFolder.read(outer + "/rules") }
            #expect(error?.problem == "is a link that leads out of the rule folder")
            #expect(error?.path.hasSuffix("/rules/z.yaml") == true)
        }
    }

    @Test("A link in a circle, a dangling link and a missing folder are named")
    func unreadable() throws {
        try withFolder { root in
            let missing = #expect(throws: RuleFolderError.self) { try RuleFolder.read(root + "/none") }
            #expect(missing?.description == root + "/none: No such file or directory")
            try write("a.yaml", "events: {}", root)
            let file = #expect(throws: RuleFolderError.self) { try RuleFolder.read(root + "/a.yaml") }
            #expect(file?.problem == "is a file; name the folder in which it lies")
            try write("rules/a.yaml", "events: {}", root)
            let misspelled = #expect(throws: RuleFolderError.self) { try RuleFolder.read(root + "/ruels") }
            #expect(misspelled?.problem == "No such file or directory; did you mean `\(root)/rules`?")
            try FileManager.default.createSymbolicLink(atPath: root + "/b.yaml", withDestinationPath: "gone.yaml")
            let error = #expect(throws: RuleFolderError.self) { try RuleFolder.read(root) }
            #expect(error?.path.hasSuffix("/b.yaml") == true)
        }
        try withFolder { root in
            try FileManager.default.createSymbolicLink(atPath: root + "/loop", withDestinationPath: ".")
            let error = #expect(throws: RuleFolderError.self) { try RuleFolder.read(root) }
            #expect(error != nil)
        }
    }

    @Test("More files or bytes than may be are not read")
    func tooMuch() throws {
        try withFolder { root in
            try write("a.yaml", "12345", root)
            try write("b.yaml", "12345", root)
            var limits = LoadLimits()
            limits.totalBytesMax = 10
            limits.fileCountMax = 2
            #expect(try RuleFolder.read(root, limits: limits).count == 2)
            limits.totalBytesMax = 9
            #expect(throws: RuleFolderError.self) { try RuleFolder.read(root, limits: limits) }
            limits.totalBytesMax = 10
            limits.fileCountMax = 1
            #expect(throws: RuleFolderError.self) { try RuleFolder.read(root, limits: limits) }
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func write(_ path: String, _ text: String, _ root: String) throws {
        let url = URL(filePath: root).appending(path: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}
