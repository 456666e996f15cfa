internal import Foundation
internal import Ruleset
internal import TestSupport
internal import Testing

@Suite("What a path to nothing may have meant")
struct NeighboursTests {
    @Test("The nearest name of the same folder is offered, and nothing where none is near")
    func nearest() throws {
        let folder = TemporaryFolder()
        for name in ["rules", "people.csv", ".hidden"] {
            try Data().write(to: URL(filePath: folder.path).appending(path: name))
        }
        let path = folder.path
        #expect(Neighbours.nearest(to: path + "/ruels") == path + "/rules")
        #expect(Neighbours.nearest(to: path + "/ruels/") == path + "/rules")
        #expect(Neighbours.nearest(to: path + "/poeple.csv") == path + "/people.csv")
        for far in ["/somewhere", "/.hiden", "/none/ruels"] { #expect(Neighbours.nearest(to: path + far) == nil) }
    }

    @Test("A file of settings that is no YAML is told in one line, as one of rules is")
    func settings() {
        func problem(_ text: String) -> String? { RuleSetLoader.problem(of: Fixtures.file("bespoked.yaml", text)) }
        #expect(problem("threads: 4\n") == nil)
        #expect(
            problem("listen: 127.0.0.1:7878\nthreads:4\n")
                == "bespoked.yaml:2:1: this is not YAML: a space is missing behind the colon of `threads`; did you mean `threads: 4`?"
        )
        #expect(
            problem("threads: 4\nthreads: 8\n")?.hasPrefix("bespoked.yaml:1:1: `threads` stands here more than once")
                == true)
    }
}
