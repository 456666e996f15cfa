internal import Ruleset
internal import Testing

@Suite("What can never be true is said, and nothing else")
struct LintConditionTests {
    private static func codes(_ rules: String) -> [String] {
        LintTests.check(LintTests.beside(rules)).filter {
            $0.position.file == "rules.yaml"
                && ["contradiction", "constant-condition", "unreachable"].contains($0.code)
        }.map(\.code)
    }

    @Test(
        "It can never be true",
        arguments: [
            "account.employees > 5 && account.employees < 6", "account.employees > 5 && account.employees <= 5",
            "account.employees == 3 && account.employees != 3",
            "visitor.seniority == 'manager' && visitor.seniority == 'director'",
            "visitor.seniority != 'manager' && visitor.seniority != 'director'",
            "visitor.seniority == 'manager' && !(visitor.seniority in ['manager', 'director'])",
            "!has(visitor.title) && visitor.title == 'x'", "visitor.income > 5.0 && visitor.income < 4.0",
            "!(account.employees >= 5) && account.employees > 7", "5 > account.employees && account.employees > 7",
            "events.demo_signup.count < 0", "fit('mary') > 100.0",
            "(account.employees > 7 || account.employees < 3) && account.employees == 5",
            "in_segment('known') && !has(account.industry)",
            "account.industry.startsWith('a') && !account.industry.startsWith('a')",
            "events.demo_signup.last > now && events.demo_signup.last < now - duration('1h')",
            "account.employees > 1 && (account.employees > 2 || false) && account.employees < 2",
        ])
    func never(_ condition: String) {
        #expect(Self.codes("segments: {x: \"\(condition)\"}") == ["contradiction"])
    }

    @Test("Bounds that stand the wrong way round are named as that, once")
    func reversed() {
        let found = LintTests.check(LintTests.beside("segments: {x: \"between(account.employees, 10, 5)\"}"))
            .filter { $0.position.file == "rules.yaml" && $0.code != "unused-segment" }
        #expect(found.map(\.code) == ["between-reversed"])
    }

    @Test(
        "It may be true",
        arguments: [
            "account.employees > 4 && account.employees < 6", "account.employees >= 5 && account.employees <= 5",
            "between(account.employees, 5, 5)", "visitor.income > 5.0 && visitor.income < 5.1",
            "visitor.title == 'a' || visitor.title == 'b'", "visitor.title != 'a' && visitor.title != 'b'",
            "!(visitor.income < 5.0) && !(visitor.income > 4.0)", "has(visitor.title) || !has(visitor.title)",
            "account.industry.startsWith('a') && !account.industry.startsWith('b')",
            "events.demo_signup.last < now && events.demo_signup.last > now - duration('1h')",
            "events.demo_signup.last < now && events.demo_signup.last > timestamp('2026-01-01T00:00:00Z')",
            "[1, 2].exists(x, x > 1) && ![1, 2].exists(x, x > 2)", "request.utm.term != request.utm.source",
            "account.employees > 9007199254740993 || account.employees < 5",
            "account.employees * 2 > 5 && account.employees * 2 < 3 || true",
            "visitor.title == 'x' ? account.employees > 5 : account.employees < 3",
            "fit('mary') >= 100.0", "in_segment('known') && in_list('rivals', account.industry)",
        ])
    func perhaps(_ condition: String) {
        #expect(Self.codes("segments: {x: \"\(condition)\"}") == [])
    }

    @Test("A part of an or that can never be true is pointed to where it stands")
    func part() throws {
        let rules = "segments: {x: \"has(visitor.title) || account.employees > 5 && account.employees < 2\"}"
        let found = LintTests.check(LintTests.beside(rules)).filter { $0.code == "contradiction" }
        let only = try #require(found.first)
        #expect(found.count == 1)
        #expect(only.position == SourcePosition(file: "rules.yaml", line: 1, column: 38))
        #expect(only.message.hasPrefix("this part can never be true"))
    }

