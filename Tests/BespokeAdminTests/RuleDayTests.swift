import BespokeAdmin
import Messages
import Testing

@Suite struct RuleDayTests {
    private static let plain = Style(isColoured: false)
    private let one = String(repeating: "1", count: 32)
    private let two = String(repeating: "a", count: 32)

    // MARK: W54

    @Test func `W54: a folder says for each daemon which revision it was made from`() throws {
        var state = FolderRevision()
        #expect(state.revision(of: "unix:/a") == nil)
        state.set(FolderRevision.noRevision, of: FolderRevision.anyDaemon)
        state.set(one, of: "unix:/a")
        state.set(two, of: "h:1")
        let back = try FolderRevision.parse(state.text).get()
        #expect(back == state)
        #expect(back.revision(of: "unix:/a") == one && back.revision(of: "h:1") == two)
        #expect(back.revision(of: "unix:/other") == "none")
        state.set(two, of: "unix:/a")
        #expect(try FolderRevision.parse(state.text).get().revision(of: "unix:/a") == two)
        for number in 0..<60 { state.set(one, of: "h:\(number)") }
        #expect(state.revision(of: "unix:/a") == nil && state.revision(of: "h:59") == one)
    }

    @Test(
        arguments: [
            ("# c\n\nunix:/a\n", 3), ("unix:/a xyz\n", 1), ("unix:/a \(String(repeating: "A", count: 32))\n", 1),
            ("<<<<<<< mine\n", 1), ("a b c\n", 1),
        ])
    func `W54: a damaged file is refused with its line`(text: String, line: Int) {
        #expect(FolderRevision.parse(text) == .failure(.init(line: line)))
    }

    @Test func `W54: line ends of another system are read`() throws {
        #expect(try FolderRevision.parse("# c\r\nh:1 \(one)\r\n").get().revision(of: "h:1") == one)
    }

    // MARK: W55

    private func push(_ number: UInt64, _ revision: String, restores: UInt64 = 0) -> RevisionMessage {
        var message = RevisionMessage(revision: revision, pushedAt: nil, author: "", reason: "")
        (message.number, message.restoredPush) = (number, restores)
        return message
    }

    @Test func `W55: each rollback goes one further back`() {
        var history = [push(3, "c"), push(2, "b"), push(1, "a")]
        #expect(RuleLineage(history).before?.number == 2)
        history.insert(push(4, "b", restores: 2), at: 0)
        #expect(RuleLineage(history).before?.number == 1)
        history.insert(push(5, "a", restores: 1), at: 0)
        #expect(RuleLineage(history).before == nil)
        // What is pushed then goes on from there, and comes back to it.
        history.insert(push(6, "d"), at: 0)
        #expect(RuleLineage(history).before?.number == 5)
        history.insert(push(7, "a", restores: 5), at: 0)
        #expect(RuleLineage(history).before == nil)
    }

    @Test func `W55: the same rules pushed twice count once, and entries from before numbers go by their order`() {
        #expect(RuleLineage([push(3, "b"), push(2, "b"), push(1, "a")]).before?.number == 1)
        #expect(RuleLineage([push(0, "b"), push(0, "a")]).before?.revision == "a")
        #expect(RuleLineage([push(4, "a", restores: 9), push(3, "b")]).before?.number == 3)
        #expect(RuleLineage([push(1, "a")]).before == nil && RuleLineage([]).before == nil)
    }

    // MARK: W53, W56, W59

    @Test func `W53 W56: a push says in words what ends, who loses values, and what came without its arms`() {
        var response = PushRulesResponse(
            accepted: true, revision: two, previousRevision: one, diagnostics: [], testFailures: [], tests: 0)
        response.endings = [
            EndingMessage(experiment: "hero", arm: "", units: 800),
            EndingMessage(experiment: "menu", arm: "c", units: 1),
        ]
        response.orphans = [
            OrphanMessage(attribute: "visitor.title", profiles: 1, renamed: "visitor.job"),
            OrphanMessage(attribute: "account.size", profiles: 7, renamed: ""),
        ]
        response.withoutArms = ["hero_text"]
        var retyping = RetypingMessage(
            attribute: "visitor.age", from: "int", to: "int", converted: 3, left: 0, leftValues: [])
        retyping.renamed = "visitor.years"
        response.retypings = [retyping]
        let text = RuleText.pushed(response, style: Self.plain)
        for words in [
            "hero ends, 800 units exposed", "menu: arm c ends, 1 unit exposed",
            "1 profile loses the value of visitor.title", "`rename: {from: title}` on visitor.job",
            "7 profiles lose the value of account.size", "hero_text runs already, but came without its arms",
            "visitor.age is visitor.years now, 3 stored values taken along\n",
        ] { #expect(text.contains(words), "\(words) in \(text)") }
    }

    @Test func `W56: a check says which attributes are lost, without a number where nobody was asked`() {
        var response = CheckRulesResponse(accepted: true, revision: two, tests: 0)
        response.orphans = [OrphanMessage(attribute: "visitor.title", profiles: 0, renamed: "visitor.job")]
        let text = RuleText.checked(response, style: Self.plain)
        #expect(text.contains("warning: profiles lose the value of visitor.title, which is not declared any more\n"))
        #expect(text.contains("`rename: {from: title}` on visitor.job"))
        response.accepted = false
        #expect(!RuleText.checked(response, style: Self.plain).contains("visitor.title"))
    }

    @Test func `W59: the history shows the user whom the system names beside the author who was given`() {
        var message = push(7, one, restores: 3)
        (message.author, message.peer) = ("CEO", "ada (uid 1000)")
        var other = push(6, two)
        other.reverts = one
        let text = ReportText.history(ListRevisionsResponse(revisions: [message, other]), style: Self.plain)
        for words in ["CEO", "ada (uid 1000)", "(restores push 3)", "(takes back 11111111)"] {
            #expect(text.contains(words), "\(words) in \(text)")
        }
    }
}
