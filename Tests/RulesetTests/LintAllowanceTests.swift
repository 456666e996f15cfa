internal import Ruleset
internal import Testing

@Suite("What is right after all is allowed, with a reason")
struct LintAllowanceTests {
    private static func codes(_ rules: String) -> [String] {
        LintTests.check(LintTests.beside(rules)).filter { $0.position.file == "rules.yaml" }.map(\.code)
    }

    @Test(
        "An allowance silences its code, on its line or the line below",
        arguments: [
            "attributes:\n  account:\n    fax: {type: string} # bespoke:allow unused-attribute import",
            "attributes:\n  account:\n    # bespoke:allow unused-attribute import\n    fax: {type: string}",
            "attributes:\n  account:\n    # bespoke:allow unused-attribute why\n    # Old.\n\n    fax: {type: string}",
            "# bespoke:allow icp-without-segment so it is\n# bespoke:allow icp-without-revenue so it is\n"
                + "icps: {x: {criteria: [{when: account.employees > 1, points: 1, category: able}], tiers: {a: 1}}}",
        ])
    func silenced(_ rules: String) {
        #expect(Self.codes(rules) == [])
    }

    @Test(
        "Behind something it is for its own line only; another code stays",
        arguments: [
            (
                "attributes:\n  account: # bespoke:allow unused-attribute import\n    fax: {type: string}",
                ["allow-unused", "unused-attribute"]
            ),
            (
                "attributes:\n  account:\n    fax: {type: string} # bespoke:allow unused-event import",
                ["unused-attribute", "allow-unused"]
            ),
            (
                "attributes:\n  account:\n    fax: {type: string} # bespoke:allow unused-attribute",
                ["unused-attribute", "allow-without-reason"]
            ),
            ("# bespoke:allow wrong-form I know better\nsegments: {}", ["allow-unknown-code"]),
            ("# bespoke:allow\nsegments: {}", ["allow-unknown-code"]),
            ("# bespoke:allow unused-list x\nevents: {}\n", ["allow-unknown-code"]),
            ("# bespoke:allow dead-list x\nevents: {}\n", ["allow-unused"]),
        ])
    func remaining(_ rules: String, _ codes: [String]) {
        #expect(Self.codes(rules) == codes)
    }

    @Test("What keeps a rule set from loading cannot be allowed")
    func refused() {
        let files = LintTests.beside("events: {demo: {points: many}} # bespoke:allow wrong-form I know better")
        #expect(LintTests.check(files).map(\.code) == ["wrong-form"])
    }

    @Test("A rule set alone is checked without what loading found")
    func alone() throws {
        let files = LintTests.beside("attributes: {account: {fax: {type: string}}}")
        let set = try #require(RuleSetLoader.load(files).ruleSet)
        let found = RuleSetLint.check(set, files: files, today: LintTests.today)
        #expect(found.contains { $0.code == "unused-attribute" })
        #expect(found == found.sorted { ($0.position, $0.code, $0.message) < ($1.position, $1.code, $1.message) })
    }
}
