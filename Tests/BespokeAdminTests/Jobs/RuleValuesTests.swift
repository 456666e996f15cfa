internal import BespokeAdmin
internal import Messages
internal import Model
internal import Ruleset
internal import TestSupport
internal import Testing

/// What commands on rules show and write, as values.
@Suite struct RuleValuesTests {
    private static let rules = """
        attributes:
          visitor: {title: {type: string}}
        events: {visit: {points: 1}}
        placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
        segments:
          bosses: visitor.title == 'CEO'

        """

    private func folder(_ rules: String = Self.rules) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try Files.replaceWhole(folder.path + "/rules.yaml", Array(rules.utf8))
        return folder
    }

    private func content(_ folder: TemporaryFolder, _ name: String = "rules.yaml") throws -> String {
        String(decoding: try Files.content(folder.path + "/" + name, bytesMax: 1 << 20), as: UTF8.self)
    }

    private func served(_ rules: String) -> GetRulesResponse {
        GetRulesResponse(revision: "r", files: [RuleFileMessage(path: "rules.yaml", content: Array(rules.utf8))])
    }

    // MARK: Renaming

    @Test func `A name changes wherever it stands once it is written, and not before`() throws {
        let folder = try folder()
        let renamed = try RenamedFolder(
            folder.path, "attribute", from: "visitor.title", to: "visitor.job", mappings: [])
        #expect(try content(folder) == Self.rules)
        #expect(renamed.text(isWritten: false).contains("+   bosses: visitor.job == 'CEO'"))
        #expect(renamed.text(isWritten: false).hasSuffix("1 file would change\n"))
        try renamed.write()
        #expect(try content(folder).contains("visitor.job == 'CEO'") && !content(folder).contains("visitor.title"))
        #expect(renamed.text(isWritten: true).hasSuffix("1 file changed\n"))
        #expect(renamed.json(isWritten: true).line().contains("\"written\": true"))
    }

    @Test func `A mapping that names it changes too`() throws {
        let folder = try folder()
        let mapping = folder.path + "/contacts.mapping"
        try Files.replaceWhole(mapping, Array("kind: visitor\nid: Id\ncolumns: {Job: title}\n".utf8))
        let renamed = try RenamedFolder(
            folder.path, "attribute", from: "visitor.title", to: "visitor.job", mappings: [mapping])
        try renamed.write()
        #expect(try content(folder, "contacts.mapping").contains("{Job: job}"))
    }

    @Test(arguments: [("attribute", "visitor.size"), ("experiment", "button"), ("attribute", "title")])
    func `What is not there, or keeps its name, is refused`(kind: String, name: String) throws {
        let folder = try folder()
        #expect(throws: Failure.self) { try RenamedFolder(folder.path, kind, from: name, to: "other", mappings: []) }
        #expect(throws: Failure.self) {
            try RenamedFolder(folder.path, "segment", from: "bosses", to: "heads", mappings: [folder.path + "/none"])
        }
        #expect(!RenamedFolder.kinds.contains("experiment") && RenamedFolder.kinds.contains("segment"))
    }

    // MARK: Pushing

    @Test func `A folder's files become a push, and what is not read is said`() throws {
        let folder = try folder()
        try Files.replaceWhole(folder.path + "/notes.yaml.bak", [])
        let contents = try FolderContents(folder.path)
        let request = PushRulesRequest(rules: contents.files, author: "ann", reason: "why", expectedRevision: "r1")
        #expect(request.files.map(\.path) == ["rules.yaml"] && request.files[0].content == Array(Self.rules.utf8))
        #expect((request.author, request.reason, request.expectedRevision) == ("ann", "why", "r1"))
        let check = CheckRulesRequest(rules: contents.files, isAgainstServed: true)
        #expect(check.files == request.files && check.isAgainstServed)
        #expect(throws: Failure.self) { try FolderContents(folder.path + "/none") }
    }

    @Test func `Only what an edit has changed is written`() throws {
        let folder = try folder()
        try Files.replaceWhole(folder.path + "/more.yaml", Array("lists: {}\n".utf8))
        let old = try FolderContents(folder.path).files
        var new = old
        let place = try #require(new.firstIndex { $0.path == "rules.yaml" })
        new[place] = RuleFile(path: "rules.yaml", content: Array("events: {}\n".utf8))
        try Files.replaceWhole(folder.path + "/more.yaml", Array("# meanwhile\n".utf8))
        try RuleTools.write(new, over: old, in: folder.path)
        #expect(try content(folder) == "events: {}\n" && content(folder, "more.yaml") == "# meanwhile\n")
    }

    @Test func `A revision is that of what the daemon would serve`() throws {
        let folder = try folder()
        let files = [RuleFile(path: "rules.yaml", content: Array(Self.rules.utf8))]
        let expected = try #require(RuleSetLoader.load(files).ruleSet).revision.digest
        #expect(try RuleTools.revision(folder.path) == expected)
        let broken = try self.folder("events: [")
        defer { withExtendedLifetime((folder, broken)) {} }
        #expect(try RuleTools.revision(broken.path) == "not readable")
        #expect(throws: Failure.self) { try RuleTools.revision(folder.path + "/none") }
    }

    @Test func `What changes is told, and nothing of what does not`() {
        let old = served(Self.rules).ruleFiles
        let new = served(Self.rules + "lists: {names: [ann]}\n").ruleFiles
        #expect(RulePushing.difference(from: old, to: new).contains("names"))
        #expect(RulePushing.difference(from: old, to: old).isEmpty)
        #expect(RulePushing.difference(from: old, to: served("events: [").ruleFiles).isEmpty)
    }

    // MARK: Reverting

    @Test func `A push is taken back and what came after stays`() {
        let before = "a: 1\nb: 1\nc: 1\nd: 1\n"
        let pushed = "a: 2\nb: 1\nc: 1\nd: 1\n"
        let now = "a: 2\nb: 1\nc: 1\nd: 3\n"
        let reverted = RevertedPush(of: served(pushed), before: served(before), in: served(now))
        #expect(!reverted.isInConflict && reverted.changesAnything)
        #expect(reverted.files.map { String(decoding: $0.content, as: UTF8.self) } == ["a: 1\nb: 1\nc: 1\nd: 3\n"])
        let again = RevertedPush(of: served(pushed), before: served(before), in: served(before))
        #expect(!again.isInConflict && !again.changesAnything)
        let against = RevertedPush(of: served(pushed), before: served(before), in: served("a: 3\nb: 1\nc: 1\nd: 1\n"))
        #expect(against.isInConflict && against.text.contains("rules.yaml"))
        #expect(against.json.line().contains("\"served\": [\"a: 3\"]"))
    }

    // MARK: Mappings

    @Test func `A mapping that is wrong says so with its place, in one line and with carets`() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let path = folder.path + "/m.yaml"
        try Files.replaceWhole(path, Array("kind: visitor\nid: Id\ncolumns: {Job: titel}\n".utf8))
        let file = try MappingFile(path)
        let attributes = try #require(RuleSetLoader.load(served(Self.rules).ruleFiles).ruleSet).attributes
        #expect(MappingFile.settings(attributes) == ["visitor", "title", "string"])
        do {
            _ = try file.profiles(attributes)
            Issue.record("a wrong name is taken")
        } catch {
            #expect(error.line.contains("m.yaml:3:") && error.line.contains("titel"))
            #expect(error.text(isColoured: false).contains("^"))
        }
        #expect(throws: MappingFile.Problems.self) { try file.events(["visit"]) }
        try Files.replaceWhole(path, Array("kind: visitor\nid: Id\ncolumns: {Job: title}\n".utf8))
        #expect(throws: Never.self) { _ = try MappingFile(path).profiles(attributes) }
        #expect(file.text.contains("titel"))
        #expect(throws: Failure.self) { try MappingFile(path + ".none") }
    }
}

