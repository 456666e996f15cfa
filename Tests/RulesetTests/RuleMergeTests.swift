internal import Ruleset
internal import Testing

@Suite("W55: one push taken back out of three")
struct RuleMergeTests {
    private func merge(_ base: String, ours: String, theirs: String) -> RuleMerge {
        RuleMerge(
            base: [Fixtures.file("a.yaml", base)], ours: [Fixtures.file("a.yaml", ours)],
            theirs: [Fixtures.file("a.yaml", theirs)])
    }

    private func text(_ merge: RuleMerge) -> String? {
        merge.files.first.map { String(decoding: $0.content, as: UTF8.self) }
    }

    static let merged: [(base: String, ours: String, theirs: String, text: String)] = [
        ("a\nb\nc\n", "a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n"),
        ("a\nb\nc\n", "a\nb\nC\n", "A\nb\nc\n", "A\nb\nC\n"),
        // Changes that only touch each other.
        ("a\nb\nc\n", "a\nB\nc\n", "A\nb\nc\n", "A\nB\nc\n"),
        // What a push has added goes; what came before and behind it later stays.
        ("a\nx\ny\nb\n", "0\na\nx\ny\nb\n1\n", "a\nb\n", "0\na\nb\n1\n"),
        ("a\nb\n", "a\nb\nc", "a\nnew\nb\n", "a\nnew\nb\nc"),
        ("a\n", "b\n", "b\n", "b\n"),
        ("", "a\n", "", "a\n"),
        ("a\nb\n", "b\n", "a\nb\nc\n", "b\nc\n"),
    ]

    @Test("Changes of different lines are both kept", arguments: merged)
    func different(_ example: (base: String, ours: String, theirs: String, text: String)) {
        let merge = merge(example.base, ours: example.ours, theirs: example.theirs)
        #expect(merge.conflicts.isEmpty && merge.text.isEmpty)
        #expect(text(merge) == example.text)
    }

    static let refused: [(base: String, ours: String, theirs: String, line: Int)] = [
        ("a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", 2),
        ("a\nb\n", "new\na\nX\nb\n", "a\nY\nb\n", 3),
        ("a\nb\nc\n", "a\nc\n", "a\nY\nc\n", 2),
        ("a\nb\nc\nd\n", "a\nX\nd\n", "a\nb\nY\nd\n", 2),
    ]

    @Test("Changes of the same lines are a conflict with its place and all three sides", arguments: refused)
    func same(_ example: (base: String, ours: String, theirs: String, line: Int)) throws {
        let merge = merge(example.base, ours: example.ours, theirs: example.theirs)
        #expect(merge.conflicts.map(\.line) == [example.line])
        #expect(merge.text.hasPrefix("a.yaml:\(example.line)\n  served now:"))
    }

    @Test("Whole files come and go, and one that both sides have changed is a conflict; arms stay ours")
    func files() {
        let (a, b, arms) = (Fixtures.file("a.yaml", "a\n"), Fixtures.file("b.yaml", "b\n"), "allocations.txt")
        let mine = Fixtures.file(arms, "e: x 0-1\n")
        let gone = RuleMerge(base: [a, b], ours: [a, b, mine], theirs: [a, Fixtures.file(arms, "e: x 0-2\n")])
        #expect(gone.files == [a, mine] && gone.conflicts.isEmpty)
        #expect(RuleMerge(base: [a], ours: [a], theirs: [a, b]).files == [a, b])
        let both = RuleMerge(base: [a, b], ours: [a, Fixtures.file("b.yaml", "B\n")], theirs: [a])
        #expect(both.conflicts.map(\.path) == ["b.yaml"] && both.conflicts.first?.theirs == nil)
        #expect(both.text.contains("before it: no such file"))
    }

    @Test("Files of many thousand other lines are merged in bounded time")
    func large() {
        let old = (0..<20_000).map { "old \($0)\n" }.joined()
        let new = (0..<20_000).map { "new \($0)\n" }.joined()
        #expect(text(merge(old, ours: old + "end\n", theirs: old)) == old + "end\n")
        #expect(merge(old, ours: new, theirs: "first\n" + old).conflicts.isEmpty)
        #expect(merge(old, ours: new, theirs: "other\n").conflicts.count == 1)
    }
}
