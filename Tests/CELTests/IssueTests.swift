import CEL
import Testing

@Suite struct IssueTests {
    @Test(arguments: [
        ("", 0), ("1 +", 3), ("1 + )", 4), ("(1", 2), ("[1, 2", 5), ("a = 1", 2), ("a & b", 2), ("a | b", 2),
        ("1 2", 2),
        ("'é' + #", 7), ("true ? 1", 8), ("f(1,)", 4), ("a.1", 1), ("for", 0), ("1 + while", 4), ("'open", 0),
        ("1 + 'open", 4), ("1 < 9223372036854775808", 4), ("a ==\n  $", 7), ("// a comment\n)", 13),
    ])
    func `A syntax issue stands where the trouble begins, in bytes`(_ source: String, _ offset: Int) {
        #expect(
            Sample.syntaxIssue(source)?.offset == offset, "\(source): \(String(describing: Sample.syntaxIssue(source)))"
        )
    }

    @Test func `Operators of other languages come with the right one`() {
        #expect(Sample.syntaxIssue("a = 1")?.suggestion == "==")
        #expect(Sample.syntaxIssue("a & b")?.suggestion == "&&")
        #expect(Sample.syntaxIssue("a | b")?.suggestion == "||")
        #expect(Sample.syntaxIssue("9223372036854775808")?.suggestion == "9223372036854775808u")
    }

    @Test(arguments: [
        (
            "account.employees == 'many'",
            "`account.employees` is an int (people), it cannot be compared with a string"
        ),
        (
            "visitor.account.revenue < 'much'",
            "`visitor.account.revenue` is a double (EUR), it cannot be compared with a string"
        ),
        ("account.industry > 5", "`account.industry` is a string, it cannot be compared with an int"),
        (
            "'many' == account.employees",
            "a string cannot be compared with `account.employees`, which is an int (people)"
        ),
        ("now < duration('1h')", "`now` is a timestamp, it cannot be compared with a duration"),
    ])
    func `A comparison of two types names both`(_ source: String, _ message: String) {
        #expect(Sample.issues(source).map(\.message) == [message])
    }

    @Test(arguments: [
        "account.employees + 'x'", "!account.employees", "-account.industry", "account.employees && true",
        "account.industry ? 1 : 2", "account.employees in account.tags", "account.industry.startsWith(1)",
        "size(account.employees)", "account.tags['x']", "account.employees.all(x, x)", "in_segment(1)",
        "in_segment('a', 'b')", "timestamp(true)", "account.employees.name", "'a' - 'b'", "1 + 1.0", "{1.5: 2}",
        "account.industry.matches('(')", "duration('soon')", "timestamp('yesterday')", "now.getHours('Mars/Base')",
        "no_function(1)", "'a'.noMethod()", "1.e3", "-1u",
    ])
    func `What cannot work is refused before it is evaluated, with words`(_ source: String) {
        let issues = Sample.issues(source)
        #expect(issues.count == 1, "\(source): \(issues)")
        #expect(issues.allSatisfy { !$0.message.isEmpty && $0.offset >= 0 && $0.offset <= source.utf8.count })
    }

    @Test(arguments: [
        "account.employees > 10 && account.industry == 'steel'", "account.employees > 10.5", "'a' in account.tags",
        "account.tags.exists(t, t.startsWith('x'))", "has(visitor.account.revenue)", "in_segment('a') || 1 < 2",
        "account.revenue == null", "now > timestamp('2026-01-01T00:00:00Z')", "size(account.tags) == 2",
        "dyn(account.employees) == 'many'", "visitor.account.tags.map(t, size(t))[0] > 1",
    ])
    func `What can work passes`(_ source: String) {
        #expect(Sample.issues(source).isEmpty, "\(Sample.issues(source))")
    }

    @Test(arguments: [
        ("account.employes > 1", "account.employees"), ("account.employeees > 1", "account.employees"),
        ("visitor.account.industri == 'x'", "visitor.account.industry"), ("acount.employees > 1", "account"),
        ("in_segmant('a')", "in_segment"), ("'a'.startWith('a')", "startsWith"),
        ("visitr.account.tags == []", "visitor"),
        ("has(account.industy)", "account.industry"), ("account.tags.exists(tag, tga == 'x')", "tag"),
    ])
    func `A name that is nearly right comes with the right one`(_ source: String, _ suggestion: String) {
        #expect(Sample.issues(source).map(\.suggestion) == [suggestion])
    }

    @Test func `A name that is nothing like any other comes without a guess`() {
        let issues = Sample.issues("account.zzzzzz == 1")
        #expect(issues.count == 1)
        #expect(issues.first?.suggestion == nil)
    }

    @Test func `All issues are reported, by place, and none for what depends on them`() {
        let source = "account.employes > 1 && account.industry > 5 || missing + 1 == 2 && account.employees == 'x'"
        let issues = Sample.issues(source)
        #expect(issues.count == 4)
        #expect(issues.map(\.offset) == issues.map(\.offset).sorted())
        let places = issues.map { String(decoding: source.utf8.dropFirst($0.offset).prefix(7), as: UTF8.self) }
        #expect(places == ["employe", "> 5 || ", "missing", "== 'x'"])
    }

    @Test func `An evaluation error tells where it happened`() throws {
        guard case .failure(let error) = try Sample.evaluate("1 + 2 / 0") else {
            Issue.record("there should be an error")
            return
        }
        #expect(error.offset == 6)
        #expect(!error.message.isEmpty)
    }
}
