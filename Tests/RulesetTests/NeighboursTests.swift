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
}