/// What commands on experiments ask, as values.
@Suite struct ExperimentValuesTests {
    @Test func `A plan says units and days, for one look and for many`() throws {
        let plan = try PlannedExperiment(baseline: 0.04, lift: 0.1, perDay: 1_000, alpha: 0.05, power: 0.8, arms: 2)
        let lines = plan.text.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("looked at once") && lines[1].contains("at any time"))
        #expect(plan.json.line().hasPrefix("{\"unitsPerArm\": "))
        #expect(throws: (any Error).self) {
            try PlannedExperiment(baseline: 0.04, lift: 0.1, perDay: 1_000, alpha: 2, power: 0.8, arms: 2)
        }
    }

    @Test func `A guard names a metric and how much harm is accepted`() {
        #expect(ResultsQuestion.Guarded("order=2%")?.metric == "order")
        #expect(ResultsQuestion.Guarded("a=b=0.001abs")?.metric == "a=b")
        for wrong in ["order", "=2%", "order=", "order=much", "order=-1"] {
            #expect(ResultsQuestion.Guarded(wrong) == nil, "\(wrong)")
        }
        #expect(ResultsQuestion.Margin("2%") != nil && ResultsQuestion.Margin("two") == nil)
    }

    @Test func `Numbers that make no question are refused in words`() throws {
        for (alpha, units) in [(0.0, 10_000), (0.05, 0)] {
            #expect(throws: Failure.self) {
                try ResultsQuestion(
                    experiment: "button", by: "", control: nil, kind: .binary, usesCovariate: false, alpha: alpha,
                    plannedUnits: units)
            }
        }
        let question = try ResultsQuestion(
            experiment: "button", by: "", control: "none", kind: .count, usesCovariate: false, alpha: 0.05,
            plannedUnits: 10_000)
        let arms = [ArmMomentsMessage(arm: "red"), ArmMomentsMessage(arm: "blue")]
        let counted = GetExperimentResponse(metric: "order", groups: [ExperimentGroupMessage(arms: arms)])
        #expect(throws: Failure.self) { try question.report(counted, isLessBetter: false, margin: nil) }
        #expect(ResultsQuestion.Kind.allCases.map(\.wire) == [.binary, .count, .value])
    }
}
