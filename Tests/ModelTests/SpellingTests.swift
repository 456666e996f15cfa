import Model
import Testing

@Suite struct SpellingTests {
    @Test(arguments: [
        ("employes", "employees"), ("lisen", "listen"), ("lsiten", "listen"), ("Title", "title"), ("tittel", "title"),
    ])
    func `a near miss finds what was meant`(name: String, meant: String) {
        #expect(Spelling.nearest(to: name, among: ["employees", "listen", "title"]) == meant)
    }

    @Test func `something else finds nothing`() {
        #expect(Spelling.nearest(to: "warranty", among: ["employees", "listen", "title"]) == nil)
        #expect(Spelling.nearest(to: "", among: ["listen"]) == nil)
        #expect(Spelling.nearest(to: String(repeating: "a", count: 1_000), among: ["listen"]) == nil)
    }

    @Test func `of equals the first is taken`() {
        #expect(Spelling.nearest(to: "cat", among: ["bat", "hat"]) == "bat")
    }
}