    @Test("A role that an earlier one always comes before is never reached")
    func ladder() {
        let rules = """
            roles:
              leader: visitor.seniority in ["manager", "director"]
              director: visitor.seniority == "director" && has(visitor.title)
              other: has(visitor.title)
            segments:
              lost: role == "other" && visitor.seniority == "manager"
            """
        #expect(Self.codes(rules) == ["unreachable", "contradiction"])
    }

    private static func campaigns(_ rules: String) -> [String] {
        let lines = rules.split(separator: "\n").map { "  \($0)\n" }.joined()
        return Self.codes("campaigns:\n" + lines)
    }

    private static let hello = "{hero: {v: {fields: {headline: Hello}}}}"

    @Test("A campaign or variant that cannot be reached is said so, one that can is not")
    func campaigns() {
        #expect(
            Self.campaigns("a: {priority: 2, pages: \(Self.hello)}\nb: {priority: 1, pages: \(Self.hello)}")
                == ["unreachable"])
        for keys in ["starts: 2026-01-01", "when: has(visitor.title)", "excluded: has(visitor.title)"] {
            #expect(
                Self.campaigns(
                    "a: {priority: 2, \(keys), pages: \(Self.hello)}\nb: {priority: 1, pages: \(Self.hello)}")
                    == [], "\(keys)")
        }
        #expect(
            Self.campaigns(
                "a: {when: account.employees > 9, pages: {hero: {v: {when: account.employees < 3, fields: {}}}}}"
            ) == ["unreachable"])
        #expect(
            Self.campaigns("a: {when: account.employees > 9, excluded: account.employees > 5, pages: \(Self.hello)}")
                == ["unreachable"])
        #expect(
            Self.campaigns("a: {when: account.employees > 5, excluded: account.employees > 9, pages: \(Self.hello)}")
                == [])
    }

    @Test("A page behind one for everybody is reached when a click on its ad leads there")
    func linked() {
        let rules = """
            a:
              ads: {search_ad: {x: {page: second, utm: {source: s}, fields: {headline: A}}}}
              pages: {hero: {first: {fields: {headline: A}}, second: {fields: {headline: B}}}}
            """
        #expect(Self.campaigns(rules) == [])
        #expect(Self.campaigns(rules.replacing("page: second, ", with: "")) == ["unreachable"])
    }

    @Test("Campaigns tie when they can meet: not when their conditions or times exclude each other")
    func ties() {
        func ties(_ first: String, _ second: String) -> Bool {
            let rules = "campaigns:\n  a: {\(first) pages: \(Self.hello)}\n  b: {\(second) pages: \(Self.hello)}"
            return LintTests.check(LintTests.beside(rules)).contains { $0.code == "priority-tie" }
        }
        #expect(ties("", "when: has(visitor.title),"))
        #expect(!ties("when: account.employees > 5,", "when: account.employees < 5,"))
        #expect(!ties("ends: 2026-01-01,", "starts: 2026-01-01,"))
        #expect(ties("ends: 2026-01-02,", "starts: 2026-01-01,"))
        #expect(!ties("priority: 1,", "priority: 2,"))
    }

    @Test("Ten thousand campaigns of one priority are checked in bounded time")
    func many() {
        let campaigns = (0..<10_000).map {
            "  c\($0): {when: \"account.employees == \($0) && has(visitor.title)\", pages: \(Self.hello)}\n"
        }.joined()
        let files = LintTests.beside("campaigns:\n" + campaigns)
        var found: [Diagnostic] = []
        let time = ContinuousClock().measure { found = LintTests.check(files) }
        #expect(!found.contains { $0.code == "priority-tie" || $0.code == "unreachable" })
        #expect(time < .seconds(60))
    }

    @Test("Segments within segments that multiply are checked in bounded time")
    func multiplied() {
        let segments = (0..<12).map { level in
            let parts = (0..<50).map { _ in "in_segment('s\(level + 1)')" }.joined(separator: " && ")
            return "  s\(level): \"\(parts)\"\n"
        }.joined()
        #expect(Self.codes("segments:\n" + segments + "  s12: has(visitor.title)\n") == [])
    }
}
