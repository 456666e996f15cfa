internal import Foundation
internal import Ruleset
internal import Testing

@Suite("Checks teach: each code has its page, its mistake and its way out")
struct LintTests {
    static let today = "2026-11-20"

    /// The base, without what would hide the mistake.
    private static func base(_ code: String) -> String {
        guard code == "universal-icp", let start = Fixtures.base.range(of: "icps:\n"),
            let end = Fixtures.base.range(of: "placements:\n")
        else { return Fixtures.base }
        return Fixtures.base.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
    }

    static func beside(_ text: String, code: String = "") -> [RuleFile] {
        [
            Fixtures.file("base.yaml", base(code)), Fixtures.file("lists/rivals.txt", "a.example\n"),
            Fixtures.file("rules.yaml", text),
        ]
    }

    static func check(_ files: [RuleFile]) -> [Diagnostic] {
        RuleSetLint.check(RuleSetLoader.load(files), files: files, today: today)
    }

    /// What is wrong where no rule text shows it.
    private static func files(_ code: String) -> [RuleFile] {
        let rules = Fixtures.file("rules.yaml", "segments: {}")
        switch code {
        case "empty": return [Fixtures.file("rules.txt", "x")]
        case "bad-path": return [Fixtures.file("../rules.yaml", "segments: {}")]
        case "duplicate-file": return [rules, rules]
        case "empty-file": return [rules, Fixtures.file("more.yaml", "# segments: {}\n")]
        case "unread-file": return [rules, Fixtures.file("more.yaml.txt", "segments: {}")]
        case "not-text": return [Fixtures.file("rules.yaml", "segments: \0")]
        case "more":
            return [Fixtures.file("rules.yaml", "events:\n" + (0..<1_500).map { "  e\($0): {points: x}\n" }.joined())]
        case "too-large":
            let attributes = (0..<4_200).map { "    a\($0): {type: int}\n" }.joined()
            return [Fixtures.file("rules.yaml", "attributes:\n  visitor:\n" + attributes)]
        default: return []
        }
    }

    @Test("The wrong example of each code gives that code with its message", arguments: DiagnosticCode.all.map(\.name))
    func wrong(_ name: String) throws {
        let code = try #require(DiagnosticCode.named(name))
        let files = code.wrong.map { Self.beside($0, code: name) } ?? Self.files(name)
        let found = Self.check(files).filter { $0.code == name && $0.position.file != "base.yaml" }
        let message = try #require(BrokenCodes.messages[name])
        let first = try #require(found.first { $0.message.contains(message) }, "\(Self.check(files))")
        #expect(first.severity == code.severity)
    }

    @Test("The mended example of each code does not have it, and loads", arguments: DiagnosticCode.all.map(\.name))
    func mended(_ name: String) throws {
        let code = try #require(DiagnosticCode.named(name))
        guard let mended = code.mended else { return }
        let files = Self.beside(mended, code: name)
        #expect(RuleSetLoader.load(files).ruleSet != nil, "\(Self.check(files))")
        let found = Self.check(files).filter { $0.code == name && $0.position.file != "base.yaml" }
        #expect(found == [])
    }

    @Test("The table and the messages name the same codes, each once")
    func complete() {
        let names = DiagnosticCode.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names == BrokenCodes.messages.keys.sorted())
    }

    @Test("Every code in the sources stands in the table, and every one in the table in the sources")
    func reported() throws {
        let folder = Fixtures.packageRoot.appending(path: "Sources")
        var found: Set<String> = []
        for target in ["Ruleset", "Decisioning"] {
            let root = folder.appending(path: target).resolvingSymlinksInPath()
            guard let all = FileManager.default.enumerator(atPath: root.path) else { continue }
            for case let path as String in all where path.hasSuffix(".swift") && !path.contains("DiagnosticCode+") {
                let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
                for match in text.matches(of: /(?:report\(|code:|append\(\s*\(\s*[a-z.]+,)\s*"([a-z]+(?:-[a-z]+)*)"/) {
                    found.insert(String(match.1))
                }
                for match in text.matches(of: /offset,\s*"([a-z]+(?:-[a-z]+)*)"/) { found.insert(String(match.1)) }
            }
        }
        #expect(found.count > 40)
        #expect(found.sorted() == DiagnosticCode.all.map(\.name))
    }

    @Test("The committed page is the one that the table gives")
    func page() throws {
        let page = Fixtures.packageRoot.appending(path: "docs/lint.md")
        #expect(try String(contentsOf: page, encoding: .utf8) == LintPage.markdown())
        for code in DiagnosticCode.all { #expect(LintPage.markdown().contains("\n### \(code.name)\n")) }
    }

    @Test("The example rules have no error, and what is doubtful in them is so")
    func example() throws {
        guard FileManager.default.fileExists(atPath: Fixtures.examples) else { return }
        let found = Self.check(try RuleFolder.read(Fixtures.examples))
        #expect(found.filter { $0.severity == .error } == [])
        #expect(found.contains { $0.code == "contradiction" && $0.message.contains("persona `carl`") })
        #expect(found.contains { $0.code == "icp-count" && $0.message.contains("marketing_suite") })
        #expect(!found.contains { $0.code == "icp-without-segment" || $0.code == "no-such-answer" })
    }

    @Test("The rules that are shipped have no error")
    func configured() throws {
        let found = Self.check(try RuleFolder.read(Fixtures.configured))
        #expect(found.filter { $0.severity == .error } == [])
    }

    @Test("A type error names the attribute, its type and its unit")
    func types() throws {
        let found = Self.check(Self.beside("segments: {x: account.employees > \"many\"}"))
        let only = try #require(found.first)
        #expect(only.message.contains("`account.employees` is an int (people)"), "\(only.message)")
        #expect(only.message.contains("a string"))
    }

    @Test("A review is overdue on the day after its date, not on it")
    func review() {
        let icp = """
            icps:
              a:
                segment: known
                review_by: 2026-11-20
                criteria: [{when: account.employees > 1, points: 1, category: able}]
                tiers: {a: 1}
            """
        let files = Self.beside(icp)
        let result = RuleSetLoader.load(files)
        func codes(_ today: String) -> [String] {
            RuleSetLint.check(result, files: files, today: today).map(\.code).filter { $0 == "overdue-review" }
        }
        #expect(codes("2026-11-20") == [])
        #expect(codes("2026-11-21") == ["overdue-review"])
        #expect(RuleSetLint.today().wholeMatch(of: /20\d\d-\d\d-\d\d/) != nil)
    }
}
